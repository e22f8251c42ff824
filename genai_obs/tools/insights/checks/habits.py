"""Warnings about what is taken but probably not meant, or not portable to CloudWatch."""

from genai_obs.tools.insights.language.findings import Findings
from genai_obs.tools.insights.language.syntax import (
    Binary,
    Boolean,
    Call,
    Expression,
    Field,
    Fields,
    Filter,
    In,
    Like,
    Not,
    Number,
    Query,
    String,
)
from genai_obs.tools.insights.language.tree import children, expressions, walk

_COMPARISONS = frozenset({"=", "!=", "<", "<=", ">", ">="})
_TIMES = frozenset({"@timestamp", "@ingestionTime"})

# Functions whose result is a boolean, not the number 1 or 0 (AWS: "CWL_QuerySyntax-operations-functions").
_BOOLEAN_FUNCTIONS = frozenset(
    {"ispresent", "isvalidip", "isvalidipv4", "isvalidipv6", "isipinsubnet", "isipv4insubnet", "isipv6insubnet"}
)


def find_habits(query: Query, findings: Findings) -> None:
    """Find what deserves a warning, and times compared with texts, which no query language of AWS reads."""
    for command in query.commands:
        for expression in expressions(command):
            for node in walk(expression):
                _look(node, findings)
        if isinstance(command, Filter):
            _condition(command.condition, findings)
        if isinstance(command, Fields):
            _same_command(command, findings)
    _dashes(query, findings)


def _look(node: Expression, findings: Findings) -> None:
    match node:
        case Binary(operator=operator) if operator in _COMPARISONS:
            _comparison(node, findings)
        case Like(pattern=String() as pattern):
            _wildcards(pattern, findings)
        case Call(function="sum", arguments=(argument,)) if _is_boolean(argument):
            hint = f"write sum(if({findings.written(argument.span)}, 1, 0))"
            findings.warn("boolean-sum", "CloudWatch may not sum a condition", argument.span, hint)
        case Call(function="count", arguments=(argument,)) if _is_boolean(argument):
            hint = f"write sum(if({findings.written(argument.span)}, 1, 0))"
            findings.warn("boolean-count", "this counts where the condition is known, true or not", argument.span, hint)
        case Call(function="median", arguments=(argument,)):
            hint = f"write pct({findings.written(argument.span)}, 50)"
            findings.warn("median", "CloudWatch documents pct(), not median()", node.span, hint)
        case Boolean() if not any(warning.span == node.span for warning in findings.warnings):
            _bare(node, findings)
        case _:
            pass


def _comparison(node: Binary, findings: Findings) -> None:
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(side, Boolean):
            value = "1" if side.value else "0"
            hint = f"write {findings.written(other.span)} {node.operator} {value}"
            findings.warn("bare-boolean", "CloudWatch documents no true and false; JSON's are 1 and 0", side.span, hint)
        if isinstance(side, Field) and side.name in _TIMES and isinstance(other, String):
            findings.error("time-as-text", f"{side.name} is not compared with a text", other.span,
                           f"compare toMillis({side.name}) with a number of milliseconds")  # fmt: skip
    right = node.right
    if isinstance(right, Field) and len(right.name) > 1 and right.name.isalpha() and right.name.isupper():
        hint = f'write "{right.name}"'
        findings.warn("unquoted-text", f"{right.name} is read as the name of a field", right.span, hint)
    left = node.left
    if isinstance(left, Binary) and left.operator in _COMPARISONS and findings.text[left.span.start] != "(":
        findings.warn("comparison-chain", "this compares the result of a comparison, 1 or 0", node.span, "write and")


def _bare(node: Boolean, findings: Findings) -> None:
    value = "1" if node.value else "0"
    findings.warn(
        "bare-boolean", "CloudWatch documents no true and false; JSON's are 1 and 0", node.span, f"write {value}"
    )


def _wildcards(pattern: String, findings: Findings) -> None:
    text = pattern.value
    if "%" in (text[:1], text[-1:]) or (len(text) > 1 and "*" in (text[:1], text[-1:])):
        hint = "leave it out: like finds the text anywhere"
        findings.warn("like-wildcard", "like knows no wildcards; % and * are themselves", pattern.span, hint)


def _is_boolean(node: Expression) -> bool:
    match node:
        case Like() | In() | Not():
            return True
        case Binary(operator=operator):
            return operator in _COMPARISONS or operator in {"and", "or"}
        case Call(function=function):
            return function in _BOOLEAN_FUNCTIONS
        case _:
            return False


def _condition(condition: Expression, findings: Findings) -> None:
    """Warn of texts and numbers that stand where a condition must."""
    waiting = [condition]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Not) or (isinstance(node, Binary) and node.operator in {"and", "or"}):
            waiting.extend(children(node))
        elif isinstance(node, (String, Number)):
            hint = "repeat the field before it: a like x or a like y"
            findings.warn("constant-condition", "a constant is no condition on an event", node.span, hint)


def _same_command(command: Fields, findings: Findings) -> None:
    """Warn of access into a map made by the same command, which CloudWatch leaves empty (observed)."""
    maps: set[str] = set()
    for item in command.items:
        for node in walk(item.expression):
            if isinstance(node, Field) and len(node.parts) > 1 and node.parts[0] in maps:
                findings.warn("same-command-access", "CloudWatch opens a jsonParse result only in a later command",
                              node.span, "use a second fields")  # fmt: skip
        if isinstance(item.expression, Call) and item.expression.function == "jsonparse" and item.alias:
            maps.add(item.alias.text)


def _dashes(query: Query, findings: Findings) -> None:
    """Warn of ``foo-bar``: two fields of which one is taken from the other."""
    made = set(_made_names(query))
    for command in query.commands:
        for expression in expressions(command):
            for node in walk(expression):
                match node:
                    case Binary(operator="-", left=Field() as left, right=Field() as right):
                        tight = right.span.start == left.span.end + 1
                        if tight and not made & {left.name, right.name} and not left.name.startswith("@"):
                            written = findings.written(node.span)
                            findings.warn("minus", f"{written} is a subtraction", node.span, f"a name is `{written}`")
                    case _:
                        pass


def _made_names(query: Query) -> list[str]:
    names: list[str] = []
    for command in query.commands:
        for items in (
            getattr(command, "items", ()),
            getattr(command, "aggregates", ()),
            getattr(command, "groups", ()),
        ):
            names.extend(item.name for item in items)
        names.extend(name.text for name in getattr(command, "names", ()))
    return names
