"""What alarms look at: metric math, SQL with groups, bands, and how numbers are read only once."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from alarm_published import DAY, HOUR, METRIC, MINUTE, MONDAY, alarm_on, store_of

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.schedule import schedule_of
from genai_obs.tools.alarms.sql_groups import grouped_select, without_order
from genai_obs.tools.alarms.state import State
from genai_obs.tools.alarms.watched import watch
from genai_obs.tools.alarms.windowed import SlidingReader, WallClockReader
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.reader import MetricReader, Timeline
from genai_obs.tools.metrics.samples import Floats, Integers

ERRORS = MetricId.of("AI/LLMMetrics", "InferenceErrors", {"Environment": "production"})


class Counting:
    """Counts what is read through it."""

    def __init__(self, reader: MetricReader) -> None:
        self.reader = reader
        self.sizes: list[int] = []

    def read(self, wanted: MetricStat, starts_s: Integers) -> Floats:
        """Read, and take down how much."""
        self.sizes.append(starts_s.size)
        return self.reader.read(wanted, starts_s)

    def metrics(self) -> Iterable[MetricId]:
        """Return every metric there is."""
        return self.reader.metrics()


def busy(minutes: int) -> dict[int, list[float]]:
    """Return a call each minute whose value is the number of the minute."""
    return {MONDAY + minute * MINUTE: [float(minute)] for minute in range(minutes)}


def error_rate(period_s: int = 300, n: int = 3, m: int = 2, missing_data: str = "missing") -> MetricAlarm:
    """Return an alarm on the share of failed calls."""
    return alarm_on(
        MetricQuery("errors", MetricStat(ERRORS, "Sum", period_s), return_data=False),
        MetricQuery("calls", MetricStat(ERRORS, "SampleCount", period_s), return_data=False),
        MetricQuery("rate", expression="IF(calls >= 2, 100 * errors / calls, 0)"),
        n=n,
        m=m,
        threshold=5.0,
        missing_data=missing_data,
    )


def test_metric_math_is_judged_as_minute_by_minute() -> None:
    """All evaluations at once give what each of them gives alone."""
    random = np.random.default_rng(3)
    published = {
        MONDAY + int(minute) * MINUTE: [float(random.random() < 0.1) for _ in range(random.integers(1, 4))]
        for minute in random.choice(180, 110, replace=False)
    }
    store, alarm = store_of({ERRORS: published}), error_rate(missing_data="notBreaching")

    whole = replay(alarm, store, MONDAY, MONDAY + 3 * HOUR)
    alone = [replay(alarm, store, moment, moment) for moment in whole.times_s.tolist()]

    assert whole.states.tolist() == [int(history.states[0]) for history in alone]
    assert whole.values is not None
    np.testing.assert_array_equal(whole.values, [history.values[0] for history in alone if history.values is not None])
    assert set(whole.states.tolist()) == {State.OK, State.ALARM}


def test_each_statistic_is_read_once() -> None:
    """Although windows overlap, and portions follow each other."""
    reader = Counting(store_of({METRIC: busy(60)}))

    replay(alarm_on(period_s=MINUTE, n=1440, m=1440), reader, MONDAY, MONDAY + 12 * HOUR)

    assert len(reader.sizes) == 1
    assert reader.sizes[0] < 4 * 1440


def test_a_single_evaluation_reads_what_it_needs() -> None:
    """A verdict on a daily alarm does not read every minute of three days."""
    reader = Counting(store_of({METRIC: busy(60)}))

    replay(alarm_on(period_s=DAY), reader, MONDAY, MONDAY)

    assert reader.sizes == [3]


@pytest.mark.parametrize(
    "starts",
    [
        [[MONDAY, MONDAY + 300], [MONDAY + 60, MONDAY + 360]],
        [[MONDAY, MONDAY + 300]],
        [[MONDAY], [MONDAY + 120]],
        [[MONDAY + 30, MONDAY + 330]],
        [[MONDAY - DAY, MONDAY]],
        [[MONDAY + 2 * DAY, MONDAY + 3 * DAY]],
        [[MONDAY, MONDAY + 300], [MONDAY + 60, MONDAY + 480]],
        [[MONDAY + 300, MONDAY]],
        [MONDAY, MONDAY + 60],
        [[]],
    ],
)
def test_overlapping_windows_are_read_as_they_are(starts: list[int]) -> None:
    """On the grid or off it, inside or outside of what was read."""
    store = store_of({METRIC: busy(120)})
    wanted, asked = MetricStat(METRIC, "Sum", 300), np.array(starts, dtype=np.int64)
    reader = SlidingReader(store, MONDAY - HOUR, MONDAY + HOUR, MINUTE)

    np.testing.assert_array_equal(reader.read(wanted, asked), store.read(wanted, asked))
    np.testing.assert_array_equal(reader.read(wanted, asked), store.read(wanted, asked))


def test_windows_of_a_clock_are_read_as_long_as_they_are() -> None:
    """Starts that are no edge are read with the period that was asked for."""
    store = store_of({METRIC: busy(600)})
    edges = np.array([MONDAY, MONDAY + HOUR, MONDAY + 3 * HOUR, MONDAY + 4 * HOUR])
    wanted, reader = MetricStat(METRIC, "SampleCount", HOUR), WallClockReader(store, edges)

    assert reader.read(wanted, edges[np.newaxis, :-1]).tolist() == [[60.0, 120.0, 60.0]]
    assert reader.read(wanted, edges[-1:] + 60).tolist() == [60.0]


SQL = 'SELECT SUM(AICost) FROM SCHEMA("AI/LLMMetrics", Environment) GROUP BY Environment ORDER BY SUM() DESC'


def by_environment(**published: dict[int, list[float]]) -> dict[MetricId, dict[int, list[float]]]:
    """Return spend by environment."""
    return {MetricId.of("AI/LLMMetrics", "AICost", {"Environment": name}): at for name, at in published.items()}


def test_groups_of_sql_are_judged_one_by_one() -> None:
    """The alarm is in ALARM while any of them is; one that is gone is OK."""
    loud = {MONDAY + minute * MINUTE: [5.0] for minute in range(10)}
    store = store_of(by_environment(calm={minute: [0.1] for minute in busy(60)}, loud=loud))
    alarm = alarm_on(MetricQuery("q1", expression=SQL, period_s=300), threshold=10.0, missing_data="missing")

    history = replay(alarm, store, MONDAY, MONDAY + HOUR)

    assert set(history.contributors) == {"calm", "loud"}
    assert set(history.contributors["calm"].states.tolist()) == {State.OK}
    assert history.states[0] == State.INSUFFICIENT_DATA
    assert history.states[1:].tolist() == history.contributors["loud"].states[1:].tolist()
    assert history.states.tolist().count(State.ALARM) > 5
    assert history.states[-1] == State.OK


def test_a_limit_leaves_the_first_groups_of_each_evaluation() -> None:
    """A group that falls behind another one is gone, and so it is OK."""
    first = {MONDAY + minute * MINUTE: [20.0] for minute in range(30)}
    second = {MONDAY + minute * MINUTE: [15.0 if minute < 30 else 50.0] for minute in range(60)}
    store = store_of(by_environment(first=first, second=second))
    alarm = alarm_on(MetricQuery("q1", expression=f"{SQL} LIMIT 1", period_s=300), threshold=10.0)

    history = replay(alarm, store, MONDAY + 20 * MINUTE, MONDAY + HOUR)

    states = {name: group.states.tolist() for name, group in history.contributors.items()}
    assert (states["first"][0], states["second"][0]) == (State.ALARM, State.OK)
    assert (states["first"][-1], states["second"][-1]) == (State.OK, State.ALARM)
    assert set(history.states.tolist()) == {State.ALARM}


@pytest.mark.parametrize(
    "text",
    [
        """SELECT AVG("a b") FROM "x""y" WHERE k = 'it''s' AND "l m" != 'n' GROUP BY k, "l m" ORDER BY MAX() LIMIT 3""",
        SQL,
    ],
)
def test_sql_without_order_asks_for_the_same(text: str) -> None:
    """But for order and limit."""
    asked = grouped_select(MetricQuery("q", expression=text))
    assert asked is not None

    again = grouped_select(without_order(MetricQuery("q", expression=text), asked))

    assert again is not None
    assert replace(again, span=asked.span) == replace(asked, order=None, descending=False, limit=None)


def test_an_empty_result_of_sql_is_missing_data() -> None:
    """No group, no value."""
    rows = MetricQuery("q1", expression=SQL, period_s=300)

    states = {
        missing: replay(alarm_on(rows, missing_data=missing), store_of({}), MONDAY, MONDAY).states.tolist()
        for missing in ("missing", "breaching", "notBreaching")
    }

    assert states == {"missing": [State.INSUFFICIENT_DATA], "breaching": [State.ALARM], "notBreaching": [State.OK]}


def test_sql_sees_three_hours_only() -> None:
    """The two periods that a range has more than N lie behind that."""
    store = store_of(by_environment(production={MONDAY: [100.0]}))
    select = 'SELECT SUM(AICost) FROM SCHEMA("AI/LLMMetrics", Environment)'
    alarm = alarm_on(MetricQuery("q1", expression=select, period_s=HOUR), n=3, m=1, missing_data="missing")

    history = replay(alarm, store, MONDAY + 2 * HOUR, MONDAY + 4 * HOUR)

    assert history.states[0] == State.ALARM
    assert history.states[history.times_s.tolist().index(MONDAY + 3 * HOUR)] == State.ALARM
    assert history.states[history.times_s.tolist().index(MONDAY + 3 * HOUR + MINUTE)] == State.INSUFFICIENT_DATA


class Fixed:
    """A band from 1 to 3 that begins with the second hour."""

    def band(self, stat: MetricStat, width: float, timeline: Timeline) -> tuple[Floats, Floats]:
        """Return the bounds."""
        known = timeline.starts_s >= MONDAY + HOUR
        return np.where(known, 1.0, np.nan), np.where(known, width, np.nan)


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanUpperThreshold", {4.0}),
        ("LessThanLowerThreshold", {0.0}),
        ("LessThanLowerOrGreaterThanUpperThreshold", {0.0, 4.0}),
    ],
)
def test_a_band_is_left_above_or_below(comparison: str, breaching: set[float]) -> None:
    """Where there is no band yet, the datapoint counts as missing; its bounds belong to it."""
    values = [0.0, 1.0, 2.0, 3.0, 4.0]
    published = {MONDAY + hour * HOUR + place * 300: [value] for hour in (0, 1) for place, value in enumerate(values)}
    alarm = alarm_on(
        MetricQuery("spend", MetricStat(METRIC, "Sum", 300)),
        MetricQuery("band", expression="ANOMALY_DETECTION_BAND(spend, 3)"),
        threshold=None,
        band_id="band",
        comparison=comparison,
        missing_data="missing",
    )
    moments = [MONDAY + hour * HOUR + place * 300 for hour in (0, 1) for place in range(1, 6)]

    states = [
        replay(alarm, store_of({METRIC: published}), moment, moment, extra_points=0, bands=Fixed()).states[0]
        for moment in moments
    ]

    assert set(states[:5]) == {State.INSUFFICIENT_DATA}
    assert {value for value, state in zip(values, states[5:], strict=True) if state == State.ALARM} == breaching


def test_a_band_needs_somebody_who_knows_it() -> None:
    """Without one the alarm cannot be judged, and says so."""
    alarm = alarm_on(
        MetricQuery("spend", MetricStat(METRIC, "Sum", 300)),
        MetricQuery("band", expression="ANOMALY_DETECTION_BAND(spend, 3)"),
        threshold=None,
        band_id="band",
        comparison="GreaterThanUpperThreshold",
    )

    with pytest.raises(GenaiObsError):
        replay(alarm, store_of({METRIC: busy(60)}), MONDAY, MONDAY)


@pytest.mark.parametrize(
    ("alarm", "slug"),
    [
        (alarm_on(threshold=None), "no-threshold"),
        (alarm_on(comparison="GreaterThanUpperThreshold"), "bad-comparison"),
        (alarm_on(MetricQuery("m1", MetricStat(METRIC, "Sum", 300), return_data=False)), "return-data"),
        (alarm_on(MetricQuery("e1", expression="TIME_SERIES(1)")), "alarm-periods"),
    ],
)
def test_alarms_that_cannot_be_judged_say_why(alarm: MetricAlarm, slug: str) -> None:
    """Rather than with a state that means nothing."""
    with pytest.raises(GenaiObsError) as caught:
        replay(alarm, store_of({METRIC: busy(60)}), MONDAY, MONDAY)

    assert caught.value.slug == slug


def test_an_alarm_watches_one_series() -> None:
    """An expression that gives several is refused; only SQL may."""
    alarm = alarm_on(
        MetricQuery("m1", MetricStat(METRIC, "Sum", 300), return_data=False),
        MetricQuery("m2", MetricStat(ERRORS, "Sum", 300), return_data=False),
        MetricQuery("e1", expression="[m1, m2]"),
    )
    schedule = schedule_of(300, 1, None, MONDAY, MONDAY)

    with pytest.raises(GenaiObsError, match="must watch one time series") as caught:
        watch(alarm, store_of({METRIC: busy(9)}), schedule.starts(), schedule.moments_s, None)

    assert caught.value.slug == "alarm-series"
