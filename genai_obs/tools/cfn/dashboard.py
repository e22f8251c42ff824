"""
The dashboard as one value: deployed by the template, shown in a browser, tested against the record schema.

It is made of concrete names and numbers. What a stack may choose is put in by the template, which passes markers.
"""

from collections.abc import Sequence

from genai_obs.tools.alarms.rule import MetricAlarm
from genai_obs.tools.cfn import aws_widgets
from genai_obs.tools.cfn.intrinsics import Value
from genai_obs.tools.cfn.parameters import number
from genai_obs.tools.cfn.places import Places
from genai_obs.tools.cfn.widgets import (
    COLUMNS,
    HOUR,
    Member,
    Widget,
    expression,
    graph,
    logs,
    metric,
    placed,
    text,
    total,
)
from genai_obs.tools.definitions.model import Definitions

# What an alarm widget shows at most (AWS: "Dashboard body structure", documented).
_MOST_ALARMS = 100

# Saved queries that are worth a look at every visit, and how they are shown: those over time as graphs.
_QUERIES = {
    "spend-by-tenant": "table",
    "spend-by-feature": "table",
    "errors-by-model": "table",
    "unpriced-calls": "table",
    "slow-requests": "table",
    "most-expensive-calls": "table",
}


def dashboard_body(definitions: Definitions, places: Places) -> dict[str, Value]:
    """Return the body of the dashboard; the same arguments give the same value."""
    board = _Board(definitions, places)
    lines = [
        board.head(),
        board.totals(),
        *board.over_time(),
        *board.by_model(),
        *board.queries(),
        *aws_widgets.lines(places),
    ]
    # Periods must hold: with "auto" CloudWatch makes them longer for longer ranges, and sums with them.
    return {"periodOverride": "inherit", "start": "-P1D", "widgets": placed(lines)}


class _Board:
    def __init__(self, definitions: Definitions, places: Places) -> None:
        self._definitions = definitions
        self._places = places
        self._namespace = definitions.settings.namespace
        self._environment = places.environment or definitions.settings.environment

    def head(self) -> list[Widget]:
        """Return what this is, and how the alarms stand."""
        application = self._definitions.settings.application
        names = [alarm.name for alarm in self._definitions.alarms][:_MOST_ALARMS]
        headline = text(
            f"# {application}: model calls in {self._environment}\n"
            "Costs are list prices in USD. Calls without a price are in no sum: see *Calls without a cost* below.",
            height=3,
        )
        alarms: Member = {"title": "Alarms", "alarms": [self._places.alarm_arn(name) for name in names]}
        return [headline, Widget("alarm", alarms, COLUMNS, 4)] if names else [headline]

    def totals(self) -> list[Widget]:
        """Return one number each for the range shown."""
        counts = (
            ("Spend (USD)", "AICost", "Sum"),
            ("Calls", "InferenceErrors", "SampleCount"),
            ("Input tokens", "InputTokens", "Sum"),
            ("Output tokens", "OutputTokens", "Sum"),
        )
        found = [self._total(title, [self._metric(name, stat=stat, label=title)]) for title, name, stat in counts]
        rates = (("Error rate (%)", "InferenceErrors"), ("Guardrail rate (%)", "GuardrailInterventions"))
        return found + [self._total(title, self._percent(name, title)) for title, name in rates]

    def over_time(self) -> list[list[Widget]]:
        """Return what happens over all models."""
        latency = [
            self._metric("InferenceLatencyMs", stat=stat, label=label)
            for stat, label in (("p50", "median"), ("p90", "p90"), ("p99", "p99"))
        ]
        first = [
            self._metric("TimeToFirstTokenMs", stat=stat, label=label)
            for stat, label in (("p50", "median"), ("p90", "p90"))
        ]
        tokens = [
            self._metric(name, stat="Sum", label=label)
            for name, label in (
                ("InputTokens", "input"),
                ("OutputTokens", "output"),
                ("CacheReadTokens", "read from a cache"),
                ("CacheWriteTokens", "written to a cache"),
            )
        ]
        spend = [self._metric("AICost", stat="Sum", label="spend")]
        calls = [self._metric("InferenceErrors", stat="SampleCount", label="calls")]
        blocked = self._percent("GuardrailInterventions", "guardrail interventions")
        return [
            [
                self._graph("Spend per hour", spend, "USD", period=HOUR),
                self._graph("Calls", calls, "calls"),
                self._graph("Error rate", self._percent("InferenceErrors", "errors"), "%", alarm="error-rate"),
            ],
            [
                self._graph("Latency", latency, "ms", alarm="latency-p90"),
                self._graph("Time to the first token", first, "ms", alarm="first-token-p90"),
                self._graph("Guardrail interventions", blocked, "%", alarm="guardrail-rate"),
            ],
            [self._graph("Tokens", tokens, "tokens", stacked=True, width=COLUMNS)],
        ]

    def by_model(self) -> list[list[Widget]]:
        """Return the same by model: SEARCH finds those that there are."""
        cost = self._search("AICost", "Sum", HOUR)
        slow = self._search("InferenceLatencyMs", "p90", 300)
        failed = f"100 * {self._search('InferenceErrors', 'Average', 300)}"
        return [
            [
                self._graph("Spend per hour by model", [expression(cost, id="e1")], "USD", period=HOUR, stacked=True),
                self._graph("Latency by model (p90)", [expression(slow, id="e1")], "ms"),
                self._graph("Error rate by model", [expression(failed, id="e1")], "%"),
            ]
        ]

    def queries(self) -> list[list[Widget]]:
        """Return what saved queries find; nothing where no log group is known."""
        saved = {query.name: query for query in self._definitions.queries}
        if not self._places.log_groups:
            return []
        shown = [
            logs(saved[name].title, saved[name].text, self._places.log_groups, self._places.region, view=view)
            for name, view in _QUERIES.items()
            if name in saved
        ]
        return [shown]

    def _metric(self, name: str, **rendering: Value) -> list[Value]:
        return metric(self._namespace, name, {"Environment": self._environment}, **rendering)

    def _percent(self, name: str, label: str) -> list[Value]:
        """Return rows of a share of all calls; the metric is 1 or 0 for each, so its Average is the share."""
        return [
            expression("100 * share", id="percent", label=label),
            self._metric(name, id="share", stat="Average", visible=False),
        ]

    def _search(self, name: str, stat: str, period: int) -> str:
        schema = f'{{"{self._namespace}",Environment,ModelId}}'
        return f"SEARCH('{schema} MetricName=\"{name}\" Environment=\"{self._environment}\"', '{stat}', {period})"

    def _total(self, title: str, rows: Sequence[Value]) -> Widget:
        return total(title, rows, self._places.region)

    def _graph(
        self,
        title: str,
        rows: Sequence[Value],
        unit: str,
        *,
        alarm: str | None = None,
        period: int = 300,
        stacked: bool = False,
        width: int = 8,
    ) -> Widget:
        lines = [] if alarm is None else self._thresholds(alarm)
        return graph(
            title, rows, self._places.region, unit=unit, lines=lines, period=period, stacked=stacked, width=width
        )

    def _thresholds(self, key: str) -> list[Member]:
        """Return the line at which an alarm begins; none where there is no such alarm."""
        return [
            {"label": f"alarm {key}", "value": self._places.thresholds.get(alarm.name, number(alarm.threshold))}
            for alarm in self._definitions.alarms
            if isinstance(alarm, MetricAlarm) and self._definitions.key(alarm.name) == key and alarm.band_id is None
        ]
