"""Names that stand for nothing in a request, and what was probably meant."""

from collections.abc import Mapping

from genai_obs.tools.metrics.math.foreign import FUNCTIONS as FOREIGN_FUNCTIONS
from genai_obs.tools.metrics.math.functions import FUNCTIONS
from genai_obs.tools.metrics.math.syntax import Call, Name
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.text.cursor import shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.near import nearest


def unknown_name(node: Name, queries: Mapping[str, MetricQuery]) -> Diagnostic:
    """Return what is wrong with a name that is no id of the request."""
    message, hint = _explained(node.text, queries)
    return Diagnostic("math-unknown-id", message, node.span, hint)


def _explained(text: str, queries: Mapping[str, MetricQuery]) -> tuple[str, str]:
    published = next((query.id for query in queries.values() if query.stat and query.stat.metric.name == text), None)
    if published is not None:
        return f"{shown(text)} is the name of a metric; expressions use ids", f"write {published}"
    if text in FUNCTIONS:
        return f"{text} is a function and needs parentheses", f"write {text}(…)"
    near = text.lower() if text.lower() in queries else nearest(text, queries)
    if text[0].isupper() and near is None:
        own = _id_for(text)
        hint = f"add a row for the metric with the id {own} and the statistic wanted, and write {own}"
        return f"{shown(text)} is no id: ids begin with a lower-case letter", hint
    return f"no row has the id {shown(text)}", f"did you mean {near}?" if near else "add a row with this id"


def _id_for(name: str) -> str:
    """Return an id such as ``input_tokens`` for a metric such as ``InputTokens``."""
    parts = [f"_{letter.lower()}" if letter.isupper() else letter for letter in name]
    return "".join(parts).lstrip("_").replace("__", "_") or "m1"


def unknown_function(call: Call) -> Diagnostic:
    """Return what is wrong with a function that there is not."""
    upper = call.name.upper()
    if upper in FUNCTIONS:
        return Diagnostic(
            "math-lower-case-function", "functions are written in upper case", call.name_span, f"write {upper}()"
        )
    near = nearest(upper, FUNCTIONS, likeness=0.7)
    hint = FOREIGN_FUNCTIONS.get(upper) or (f"did you mean {near}()?" if near else None)
    return Diagnostic("math-unknown-function", f"there is no function {shown(call.name)}", call.name_span, hint)
