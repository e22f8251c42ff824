"""Tables of the docs, made from the objects: what each default alarm does, and what can be set."""

from dataclasses import replace

from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm, LogAlarm
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Definitions, Settings
from genai_obs.tools.definitions.settings import NONE, Setting, describe_settings
from genai_obs.tools.definitions.words import fires, missing_words

# With these every alarm of the default set is there.
EVERYTHING = Settings(quality_metric="Faithfulness", function_name="assistant", log_group="/aws/lambda/assistant")

# They are part of every alarm and say nothing about one.
_EVERYWHERE = frozenset({"application", "environment", "namespace"})


def alarm_table(definitions: Definitions | None = None) -> str:
    """Return the alarms of the default set, or of other definitions, as a Markdown table."""
    shown = definitions or default_definitions(EVERYTHING)
    knobs = {} if definitions else settings_of_alarms()
    rows = [_alarm_row(shown, alarm, knobs.get(alarm.name, ())) for alarm in shown.alarms]
    return "\n".join(["| alarm | fires when | missing data | settings | notifies |", "|---|---|---|---|---|", *rows])


def settings_table() -> str:
    """Return what can be set as a Markdown table."""
    rows = [_setting_row(setting) for setting in describe_settings()]
    return "\n".join(["| setting | takes | default | is |", "|---|---|---|---|", *rows])


def settings_of_alarms() -> dict[str, tuple[str, ...]]:
    """Return for each default alarm, by its name, the settings that change it: found by changing them."""
    before = {alarm.name: alarm for alarm in default_definitions(EVERYTHING).alarms}
    found: dict[str, list[str]] = {name: [] for name in before}
    for setting in describe_settings():
        if setting.name in _EVERYWHERE:
            continue
        changed = replace(EVERYTHING, **{setting.name: _another(setting)})  # type: ignore[arg-type]
        after = {alarm.name: alarm for alarm in default_definitions(changed).alarms}
        for name, alarm in before.items():
            if after.get(name) != alarm:
                found[name].append(setting.name)
    return {name: tuple(names) for name, names in found.items()}


def _another(setting: Setting) -> object:
    """Return some other value than the one of ``EVERYTHING``."""
    if setting.kind == "text":
        return "another"
    value = getattr(EVERYTHING, setting.name)
    return value + 1 if setting.kind == "whole number" else value / 2 + 0.75


def _alarm_row(definitions: Definitions, alarm: Alarm, knobs: tuple[str, ...]) -> str:
    when = fires(alarm).removeprefix("Fires when ").replace("|", "\\|")
    if isinstance(alarm, CompositeAlarm):
        for other in definitions.alarms:
            when = when.replace(other.name, f"`{definitions.key(other.name)}`")
    elif isinstance(alarm, LogAlarm):
        when = f"{when} (log alarm)"
    listed = ", ".join(f"`{name}`" for name in knobs)
    cells = (
        f"`{definitions.key(alarm.name)}`",
        when,
        missing_words(alarm),
        listed,
        definitions.notification(alarm.name),
    )
    return f"| {' | '.join(cells)} |"


def _setting_row(setting: Setting) -> str:
    takes = f"{setting.kind} ({setting.unit})" if setting.unit else setting.kind
    takes += f", or `{NONE}`" if setting.optional else ""
    default = NONE if setting.default is None else setting.default
    shown = f"{default:g}" if isinstance(default, int | float) else default
    return f"| `{setting.name}` | {takes} | `{shown}` | {setting.meaning.replace('``', '`')} |"
