"""Verdicts: sentences that a person who was just woken understands."""

from dataclasses import replace

import numpy as np
import pytest
from alarm_published import DAY, HOUR, METRIC, MINUTE, MONDAY, alarm_on, store_of

from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.rule import Comparison, MetricAlarm
from genai_obs.tools.alarms.state import State, Verdict
from genai_obs.tools.alarms.verdict import verdict
from genai_obs.tools.alarms.words import duration, shown_number, shown_numbers
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.reader import Timeline
from genai_obs.tools.metrics.samples import Floats

ERRORS = MetricId.of("AI/LLMMetrics", "InferenceErrors", {"Environment": "production"})
LATENCY = MetricId.of("AI/LLMMetrics", "InferenceLatencyMs", {"Environment": "production"})
AT = MONDAY + 30 * MINUTE

Published = dict[int, list[float]]


def told(alarm: MetricAlarm, published: Published, at_s: int = AT, metric: MetricId = METRIC) -> Verdict:
    """Return the verdict on what was published for one metric."""
    return verdict(alarm, store_of({metric: published}), at_s)


def error_rate() -> MetricAlarm:
    """Return an alarm on the share of failed calls."""
    return alarm_on(
        MetricQuery("errors", MetricStat(ERRORS, "Sum", 300), return_data=False),
        MetricQuery("calls", MetricStat(ERRORS, "SampleCount", 300), return_data=False),
        MetricQuery("rate", expression="IF(calls >= 2, 100 * errors / calls, 0)", label="error rate (%)"),
        n=3,
        m=2,
        threshold=5.0,
    )


def calls(*failures: int) -> Published:
    """Return 24 calls in each of the last five-minute periods, so many of them failed."""
    first = AT - 300 * len(failures)
    return {first + 300 * place: [1.0] * failed + [0.0] * (24 - failed) for place, failed in enumerate(failures)}


def test_an_alarm_names_values_threshold_and_periods() -> None:
    """What was measured, how often, against what, since when."""
    found = told(error_rate(), calls(0, 0, 0, 2, 0, 3), metric=ERRORS)

    assert found.state is State.ALARM
    assert found.reason == (
        "the error rate was 8.33 and 12.5 % in two of the last three five-minute periods, above 5 %"
    )
    assert found.since_s == AT - 4 * MINUTE
    assert not found.ours


def test_ok_says_how_far_it_is() -> None:
    """Values are told also where all is well."""
    assert told(error_rate(), calls(0, 0, 0, 1), metric=ERRORS).reason == (
        "the error rate was 0, 0 and 4.17 % in the last three five-minute periods, not above 5 %"
    )
    assert told(error_rate(), calls(0, 0, 0), metric=ERRORS).reason == (
        "the error rate was 0 % in each of the last three five-minute periods, not above 5 %"
    )


def test_ok_with_a_breach_says_how_many_are_needed() -> None:
    """One bad period of three is not two."""
    found = told(error_rate(), calls(0, 0, 0, 3), metric=ERRORS)

    assert (found.state, found.reason) == (
        State.OK,
        "the error rate was 12.5 % in one of the last three five-minute periods, above 5 % (two are needed)",
    )


def test_many_values_are_told_as_a_range() -> None:
    """A sentence bears three numbers."""
    published = {AT - (10 - minute) * MINUTE: [1000.0 + minute] for minute in range(10)}
    alarm = alarm_on(
        MetricQuery("l", MetricStat(LATENCY, "Average", MINUTE), label="average latency"), n=10, m=10, threshold=900.0
    )

    assert told(alarm, published, metric=LATENCY).reason == (
        "the average latency was 1,000 to 1,009 ms in the last ten one-minute periods, above 900 ms"
    )


@pytest.mark.parametrize(("n", "words"), [(3, "was 7, 8 and 9 USD"), (4, "was 6 to 9 USD")])
def test_a_sentence_bears_three_values(n: int, words: str) -> None:
    """A fourth makes a range of them."""
    published = {AT - (10 - minute) * MINUTE: [float(minute)] for minute in range(10)}

    assert words in told(alarm_on(period_s=MINUTE, n=n, m=n), published).reason


def test_a_value_never_looks_like_the_threshold_that_it_is_not() -> None:
    """50.0004 above 50 must not read "50 above 50"."""
    found = told(alarm_on(period_s=DAY, threshold=50.0), {MONDAY: [50.0004]})

    assert found.reason == "the sum of AICost was 50.0004 USD in the last 24 hours, above 50 USD"


def test_calendar_days_are_told_with_their_zone() -> None:
    """A completed day of Berlin is no last 24 hours."""
    alarm = alarm_on(period_s=DAY, threshold=50.0, timezone="Europe/Berlin")

    assert told(alarm, {MONDAY - DAY: [51.0]}).reason == (
        "the sum of AICost was 51 USD in the last completed day (Europe/Berlin), above 50 USD"
    )


@pytest.mark.parametrize(
    ("comparison", "state", "words"),
    [
        ("GreaterThanThreshold", State.OK, "not above 5 USD"),
        ("GreaterThanOrEqualToThreshold", State.ALARM, "at or above 5 USD"),
        ("LessThanThreshold", State.OK, "not below 5 USD"),
        ("LessThanOrEqualToThreshold", State.ALARM, "at or below 5 USD"),
    ],
)
def test_a_value_at_the_threshold(comparison: str, state: State, words: str) -> None:
    """The four comparisons in words."""
    found = told(alarm_on(threshold=5.0, comparison=comparison), {AT - 60: [5.0]})

    assert found.state is state
    assert found.reason.endswith(words)


@pytest.mark.parametrize(
    ("missing", "at_minute", "state", "words"),
    [
        (
            "missing",
            6,
            State.INSUFFICIENT_DATA,
            "(two are needed); it is too early to tell, so it stays INSUFFICIENT_DATA",
        ),
        (
            "missing",
            16,
            State.ALARM,
            "above 1 USD; since then there is no data, and with missing data left at its default",
        ),
        (
            "missing",
            31,
            State.INSUFFICIENT_DATA,
            "has no data in the last 25 minutes; without data it cannot be judged",
        ),
        ("ignore", 16, State.INSUFFICIENT_DATA, "the rest is silent, so it stays INSUFFICIENT_DATA"),
        ("ignore", 31, State.INSUFFICIENT_DATA, "silence changes nothing, so it stays INSUFFICIENT_DATA"),
        ("breaching", 16, State.ALARM, "above 1 USD; two without data count as breaching"),
        ("breaching", 31, State.ALARM, "silence counts as a breach"),
        ("notBreaching", 16, State.OK, "(two are needed); two without data count as not breaching"),
        ("notBreaching", 31, State.OK, "silence counts as no breach"),
    ],
)
def test_what_silence_had_to_do_with_it_is_told(missing: str, at_minute: int, state: State, words: str) -> None:
    """One breach at 00:05, and then nothing."""
    alarm = alarm_on(m=2, n=3, missing_data=missing)

    found = told(alarm, {MONDAY + 5 * MINUTE: [5.0]}, MONDAY + at_minute * MINUTE)

    assert found.state is state
    assert words in found.reason


def test_datapoints_further_back_are_called_so() -> None:
    """A budget alarm that still sees the day before yesterday must not say "in the last 24 hours"."""
    found = told(alarm_on(period_s=DAY, threshold=50.0), {MONDAY - 2 * DAY: [51.0]}, MONDAY)

    assert found.state is State.ALARM
    assert "in the last 24-hour period with data" in found.reason


OTHERS = {
    "staging": {"Environment": "staging"},
    "prod-eu": {"Environment": "prod-eu"},
    "sets": {"Environment": "production", "ModelId": "nova"},
}


@pytest.mark.parametrize(
    ("metrics", "words"),
    [
        (
            [METRIC.of("AI/LLMMetrics", "AICost", OTHERS[name]) for name in ("staging", "prod-eu")],
            "the lines hold Environment=prod-eu and staging",
        ),
        (
            [METRIC.of("AI/LLMMetrics", "AICost", OTHERS["sets"])],
            "the lines hold it with the dimensions {Environment, ModelId}, which is another metric",
        ),
        ([METRIC.of("Other", "AICost", {})], "the lines hold AICost in the namespace Other"),
        ([METRIC.of("AI/LLMMetrics", "Latency", {"Environment": "dev"})], "the lines hold Latency"),
        ([METRIC.of("AI/LLMMetrics", "Faithfulness", {})], "the lines hold Faithfulness"),
        ([METRIC.of("Other", "Faithfulness", {})], "the lines hold no metric of the namespace AI/LLMMetrics"),
        ([], "the lines hold no metric of the namespace AI/LLMMetrics"),
        (
            [METRIC.of("AI/LLMMetrics", "AICost", {"Environment": f"e{number}"}) for number in range(9)],
            "the lines hold Environment=e8, e0, e1, e2 and 5 more",
        ),
    ],
)
def test_what_nobody_publishes_is_told_with_what_comes_nearest(metrics: list[MetricId], words: str) -> None:
    """The second fault of the seed: an alarm that waits for a metric without data."""
    store = store_of({metric: {MONDAY: [1.0]} for metric in metrics})

    found = verdict(alarm_on(missing_data="missing"), store, AT)

    assert found.state is State.INSUFFICIENT_DATA
    assert found.reason == (
        "nothing was ever published for AI/LLMMetrics AICost {Environment=production}; "
        f"{words}; without data it cannot be judged"
    )


def test_a_name_that_is_nearly_right_is_asked_back() -> None:
    """For a metric of somebody's own."""
    asked = METRIC.of("AI/LLMMetrics", "Faithfullness", {"Environment": "production"})
    store = store_of({METRIC.of("AI/LLMMetrics", "Faithfulness", {"Environment": "production"}): {MONDAY: [1.0]}})

    found = verdict(alarm_on(MetricQuery("m", MetricStat(asked, "Sum", 300))), store, AT)

    assert "; did you mean Faithfulness?; " in found.reason


def test_a_metric_of_accidents_is_not_missed() -> None:
    """It exists only when something went wrong; everything else about it is right."""
    errors = METRIC.of("AI/LLMMetrics", "ObservationErrors", {"Environment": "production"})

    found = told(alarm_on(MetricQuery("m", MetricStat(errors, "Sum", 300))), {MONDAY: [1.0]})

    assert found.reason == f"nothing was ever published for {errors}; silence counts as no breach"


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (
            "IF(calls >= 20, 100 * errors / calls, 0)",
            "the error rate was 0 % in the last five-minute period with data, not above 5 %; {}",
        ),
        (
            "IF(calls > 20, 100 * errors / calls)",
            "the error rate has no value in the last 15 minutes: {}; silence counts as no breach",
        ),
        ("IF(calls >= 3, 100 * errors / calls)", "the error rate was 100 % in the last five minutes, above 5 %"),
    ],
)
def test_a_guard_that_holds_back_is_told(expression: str, words: str) -> None:
    """Three failures of three calls are no error rate of 0 %: there were too few calls to compute one."""
    alarm = alarm_on(
        MetricQuery("errors", MetricStat(ERRORS, "Sum", 300), return_data=False),
        MetricQuery("calls", MetricStat(ERRORS, "SampleCount", 300), return_data=False),
        MetricQuery("rate", expression=expression, label="error rate (%)"),
        threshold=5.0,
    )
    at_s = AT if "3," in expression else AT + 6 * MINUTE
    guard = f"it takes {'more than ' if '> ' in expression else ''}20 calls in a period, and no period had more than 3"

    assert told(alarm, {AT - 60: [1.0] * 3}, at_s, ERRORS).reason == words.format(guard)


def test_an_alarm_that_is_ok_for_want_of_data_says_so() -> None:
    """Permanently OK on a metric that does not exist is worse than INSUFFICIENT_DATA."""
    found = verdict(alarm_on(), store_of({}), AT)

    assert found.state is State.OK
    assert found.reason.startswith("nothing was ever published for ")


def test_metrics_of_aws_are_not_in_the_lines() -> None:
    """Then nothing is said about the state."""
    alarm = alarm_on(MetricQuery("m", MetricStat(MetricId.of("AWS/Lambda", "Errors", {}), "Sum", 300)))

    found = verdict(alarm, store_of({METRIC: {MONDAY: [1.0]}}), AT)

    assert found.state is None
    assert found.reason == "AWS/Lambda metrics are published by AWS, so these lines cannot tell"


def test_percentiles_of_too_few_samples_say_how_many_it_takes() -> None:
    """And that the state is an old one."""
    found = told(alarm_on(stat="p90", low_samples="ignore", missing_data="missing"), {AT - 60: [9.0] * 5})

    assert found.reason == (
        "the 90th percentile of AICost rests on fewer samples than the 100 from which on it is judged,"
        " so it stays INSUFFICIENT_DATA"
    )


class Fixed:
    """A band from 1 to 3."""

    def band(self, stat: MetricStat, width: float, timeline: Timeline) -> tuple[Floats, Floats]:
        """Return the bounds."""
        return np.full(timeline.starts_s.shape, 1.0), np.full(timeline.starts_s.shape, width)


@pytest.mark.parametrize(
    ("comparison", "value", "said"),
    [
        ("GreaterThanUpperThreshold", 4.0, "above 3 USD, the upper edge of the band expected here"),
        ("LessThanLowerThreshold", 0.5, "below 1 USD, the lower edge of the band expected here"),
        ("LessThanLowerOrGreaterThanUpperThreshold", 4.0, "outside the band of 1 USD to 3 USD expected here"),
    ],
)
def test_a_band_is_called_ours(comparison: Comparison, value: float, said: str) -> None:
    """CloudWatch's own is not known here; of ours, the edges that matter are told."""
    alarm = alarm_on(
        MetricQuery("spend", MetricStat(METRIC, "Sum", HOUR), label="spend of an hour (USD)"),
        MetricQuery("band", expression="ANOMALY_DETECTION_BAND(spend, 3)"),
        threshold=None,
        band_id="band",
        comparison=comparison,
    )

    found = verdict(alarm, store_of({METRIC: {AT - 60: [value]}}), AT, bands=Fixed())

    assert (found.state, found.ours) == (State.ALARM, True)
    assert found.reason == f"the spend of an hour was {value:g} USD in the last hour, {said} (ours, not CloudWatch's)"


def test_groups_of_sql_are_named() -> None:
    """The one in ALARM, not the first."""
    select = 'SELECT SUM(AICost) FROM SCHEMA("AI/LLMMetrics", Environment) GROUP BY Environment ORDER BY SUM() ASC'
    metrics = {
        METRIC.of("AI/LLMMetrics", "AICost", OTHERS[name]): value
        for name, value in (("staging", 9.0), ("prod-eu", 0.1))
    }
    store = store_of({metric: {AT - 60: [value]} for metric, value in metrics.items()})

    found = verdict(alarm_on(MetricQuery("q", expression=select, period_s=300, label="spend (USD)")), store, AT)

    assert found.state is State.ALARM
    assert "staging" in found.reason
    assert "9 USD" in found.reason


def test_a_warm_up_is_told() -> None:
    """The state is not what the datapoints say."""
    store, alarm = store_of({METRIC: {MONDAY + 28 * MINUTE: [9.0]}}), alarm_on(warm_up_minutes=2880, n=3)

    found = verdict(alarm, store, AT, history=replay(alarm, store, MONDAY, AT))

    assert (found.state, found.reason) == (State.INSUFFICIENT_DATA, "it is still in its warm-up of 2880 minutes")


def test_a_history_is_used_up_to_the_moment() -> None:
    """A verdict may be asked of any moment of a replay; before its first evaluation there is no state."""
    store, alarm = store_of({METRIC: {MONDAY: [9.0]}}), alarm_on(missing_data="missing")
    history = replay(alarm, store, MONDAY, AT)

    early = verdict(alarm, store, MONDAY + 10 * MINUTE + 59, history=history)
    late = verdict(alarm, store, AT, history=history)
    before = verdict(alarm, store, MONDAY - 1, history=history)

    assert (early.state, early.since_s) == (State.ALARM, MONDAY + MINUTE)
    assert (late.state, late.since_s) == (State.INSUFFICIENT_DATA, MONDAY + 16 * MINUTE)
    assert (before.state, before.reason) == (State.INSUFFICIENT_DATA, "it was not evaluated yet")


def test_a_verdict_is_the_last_state_of_its_replay() -> None:
    """For every treatment and moment."""
    store = store_of({METRIC: {MONDAY + 7 * MINUTE: [9.0], MONDAY + 9 * MINUTE: [0.0]}})
    for missing in ("missing", "ignore", "breaching", "notBreaching"):
        alarm = replace(alarm_on(m=2, n=2), missing_data=missing)
        history = replay(alarm, store, MONDAY, AT)
        for moment, state in zip(history.times_s[::3].tolist(), history.states[::3].tolist(), strict=True):
            assert verdict(alarm, store, moment, history=history).state == state


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (5.0, "5"),
        (1234567.0, "1,234,567"),
        (8.33333, "8.33"),
        (0.012345, "0.0123"),
        (0.0000012345, "0.00000123"),
        (1234.5678, "1,235"),
        (99.96, "100"),
        (-0.5, "-0.5"),
    ],
)
def test_numbers_have_as_many_digits_as_people_read(value: float, text: str) -> None:
    """Three significant ones; whole numbers whole."""
    assert shown_number(value) == text


def test_numbers_beside_each_other_stay_apart() -> None:
    """However near they are."""
    assert shown_numbers([49.996], [50.0]) == ["49.996"]
    assert shown_numbers([50.0], [50.0]) == ["50"]
    assert shown_numbers([0.1 + 0.2], [0.3]) == ["0.30000000000000004"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (20, "20 seconds"),
        (60, "minute"),
        (300, "five minutes"),
        (900, "15 minutes"),
        (3600, "hour"),
        (5400, "90 minutes"),
        (86_400, "24 hours"),
        (172_800, "two days"),
        (604_800, "seven days"),
    ],
)
def test_durations_in_words(seconds: int, text: str) -> None:
    """As they stand after "the last"."""
    assert duration(seconds) == text
