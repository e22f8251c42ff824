"""
The file of a team: settings, what it changes in the default alarms, and alarms of its own.

It is TOML and read strictly: a name that nothing is known by is a mistake, and all mistakes are told at once.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.rule import Alarm, CompositeAlarm
from genai_obs.tools.definitions.defaults import NEEDS, UNWELL, default_definitions
from genai_obs.tools.definitions.mistakes import find_mistakes, find_mistakes_between
from genai_obs.tools.definitions.model import Definitions, Notification, Settings, name_of
from genai_obs.tools.definitions.overrides import read_override
from genai_obs.tools.definitions.settings import settings_from, unknown, with_settings
from genai_obs.tools.definitions.toml_table import TomlTable
from genai_obs.tools.definitions.user_alarms import read_alarm

_NOTIFICATIONS: tuple[Notification, ...] = get_args(Notification)
_KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def load_definitions(path: Path, changes: Mapping[str, str] | None = None) -> Definitions:
    """
    Return the definitions of a file.

    Args:
        path: The file.

        changes: Settings as texts that beat those of the file, such as ``{"daily_budget_usd": "20"}``.

    Raises:
        GenaiObsError: It cannot be read, is no TOML, or says something that is wrong; all of that is told.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise GenaiObsError("bad-file", f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise GenaiObsError("bad-toml", f"{path} is no TOML: {error}") from None
    try:
        return read_definitions(document, changes)
    except GenaiObsError as error:
        lines = str(error)
        raise GenaiObsError(error.slug, f"{path}:\n{lines}" if "\n" in lines else f"{path}: {lines}") from None


def read_definitions(document: Mapping[str, Any], changes: Mapping[str, str] | None = None) -> Definitions:
    """
    Return the definitions of a TOML document.

    Raises:
        GenaiObsError: Something in it is wrong; the message has a line for each mistake.
    """
    file = TomlTable(document, "", [])
    settings = with_settings(_read_settings(file), changes or {})
    dropped = _read_dropped(file, _possible(settings))
    defaults = default_definitions(settings, without=dropped)
    draft = _Draft(defaults)
    _read_overrides(file, draft, _possible(settings), dropped)
    _read_alarms(file, draft)
    file.finish()
    definitions = draft.definitions()
    problems = file.problems + find_mistakes(definitions)
    # An alarm that could not be read would be missed by those that name it.
    if problems := problems or find_mistakes_between(definitions):
        raise GenaiObsError("bad-definitions", "\n".join(problems))
    return replace(definitions, alarms=_composites_last(definitions))


class _Draft:
    """Definitions in the making: alarms by their short names, and what becomes of their changes of state."""

    def __init__(self, defaults: Definitions) -> None:
        self._defaults = defaults
        self.settings = defaults.settings
        self.alarms: dict[str, Alarm] = {defaults.key(alarm.name): alarm for alarm in defaults.alarms}
        self._notifications = dict(defaults.notifications)

    def notify(self, table: TomlTable, key: str) -> None:
        """Take over what a table says of notifications."""
        chosen = table.choice("notify", _NOTIFICATIONS)
        if chosen is not None:
            self._notifications[name_of(self.settings, key)] = chosen

    def definitions(self) -> Definitions:
        """Return the definitions; composites of the user name other alarms in full."""
        full = {key: alarm.name for key, alarm in self.alarms.items()}
        alarms = tuple(_with_full_names(alarm, full) for alarm in self.alarms.values())
        return replace(self._defaults, alarms=alarms, notifications=self._notifications)


def _read_settings(file: TomlTable) -> Settings:
    table = file.table("settings")
    if table is None:
        return Settings()
    settings, wrong = settings_from(table.members())
    for sentence in wrong:
        table.wrong(sentence)
    return settings


def _possible(settings: Settings) -> list[str]:
    """Return the short names of all alarms that the default set can have."""
    everything = replace(settings, quiet_minutes=1, function_name="any", quality_metric="any", log_group="any")
    definitions = default_definitions(everything)
    return [definitions.key(alarm.name) for alarm in definitions.alarms]


def _read_dropped(file: TomlTable, possible: list[str]) -> frozenset[str]:
    dropped = file.texts("disable") or ()
    for key in dropped:
        if key not in possible:
            file.wrong(f"disable: {unknown('alarm', key, possible)}")
    return frozenset(dropped)


def _read_overrides(file: TomlTable, draft: _Draft, possible: list[str], dropped: frozenset[str]) -> None:
    tables = file.table("override")
    if tables is None:
        return
    for key in tables.members():
        table = tables.table(key)
        if table is None:
            continue
        if key in draft.alarms:
            draft.notify(table, key)
            draft.alarms[key] = read_override(table, draft.alarms[key])
        elif key in dropped:
            table.wrong("the file disables this alarm")
        elif key in NEEDS:
            table.wrong(f"there is no such alarm without the setting {NEEDS[key]}")
        else:
            table.wrong(unknown("alarm", key, possible))


def _read_alarms(file: TomlTable, draft: _Draft) -> None:
    for number, members in enumerate(file.tables("alarm"), 1):
        name = members.get("name")
        key = name if isinstance(name, str) else ""
        table = TomlTable(members, f'alarm "{key}"' if key else f"alarm number {number}", file.problems)
        if key and not _KEY.fullmatch(key):
            table.wrong("name takes words of small letters and digits with - between them, such as checkout-slow")
        elif key in draft.alarms:
            table.wrong("there is already an alarm of this name; [override] changes one of the default set")
        draft.notify(table, key)
        alarm = read_alarm(table, draft.settings)
        if alarm is not None:
            draft.alarms[key] = alarm


def _composites_last(definitions: Definitions) -> tuple[Alarm, ...]:
    """Return the alarms with the user's composites at the end, each behind those that it watches."""
    own = [alarm for alarm in definitions.alarms if isinstance(alarm, CompositeAlarm)]
    own = [alarm for alarm in own if definitions.key(alarm.name) != UNWELL]
    if not own:
        return definitions.alarms
    from genai_obs.tools.alarms.composite import order_composites

    return (*(alarm for alarm in definitions.alarms if alarm not in own), *order_composites(own))


def _with_full_names(alarm: Alarm, full: Mapping[str, str]) -> Alarm:
    """Return a composite with the full names of the alarms that its rule calls by their short ones."""
    if not isinstance(alarm, CompositeAlarm) or alarm.name == full.get(UNWELL):
        return alarm

    def named(match: re.Match[str]) -> str:
        written = match[0].strip('"')
        return f'"{full[written]}"' if written in full else match[0]

    return replace(alarm, rule=re.sub(r'"[^"]*"|(?<=[\s(,])[^\s(),"]+(?=[\s),])', named, alarm.rule))
