"""What alarms are billed for."""

from dataclasses import replace
from fractions import Fraction

import pytest

from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.bill.alarm_costs import Charge, cost_of_alarm
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat


def stat(query_id: str, period_s: int = 300) -> MetricQuery:
    """Return a row of one statistic."""
    return MetricQuery(query_id, stat=MetricStat(MetricId("Space", query_id), "Sum", period_s), return_data=False)


def maths(expression: str, period_s: int | None = None) -> MetricQuery:
    """Return a row of an expression."""
    return MetricQuery("e", expression=expression, period_s=period_s)


def metric_alarm(*queries: MetricQuery, band_id: str | None = None) -> MetricAlarm:
    """Return an alarm on rows."""
    return MetricAlarm("a", "", queries, "GreaterThanThreshold", 1.0, 1, 1, "missing", band_id=band_id)


def log_alarm(**settings: int) -> LogAlarm:
    """Return a log alarm that looks at the last day every hour."""
    alarm = LogAlarm("l", "", "filter 1", "count(*)", "GreaterThanThreshold", 1.0, 3600, 86_400)
    return replace(alarm, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("alarm", "driver", "quantity"),
    [
        (metric_alarm(stat("m")), "standard-alarm", 1),
        (metric_alarm(stat("m"), stat("n"), maths("m / n")), "standard-alarm", 2),
        (metric_alarm(*map(stat, "abcdefghij"), maths("a + j")), "standard-alarm", 10),
        (metric_alarm(stat("m"), maths("ANOMALY_DETECTION_BAND(m, 2)"), band_id="e"), "standard-alarm", 3),
        (metric_alarm(stat("m"), maths("FIRST(ANOMALY_DETECTION_BAND(m))")), "standard-alarm", 3),
        (metric_alarm(stat("m"), stat("n"), maths("b", None), band_id="b"), "standard-alarm", 4),
        (metric_alarm(stat("m", 60)), "standard-alarm", 1),
        (metric_alarm(stat("m", 30)), "high-resolution-alarm", 1),
        (metric_alarm(stat("m", 10), stat("n", 10), maths("m + n")), "high-resolution-alarm", 2),
        (CompositeAlarm("c", "", 'ALARM("a") OR ALARM("b")'), "composite-alarm", 1),
    ],
)
def test_an_alarm_is_billed_by_what_it_references(alarm: Alarm, driver: str, quantity: int) -> None:
    """One for each metric, two more for a band, one for a composite whatever its children."""
    (charge,) = cost_of_alarm(alarm)

    assert (charge.driver, charge.quantity) == (driver, Fraction(quantity))


def test_sql_is_billed_by_what_it_finds() -> None:
    """Which is not known beforehand; metrics beside it in the maths are alarm metrics."""
    sql = metric_alarm(maths('SELECT SUM(AICost) FROM SCHEMA("AI")', 300))
    with_maths = metric_alarm(maths(" select MAX(a) FROM b", 300), stat("m"))

    assert [(charge.driver, charge.quantity) for charge in cost_of_alarm(sql)] == [("insights-alarm", None)]
    assert [(charge.driver, charge.quantity) for charge in cost_of_alarm(with_maths)] == [
        ("insights-alarm", None),
        ("standard-alarm", 1),
    ]


@pytest.mark.parametrize(
    ("settings", "month_hours", "gigabytes"),
    [
        ({}, 730, Fraction(730 * 86_400, 1000)),
        ({"schedule_s": 300, "start_offset_s": 300}, 730, Fraction(730 * 3600, 1000)),
        ({"start_offset_s": 86_700, "end_offset_s": 300}, 744, Fraction(744 * 86_400, 1000)),
        ({"start_offset_s": 60, "end_offset_s": 120}, 730, Fraction(0)),
    ],
)
def test_a_log_alarm_scans_its_range_at_every_run(
    settings: dict[str, int], month_hours: int, gigabytes: Fraction
) -> None:
    """A day looked at every hour is scanned twenty-four times over; a megabyte a second comes in."""
    own, scan = cost_of_alarm(log_alarm(**settings), month_hours=month_hours, bytes_per_second=Fraction(1_000_000))

    assert (own.driver, own.quantity) == ("log-alarm", Fraction(1))
    assert (scan.driver, scan.quantity) == ("log-scan", gigabytes)


def test_without_a_volume_the_scan_is_not_known() -> None:
    """Nothing is guessed."""
    assert cost_of_alarm(log_alarm())[1] == Charge(
        "log-scan", None, "730 runs a month, each over 86,400 s of lines, whose volume is not known"
    )
