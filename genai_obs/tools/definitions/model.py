"""Everything that watches one application, as one value: it is evaluated here, deployed and documented from here."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Definitions:
    """
    What watches the application.

    Args:
        settings: What they were made of.

        alarms: In the order in which people should read them; a composite stands after its children.

        queries: Saved Logs Insights queries.
    """

    settings: Settings
    alarms: tuple[Alarm, ...]
    queries: tuple[SavedQuery, ...]
