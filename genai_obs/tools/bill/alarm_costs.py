"""
What an alarm is billed for, whatever the prices are.

CloudWatch bills metric alarms by the metrics that they reference: one for a statistic, k for metric math over k
metrics, two more for an anomaly band; a composite once, its children extra (documented: CloudWatch User Guide,
cloudwatch_billing, and the pages on anomaly detection and composite alarms).
"""

from dataclasses import dataclass
from fractions import Fraction

from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.metrics.queries import MetricQuery

MONTH_HOURS = 730
BYTES_PER_GB = 1_000_000_000

_HOUR_S = 3600
_MINUTE_S = 60
# The upper and the lower bound are billed like metrics (documented).
_BAND_METRICS = 2
_BAND_FUNCTION = "ANOMALY_DETECTION_BAND"


@dataclass(frozen=True, slots=True)
class Charge:
    """
    Something that is billed every month.

    Args:
        driver: What is billed: a key of ``DRIVERS`` of the price file.

        quantity: How much of it in a month, in the driver's unit; None where that is not known.

        because: Where the quantity comes from, or why it is not known.
    """

    driver: str
    quantity: Fraction | None
    because: str


def cost_of_alarm(
    alarm: Alarm, *, month_hours: int = MONTH_HOURS, bytes_per_second: Fraction | None = None
) -> tuple[Charge, ...]:
    """
    Return what an alarm that exists for a whole month is billed for.

    Args:
        alarm: The alarm.

        month_hours: Hours of the month.

        bytes_per_second: How many bytes of lines its log groups take in; None when nobody knows.
    """
    if isinstance(alarm, MetricAlarm):
        return _metric_charges(alarm)
    if isinstance(alarm, CompositeAlarm):
        return (Charge("composite-alarm", Fraction(1), "one composite; its children are alarms of their own"),)
    return (
        Charge("log-alarm", Fraction(1), "one log alarm"),
        _scan_charge(alarm, Fraction(month_hours * _HOUR_S), bytes_per_second),
    )


def _metric_charges(alarm: MetricAlarm) -> tuple[Charge, ...]:
    # A metric that is read twice (its Sum and its p90) is counted twice: whether CloudWatch does is not said.
    metrics = sum(query.stat is not None for query in alarm.queries)
    bands = _BAND_METRICS * _has_band(alarm)
    charges = []
    if any(map(_is_sql, alarm.queries)):
        charges.append(Charge("insights-alarm", None, "its SQL is billed by the metrics that it finds when it runs"))
    if metrics or bands:
        because = f"{metrics} referenced" + (f" and {bands} for the band" if bands else "")
        driver = "high-resolution-alarm" if _is_high_resolution(alarm) else "standard-alarm"
        charges.append(Charge(driver, Fraction(metrics + bands), because))
    return tuple(charges)


def _has_band(alarm: MetricAlarm) -> bool:
    return alarm.band_id is not None or any(_BAND_FUNCTION in (query.expression or "") for query in alarm.queries)


def _is_sql(query: MetricQuery) -> bool:
    return (query.expression or "").lstrip().upper().startswith("SELECT ")


def _is_high_resolution(alarm: MetricAlarm) -> bool:
    """Return whether it is evaluated every ten seconds: a period below a minute makes it so (documented)."""
    periods = [query.stat.period_s if query.stat is not None else query.period_s for query in alarm.queries]
    return any(period is not None and period < _MINUTE_S for period in periods)


def _scan_charge(alarm: LogAlarm, month_s: Fraction, bytes_per_second: Fraction | None) -> Charge:
    """Return the bytes that its scheduled query scans: each run reads its range of time whole."""
    runs = month_s / alarm.schedule_s
    range_s = max(0, alarm.start_offset_s - alarm.end_offset_s)
    what = f"{_readable(runs)} runs a month, each over {range_s:,} s of lines"
    if bytes_per_second is None:
        return Charge("log-scan", None, f"{what}, whose volume is not known")
    return Charge("log-scan", runs * range_s * bytes_per_second / BYTES_PER_GB, what)


def _readable(number: Fraction) -> str:
    return f"{float(number):,.0f}"
