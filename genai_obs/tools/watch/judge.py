"""Judge every alarm of a set on log lines: they are read once, each alarm is replayed, its state put into words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.band import LocalBands
from genai_obs.tools.alarms.composite import order_composites, parse_rule, replay_composite
from genai_obs.tools.alarms.composite_verdict import composite_verdict, verdict_despite
from genai_obs.tools.alarms.history import replay
from genai_obs.tools.alarms.log_alarm import replay_log_alarm
from genai_obs.tools.alarms.log_verdict import log_verdict
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm, MetricAlarm
from genai_obs.tools.alarms.schedule import EXTRA_POINTS
from genai_obs.tools.alarms.state import StateHistory, Verdict
from genai_obs.tools.alarms.verdict import verdict
from genai_obs.tools.definitions.model import Definitions
from genai_obs.tools.insights.engine import Session
from genai_obs.tools.logs.inputs import Inputs
from genai_obs.tools.metrics.extract import Extraction, extract
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.samples import MINUTE_S
from genai_obs.tools.metrics.statistics import parse_statistic
from genai_obs.tools.metrics.store import MetricStore


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """
    What was read for a set of alarms.

    Args:
        inputs: The lines, for log alarms.

        extraction: Their metrics; of those that an alarm takes a percentile of, every value.

        store: Reads these.
    """

    inputs: Inputs
    extraction: Extraction
    store: MetricStore

    @property
    def first_s(self) -> int | None:
        """Start of the first minute with a metric."""
        return self.extraction.data.first_s

    @property
    def end_s(self) -> int | None:
        """End of the last minute with a metric."""
        last_s = self.extraction.data.last_s
        return None if last_s is None else last_s - last_s % MINUTE_S + MINUTE_S


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """
    What a set of alarms says at one moment.

    Args:
        definitions: The set.

        at_s: The moment, in seconds since 1970.

        verdicts: One each alarm, in the order of the set.

        histories: What led there, by the alarm's name; alarms that cannot be judged have none.

        extra_points: How many periods more than N sliding windows fetched.
    """

    definitions: Definitions
    at_s: int
    verdicts: tuple[Verdict, ...]
    histories: Mapping[str, StateHistory]
    extra_points: int = EXTRA_POINTS


def read_lines(inputs: Inputs, alarms: tuple[Alarm, ...], *, on_bytes: Callable[[int], None] | None = None) -> Lines:
    """
    Read lines once for all alarms.

    Raises:
        GenaiObsError: A file cannot be read, or a library is missing.
    """
    wanted = _with_values(alarms)

    def keep_values(metric: MetricId) -> bool:
        return (metric.namespace, metric.name) in wanted

    extraction = extract(inputs, keep_values=keep_values, on_bytes=on_bytes)
    return Lines(inputs, extraction, MetricStore(extraction.data))


def judge(
    definitions: Definitions, lines: Lines, *, start_s: int, at_s: int, extra_points: int = EXTRA_POINTS
) -> Judged:
    """
    Replay every alarm from ``start_s`` to ``at_s`` and say what its state is then.

    An alarm that these lines cannot judge has a verdict without a state that says why.

    Raises:
        GenaiObsError: Composites watch each other in a circle, or the rule of one cannot be read.
    """
    histories: dict[str, StateHistory] = {}
    verdicts: dict[str, Verdict] = {}
    with Session(lines.inputs) as session:
        means = _Means(lines, LocalBands(lines.store), session, start_s, at_s, extra_points)
        for alarm in _children_first(definitions.alarms):
            unknown = _unknown_children(alarm, verdicts)
            if isinstance(alarm, CompositeAlarm) and unknown:
                verdicts[alarm.name] = verdict_despite(alarm, histories, at_s, unknown)
                continue
            try:
                history, found = _judge_one(alarm, means, histories)
            except GenaiObsError as error:
                verdicts[alarm.name] = Verdict(alarm.name, at_s, None, str(error))
                continue
            verdicts[alarm.name] = found
            # What cannot be told at all is no state of silence, and no composite may take it for one.
            if found.state is not None:
                histories[alarm.name] = history
    listed = tuple(verdicts[alarm.name] for alarm in definitions.alarms)
    return Judged(definitions, at_s, listed, histories, extra_points)


def _unknown_children(alarm: Alarm, verdicts: Mapping[str, Verdict]) -> list[str]:
    """Return the children of a composite that were looked at and could not be judged."""
    if not isinstance(alarm, CompositeAlarm):
        return []
    names = [child.name for child in parse_rule(alarm.rule).children()]
    return [name for name in names if name in verdicts and verdicts[name].state is None]


def _children_first(alarms: tuple[Alarm, ...]) -> list[Alarm]:
    composites = [alarm for alarm in alarms if isinstance(alarm, CompositeAlarm)]
    return [alarm for alarm in alarms if alarm not in composites] + list(order_composites(composites))


@dataclass(frozen=True, slots=True, eq=False)
class _Means:
    """What every alarm is judged with: the lines, bands and log queries over them, and the range."""

    lines: Lines
    bands: LocalBands
    session: Session
    start_s: int
    at_s: int
    extra_points: int


def _judge_one(alarm: Alarm, means: _Means, histories: Mapping[str, StateHistory]) -> tuple[StateHistory, Verdict]:
    store, bands, extra, at_s = means.lines.store, means.bands, means.extra_points, means.at_s
    if isinstance(alarm, MetricAlarm):
        history = replay(alarm, store, means.start_s, at_s, extra_points=extra, bands=bands)
        return history, verdict(alarm, store, at_s, history=history, bands=bands, extra_points=extra)
    if isinstance(alarm, LogAlarm):
        of_groups = replay_log_alarm(alarm, means.lines.inputs, means.start_s, at_s, session=means.session)
        return of_groups, log_verdict(alarm, of_groups, at_s)
    whole = replay_composite(alarm, histories)
    return whole, composite_verdict(alarm, whole, histories, at_s)


def _with_values(alarms: tuple[Alarm, ...]) -> frozenset[tuple[str, str]]:
    """Return namespace and name of the metrics of which an alarm takes a percentile or another trimmed statistic."""
    return frozenset(
        (query.stat.metric.namespace, query.stat.metric.name)
        for alarm in alarms
        if isinstance(alarm, MetricAlarm)
        for query in alarm.queries
        if query.stat is not None and parse_statistic(query.stat.stat).needs_values
    )
