"""The line of a number of the caller's own: record, dimensions, metric."""

from collections.abc import Mapping
from typing import Any

from genai_obs._runtime import clock, emf, fields, guard, lambda_context, observation, output, settings

_MAX_METRIC_NAME = 255
_MAX_UNIT = 64
_MAX_VALUE = 2.0**360  # CloudWatch API, MetricDatum
_INT64 = 2**63
# A set takes 30 dimensions, and one is ours.
_MAX_DIMENSIONS = 29
_MAX_DIMENSION_NAMES = 256

# Members that are no dimension or metric of the caller's.
_TAKEN = ("_aws", "Environment", "dimension_values")


# Dimension values met so far, by the dimension's name.
_values: dict[str, set[str]] = {}


def forget() -> None:
    """Start again with no dimension values seen."""
    _values.clear()


def write(
    metric_name: str,
    value: object,
    unit: str,
    properties: Mapping[str, object] | None,
    dimensions: Mapping[str, str] | None,
) -> None:
    """Write the line of ``log_metric``."""
    observed = observation.current.get()
    configured = settings.current() if observed is None else observed.settings
    at_ms = clock.now_ms()
    name = fields.any_text(metric_name, _MAX_METRIC_NAME)
    unit = fields.any_text(unit, _MAX_UNIT)
    number = _number(value)
    record: dict[str, object] = {
        "metric": name,
        "value": number,
        "unit": unit,
        "timestamp": clock.rfc3339(at_ms).decode(),
    }
    if configured.level is not None:
        record["level"] = configured.level
    if observed is None:
        record.update(lambda_context.invocation_members(None, configured))
        user_fields = configured.fields
    else:
        record.update(observed.correlation())
        user_fields = observed.user_fields()
    # What the metric refers to comes before the user's fields, so that it means what the metric says.
    names = _add_dimensions(record, dimensions, configured) if dimensions else []
    if configured.emf and number is not None:
        _add_metric(record, name, unit, number, names, configured, at_ms)
    given = fields.plain_fields(dict(properties)) if properties else {}
    for key, item in {**user_fields, **given}.items():
        record.setdefault(key, item)
    output.write(output.encode(record))


def _number(value: object) -> float | None:
    """Return a number that CloudWatch takes, also of Decimal, NumPy's numbers and bool; None for all else."""
    try:
        number: Any = value if type(value) in (int, float) else float(value)  # type: ignore[arg-type]
    except Exception:
        # No number at all, or an object of the user's that raises.
        number = None
    if number is None or not -_MAX_VALUE <= number <= _MAX_VALUE:  # NaN too is not between them
        guard.say_once("log_metric was given a value that is no finite number; the line has null for it")
        return None
    return number if -_INT64 <= number < _INT64 else float(number)


def _add_dimensions(
    record: dict[str, object], dimensions: Mapping[str, str], configured: settings.Settings
) -> list[str]:
    """Add the dimensions that CloudWatch accepts to the record and return their names."""
    names: list[str] = []
    for key, item in dict(dimensions).items():
        name = fields.any_text(key)
        value = fields.dimension_value(fields.any_text(item))
        if value is None or not _is_dimension_name(name) or len(names) >= _MAX_DIMENSIONS:
            guard.say_once("log_metric was given a dimension that CloudWatch does not accept; it is left out")
        elif record.get(name, value) != value or name in _TAKEN:
            guard.say_once(f"log_metric: the dimension {name!r} has the name of a member of the record; it is left out")
        else:
            names.append(name)
            record[name] = _capped(name, value, record, configured)
    return names


def _is_dimension_name(name: str) -> bool:
    return len(name) <= 250 and name.isascii() and name.isprintable() and name.strip() != "" and name[0] != ":"


def _capped(name: str, value: str, record: dict[str, object], configured: settings.Settings) -> str:
    """Return the value, or ``other`` once there are too many: each one is a metric that is billed by the hour."""
    known = _values.setdefault(name, set()) if len(_values) < _MAX_DIMENSION_NAMES else _values.get(name, set())
    if value in known or name in record:
        return value
    if len(known) < configured.max_dimension_values and name in _values:
        known.add(value)
        return value
    guard.say_once(
        f"log_metric: more than {configured.max_dimension_values} values of the dimension {name!r}; "
        f"further ones are {emf.OTHER!r}, and themselves in the field dimension_values"
    )
    truth = record.setdefault("dimension_values", {})
    if isinstance(truth, dict):
        truth[name] = value
    return emf.OTHER


def _add_metric(
    record: dict[str, object],
    name: str,
    unit: str,
    number: float,
    names: list[str],
    configured: settings.Settings,
    at_ms: int,
) -> None:
    if record.get(name, number) is not number or name in _TAKEN or not name.strip():
        guard.say_once(
            f"log_metric: {name!r} is the name of another member of the line; it is written without a metric"
        )
        return
    record[name] = number
    record["Environment"] = configured.environment
    sets: tuple[tuple[str, ...], ...] = (("Environment",),)
    if names:
        sets += ((*names, "Environment"),)
    metric = [(name, unit if unit in emf.UNITS else "None")]
    record["_aws"] = {"Timestamp": at_ms, "CloudWatchMetrics": emf.render(configured.namespace, sets, metric)}
