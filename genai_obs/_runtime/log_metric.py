"""The caller's own numbers, on the same rails as the records of inferences."""

import math
from collections.abc import Mapping
from typing import Any

from genai_obs._runtime import clock, emf, fields, guard, observation, output, settings

_MAX_METRIC_NAME = 255


def log_metric(
    metric_name: str,
    value: float,
    unit: str = "Count",
    properties: Mapping[str, object] | None = None,
    *,
    dimensions: Mapping[str, str] | None = None,
) -> None:
    """
    Write one line with a number of your own; with EMF on it is a CloudWatch metric as well.

    Args:
        metric_name: Name of the metric.

        value: A finite number; anything else is written as null and makes no metric.

        unit: A CloudWatch unit becomes the metric's unit. Any other word (``USD``) stays a field of the line, and the
            metric has no unit.

        properties: More fields of the line, for queries.

        dimensions: Become part of the metric's identity, beside ``Environment``: each distinct value is one more
            metric to pay for, so no user or request ids.
    """
    try:
        if settings.current().enabled:
            _write(metric_name, value, unit, properties, dimensions)
    except Exception as error:
        guard.failed(error)


def _write(
    metric_name: str,
    value: object,
    unit: str,
    properties: Mapping[str, object] | None,
    dimensions: Mapping[str, str] | None,
) -> None:
    observed = observation.current.get()
    configured = settings.current() if observed is None else observed.settings
    at_ms = clock.now_ms()
    name = fields.plain_text(str(metric_name), _MAX_METRIC_NAME)
    number = _number(value)
    record: dict[str, object] = {
        "metric": name,
        "value": number,
        "unit": fields.plain_text(str(unit), 64),
        "timestamp": clock.rfc3339(at_ms),
    }
    if configured.level is not None:
        record["level"] = configured.level
    if observed is None:
        record.update(observation.invocation_members(None, configured))
        own: Mapping[str, object] = configured.fields
    else:
        record.update(observed.correlation())
        own = observed.user_fields()
    given = fields.plain_fields(dict(properties)) if properties else {}
    record.update((key, item) for key, item in {**own, **given}.items() if key not in record)
    if configured.emf and number is not None:
        _add_emf(record, name, str(unit), number, dict(dimensions or {}), configured, at_ms)
    elif dimensions:
        record.update((key, item) for key, item in _dimension_members(dimensions).items() if key not in record)
    output.write(output.encode(record))


def _number(value: object) -> float | None:
    """Return a finite 64-bit number, also of Decimal, NumPy's numbers and bool; None for all else."""
    try:
        number: Any = value if type(value) in (int, float) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        guard.say_once("log_metric was given a value that is no number; the line has null for it")
        return None
    if isinstance(number, int) and not -(2**63) <= number < 2**63:
        number = float(number) if abs(number) < 10**300 else math.inf
    if isinstance(number, float) and not math.isfinite(number):
        guard.say_once("log_metric was given NaN or infinity, which CloudWatch does not take; the line has null for it")
        return None
    return number  # type: ignore[no-any-return]


def _dimension_members(dimensions: Mapping[str, str]) -> dict[str, str]:
    """Return the dimensions that CloudWatch accepts, names and values."""
    members: dict[str, str] = {}
    for key, item in dimensions.items():
        name = str(key)
        value = fields.dimension_value(str(item))
        acceptable = name.isascii() and name.isprintable() and name.strip() and not name.startswith(":")
        if value is None or not acceptable or len(name) > 250 or len(members) >= 28:
            guard.say_once("log_metric was given a dimension that CloudWatch does not accept; it is left out")
        else:
            members[name] = value
    return members


def _add_emf(
    record: dict[str, object],
    name: str,
    unit: str,
    number: float,
    dimensions: dict[str, str],
    configured: settings.Settings,
    at_ms: int,
) -> None:
    members = {key: item for key, item in _dimension_members(dimensions).items() if key not in record and key != name}
    if len(members) < len(dimensions):
        guard.say_once("log_metric: a dimension with the name of another member of the line is left out")
    clashes = name in record and name != "value"
    if clashes or name == "_aws" or not name.strip() or name in members or name == "Environment":
        guard.say_once(
            f"log_metric: {name!r} is the name of another member of the line; it is written without a metric"
        )
        return
    record[name] = number
    record.update(members)
    record["Environment"] = configured.environment
    sets: tuple[tuple[str, ...], ...] = (("Environment",),)
    if members:
        sets += ((*members, "Environment"),)
    metric = [(name, unit if unit in emf.UNITS else "None")]
    record["_aws"] = {"Timestamp": at_ms, "CloudWatchMetrics": emf.render(configured.namespace, sets, metric)}


def annotate(**given: object) -> None:
    """
    Put these fields on every later record of this invocation: ``annotate(tenant="acme", user_id="u1")``.

    They are searchable fields, never metric dimensions. Outside an observation they belong to no invocation and are
    left out, with one word on stderr.
    """
    try:
        observed = observation.current.get()
        if observed is not None:
            observed.annotate(fields.plain_fields(given))
        elif settings.current().enabled:
            guard.say_once("annotate() was called outside an observation; its fields are left out")
    except Exception as error:
        guard.failed(error)
