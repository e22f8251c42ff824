"""The functions of metric math: one table for checking, evaluating and documenting them."""

from collections.abc import Callable, Sequence

import numpy as np

from genai_obs.tools.metrics.math import arrays
from genai_obs.tools.metrics.math.clock import CLOCK
from genai_obs.tools.metrics.math.conditions import choose
from genai_obs.tools.metrics.math.context import Context
from genai_obs.tools.metrics.math.elementwise import change, fill
from genai_obs.tools.metrics.math.kinds import MANY, Kind
from genai_obs.tools.metrics.math.reducers import reduce_value
from genai_obs.tools.metrics.math.search import search
from genai_obs.tools.metrics.math.signature import Function, Mark, Parameter, Run
from genai_obs.tools.metrics.math.values import Array, Origin, Scalar, Series, Value, array_of, scalar

_SORTS = ("AVG", "MIN", "MAX", "SUM")
_SERIES_OR_ARRAY = Parameter("series", MANY)
_ARRAY = Parameter("array", (Kind.ARRAY,))

_WIDER = "is discouraged in alarms: their range is wider than the evaluation periods, and it changes"
_PINNED = "needs care in alarms: a late datapoint is judged as the filler, so let M of N be less than N"
_SPARSE = "needs care in alarms: on sparse data its datapoints come and go as the range moves"


def _same(kinds: Sequence[Kind]) -> Kind:
    return kinds[0]


def _reduced(kinds: Sequence[Kind]) -> Kind:
    return Kind.SERIES if kinds[0] is Kind.ARRAY else Kind.SCALAR


def _always(kind: Kind) -> Callable[[Sequence[Kind]], Kind]:
    return lambda _: kind


def _if_kind(kinds: Sequence[Kind]) -> Kind:
    return Kind.SERIES if Kind.SERIES in kinds else Kind.SCALAR


def _reducer(name: str, doc: str, mark: Mark = "documented") -> Function:
    def run(_: Context, arguments: Sequence[Value]) -> Value:
        return reduce_value(name, arguments[0])

    return Function(name, "Reducers", (_SERIES_OR_ARRAY,), _reduced, doc, run, mark, _WIDER)


def _changer(name: str, doc: str, mark: Mark = "documented", in_alarm: str | None = None) -> Function:
    def run(context: Context, arguments: Sequence[Value]) -> Value:
        return change(name, arguments[0], context.timeline.starts_s)

    return Function(name, "Element by element", (_SERIES_OR_ARRAY,), _same, doc, run, mark, in_alarm)


def _clock(name: str, doc: str) -> Function:
    def run(context: Context, _: Sequence[Value]) -> Value:
        return Series(CLOCK[name](context.timeline.starts_s).astype(np.float64), Origin(name))

    return Function(name, "Time", (Parameter("series", (Kind.SERIES,)),), _always(Kind.SERIES), doc, run)


def _array(value: Value) -> Array:
    assert isinstance(value, Array)
    return value


def _number(value: Value) -> float:
    assert isinstance(value, Scalar)
    return float(value.values.flat[0])


def _whole(arguments: Sequence[Value], place: int) -> int | None:
    return int(_number(arguments[place])) if len(arguments) > place else None


def _run_if(_: Context, arguments: Sequence[Value]) -> Value:
    return choose(arguments)


def _run_fill(_: Context, arguments: Sequence[Value]) -> Value:
    return fill(arguments[0], arguments[1])


def _run_time_series(context: Context, arguments: Sequence[Value]) -> Value:
    (value,) = arguments
    assert isinstance(value, Scalar)
    return Series(np.broadcast_to(value.values, context.shape).copy(), Origin("TIME_SERIES"))


def _run_period(context: Context, _: Sequence[Value]) -> Value:
    return scalar(context.timeline.period_s)


def _run_metrics(context: Context, arguments: Sequence[Value]) -> Value:
    part = arguments[0] if arguments else ""
    assert isinstance(part, str)
    return array_of([context.metric(query) for query in context.metrics if part in query.id], context.shape)


def _run_sort(_: Context, arguments: Sequence[Value]) -> Value:
    array, function, direction = arguments[:3]
    assert isinstance(function, str)
    assert isinstance(direction, str)
    return arrays.sort(_array(array), function, direction, _whole(arguments, 3))


def _run_slice(_: Context, arguments: Sequence[Value]) -> Value:
    return arrays.cut(_array(arguments[0]), _whole(arguments, 1) or 0, _whole(arguments, 2))


def _run_search(context: Context, arguments: Sequence[Value]) -> Value:
    text, statistic = arguments[:2]
    assert isinstance(text, str)
    assert isinstance(statistic, str)
    found = [context.read(stat, label) for stat, label in search(context, text, statistic)]
    return array_of(found, context.shape)


def _run_band(context: Context, arguments: Sequence[Value]) -> Value:
    watched = arguments[0]
    assert isinstance(watched, Series)
    assert watched.origin.stat is not None
    width = _number(arguments[1]) if len(arguments) > 1 else DEFAULT_WIDTH
    return array_of(context.band(watched.origin.stat, width), context.shape)


def _on_array(function: Callable[[Array], Value]) -> Run:
    return lambda _, arguments: function(_array(arguments[0]))


# Standard deviations, as CloudWatch calls them (using-metric-math, documented).
DEFAULT_WIDTH = 2.0

_ROWS = (
    _reducer("AVG", "the average; a missing datapoint counts as 0"),
    _reducer("SUM", "the sum"),
    _reducer("MAX", "the largest"),
    _reducer("MIN", "the smallest"),
    _reducer("STDDEV", "the standard deviation"),
    _reducer("DATAPOINT_COUNT", "how many datapoints exist"),
    _changer("ABS", "the absolute value"),
    _changer("CEIL", "the next whole number above"),
    _changer("FLOOR", "the next whole number below"),
    _changer("LOG", "the natural logarithm"),
    _changer("LOG10", "the logarithm to base 10"),
    _changer("DIFF", "the difference to the datapoint before; the first has none", "derived"),
    _changer("DIFF_TIME", "seconds since the datapoint before; the first has none", "derived"),
    _changer("RATE", "the difference to the datapoint before, per second; the first has none", "derived", _SPARSE),
    _changer("RUNNING_SUM", "the sum up to each datapoint", "documented", _WIDER),
    Function(
        "FILL",
        "Element by element",
        (
            _SERIES_OR_ARRAY,
            Parameter("filler", (Kind.SCALAR, Kind.SERIES, Kind.WORD), ("REPEAT", "LINEAR")),
        ),
        _same,
        "gaps filled with a number, another series, the last datapoint (`REPEAT`) or a straight line (`LINEAR`)",
        _run_fill,
        in_alarm=_PINNED,
    ),
    Function(
        "IF",
        "Choice",
        (
            Parameter("condition", (Kind.SCALAR, Kind.SERIES)),
            Parameter("then", (Kind.SCALAR, Kind.SERIES)),
            Parameter("otherwise", (Kind.SCALAR, Kind.SERIES), optional=True),
        ),
        _if_kind,
        "one or the other, by period or as a whole",
        _run_if,
    ),
    _clock("MINUTE", "0 to 59"),
    _clock("HOUR", "0 to 23"),
    _clock("DAY", "day of the week, 1 is Monday and 7 Sunday"),
    _clock("DATE", "day of the month"),
    _clock("MONTH", "1 to 12"),
    _clock("YEAR", "the year"),
    _clock("EPOCH", "seconds since 1970"),
    Function(
        "PERIOD",
        "Numbers",
        (Parameter("metric", (Kind.SERIES,), metric=True),),
        _always(Kind.SCALAR),
        "seconds of a period; of a metric, never of an expression",
        _run_period,
    ),
    Function(
        "METRIC_COUNT", "Numbers", (_ARRAY,), _always(Kind.SCALAR), "how many series there are", _on_array(arrays.count)
    ),
    Function(
        "TIME_SERIES",
        "Numbers",
        (Parameter("number", (Kind.SCALAR,)),),
        _always(Kind.SERIES),
        "a series with this number in every period",
        _run_time_series,
    ),
    Function(
        "METRICS",
        "Arrays",
        (Parameter("part of an id", (Kind.TEXT,), optional=True),),
        _always(Kind.ARRAY),
        "all metrics of the request, or those whose id contains the text; no expressions",
        _run_metrics,
    ),
    Function(
        "SORT",
        "Arrays",
        (
            _ARRAY,
            Parameter("function", (Kind.WORD,), _SORTS),
            Parameter("direction", (Kind.WORD,), ("ASC", "DESC")),
            Parameter("limit", (Kind.SCALAR,), optional=True, whole=True),
        ),
        _always(Kind.ARRAY),
        "the series ordered by a number of each, and only the first ones with a limit",
        _run_sort,
    ),
    Function(
        "SLICE",
        "Arrays",
        (
            _ARRAY,
            Parameter("start", (Kind.SCALAR,), whole=True),
            Parameter("end", (Kind.SCALAR,), optional=True, whole=True),
        ),
        _always(Kind.ARRAY),
        "series from a place, counted from 0, up to and without another",
        _run_slice,
    ),
    Function("FIRST", "Arrays", (_ARRAY,), _always(Kind.SERIES), "the first series", _on_array(arrays.first)),
    Function("LAST", "Arrays", (_ARRAY,), _always(Kind.SERIES), "the last series", _on_array(arrays.last)),
    Function(
        "REMOVE_EMPTY",
        "Arrays",
        (_ARRAY,),
        _always(Kind.ARRAY),
        "the series that have a datapoint",
        _on_array(arrays.remove_empty),
        in_alarm=_WIDER,
    ),
    Function(
        "SEARCH",
        "Arrays",
        (
            Parameter("search", (Kind.TEXT,)),
            Parameter("statistic", (Kind.TEXT,)),
            Parameter("period", (Kind.SCALAR,), optional=True, whole=True),
        ),
        _always(Kind.ARRAY),
        "a statistic of every metric that a search finds",
        _run_search,
    ),
    Function(
        "ANOMALY_DETECTION_BAND",
        "Arrays",
        (
            Parameter("metric", (Kind.SERIES,), metric=True),
            Parameter("width", (Kind.SCALAR,), optional=True, positive=True),
        ),
        _always(Kind.ARRAY),
        "the lower and the upper bound of what is expected; ours, not CloudWatch's",
        _run_band,
    ),
)

FUNCTIONS: dict[str, Function] = {row.name: row for row in _ROWS}

# Functions whose answer only AWS has.
NEEDS_AWS = {
    "SERVICE_QUOTA": "the quotas of an account stand in no log",
    "INSIGHT_RULE_METRIC": "Contributor Insights rules are evaluated by CloudWatch only",
    "DB_PERF_INSIGHTS": "Performance Insights counters are kept by AWS only",
    "LAMBDA": "it calls a function in your account to get the data",
}
