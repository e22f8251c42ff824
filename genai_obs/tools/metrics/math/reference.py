"""Tables of metric math for the docs, made from the tables that the evaluator uses."""

from genai_obs.tools.metrics.math.choices import CHOICES
from genai_obs.tools.metrics.math.functions import FUNCTIONS, NEEDS_AWS
from genai_obs.tools.metrics.math.kinds import Kind
from genai_obs.tools.metrics.math.signature import Function, Parameter

_SHORT = {Kind.SCALAR: "S", Kind.SERIES: "TS", Kind.ARRAY: "TS[]", Kind.TEXT: "text"}


def render_math_functions() -> str:
    """Return the functions as Markdown tables, one for each group."""
    groups = dict.fromkeys(function.group for function in FUNCTIONS.values())
    return "\n\n".join(_render_group(group) for group in groups)


def render_math_refused() -> str:
    """Return the functions that need AWS as a Markdown table."""
    rows = [f"| `{name}` | {why} |" for name, why in NEEDS_AWS.items()]
    return "\n".join(["| function | why not here |", "|---|---|", *rows])


def render_math_choices() -> str:
    """Return what was decided where CloudWatch documents nothing as a Markdown table."""
    rows = [f"| {choice.question} | {choice.answer} |" for choice in CHOICES]
    return "\n".join(["| not documented | our choice |", "|---|---|", *rows])


def _render_group(group: str) -> str:
    rows = [_render_row(function) for function in FUNCTIONS.values() if function.group == group]
    head = ["| function | takes | gives | | mark | in alarms |", "|---|---|---|---|---|---|"]
    return "\n".join([f"### {group}", "", *head, *rows])


def _render_row(function: Function) -> str:
    takes = ", ".join(_render_parameter(parameter) for parameter in function.parameters) or "nothing"
    said = (function.in_alarm or "").partition(" in alarms")[0].removeprefix("is ")
    in_alarm = f"{said} on one series" if said and function.group == "Reducers" else said
    cells = [f"`{function.name}`", takes, _render_result(function), function.doc, function.mark, in_alarm]
    return "| " + " | ".join(cells) + " |"


def _render_parameter(parameter: Parameter) -> str:
    kinds = [_SHORT[kind] for kind in parameter.kinds if kind in _SHORT]
    shown = " or ".join([*kinds, *(f"`{word}`" for word in parameter.words)])
    shown = "id of a metric" if parameter.metric else shown
    return f"[{shown}]" if parameter.optional else shown


def _render_result(function: Function) -> str:
    """Return the kind it gives, or each with the kind of the first argument that leads to it."""
    if function.name == "IF":
        return "TS, or S of only S"
    given = {kind: function.result([kind]) for kind in function.parameters[0].kinds} if function.parameters else {}
    results = {_SHORT[result] for result in given.values()}
    if len(results) == 1:
        return results.pop()
    return ", ".join(f"{_SHORT[result]} of {_SHORT[kind]}" for kind, result in given.items())


TABLES = {
    "math_functions": render_math_functions,
    "math_refused": render_math_refused,
    "math_choices": render_math_choices,
}
