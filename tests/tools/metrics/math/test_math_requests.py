"""Requests: rows that refer to rows, what is read, what is labelled how, and what is refused before anything runs."""

import numpy as np
import pytest
from metric_math_oracle import World
from metric_math_world import (
    NAMESPACE,
    NOON_S,
    ListReader,
    answer,
    answer_rows,
    expression_row,
    floats_of,
    metric_row,
    points_of,
    timeline_of,
)

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.evaluate import evaluate_queries
from genai_obs.tools.metrics.math.request import analyse
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.reader import Timeline
from genai_obs.tools.metrics.samples import Floats, Integers
from genai_obs.tools.text.diagnostics import TextError


def reader(**points: list[float | None]) -> ListReader:
    """Return a reader of sums by the name of the metric."""
    return ListReader({(MetricId(NAMESPACE, name), "Sum"): floats_of(found) for name, found in points.items()})


def test_rows_may_refer_to_rows_behind_them() -> None:
    """Expressions use each other by id, in any order; only what returns data is an answer."""
    rows = [
        expression_row("half + 1", "answer"),
        MetricQuery("half", expression="a / total * 100", return_data=False),
        MetricQuery("total", expression="SUM(a)", return_data=False),
        metric_row("a"),
    ]

    answers = evaluate_queries(rows, reader(a=[1, 3]), timeline_of(2))

    assert {row_id: [points_of(one.values) for one in series] for row_id, series in answers.items()} == {
        "answer": [[26, 76]]
    }


def test_500_rows_may_hang_on_each_other() -> None:
    """A long chain of rows is evaluated, however deep."""
    rows = [metric_row("e0")] + [expression_row(f"e{n} + 1", f"e{n + 1}") for n in range(499)]

    answers = evaluate_queries(rows, reader(e0=[1]), timeline_of(1))

    assert points_of(answers["e499"][0].values) == [500]


@pytest.mark.parametrize(
    ("expressions", "faulty"),
    [
        ({"e1": "e1 + 1"}, "e1"),
        ({"e1": "e2", "e2": "e3", "e3": "a + e1"}, "e3"),
        ({f"e{n}": f"e{(n + 1) % 20}" for n in range(20)}, "e19"),
    ],
)
def test_rows_in_a_circle_are_refused(expressions: dict[str, str], faulty: str) -> None:
    """A row that needs itself by a detour can never be computed; the reference that closes the circle is marked."""
    rows = [metric_row("a"), *(expression_row(text, row_id) for row_id, text in expressions.items())]

    with pytest.raises(TextError) as raised:
        analyse(rows)

    assert raised.value.slug == "math-cycle"
    assert f"in {faulty}:" in str(raised.value)


STAT = MetricStat(MetricId(NAMESPACE, "a"), "Sum", 60)


@pytest.mark.parametrize(
    ("rows", "slug"),
    [
        ([MetricQuery("M1", STAT)], "math-bad-id"),
        ([MetricQuery("1m", STAT)], "math-bad-id"),
        ([MetricQuery("a-b", STAT)], "math-bad-id"),
        ([MetricQuery("a\n", STAT)], "math-bad-id"),
        ([MetricQuery("a", STAT), MetricQuery("a", STAT)], "math-same-id"),
        ([MetricQuery("a")], "math-row"),
        ([MetricQuery("a", STAT, "a + 1")], "math-row"),
        ([MetricQuery(f"m{n}", STAT) for n in range(501)], "math-too-many-rows"),
        ([MetricQuery("a", MetricStat(STAT.metric, "Summ", 60))], "unknown-statistic"),
    ],
)
def test_faulty_rows_are_refused(rows: list[MetricQuery], slug: str) -> None:
    """What is wrong with a row as a whole is one sentence."""
    with pytest.raises(GenaiObsError) as raised:
        analyse(rows)

    assert raised.value.slug == slug


@pytest.mark.parametrize(
    "rows",
    [
        [metric_row("a", period_s=300), expression_row("a + 1")],
        [expression_row("SEARCH('{N}', 'Sum', 300)")],
        [MetricQuery("q1", expression="SELECT SUM(x) FROM SCHEMA(N)", period_s=300)],
    ],
)
def test_another_period_than_the_timelines_is_refused(rows: list[MetricQuery]) -> None:
    """Numbers of periods that do not fit would be wrong numbers."""
    with pytest.raises(GenaiObsError, match="300 s where 60 s are evaluated"):
        evaluate_queries(rows, reader(), timeline_of(2))


def test_all_faulty_rows_are_told_at_once() -> None:
    """Each row with mistakes is shown under its id, in the order of the request."""
    rows = [metric_row("a"), expression_row("SUM(a)", "e1"), expression_row("a + 1", "e2"), expression_row("b", "e3")]

    with pytest.raises(TextError) as raised:
        analyse(rows)

    text = str(raised.value)
    assert (
        text.index("in e1:") < text.index("math-scalar-result") < text.index("in e3:") < text.index("math-unknown-id")
    )
    assert "in e2:" not in text


def test_the_costs_of_the_article_are_explained() -> None:
    """Metric names instead of ids, and sums that leave one number: all of it is said at once, with what to do."""
    text = "(SUM(InputTokens) * 0.003 / 1000) + (SUM(OutputTokens) * 0.015 / 1000)"
    rows = [metric_row("in_tok", "InputTokens"), expression_row(text)]

    with pytest.raises(TextError) as raised:
        analyse(rows)

    scalar, given, unknown = raised.value.diagnostics
    assert (scalar.slug, given.slug, unknown.slug) == ("math-scalar-result", "math-unknown-id", "math-unknown-id")
    assert "the statistic Sum" in str(scalar.hint)
    assert "TIME_SERIES" in str(scalar.hint)
    assert given.hint == "write in_tok"
    assert "the id output_tokens" in str(unknown.hint)
    assert (scalar.span.start, scalar.span.end) == (0, len(text))


class CountingReader(ListReader):
    """Counts what is read."""

    def __init__(self) -> None:
        super().__init__({})
        self.read_names: list[str] = []

    def read(self, wanted: MetricStat, starts_s: Integers) -> Floats:
        """Keep the name and return nothing."""
        self.read_names.append(wanted.metric.name)
        return super().read(wanted, starts_s)


def test_each_metric_is_read_once_and_only_if_needed() -> None:
    """Reading is what costs: nothing is read twice, or for nobody."""
    counting = CountingReader()
    unused = MetricQuery("unused", expression="idle + 1", return_data=False)
    rows = [metric_row("a"), metric_row("again", "a"), metric_row("idle"), unused, expression_row("a + again + a")]

    evaluate_queries(rows, counting, timeline_of(2))

    assert counting.read_names == ["a"]


def test_each_evaluation_sorts_for_itself() -> None:
    """In a table of evaluations the largest series is another one in each row."""
    first = World({"a": [1, 1], "b": [9, 9]}, [NOON_S, NOON_S + 60], 60)
    second = World({"a": [5, 5], "b": [2, None]}, [NOON_S, NOON_S + 60], 60)

    (found,) = answer_rows("FIRST(SORT(METRICS(), SUM, DESC))", [first, second])

    assert [points_of(row) for row in found.values] == [[9, 9], [5, 5]]


def test_each_evaluation_has_its_own_series() -> None:
    """In a table of evaluations one row may have fewer series than another: it has gaps for the rest, also filled."""
    one = World({"a": [1, None], "b": [2, 2]}, [NOON_S, NOON_S + 60], 60)
    other = World({"a": [None, None], "b": [3, None]}, [NOON_S, NOON_S + 60], 60)

    first, second = answer_rows("FILL(REMOVE_EMPTY(METRICS()), 7)", [one, other])

    assert [points_of(row) for row in first.values] == [[1, 7], [3, 7]]
    assert [points_of(row) for row in second.values] == [[2, 2], [None, None]]


def test_many_series_keep_their_order() -> None:
    """Series that are equal, or all kept, stand as they stood, however many there are."""
    metrics: dict[str, list[float | None]] = {f"m{n:02}": [float(n % 3), float(n)] for n in range(60)}
    world = World(metrics | {"empty": [None, None]}, [NOON_S, NOON_S + 60], 60)

    kept = answer("REMOVE_EMPTY(METRICS())", world)
    ordered = answer("SORT(METRICS() * 0, SUM, DESC)", world)

    assert [points_of(series.values) for series in kept] == list(metrics.values())
    assert [series.label for series in ordered] == list(world.metrics)


def test_no_periods_give_no_points() -> None:
    """An empty timeline is answered with empty series."""
    empty = Timeline(np.array([], dtype=np.int64), 60)
    rows = [metric_row("a"), expression_row("TIME_SERIES(MAX(a)) + RATE(FILL(a, LINEAR)) + MIN(METRICS())")]

    (found,) = evaluate_queries(rows, ListReader({}), empty)["answer"]

    assert found.values.shape == (0,)


LABELS = MetricQuery("m1", MetricStat(MetricId.of(NAMESPACE, "AICost", {"ModelId": "nova"}), "Sum", 60))


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (None, "AICost"),
        ("", "AICost"),
        ("cost", "cost"),
        ("${LABEL}: ${SUM}", "AICost: 6.5"),
        ("${MIN} ${MAX} ${AVG} ${FIRST} ${LAST}", "0.5 4 2.16667 2 0.5"),
        ("${DATAPOINT_COUNT}", "3"),
        ("${FIRST_TIME}, ${MAX_TIME}", "2026-11-20 12:00:00, 2026-11-20 12:02:00"),
        ("${PROP('Dim.ModelId')} ${PROP('MetricName')}", "nova AICost"),
        ("${PROP('Namespace')} ${PROP( 'Stat' )} ${ PROP('Period') }", f"{NAMESPACE} Sum 60"),
        ("${PROP('AccountId')} ${NOTHING} ${AVG", "${PROP('AccountId')} ${NOTHING} ${AVG"),
    ],
)
def test_labels_are_filled_in(label: str | None, expected: str) -> None:
    """Dynamic parts of a label show the range and the metric; what nobody here knows stays as it is."""
    assert LABELS.stat
    row = MetricQuery("m1", LABELS.stat, label=label)
    numbers = ListReader({(LABELS.stat.metric, "Sum"): floats_of([2, None, 4, 0.5])})

    (found,) = evaluate_queries([row], numbers, timeline_of(4))["m1"]

    assert found.label == expected


def test_a_label_of_an_empty_series_shows_no_number() -> None:
    """Where there is no datapoint a label has a dash, and a count of 0."""
    row = MetricQuery("m1", LABELS.stat, label="${MAX} ${DATAPOINT_COUNT}")

    (found,) = evaluate_queries([row], ListReader({}), timeline_of(2))["m1"]

    assert found.label == "-- 0"


def test_a_label_of_several_series_stands_before_each() -> None:
    """A row with an array puts its label before that of each series, unless it places it itself."""
    world = reader(a=[1], b=[2])
    rows = [metric_row("a"), metric_row("b")]

    plain = evaluate_queries([*rows, MetricQuery("e", expression="METRICS()", label="all")], world, timeline_of(1))
    placed = evaluate_queries(
        [*rows, MetricQuery("e", expression="METRICS()", label="${LABEL}!")], world, timeline_of(1)
    )

    assert [series.label for series in plain["e"]] == ["all a", "all b"]
    assert [series.label for series in placed["e"]] == ["a!", "b!"]


class FixedBands:
    """A band around 10, as wide as asked for."""

    def band(self, stat: MetricStat, width: float, timeline: Timeline) -> tuple[Floats, Floats]:
        """Return the same bounds in every period."""
        assert stat.metric.name == "a"
        return (np.full(timeline.starts_s.shape, 10 - width), np.full(timeline.starts_s.shape, 10 + width))


@pytest.mark.parametrize(("text", "expected"), [("", [[8], [12]]), (", 3.5", [[6.5], [13.5]])])
def test_a_band_is_two_series(text: str, expected: list[list[float]]) -> None:
    """The lower bound comes first, then the upper; two deviations wide unless told otherwise."""
    world = World({"a": [1]}, [NOON_S], 60)

    found = answer(f"ANOMALY_DETECTION_BAND(a{text})", world, bands=FixedBands())

    assert [points_of(series.values) for series in found] == expected


def test_a_band_needs_somebody_who_computes_it() -> None:
    """CloudWatch's model is not published, so without one of ours there is no band."""
    with pytest.raises(GenaiObsError) as raised:
        answer("ANOMALY_DETECTION_BAND(a)", World({"a": [1]}, [NOON_S], 60))

    assert raised.value.slug == "math-no-band"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("ANOMALY_DETECTION_BAND(a + 1)", "math-needs-aws"),
        ("ANOMALY_DETECTION_BAND(a, 0)", "math-literal"),
        ("ANOMALY_DETECTION_BAND(a, SUM(a))", "math-literal"),
    ],
)
def test_what_a_band_cannot_be_of_is_refused(text: str, slug: str) -> None:
    """A band is of a metric, and its width a number above 0 that is written out."""
    with pytest.raises(TextError) as raised:
        answer(text, World({"a": [1]}, [NOON_S], 60), bands=FixedBands())

    assert raised.value.slug == slug
