"""Everything that watches one application, as one value: it is evaluated here, deployed and documented from here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from genai_obs.schema import NAMESPACE
from genai_obs.tools.alarms.rule import Alarm
from genai_obs.tools.queries import SavedQuery


@dataclass(frozen=True, slots=True)
class Settings:
    """
    What a team chooses; the defaults suit a support assistant of some hundred calls an hour.

    Args:
        application: Begins the names of alarms, queries and dashboard.

        environment: Value of the dimension ``Environment``.

        namespace: Of the metrics.

        daily_budget_usd: What all calls of a day may cost.

        tenant_budget_usd: What the calls of one tenant may cost in a day.

        tenant_field: The field whose values have such a budget: ``tenant``, ``user_id``, ``feature``, …

        error_rate_percent: Share of failed calls that is too much.

        latency_p90_ms: Wall-clock time of a call that nine of ten should stay under.

        first_token_p90_ms: Time to the first token that nine of ten should stay under.

        guardrail_rate_percent: Share of calls with a guardrail intervention that is too much.

        throttles: Throttled calls in a quarter of an hour that are too many.

        least_calls: Calls in a period below which no rate is computed.

        quality_metric: Name of a quality score written with ``log_metric``; None for no alarm on it.

        least_quality: The average below which it alarms.

        quiet_minutes: Minutes without a single call that mean something is wrong; None for no such alarm.

        band_width: Width of anomaly bands, which CloudWatch calls standard deviations.

        busy_hours: Hours of a day in which most of the calls come; the spend of an hour times this projects a day.

        unpriced_calls: Calls without a cost in an hour that are too many.

        function_name: The Lambda function whose own failures are watched too; None for none.

        log_group: Where the records are; None for the log groups of the stack that the alarms are deployed with.
    """

    application: str = "genai"
    environment: str = "production"
    namespace: str = NAMESPACE
    daily_budget_usd: float = 50.0
    tenant_budget_usd: float = 10.0
    tenant_field: str = "tenant"
    error_rate_percent: float = 5.0
    latency_p90_ms: float = 10_000.0
    first_token_p90_ms: float = 3_000.0
    guardrail_rate_percent: float = 10.0
    throttles: float = 5.0
    least_calls: int = 20
    quality_metric: str | None = None
    least_quality: float = 0.7
    quiet_minutes: int | None = 60
    band_width: float = 3.0
    busy_hours: float = 24.0
    unpriced_calls: float = 1.0
    function_name: str | None = None
    log_group: str | None = None


Notification = Literal["page", "tell", "none"]


@dataclass(frozen=True, slots=True)
class Definitions:
    """
    What watches the application.

    Args:
        settings: What they were made of.

        alarms: In the order in which people should read them; a composite stands after its children.

        queries: Saved Logs Insights queries.

        notifications: By the name of an alarm whether it wakes somebody (``page``), only tells (``tell``, also when it
            is not in here), or says nothing itself because a composite speaks for it (``none``).
    """

    settings: Settings
    alarms: tuple[Alarm, ...]
    queries: tuple[SavedQuery, ...]
    notifications: Mapping[str, Notification] = field(default_factory=dict)

    def notification(self, alarm: str) -> Notification:
        """Return what becomes of a change of this alarm's state."""
        return self.notifications.get(alarm, "tell")

    def key(self, alarm: str) -> str:
        """Return the short name of an alarm: what is left without application and environment."""
        return alarm.removeprefix(name_of(self.settings, ""))


def name_of(settings: Settings, key: str) -> str:
    """Return the name of an alarm by its short name, which is unique among applications and environments."""
    return f"{settings.application}-{settings.environment}-{key}"
