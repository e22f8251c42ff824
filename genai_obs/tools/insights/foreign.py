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
    "xor": "write (a or b) and not (a and b)",
    "div": "write /",
    "mod": "write %",
}


def foreign_operator(token: Token, following: Token) -> Diagnostic | None:
    """Return what is wrong when another language's operator stands behind an operand."""
    hint = _OPERATORS.get(token.text.lower())
    if hint is None or (token.kind == "name" and following.kind in {"end", "|", ","}):
        return None
    if token.is_word("not"):
        hint = "write not before the condition, or not like, not in"
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
