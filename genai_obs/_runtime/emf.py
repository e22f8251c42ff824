"""
The CloudWatch side of a line: metric definitions, dimension sets, and the members that they refer to.

EMF takes a metric's name for the name of a root member, hence the second spelling of a few values on the line.
"""

import orjson

from genai_obs import schema
from genai_obs._runtime import fields, guard
from genai_obs._runtime.settings import Settings

OTHER = "other"

# CloudWatch's units (StandardUnit of its API). Anything else a caller says is kept as a field, and is None for EMF.
_SIZES = tuple(f"{size}{of}" for of in ("bytes", "bits") for size in ("Kilo", "Mega", "Giga", "Tera"))
_PER_SECOND = ("Bytes", "Bits", "Count", *_SIZES)
UNITS = frozenset(
    (
        "Seconds",
        "Microseconds",
        "Milliseconds",
        "Percent",
        "None",
        *_PER_SECOND,
        *(f"{one}/Second" for one in _PER_SECOND),
    )
)

# Model ids met so far and their dimension values: as many as the cap allows.
_model_values: dict[str, str] = {}

# (field, metric, its bit in the mix of metrics) of those whose value is the field's, and the two that are made of one.
_COPIED = tuple(
    (metric.field, metric.name, 1 << bit)
    for bit, metric in enumerate(schema.METRICS)
    if metric.name not in ("InferenceErrors", "GuardrailInterventions")
)
_HAS_MODEL = 1 << len(schema.METRICS)
_FAILED = ("error", "throttled", "timeout")


def forget() -> None:
    """Start again with no dimension values seen."""
    _model_values.clear()


def add_inference_metrics(record: dict[str, object], settings: Settings, at_ms: int) -> None:
    """Add ``_aws`` and the members it names to an inference record; only numbers that are known become metrics."""
    get = record.get
    mix = 0
    for field, name, bit in _COPIED:
        value = get(field)
        if value is not None:
            record[name] = value
            mix |= bit
    record["InferenceErrors"] = 1 if record["status"] in _FAILED else 0
    record["GuardrailInterventions"] = 1 if get("guardrail_triggered") else 0
    record["Environment"] = settings.environment
    model_id = get("model_id")
    if model_id is not None:
        record["ModelId"] = _model_values.get(model_id) or _model_value(model_id, settings)  # type: ignore[call-overload]
        mix |= _HAS_MODEL
    record["_aws"] = {
        "Timestamp": at_ms,
        "CloudWatchMetrics": settings.directives.get(mix) or _directive(mix, settings),
    }


def _directive(mix: int, settings: Settings) -> orjson.Fragment:
    """Render the directive for a mix of metrics that comes up for the first time."""
    absent = {name for _, name, bit in _COPIED if not mix & bit}
    metrics = [(metric.name, metric.unit) for metric in schema.METRICS if metric.name not in absent]
    # Without a model id there is nothing to drill down to.
    sets = schema.DIMENSION_SETS if mix & _HAS_MODEL else schema.DIMENSION_SETS[:1]
    rendered = settings.directives[mix] = render(settings.namespace, sets, metrics)
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
