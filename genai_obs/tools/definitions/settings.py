"""Settings in words: what each is, which values it may have, and how it is read from texts and from TOML."""

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from typing import get_args, get_type_hints

from genai_obs.errors import GenaiObsError
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.text.near import nearest

# How a setting that may be absent is switched off, on the command line and in TOML, which has no null.
NONE = "none"

_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_WEEK_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One setting, described.

    Args:
        name: Of the member of ``Settings``.

        kind: ``text``, ``number`` or ``whole number``.

        optional: Whether it may be none.

        unit: Such as ``USD``; empty where there is none.

        default: The value when nothing is said.

        meaning: A sentence.
    """

    name: str
    kind: str
    optional: bool
    unit: str
    default: object
    meaning: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """The unit of a setting, which values it may have, and how that is said."""

    allows: Callable[[object], bool]
    says: str
    unit: str = ""


def _between(low: float, high: float, unit: str = "", *, above: bool = False) -> _Rule:
    """Return the rule of a number: ``above`` leaves the lower end out."""
    says = f"a number above {low:g}" if above else f"a number from {low:g}"
    says += "" if math.isinf(high) else f", at most {high:g}" if above else f" to {high:g}"

    def allows(value: object) -> bool:
        return (
            isinstance(value, int | float)
            and math.isfinite(value)
            and low <= value <= high
            and (value > low or not above)
        )

    return _Rule(allows, says, unit)


def _text(pattern: str, says: str) -> _Rule:
    whole = re.compile(pattern, re.ASCII)
    return _Rule(lambda value: isinstance(value, str) and whole.fullmatch(value) is not None, says)


# Quotes and backslashes would end the text in queries; no escape for them is documented.
_PLAIN = r"[ !#-\[\]-~]"

_RULES: dict[str, _Rule] = {
    "application": _text(
        r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", "1 to 100 letters, digits and _ . -, first a letter or digit"
    ),
    "environment": _text(
        rf"(?! ){_PLAIN}{{1,100}}(?<! )", "1 to 100 printable ASCII characters without quotes or backslash"
    ),
    "namespace": _text(
        r"(?!:|AWS/| +$)[A-Za-z0-9.\-_/#: ]{1,255}",
        "1 to 255 of A-Z a-z 0-9 . - _ / # : and space, not AWS's own (AWS/…)",
    ),
    "daily_budget_usd": _between(0, math.inf, "USD", above=True),
    "tenant_budget_usd": _between(0, math.inf, "USD", above=True),
    "tenant_field": _text(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)*", "the name of a record field"),
    "error_rate_percent": _between(0, 100, "%"),
    "latency_p90_ms": _between(0, math.inf, "ms", above=True),
    "first_token_p90_ms": _between(0, math.inf, "ms", above=True),
    "guardrail_rate_percent": _between(0, 100, "%"),
    "throttles": _between(1, math.inf, "calls"),
    "least_calls": _between(1, math.inf, "calls"),
    "quality_metric": _text(rf"(?! ){_PLAIN}{{1,255}}", "the name of a metric"),
    "least_quality": _between(-math.inf, math.inf),
    # The longest window of an alarm is seven days (alarm-limits, PutMetricAlarm).
    "quiet_minutes": _between(1, _WEEK_MINUTES, "minutes"),
    "band_width": _between(0, math.inf, above=True),
    "busy_hours": _between(0, 24, "hours", above=True),
    "unpriced_calls": _between(1, math.inf, "calls"),
    "function_name": _text(r"[A-Za-z0-9_-]{1,64}", "the name of a function"),
    "log_group": _text(r"[A-Za-z0-9_./#-]{1,512}", "the name of a log group"),
}


def describe_settings() -> tuple[Setting, ...]:
    """Return every setting, in the order of ``Settings``."""
    meanings = _meanings()
    return tuple(
        Setting(name, kind, optional, _RULES[name].unit, default, meanings.get(name, ""))
        for name, (kind, optional, default) in _KINDS.items()
    )


def check_settings(settings: Settings) -> None:
    """
    Check that every value is one that alarms can be made of.

    Raises:
        GenaiObsError: Some are not; the sentences name all of them.
    """
    _raise(_range_problems(asdict(settings)))


def with_settings(settings: Settings, texts: Mapping[str, str]) -> Settings:
    """
    Return settings with some values changed, given as texts such as ``{"daily_budget_usd": "20"}``; ``none`` removes.

    Raises:
        GenaiObsError: There is no such setting, or the text is none of its values; the sentences name all of them.
    """
    values: dict[str, object] = {}
    problems: list[str] = []
    for name, text in texts.items():
        if name not in _KINDS:
            problems.append(unknown("setting", name, _KINDS))
        elif (value := _parse(name, text)) is _NOT_ONE:
            problems.append(f'{name} takes {_says(name)}, not "{text[:60]}"')
        else:
            values[name] = value
    _raise(problems)
    changed = replace(settings, **values)  # type: ignore[arg-type]
    check_settings(changed)
    return changed


def settings_from(values: Mapping[str, object], base: Settings | None = None) -> tuple[Settings, tuple[str, ...]]:
    """
    Return the settings of a TOML table and one sentence for each mistake in it; a wrong value leaves that of ``base``.

    Args:
        values: Names and values; the text ``none`` removes what may be absent.

        base: What holds where nothing is said; the defaults if it is None.
    """
    right: dict[str, object] = {}
    problems: list[str] = []
    for name, value in values.items():
        if name not in _KINDS:
            problems.append(unknown("setting", name, _KINDS))
            continue
        taken = None if value == NONE and _KINDS[name][1] else value
        if found := _kind_problems(name, taken) or _range_problems({name: taken}):
            problems += found
        else:
            right[name] = float(taken) if _KINDS[name][0] == "number" and isinstance(taken, int) else taken
    return replace(base or Settings(), **right), tuple(problems)  # type: ignore[arg-type]


def unknown(what: str, name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    """Return the sentence that there is no such name, with the nearest one that there is."""
    near = nearest(name, known)
    hint = f"did you mean {near}?" if near else f"known are {', '.join(known)}"
    return f'there is no {what} "{name}"; {hint}'


def _raise(problems: Sequence[str]) -> None:
    if problems:
        raise GenaiObsError("bad-setting", "\n".join(problems))


_NOT_ONE = object()


def _parse(name: str, text: str) -> object:
    kind, optional, _ = _KINDS[name]
    if optional and text == NONE:
        return None
    if kind == "text":
        return text
    shape = _WHOLE if kind == "whole number" else _NUMBER
    if not shape.fullmatch(text):
        return _NOT_ONE
    return int(text) if kind == "whole number" else float(text)


def _kind_problems(name: str, value: object) -> list[str]:
    kind, optional, _ = _KINDS[name]
    right = _PYTHON[kind]
    if (value is None and optional) or (isinstance(value, right) and not isinstance(value, bool)):
        return []
    return [f"{name} takes {_says(name)}, not {shown_value(value)}"]


def shown_value(value: object) -> str:
    """Return a value of TOML for use in a sentence."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value[:60]}"'
    if isinstance(value, Mapping):
        return "a table"
    return "a list" if isinstance(value, list) else str(value)[:60]


def _range_problems(values: Mapping[str, object]) -> list[str]:
    return [
        f"{name} takes {_says(name)}, not {shown_value(value)}"
        for name, value in values.items()
        if not (value is None and _KINDS[name][1]) and not _RULES[name].allows(value)
    ]


def _says(name: str) -> str:
    kind, optional, _ = _KINDS[name]
    said = _RULES[name].says
    if kind == "whole number":
        said = said.replace("a number", "a whole number")
    return f"{said}, or {NONE}" if optional else said


_NAMES: dict[type, str] = {str: "text", float: "number", int: "whole number"}
_PYTHON: dict[str, type | tuple[type, ...]] = {"text": str, "number": (int, float), "whole number": int}


def _kinds() -> dict[str, tuple[str, bool, object]]:
    """Return kind, whether it may be none, and default of each setting, as the class declares them."""
    hints = get_type_hints(Settings)
    found: dict[str, tuple[str, bool, object]] = {}
    for field in fields(Settings):
        assert field.default is not MISSING
        options = get_args(hints[field.name]) or (hints[field.name],)
        found[field.name] = (_NAMES[options[0]], type(None) in options, field.default)
    return found


_KINDS = _kinds()


def _meanings() -> dict[str, str]:
    """Return what the class's documentation says of each member."""
    text = (inspect.getdoc(Settings) or "").partition("Args:\n")[2]
    found = re.findall(r"^    (\w+): (.+(?:\n        .+)*)", text, re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in found}
