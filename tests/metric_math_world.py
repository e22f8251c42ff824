"""Requests over plain lists: what the tests of metric math read from, and random expressions for them."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from hypothesis import strategies as st
from metric_math_oracle import Points, World

from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.bands import Bands
from genai_obs.tools.metrics.math.evaluate import LabelledSeries, evaluate_queries
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.reader import Timeline
from genai_obs.tools.metrics.samples import Floats, Integers

NAMESPACE = "AI/LLMMetrics"
PERIOD_S = 60

# A Friday at noon in UTC.
NOON_S = 1_795_176_000


def floats_of(points: Sequence[float | None]) -> Floats:
    """Return points as an array, NaN where there is none."""
    return np.array([np.nan if point is None else point for point in points], dtype=np.float64)


def points_of(values: Floats) -> Points:
    """Return an array as points, None where there is none."""
    return [None if np.isnan(value) else float(value) for value in values]


class ListReader:
    """Reads statistics of metrics from arrays, whatever the time."""

    def __init__(self, numbers: Mapping[tuple[MetricId, str], Floats]) -> None:
        self.numbers = dict(numbers)

    def read(self, wanted: MetricStat, starts_s: Integers) -> Floats:
        """Return what was given for a statistic, or nothing but gaps."""
        found = self.numbers.get((wanted.metric, wanted.stat))
        return np.full(starts_s.shape, np.nan) if found is None else found.reshape(starts_s.shape)

    def metrics(self) -> Iterable[MetricId]:
        """Return every metric."""
        return [metric for metric, _ in self.numbers]


def metric_row(row_id: str, name: str | None = None, *, period_s: int = PERIOD_S, **more: object) -> MetricQuery:
    """Return a row with the sum of a metric, which gives no answer of its own."""
    stat = MetricStat(MetricId(NAMESPACE, name or row_id), "Sum", period_s)
    return MetricQuery(row_id, stat, return_data=False, **more)  # type: ignore[arg-type]


def expression_row(text: str, row_id: str = "answer") -> MetricQuery:
    """Return a row with an expression that is the answer."""
    return MetricQuery(row_id, expression=text)


def timeline_of(count: int, starts_s: Sequence[int] | None = None, period_s: int = PERIOD_S) -> Timeline:
    """Return periods from Friday noon on, or those given."""
    starts = [NOON_S + place * period_s for place in range(count)] if starts_s is None else starts_s
    return Timeline(np.array(starts, dtype=np.int64), period_s)


def _rows(world: World) -> list[MetricQuery]:
    """Return a row for each metric; one whose name is no id gets another."""
    return [
        metric_row(name if name[0].islower() else f"m{place}", name, period_s=world.period_s)
        for place, name in enumerate(world.metrics)
    ]


def answer(text: str, world: World, *, bands: Bands | None = None) -> tuple[LabelledSeries, ...]:
    """Return what the evaluator makes of an expression over the metrics of a world."""
    rows = _rows(world)
    reader = ListReader(
        {(MetricId(NAMESPACE, row_id), "Sum"): floats_of(points) for row_id, points in world.metrics.items()}
    )
    timeline = timeline_of(len(world.starts_s), world.starts_s, world.period_s)
    return evaluate_queries([*rows, expression_row(text)], reader, timeline, bands=bands)["answer"]


def answer_rows(text: str, worlds: Sequence[World]) -> tuple[LabelledSeries, ...]:
    """Return what the evaluator makes of an expression over many worlds at once, a row each."""
    first = worlds[0]
    rows = _rows(first)
    reader = ListReader(
        {
            (MetricId(NAMESPACE, row_id), "Sum"): np.stack([floats_of(world.metrics[row_id]) for world in worlds])
            for row_id in first.metrics
        }
    )
    timeline = Timeline(np.array([world.starts_s for world in worlds], dtype=np.int64), first.period_s)
    return evaluate_queries([*rows, expression_row(text)], reader, timeline)["answer"]


def same_points(found: Points, expected: Points) -> bool:
    """Return whether points are equal but for the last digits."""
    return len(found) == len(expected) and all(
        (one is None) == (other is None)
        and (one is None or other is None or bool(np.isclose(one, other, rtol=1e-9, atol=1e-9)))
        for one, other in zip(found, expected, strict=True)
    )


IDS = ("a", "b", "err_c", "err_d")

# Whole numbers: whatever order they are added up in, the sum is the same to the last digit.
_NUMBERS = st.integers(-8, 8).map(float)
_POINTS = st.none() | _NUMBERS


@st.composite
def worlds(draw: st.DrawFn, rows: int = 1) -> list[World]:
    """Draw worlds with the same metrics and as many periods, each at its own time."""
    count = draw(st.integers(1, 6))
    period_s = draw(st.sampled_from([60, 300, 3600, 86_400]))
    return [
        World(
            {row_id: draw(st.lists(_POINTS, min_size=count, max_size=count)) for row_id in IDS},
            [start + place * period_s for place in range(count)],
            period_s,
        )
        for start in draw(st.lists(st.integers(0, 60_000_000).map(lambda m: m * 60), min_size=rows, max_size=rows))
    ]


_LITERALS = st.sampled_from(["0", "1", "2", "3", "0.5", "10", ".25", "4e0"])
_CHECKED = ("==", "!=", "<", "<=", ">", ">=", "AND", "OR", "&&", "||")


def _call(name: str, *parts: str) -> str:
    return f"{name}({', '.join(parts)})"


@st.composite
def exact(draw: st.DrawFn, depth: int) -> str:
    """Draw an expression of a series whose values are exact, so that comparing them is safe."""
    if depth <= 0:
        return draw(st.sampled_from(IDS))
    inner = exact(depth - 1)
    form = draw(st.integers(0, 7))
    if form <= 1:
        return f"({draw(inner)} {draw(st.sampled_from(['+', '-', '*']))} {draw(inner | _LITERALS)})"
    if form == 2:
        return f"({draw(inner)} {draw(st.sampled_from(_CHECKED))} {draw(inner | _LITERALS)})"
    if form == 3:
        return _call("IF", *draw(st.lists(inner | _LITERALS, min_size=2, max_size=2)), draw(inner))
    if form == 4:
        return _call("FILL", draw(inner), draw(inner | _LITERALS | st.just("REPEAT")))
    if form == 5:
        function = draw(st.sampled_from(["SUM", "MIN", "MAX", "DATAPOINT_COUNT"]))
        return _call(function, draw(arrays(depth - 1)))
    if form == 6:
        function = draw(st.sampled_from(["ABS", "CEIL", "FLOOR", "DIFF", "DIFF_TIME", "RUNNING_SUM", "-"]))
        return f"(-{draw(inner)})" if function == "-" else _call(function, draw(inner))
    return _call(draw(st.sampled_from(["MINUTE", "HOUR", "DAY", "DATE", "MONTH", "YEAR"])), draw(inner))


@st.composite
def arrays(draw: st.DrawFn, depth: int) -> str:
    """Draw an expression of an array with exact values."""
    form = draw(st.integers(0, 6)) if depth > 0 else draw(st.integers(0, 1))
    if form == 0:
        return draw(st.sampled_from(["METRICS()", 'METRICS("err")', 'METRICS("none")']))
    if form == 1:
        return "[" + ", ".join(draw(st.lists(exact(depth - 1), min_size=1, max_size=3))) + "]"
    inner = draw(arrays(depth - 1))
    if form == 2:
        return _call("REMOVE_EMPTY", inner)
    if form == 3:
        limit = draw(st.sampled_from([[], ["0"], ["1"], ["2"]]))
        function = draw(st.sampled_from(["MIN", "MAX", "SUM"]))
        return _call("SORT", inner, function, draw(st.sampled_from(["ASC", "DESC"])), *limit)
    if form == 4:
        return _call("SLICE", inner, draw(st.sampled_from(["0", "1", "2"])), *draw(st.sampled_from([[], ["2"]])))
    if form == 5:
        return f"({inner} {draw(st.sampled_from(['+', '-', '*']))} {draw(exact(depth - 1) | _LITERALS)})"
    return _call("FILL", inner, draw(exact(depth - 1) | _LITERALS))


@st.composite
def scalars(draw: st.DrawFn, depth: int) -> str:
    """Draw an expression of a number."""
    form = draw(st.integers(0, 5)) if depth > 0 else 0
    if form == 0:
        return draw(_LITERALS)
    if form == 1:
        function = draw(st.sampled_from(["AVG", "SUM", "MIN", "MAX", "STDDEV", "DATAPOINT_COUNT"]))
        return _call(function, draw(exact(depth - 1)))
    if form == 2:
        return _call("METRIC_COUNT", draw(arrays(depth - 1)))
    if form == 3:
        return _call("PERIOD", draw(st.sampled_from(IDS)))
    if form == 4:
        return _call("IF", *(draw(scalars(0)) for _ in range(3)))
    return f"({draw(scalars(depth - 1))} {draw(st.sampled_from(['+', '-', '*', '/']))} {draw(scalars(depth - 1))})"


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """Draw an expression whose result may be shown: a series or an array."""
    form = draw(st.integers(0, 9))
    if form <= 2:
        return draw(exact(depth))
    if form == 3:
        return draw(arrays(depth))
    if form == 4:
        return _call("TIME_SERIES", draw(scalars(depth)))
    if form == 5:
        return f"({draw(exact(depth))} {draw(st.sampled_from(['/', '^']))} {draw(exact(depth - 1) | scalars(1))})"
    if form == 6:
        function = draw(st.sampled_from(["AVG", "STDDEV", "SUM", "FIRST", "LAST"]))
        return _call(function, draw(arrays(depth)))
    if form == 7:
        return _call(draw(st.sampled_from(["RATE", "LOG", "LOG10", "EPOCH"])), draw(exact(depth)))
    if form == 8:
        return _call("FILL", draw(exact(depth)), draw(st.just("LINEAR") | scalars(1)))
    return f"{draw(exact(depth - 1))} * {draw(scalars(depth))}"
