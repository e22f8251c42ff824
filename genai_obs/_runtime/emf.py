"""
The CloudWatch side of a line: metric definitions, dimension sets, and the members that they refer to.

EMF takes a metric's name for the name of a root member, hence the second spelling of a few values on the line.
"""

import orjson

from genai_obs import schema
from genai_obs._runtime import fields, guard
from genai_obs._runtime.settings import Settings

OTHER = "other"

_UNITS = {metric.name: metric.unit for metric in schema.METRICS}

# CloudWatch's units (StandardUnit of its API). Anything else a caller says is kept as a field, and is None for EMF.
_SIZES = (
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
)
UNITS = frozenset(
    ("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None", *_SIZES)
    + tuple(f"{size}/Second" for size in _SIZES)
)

# Caches of constants, bounded: as many directives as there are mixes of metrics, as many model ids as the cap allows.
_MAX_DIRECTIVES = 256
_directives: dict[tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...]], orjson.Fragment] = {}
_model_values: dict[str, str] = {}


def forget() -> None:
    """Start again with no dimension values seen."""
    _directives.clear()
    _model_values.clear()


def add_inference_metrics(record: dict[str, object], settings: Settings, at_ms: int) -> None:
    """Add ``_aws`` and the members it names to an inference record; only numbers that are known become metrics."""
    names = []
    for metric in schema.METRICS:
        value = record.get(metric.field)
        if value is None:
            continue
        name = metric.name
        if name == "InferenceErrors":
            value = 1 if value in _FAILED else 0
        elif name == "GuardrailInterventions":
            value = 1 if value else 0
        record[name] = value
        names.append(name)
    if "GuardrailInterventions" not in record:
        record["GuardrailInterventions"] = 0
        names.append("GuardrailInterventions")
    record["Environment"] = settings.environment
    sets = _ENVIRONMENT_ONLY
    model_id = record.get("model_id")
    if model_id is not None:
        record["ModelId"] = _model_values.get(model_id) or _model_value(model_id, settings)  # type: ignore[call-overload]
        sets = schema.DIMENSION_SETS
    record["_aws"] = {
        "Timestamp": at_ms,
        "CloudWatchMetrics": directive(settings.namespace, sets, tuple(names)),
    }


_FAILED = ("error", "throttled", "timeout")
_ENVIRONMENT_ONLY = (("Environment",),)


def directive(namespace: str, sets: tuple[tuple[str, ...], ...], names: tuple[str, ...]) -> orjson.Fragment:
    """Return the rendered directive for these metrics, from the cache after its first use."""
    key = (namespace, sets, names)
    rendered = _directives.get(key)
    if rendered is None:
        rendered = render(namespace, sets, [(name, _UNITS[name]) for name in names])
        if len(_directives) < _MAX_DIRECTIVES:
            _directives[key] = rendered
    return rendered


def render(namespace: str, sets: tuple[tuple[str, ...], ...], metrics: list[tuple[str, str]]) -> orjson.Fragment:
    """Return one directive as JSON. A unit of ``None`` is CloudWatch's default and is left out."""
    definitions = [{"Name": name} if unit == "None" else {"Name": name, "Unit": unit} for name, unit in metrics]
    return orjson.Fragment(orjson.dumps([{"Namespace": namespace, "Dimensions": sets, "Metrics": definitions}]))


def _model_value(model_id: object, settings: Settings) -> str:
    """
    Return the dimension value for a model id met for the first time.

    Every distinct value is a custom metric that is billed by the hour, so past the cap they share one.
    """
    value = fields.dimension_value(str(model_id))
    if value is None or len(_model_values) >= settings.max_dimension_values:
        guard.say_once(
            f"more than {settings.max_dimension_values} model ids: the ModelId dimension of further ones is {OTHER!r}"
        )
        return OTHER
    _model_values[str(model_id)] = value
    return value
