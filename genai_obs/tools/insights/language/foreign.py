"""Forms of other languages that people write from habit, and what this one has for them."""

from genai_obs.tools.text.cursor import Cursor, shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.tokens import Token

# Operator or word where an operator may stand -> what is written here.
_OPERATORS: dict[str, str] = {
    "&&": "write and",
    "||": "write or between conditions, one | between commands, concat(a, b) to join texts",
    "<>": "write !=",
    "!==": "write !=",
    "===": "write =",
    "!~": "write not like /regex/",
    "~": "write like /regex/",
    "&": "write and",
    "?": "write if(condition, a, b)",
    "??": "write coalesce(a, b)",
    "is": "write ispresent(field) or not ispresent(field)",
    "between": "write field >= a and field <= b",
    "matches": "write like /regex/",
    "regexp": "write like /regex/",
    "rlike": "write like /regex/",
    "ilike": "write like /(?i)text/",
    "contains": 'write like "text"',
    "startswith": 'write startsWith(field, "text")',
    "endswith": 'write endsWith(field, "text")',
    "eq": "write =",
    "ne": "write !=",
    "gt": "write >",
    "lt": "write <",
    "gte": "write >=",
    "lte": "write <=",
    "when": "write case(condition, a, otherwise)",
    "then": "write case(condition, a, otherwise)",
    "xor": "write (a or b) and not (a and b)",
    "div": "write /",
    "mod": "write %",
}


def foreign_operator(token: Token, following: Token) -> Diagnostic | None:
    """Return what is wrong when another language's operator stands behind an operand."""
    hint = _OPERATORS.get(token.text.lower())
    if hint is None or (token.kind == "name" and following.kind in {"end", "|", ","}):
        return None
    return Diagnostic("foreign-form", f"Logs Insights has no operator {shown(token.text)}", token.span, hint)


def refuse_operand(cursor: Cursor) -> None:
    """Raise what is wrong when something that begins no operand stands where one must be."""
    token = cursor.peek()
    if token.kind == "regex":
        raise cursor.problem(
            "misplaced-regex",
            "a regular expression stands only behind like, =~ and in parse",
            token.span,
            "write field like /regex/; a function takes a quoted text",
        )
    if token.kind == "*":
        raise cursor.problem(
            "unexpected-token", "* stands only in count(*)", token.span, "name the fields, or use ispresent()"
        )
    if token.kind == "$":
        raise cursor.problem(
            "parameter",
            "parameters and saved queries with $ are not run on a laptop",
            token.span,
            "put the value in the query",
        )
    if token.kind == "{":
        raise cursor.problem("parameter", "placeholders in braces must be filled in first", token.span)


def refuse_name(cursor: Cursor, token: Token) -> None:
    """Raise what is wrong with a name that is no field."""
    if token.is_word("null", "nil", "none"):
        raise cursor.problem("foreign-form", "Logs Insights has no null", token.span, "write not ispresent(field)")
    if token.text[0].isdigit() and token.text.split(".")[0].isdigit():
        raise cursor.problem(
            "number-form",
            f"{shown(token.text)} is neither a number nor a name",
            token.span,
            "texts such as addresses stand in quotes",
        )


# Function of another language, canonical -> what is written here.
FUNCTIONS: dict[str, str] = {
    "lower": "did you mean tolower()?",
    "lcase": "did you mean tolower()?",
    "upper": "did you mean toupper()?",
    "ucase": "did you mean toupper()?",
    "percentile": "did you mean pct()?",
    "perc": "did you mean pct()?",
    "approxpercentile": "did you mean pct()?",
    "quantile": "did you mean pct()?",
    "len": "did you mean strlen()?",
    "length": "did you mean strlen()?",
    "charlength": "did you mean strlen()?",
    "size": "did you mean strlen() or jsonArraySize()?",
    "contains": "did you mean strcontains()?",
    "indexof": "did you mean strcontains()?",
    "has": "did you mean strcontains()?",
    "substring": "did you mean substr()?",
    "mid": "did you mean substr()?",
    "distinct": "did you mean countDistinct()?",
    "dcount": "did you mean countDistinct()?",
    "dc": "did you mean countDistinct()?",
    "uniq": "did you mean countDistinct()?",
    "uniquecount": "did you mean countDistinct()?",
    "mean": "did you mean avg()?",
    "average": "did you mean avg()?",
    "stdev": "did you mean stddev()?",
    "std": "did you mean stddev()?",
    "stddevpop": "did you mean stddev()?",
    "var": "did you mean variance()?",
    "first": "did you mean earliest() or sortsFirst()?",
    "last": "did you mean latest() or sortsLast()?",
    "any": "did you mean latest()?",
    "list": "did you mean values()?",
    "collect": "did you mean values()?",
    "isnull": "write not ispresent(field)",
    "isnotnull": "write ispresent(field)",
    "exists": "did you mean ispresent()?",
    "exist": "did you mean ispresent()?",
    "isnumber": "did you mean isNumeric()?",
    "ifnull": "did you mean coalesce()?",
    "nvl": "did you mean coalesce()?",
    "iff": "did you mean if()?",
    "iif": "did you mean if()?",
    "when": "did you mean case()?",
    "ceiling": "did you mean ceil()?",
    "pow": "write a ^ b",
    "power": "write a ^ b",
    "mod": "write a % b",
    "ln": "did you mean log()?",
    "cast": "did you mean toNumber()?",
    "int": "did you mean toInt()?",
    "tointeger": "did you mean toInt()?",
    "float": "did you mean toDouble()?",
    "todouble": "did you mean toDouble()?",
    "tonumeric": "did you mean toNumber()?",
    "tostring": "write concat(x)",
    "format": "did you mean concat() or formatDate()?",
    "strcat": "did you mean concat()?",
    "join": "did you mean concat()?",
    "match": "write field like /regex/",
    "matches": "write field like /regex/",
    "regexmatch": "write field like /regex/",
    "regexlike": "write field like /regex/",
    "regexextract": "write parse field /(?<name>…)/",
    "extract": "write parse field /(?<name>…)/",
    "datetrunc": "did you mean datefloor()?",
    "trunc": "did you mean datefloor() or floor()?",
    "span": "did you mean bin()?",
    "bucket": "did you mean bin()?",
    "timebucket": "did you mean bin()?",
    "ago": "give the time range with --since, or compare toMillis(@timestamp) with a number",
    "todatetime": "did you mean fromMillis() or parseDate()?",
    "strptime": "did you mean parseDate()?",
    "dateformat": "did you mean formatDate()?",
    "tomillis": "did you mean toMillis()?",
    "jsonextract": "write jsonParse(field).key",
    "parsejson": "did you mean jsonParse()?",
    "startswith": "did you mean startsWith()?",
    "between": "write field >= a and field <= b",
    "countif": "write sum(if(condition, 1, 0))",
    "sumif": "write sum(if(condition, value, 0))",
    "not": "write not before the condition",
    "and": "write a and b",
    "or": "write a or b",
}
