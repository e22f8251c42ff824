"""
Configuration: what ``configure`` and the environment say, read once, checked where a developer sees it.

An argument beats the environment, our own variables beat those of Powertools. A wrong argument raises; a wrong
variable is said once on stderr and ignored, because it is first read while Lambda starts the function.
"""

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from genai_obs import schema
from genai_obs._runtime import fields, guard

if TYPE_CHECKING:
    from genai_obs._runtime.pricing import Pricing

_TRUE = ("1", "true", "yes", "on", "t", "y")
_FALSE = ("0", "false", "no", "off", "f", "n", "")

# Lambda drops JSON lines below these levels (AWS Lambda guide, "log-level filtering"); a line without one is INFO.
_LEVELS_ABOVE_INFO = ("WARN", "WARNING", "ERROR", "FATAL", "CRITICAL")

DEFAULT_ENVIRONMENT = "default"

_NAMESPACE_PUNCTUATION = frozenset(".-_/#: ")


class Settings:
    """Everything the runtime asks about its surroundings; replaced whole by ``configure``, never changed in place."""

    __slots__ = (
        "capture_content",
        "closings",
        "common",
        "deadline_margin_ms",
        "emf",
        "enabled",
        "environment",
        "fields",
        "in_lambda",
        "level",
        "logger",
        "max_dimension_values",
        "namespace",
        "price_argument",
        "pricing",
        "region",
    )

    enabled: bool
    in_lambda: bool
    emf: bool
    namespace: str
    environment: str
    region: str | None
    level: str | None
    fields: dict[str, object]
    capture_content: Callable[[str], object] | None
    logger: object
    max_dimension_values: int
    deadline_margin_ms: int
    price_argument: object
    # The price book made of that argument, at the first priced call.
    pricing: "Pricing | None"
    # The rendered ends of EMF lines by mix of metrics and model, filled as these come up.
    closings: dict[tuple[int, object], tuple[bytes, bytes]]
    # Members that every record of this process shares, in the order they are written.
    common: dict[str, object]


def load_settings(arguments: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """
    Return the settings that these arguments and environment variables add up to.

    Raises:
        ValueError: An argument has a value that cannot work.
        TypeError: An argument is of the wrong kind.
    """
    settings = Settings()
    settings.in_lambda = "AWS_LAMBDA_FUNCTION_NAME" in environ
    enabled = arguments.get("enabled")
    settings.enabled = (
        _check_bool("enabled", enabled) if enabled is not None else not _flag(environ, "GENAI_OBS_DISABLED")
    )
    settings.emf = _emf(arguments.get("emf"), environ, in_lambda=settings.in_lambda)
    settings.namespace = _namespace(arguments.get("namespace"), environ)
    settings.environment = _environment(arguments.get("environment"), environ)
    settings.region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    settings.level = _level(environ)
    settings.closings = {}
    settings.fields = fields.check_fields(arguments.get("fields"))
    settings.capture_content = check_capture(arguments.get("capture_content"))
    settings.logger = _check_logger(arguments.get("logger"))
    settings.max_dimension_values = _whole(arguments, environ, "max_dimension_values", default=100)
    settings.deadline_margin_ms = _whole(arguments, environ, "deadline_margin_ms", default=200)
    settings.price_argument = arguments.get("prices")
    settings.pricing = None
    service = arguments.get("service")
    if service is not None:
        fields.check_text("service", service)
    settings.common = _common(service, settings, environ)
    return settings


def _common(service: object, settings: Settings, environ: Mapping[str, str]) -> dict[str, object]:
    own = service or environ.get("GENAI_OBS_SERVICE") or environ.get("POWERTOOLS_SERVICE_NAME")
    initialization = environ.get("AWS_LAMBDA_INITIALIZATION_TYPE")
    members: dict[str, object] = {
        "function_name": environ.get("AWS_LAMBDA_FUNCTION_NAME"),
        "function_version": environ.get("AWS_LAMBDA_FUNCTION_VERSION"),
        "initialization_type": None if initialization == "on-demand" else initialization,
        "service": own or environ.get("AWS_LAMBDA_FUNCTION_NAME"),
        "environment": settings.environment,
    }
    return {name: value for name, value in members.items() if value}


def _emf(argument: object, environ: Mapping[str, str], *, in_lambda: bool) -> bool:
    if argument is not None:
        return _check_bool("emf", argument)
    own = _flag(environ, "GENAI_OBS_EMF")
    if own is not None:
        return own
    # Powertools: metrics are off when disabled, and in development unless they are switched on in so many words.
    powertools = _flag(environ, "POWERTOOLS_METRICS_DISABLED")
    if powertools is None:
        powertools = _flag(environ, "POWERTOOLS_DEV")
    return in_lambda and not powertools


def _namespace(argument: object, environ: Mapping[str, str]) -> str:
    if argument is not None:
        if not isinstance(argument, str) or not is_namespace(argument):
            raise ValueError(
                f"namespace={argument!r} is not one that CloudWatch accepts (1 to 255 of A-Z a-z 0-9 .-_/#: and space)"
            )
        return argument
    for name in ("GENAI_OBS_NAMESPACE", "POWERTOOLS_METRICS_NAMESPACE"):
        value = environ.get(name)
        if value:
            if is_namespace(value):
                return value
            guard.say_once(f"{name} is not a namespace that CloudWatch accepts; it is ignored")
    return schema.NAMESPACE


def is_namespace(text: str) -> bool:
    """Tell whether CloudWatch accepts this namespace (PutMetricData: characters, length, reserved prefix)."""
    return (
        0 < len(text) <= 255
        and text.isascii()
        and all(c.isalnum() or c in _NAMESPACE_PUNCTUATION for c in text)
        and bool(text.strip())
        and not text.startswith((":", "AWS/"))
    )


def _environment(argument: object, environ: Mapping[str, str]) -> str:
    """Return the stage: it is a metric dimension, so it always has a value, and one that CloudWatch accepts."""
    if argument is not None:
        fields.check_text("environment", argument)
        text = str(argument)
        if fields.dimension_value(text) != text:
            raise ValueError(f"environment={text!r} cannot be a dimension value (1 to 1024 printable ASCII characters)")
        return text
    text = environ.get("GENAI_OBS_ENVIRONMENT") or DEFAULT_ENVIRONMENT
    if fields.dimension_value(text) != text:
        guard.say_once(
            "GENAI_OBS_ENVIRONMENT cannot be a dimension value (1 to 1024 printable ASCII characters); it is ignored"
        )
        return DEFAULT_ENVIRONMENT
    return text


def _level(environ: Mapping[str, str]) -> str | None:
    """Return the level to stamp on lines, where Lambda would drop them without it."""
    if environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() != "JSON":
        return None
    level = environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    return level if level in _LEVELS_ABOVE_INFO else None


def check_capture(argument: object) -> Callable[[str], object] | None:
    """Return the redactor of ``capture_content=``, None when content stays out of the records."""
    if argument is None or argument is False:
        return None
    if not callable(argument):
        raise TypeError("capture_content= takes a function that is given the text and returns what may be logged")
    return argument


def _check_logger(argument: object) -> object:
    if argument is not None and not (hasattr(argument, "get_current_keys") or hasattr(argument, "append_keys")):
        raise TypeError("logger= takes an aws_lambda_powertools Logger")
    return argument


def _check_bool(name: str, argument: object) -> bool:
    if not isinstance(argument, bool):
        raise TypeError(f"{name}= takes True or False, not {type(argument).__name__}")
    return argument


def _flag(environ: Mapping[str, str], name: str) -> bool | None:
    value = environ.get(name)
    if value is None:
        return None
    word = value.strip().lower()
    if word in _TRUE:
        return True
    if word not in _FALSE:
        guard.say_once(f"{name} is neither true nor false; it is ignored")
        return None
    return False


_MOST = 999_999_999


def _whole(arguments: Mapping[str, object], environ: Mapping[str, str], name: str, *, default: int) -> int:
    argument = arguments.get(name)
    if argument is not None:
        if isinstance(argument, bool) or not isinstance(argument, int):
            raise TypeError(f"{name}= takes a whole number, not {type(argument).__name__}")
        if not 0 <= argument <= _MOST:
            raise ValueError(f"{name}= takes a whole number of 0 to {_MOST}")
        return argument
    variable = f"GENAI_OBS_{name.upper()}"
    value = environ.get(variable)
    if value is None:
        return default
    if value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    guard.say_once(f"{variable} is not a whole number of 0 to {_MOST}; it is ignored")
    return default


_arguments: dict[str, object] = {}
_current: Settings | None = None


def current() -> Settings:
    """Return the settings in force; the first call reads the environment."""
    global _current
    settings = _current
    if settings is None:
        settings = _current = load_settings(_arguments, os.environ)
    return settings


def change(arguments: Mapping[str, object]) -> None:
    """Check these arguments and put them in force, beside those of earlier calls; None means not given."""
    global _arguments, _current
    merged = _arguments | {name: value for name, value in arguments.items() if value is not None}
    _current = load_settings(merged, os.environ)
    _arguments = merged


def reset() -> None:
    """Forget all configuration; the environment is read again at the next use."""
    global _arguments, _current
    _arguments = {}
    _current = None
