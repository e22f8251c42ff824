"""Functions of JSON texts, maps and lists."""

from genai_obs.tools.insights.functions.calls import Arguments, Function, functions_of
from genai_obs.tools.insights.sql.let import let, macro
from genai_obs.tools.insights.sql.values import (
    Kind,
    Sql,
    as_shown,
    as_text,
    as_zero_or_one,
    json_value,
    number,
    text,
)


def _json(arguments: Arguments) -> str:
    """Return the SQL of the first argument as a map or a list; NULL for anything else."""
    value = arguments.value(0)
    if value.kind is Kind.JSON:
        return let([value.text], lambda it: f"COALESCE(q_json_opened({it}), q_json_parse(q_json_text({it})))")
    return macro("q_json_parse", as_text(value))


def _json_parse(arguments: Arguments) -> Sql:
    return json_value(_json(arguments))


def _json_stringify(arguments: Arguments) -> Sql:
    return text(as_shown(arguments.value(0)))


def _array_size(arguments: Arguments) -> Sql:
    length = let([_json(arguments)], lambda it: f"CASE WHEN json_type({it}) = 'ARRAY' THEN json_array_length({it}) END")
    return number(f"CAST({length} AS DOUBLE)")


def _array_contains(arguments: Arguments) -> Sql:
    """Return 1 where an element has that text; 0 for what is no array (documented), absent where there is no text."""
    operands = [_json(arguments), as_shown(arguments.value(0)), arguments.text(1)]
    found = let(
        operands,
        lambda array, whole, wanted: (
            f"CASE WHEN {whole} IS NULL OR {wanted} IS NULL THEN NULL WHEN json_type({array}) = 'ARRAY'"
            f" THEN list_contains(list_transform(CAST(json_extract({array}, '$[*]') AS JSON[]),"
            f" lambda element: q_json_text(element)), {wanted}) ELSE FALSE END"
        ),
    )
    return number(as_zero_or_one(found))


FUNCTIONS: dict[str, Function] = functions_of(
    "json",
    "core",
    (
        ("jsonParse", 1, 1, "the map or list of a JSON text; absent for anything else", _json_parse),
        ("jsonStringify", 1, 1, "a map or a list as JSON text; other values as they are", _json_stringify),
    ),
) | functions_of(
    "json",
    "new",
    (
        ("jsonArraySize", 1, 1, "how many elements a JSON array has; absent for anything else", _array_size),
        ("jsonArrayContains", 2, 2, "1 where the JSON array has that value, else 0", _array_contains),
    ),
)
