"""What CloudWatch refuses about a metric alarm, and templates' linters let pass (API PutMetricAlarm)."""

import math
from collections.abc import Callable, Iterator

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.comparison import BAND_COMPARISONS, THRESHOLD_COMPARISONS
from genai_obs.tools.alarms.problem import Problem, problems_of_error
from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.alarms.wall_clock import PERIODS_S, zone_of
from genai_obs.tools.alarms.watched import SQL_REACH_S, is_sql
from genai_obs.tools.alarms.windows import DAY_S, HOUR_S
from genai_obs.tools.metrics.math.check import MOST_METRICS_OF_AN_ALARM, check_queries
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.metrics.samples import MINUTE_S
from genai_obs.tools.metrics.statistics import parse_statistic
from genai_obs.tools.text.diagnostics import TextError
from genai_obs.tools.text.source import Source

SHORT_PERIODS_S = (10, 20, 30)
LONGEST_WINDOW_S = 7 * DAY_S
LONGEST_SHORT_WINDOW_S = DAY_S
MOST_WARM_UP_MINUTES = 2880
# Lines become datapoints within a few minutes; of a quarter of an hour those are a small part (our choice).
_LONG_PERIOD_S = 15 * MINUTE_S

Rule = Callable[[MetricAlarm], Iterator[Problem]]


def periods_of(alarm: MetricAlarm) -> list[int]:
    """Return the different periods of an alarm's queries, the shortest first."""
    stats = {query.stat.period_s for query in alarm.queries if query.stat is not None}
    return sorted(stats | {query.period_s for query in alarm.queries if query.stat is None and query.period_s})


def _queries(alarm: MetricAlarm) -> Iterator[Problem]:
    if not alarm.queries:
        yield Problem("no-queries", "the alarm watches nothing: give it a metric or an expression")
    metrics = sum(query.stat is not None for query in alarm.queries)
    if metrics > MOST_METRICS_OF_AN_ALARM:
        yield Problem(
            "math-alarm-metrics", f"an alarm takes at most {MOST_METRICS_OF_AN_ALARM} metrics, and this has {metrics}"
        )


def _return_data(alarm: MetricAlarm) -> Iterator[Problem]:
    returned = [query.id for query in alarm.queries if query.return_data]
    expected = 1 if alarm.band_id is None else 2
    if alarm.queries and len(returned) != expected:
        listed = f" ({', '.join(returned)})" if returned else ""
        which = "exactly one query" if alarm.band_id is None else "exactly two queries, the values and their band,"
        yield Problem(
            "return-data",
            f"{which} must return data, and {len(returned)} do{listed}: ReturnData is true where it is left out, so set"
            " it to false on all others",
        )


def _datapoints(alarm: MetricAlarm) -> Iterator[Problem]:
    if alarm.evaluation_periods < 1:
        yield Problem("evaluation-periods", f"an alarm judges 1 period or more, not {alarm.evaluation_periods}")
    elif not 1 <= alarm.datapoints_to_alarm <= alarm.evaluation_periods:
        yield Problem(
            "datapoints-to-alarm",
            f"{alarm.datapoints_to_alarm} of {alarm.evaluation_periods} periods cannot breach: DatapointsToAlarm is 1"
            " to EvaluationPeriods",
        )


def _period(alarm: MetricAlarm) -> Iterator[Problem]:
    periods = periods_of(alarm)
    if len(periods) > 1:
        shown = ", ".join(str(period) for period in periods)
        yield Problem("math-alarm-periods", f"all queries of an alarm have one period, and these have {shown} seconds")
    if not periods and any(is_sql(query) for query in alarm.queries):
        yield Problem("alarm-periods", "a SQL query needs a Period, and has none")
    for period in periods:
        if period not in SHORT_PERIODS_S and (period < MINUTE_S or period % MINUTE_S):
            yield Problem("alarm-period", f"a period is 10, 20 or 30 seconds or whole minutes, not {period} seconds")


def _window(alarm: MetricAlarm) -> Iterator[Problem]:
    for period in periods_of(alarm)[-1:]:
        window = period * alarm.evaluation_periods
        most = LONGEST_SHORT_WINDOW_S if period < HOUR_S else LONGEST_WINDOW_S
        if window > most:
            said = "a day for periods under an hour" if period < HOUR_S else "seven days"
            yield Problem(
                "alarm-window",
                f"{alarm.evaluation_periods} periods of {period} seconds are {window:,} seconds, and an alarm looks"
                f" back at most {most:,}: {said}",
            )


def _sql_window(alarm: MetricAlarm) -> Iterator[Problem]:
    if not any(is_sql(query) for query in alarm.queries):
        return
    # Wall-clock windows cost one period more of what SQL can see (documented: alarm-evaluation-window).
    extra = 0 if alarm.timezone is None else 1
    for period in periods_of(alarm)[-1:]:
        if period * (alarm.evaluation_periods + extra) > SQL_REACH_S:
            more = " and the one that is running" if extra else ""
            yield Problem(
                "sql-window",
                f"an alarm on SQL sees the last 3 hours only: {alarm.evaluation_periods} periods of {period} seconds"
                f"{more} are more",
            )


def _wall_clock(alarm: MetricAlarm) -> Iterator[Problem]:
    if alarm.timezone is None:
        return
    for period in periods_of(alarm):
        if period not in PERIODS_S:
            listed = ", ".join(str(allowed) for allowed in PERIODS_S)
            yield Problem(
                "wall-clock-period", f"windows aligned to a clock have periods of {listed} seconds, not {period}"
            )
    try:
        zone_of(alarm.timezone)
    except GenaiObsError as error:
        yield from problems_of_error(error)


def _threshold(alarm: MetricAlarm) -> Iterator[Problem]:
    if (alarm.threshold is None) == (alarm.band_id is None):
        has = "neither" if alarm.threshold is None else "both"
        yield Problem("threshold-or-band", f"an alarm has either a threshold or an anomaly band, and this has {has}")
    if alarm.threshold is not None and not math.isfinite(alarm.threshold):
        yield Problem("bad-threshold", f"a threshold is a finite number, not {alarm.threshold}")


def _comparison(alarm: MetricAlarm) -> Iterator[Problem]:
    allowed = THRESHOLD_COMPARISONS if alarm.band_id is None else BAND_COMPARISONS
    if alarm.comparison not in allowed:
        with_what = "a threshold" if alarm.band_id is None else "a band"
        yield Problem(
            "bad-comparison",
            f"{alarm.comparison} does not compare with {with_what}: there are {', '.join(allowed)}",
        )


def _band(alarm: MetricAlarm) -> Iterator[Problem]:
    if alarm.band_id is None:
        return
    band = next((query for query in alarm.queries if query.id == alarm.band_id), None)
    if band is None or band.expression is None or not _makes_band(band):
        yield Problem(
            "no-band",
            f"the band {alarm.band_id!r} is no query of the alarm that says ANOMALY_DETECTION_BAND(id, width)",
            query_id=alarm.band_id,
        )
        return
    for period in periods_of(alarm)[:1]:
        if period < MINUTE_S:
            yield Problem("band-period", f"a band needs periods of a minute or more, not {period} seconds")
    for period in periods_of(alarm)[-1:]:
        is_math = sum(query.expression is not None for query in alarm.queries) > 1
        if is_math and period > HOUR_S:
            yield Problem("band-period", f"a band around metric math needs periods up to an hour, not {period} seconds")


def _makes_band(query: MetricQuery) -> bool:
    return (query.expression or "").lstrip().startswith("ANOMALY_DETECTION_BAND")


def _statistics(alarm: MetricAlarm) -> Iterator[Problem]:
    for query in alarm.queries:
        if query.stat is None:
            continue
        try:
            parse_statistic(query.stat.stat)
        except GenaiObsError as error:
            yield from problems_of_error(error, query.id)


def _warm_up(alarm: MetricAlarm) -> Iterator[Problem]:
    minutes = alarm.warm_up_minutes
    if minutes is not None and not 1 <= minutes <= MOST_WARM_UP_MINUTES:
        yield Problem("bad-warm-up", f"a warm-up takes 1 to {MOST_WARM_UP_MINUTES:,} minutes, not {minutes:,}")


def _expressions(alarm: MetricAlarm) -> Iterator[Problem]:
    # Those two rules have spoken already, and would keep the expressions from being read.
    is_countable = not any(True for rule in (_queries, _period) for _ in rule(alarm))
    try:
        warnings = check_queries(alarm.queries, for_alarm=is_countable)
    except TextError as error:
        for query_id, row_error in getattr(error, "rows", ((None, error),)):
            yield from problems_of_error(row_error, query_id)
        return
    except GenaiObsError as error:
        # Which statistic of which query is none, its own rule has said.
        if error.slug != "unknown-statistic":
            yield from problems_of_error(error)
        return
    texts = {query.id: query.expression or "" for query in alarm.queries}
    for query_id, warning in warnings:
        if not _fills_without_harm(alarm, texts[query_id][warning.span.start : warning.span.end]):
            rendered = warning.render(Source(texts[query_id])).partition(": ")[2]
            yield Problem(warning.slug, rendered, "warning", query_id)


def _fills_without_harm(alarm: MetricAlarm, call: str) -> bool:
    # A late datapoint is mistaken for the filler only where it is the only one of its period (derived), and that one
    # period decides nothing where fewer than all must breach (documented: using-metric-math).
    is_long = all(period >= _LONG_PERIOD_S for period in periods_of(alarm))
    return call.startswith("FILL") and (is_long or alarm.datapoints_to_alarm < alarm.evaluation_periods)


METRIC_RULES: tuple[Rule, ...] = (
    _queries,
    _return_data,
    _datapoints,
    _period,
    _window,
    _sql_window,
    _wall_clock,
    _threshold,
    _comparison,
    _band,
    _statistics,
    _warm_up,
    _expressions,
)
