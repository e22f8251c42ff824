"""Functions of texts: their parts, their case, what they hold."""

from genai_obs.tools.insights.functions.calls import Arguments, CompileProblem, Function, Writer, functions_of
from genai_obs.tools.insights.sql.let import let, macro
from genai_obs.tools.insights.sql.regex import checked_pattern
from genai_obs.tools.insights.sql.values import (
    Sql,
    as_text,
    as_zero_or_one,
    json_value,
    number,
    quote_text,
    text,
)

# What counts as blank at the ends of a text (unknown on CloudWatch, so ours).
_BLANKS = quote_text(" \t\n\r\f\v")


def _of_text(template: str) -> Writer:
    """Return the writer of a function from a text to a text."""
    return lambda arguments: text(template.format(arguments.text(0)))


def _is_empty(arguments: Arguments) -> Sql:
    return number(as_zero_or_one(f"(COALESCE({arguments.text(0)}, '') = '')"))


def _is_blank(arguments: Arguments) -> Sql:
    return number(as_zero_or_one(f"(trim(COALESCE({arguments.text(0)}, ''), {_BLANKS}) = '')"))


def _concat(arguments: Arguments) -> Sql:
    """Join texts; SQL's ``concat`` takes an absent one as empty (unknown on CloudWatch, so ours)."""
    return text(f"concat({', '.join(as_text(value) for value in arguments.values())})")


def _trimming(function: str) -> Writer:
    def write(arguments: Arguments) -> Sql:
        characters = arguments.text(1) if len(arguments) > 1 else _BLANKS
        return text(f"{function}({arguments.text(0)}, {characters})")

    return write


def _strlen(arguments: Arguments) -> Sql:
    return number(f"CAST(length({arguments.text(0)}) AS DOUBLE)")


def _position(arguments: Arguments, index: int) -> str:
    """Return an argument as a whole number from 0 on, short enough for any text."""
    literal = arguments.value(index).literal
    if isinstance(literal, float):
        return str(int(min(max(literal, 0), 10**9)))
    return macro("q_position", arguments.number(index))


def _substr(arguments: Arguments) -> Sql:
    """Return a part by code points; a negative start is the first (unknown on CloudWatch, so ours)."""
    start = f"{_position(arguments, 1)} + 1"
    length = f", {_position(arguments, 2)}" if len(arguments) > 2 else ""
    return text(f"substr({arguments.text(0)}, {start}{length})")


def _replace(arguments: Arguments) -> Sql:
    return text(f"replace({arguments.text(0)}, {arguments.text(1)}, {arguments.text(2)})")


def _regex_replace(arguments: Arguments) -> Sql:
    pattern = checked_pattern(arguments.constant_text(1, "the pattern"), arguments.span(1))
    new = arguments.constant_text(2, "the replacement")
    if "\\" in new:
        raise CompileProblem(
            "unsupported-replacement", "a replacement with a backslash is not supported", arguments.span(2)
        )
    return text(f"regexp_replace({arguments.text(0)}, {quote_text(pattern)}, {quote_text(new)}, 'g')")


def _str_contains(arguments: Arguments) -> Sql:
    whole, part = arguments.text(0), arguments.text(1)
    exact = f"contains({whole}, {part})"
    if len(arguments) == 2:
        return number(as_zero_or_one(exact))
    folded = f"contains(lower({whole}), lower({part}))"
    return number(as_zero_or_one(f"CASE WHEN {arguments.boolean(2)} THEN {folded} ELSE {exact} END"))


def _test(function: str) -> Writer:
    """Return the writer of a test of two texts that gives 1 or 0."""
    return lambda arguments: number(as_zero_or_one(f"{function}({arguments.text(0)}, {arguments.text(1)})"))


def _split(arguments: Arguments) -> Sql:
    return json_value(f"to_json(string_split({arguments.text(0)}, {arguments.text(1)}))")


def _hex_to_dec(arguments: Arguments) -> Sql:
    return number(macro("q_hex_number", arguments.text(0)))


def _dec_to_hex(arguments: Arguments) -> Sql:
    return text(macro("q_hex", arguments.number(0)))


def _hex_to_ascii(arguments: Arguments) -> Sql:
    return text(
        let(
            [arguments.text(0)],
            lambda it: (
                f"CASE WHEN regexp_full_match({it}, '(0[xX])?([0-9a-fA-F]{{2}})*')"
                f" THEN TRY(decode(unhex(regexp_replace({it}, '^0[xX]', '')))) END"
            ),
        )
    )


FUNCTIONS: dict[str, Function] = (
    functions_of(
        "text",
        "core",
        (
            ("isempty", 1, 1, "1 where the text is empty or absent, else 0", _is_empty),
            ("isblank", 1, 1, "1 where the text has nothing but blanks or is absent, else 0", _is_blank),
            ("concat", 1, None, "the texts joined; an absent one is empty", _concat),
            (
                "ltrim",
                1,
                2,
                "the text without leading blanks, or without leading characters of that set",
                _trimming("ltrim"),
            ),
            (
                "rtrim",
                1,
                2,
                "the text without blanks at its end, or without characters of that set",
                _trimming("rtrim"),
            ),
            ("trim", 1, 2, "the text without either", _trimming("trim")),
            ("strlen", 1, 1, "length in code points", _strlen),
            ("toupper", 1, 1, "the text in upper case", _of_text("upper({})")),
            ("tolower", 1, 1, "the text in lower case", _of_text("lower({})")),
            ("substr", 2, 3, "from a position (the first is 0) to the end, or so many code points", _substr),
            ("replace", 3, 3, "every occurrence of the second text replaced by the third", _replace),
            (
                "strcontains",
                2,
                3,
                "1 where the first text contains the second, else 0; a true third argument ignores case",
                _str_contains,
            ),
        ),
    )
    | functions_of(
        "text",
        "new",
        (
            ("regexReplace", 3, 3, "every match of the RE2 pattern replaced", _regex_replace),
            ("startsWith", 2, 2, "1 where the text begins with the other, else 0", _test("starts_with")),
            ("endsWith", 2, 2, "1 where the text ends with the other, else 0", _test("ends_with")),
            ("urlencode", 1, 1, "the text percent-encoded", _of_text("url_encode({})")),
            (
                "urldecode",
                1,
                1,
                "the text percent-decoded; absent when that is no UTF-8",
                _of_text("TRY(url_decode({}))"),
            ),
            ("base64encode", 1, 1, "base64 of the text's UTF-8 bytes", _of_text("to_base64(encode({}))")),
            (
                "base64decode",
                1,
                1,
                "the text behind base64; absent when it is none",
                _of_text("TRY(decode(from_base64({})))"),
            ),
            ("split", 2, 2, "the list of texts between the separators", _split),
            ("hexToAscii", 1, 1, "the text of hexadecimal byte pairs; absent when it is none", _hex_to_ascii),
            ("hexToDec", 1, 1, "the number of a hexadecimal text, with or without 0x", _hex_to_dec),
            ("decToHex", 1, 1, "the number in hexadecimal: 0xff, -0x1; fractions are cut", _dec_to_hex),
        ),
    )
    | functions_of(
        "hash",
        "new",
        (
            ("md5", 1, 1, "MD5 of the text, lower-case hexadecimal", _of_text("md5({})")),
            ("sha256", 1, 1, "SHA-256 of the text, lower-case hexadecimal", _of_text("sha256({})")),
        ),
    )
)
