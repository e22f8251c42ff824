"""The default set: every alarm once, as an object that is judged here, deployed and documented."""

from collections.abc import Callable, Container

from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm
from genai_obs.tools.definitions import health, plumbing, spend
from genai_obs.tools.definitions.model import Definitions, Notification, Settings, name_of
from genai_obs.tools.definitions.settings import check_settings
from genai_obs.tools.queries import load_saved_queries

UNWELL = "unwell"

# Those that users of the application feel; one composite speaks for all of them, so that one incident is one call.
# Only metric alarms: AWS names metric and composite alarms as children, and no log alarms (alarm-combining).
_FELT: tuple[Callable[[Settings], Alarm | None], ...] = (
    health.error_rate,
    health.latency,
    health.first_token,
    health.lambda_error_rate,
)

# Silence only tells: most applications sleep at night, and nobody should wake because of that.
_TOLD: tuple[Callable[[Settings], Alarm | None], ...] = (
    health.no_traffic,
    health.throttles,
    health.guardrail_rate,
    health.quality,
    spend.daily_spend,
    spend.projected_spend,
    spend.spend_per_tenant,
    spend.cost_anomaly,
    spend.token_anomaly,
    spend.unpriced_calls,
    plumbing.observation_errors,
    plumbing.emf_problems,
)


# What an alarm of the set waits for: the setting that says of what it is.
NEEDS = {
    "lambda-error-rate": "function_name",
    "no-traffic": "quiet_minutes",
    "quality": "quality_metric",
    "emf-problems": "log_group",
}


def default_definitions(settings: Settings, *, without: Container[str] = ()) -> Definitions:
    """
    Return what watches an application by default.

    Args:
        settings: What the team chose.

        without: Short names of alarms to leave out. A composite speaks only for those that are there.

    Raises:
        GenaiObsError: A setting is out of its range.
    """
    check_settings(settings)
    felt = _build(settings, _FELT, without)
    told = _build(settings, _TOLD, without)
    speaker: tuple[Alarm, ...] = ()
    notifications: dict[str, Notification] = {}
    if felt and UNWELL not in without:
        speaker = (unwell(settings, felt),)
        notifications |= {alarm.name: "none" for alarm in felt}
        notifications[speaker[0].name] = "page"
    return Definitions(settings, (*felt, *speaker, *told), tuple(load_saved_queries().values()), notifications)


def unwell(settings: Settings, children: tuple[Alarm, ...]) -> CompositeAlarm:
    """Return the alarm that wakes somebody: any of its children is in ALARM."""
    return CompositeAlarm(
        name=name_of(settings, UNWELL),
        description=(
            "Users feel that something is wrong: calls fail or are slow.\n\n"
            "**First** see which of its children is in ALARM: the notification names it, and its description says "
            "what to do. Spend has alarms of its own and wakes nobody."
        ),
        rule=" OR ".join(f'ALARM("{alarm.name}")' for alarm in children),
    )


def _build(
    settings: Settings, makers: tuple[Callable[[Settings], Alarm | None], ...], without: Container[str]
) -> tuple[Alarm, ...]:
    made = (maker(settings) for maker in makers)
    prefix = name_of(settings, "")
    return tuple(alarm for alarm in made if alarm is not None and alarm.name.removeprefix(prefix) not in without)
