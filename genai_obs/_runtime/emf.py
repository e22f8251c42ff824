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

_FAILED = ("error", "throttled", "timeout")
_MAX_CLOSINGS = 512


def forget() -> None:
    """Start again with no dimension values seen."""
    _model_values.clear()


def add_inference_metrics(record: dict[str, object], settings: Settings) -> tuple[bytes, bytes]:
    """
    Add metric members to an inference record; only numbers that are known become metrics.

    Returns:
        What closes the line: the dimensions and ``_aws`` as JSON, before and after the time of the record.
    """
    # One statement a metric: a loop over the schema's table takes twice as long and would run at every call. A test
    # holds the two together.
    get = record.get
    mix = 0
    if (value := get("input_tokens")) is not None:
        record["InputTokens"] = value
        mix = 1
    if (value := get("output_tokens")) is not None:
        record["OutputTokens"] = value
        mix += 2
    if (value := get("cache_read_tokens")) is not None:
        record["CacheReadTokens"] = value
        mix += 4
    if (value := get("cache_write_tokens")) is not None:
        record["CacheWriteTokens"] = value
        mix += 8
    if (value := get("time_to_first_token_ms")) is not None:
        record["TimeToFirstTokenMs"] = value
        mix += 16
    if (value := get("cost_usd")) is not None:
        record["AICost"] = value
        mix += 32
    if (value := get("observation_errors")) is not None:
        record["ObservationErrors"] = value
        mix += 64
    record["InferenceLatencyMs"] = record["latency_ms"]
    record["InferenceErrors"] = 1 if record["status"] in _FAILED else 0
    record["GuardrailInterventions"] = 1 if get("guardrail_triggered") else 0
    key = (mix, get("model_id"))
    return settings.closings.get(key) or _closing(key, record, settings)


def _closing(key: tuple[int, object], record: dict[str, object], settings: Settings) -> tuple[bytes, bytes]:
    """Render the end of the line for a mix of metrics and a model that come up together for the first time."""
    model_id = key[1]
    metrics = [(metric.name, metric.unit) for metric in schema.METRICS if metric.name in record]
    dimensions = {"Environment": settings.environment}
    sets: tuple[tuple[str, ...], ...] = schema.DIMENSION_SETS[:1]
    if model_id is not None:
        # Without a model there is nothing to drill down to.
        sets = schema.DIMENSION_SETS
        dimensions["ModelId"] = _model_values.get(str(model_id)) or _model_value(str(model_id), settings)
    before = orjson.dumps(dimensions)[1:-1] + b',"_aws":{"Timestamp":'
    after = b',"CloudWatchMetrics":' + orjson.dumps(render(settings.namespace, sets, metrics)) + b"}}\n"
    if len(settings.closings) >= _MAX_CLOSINGS:
        settings.closings.clear()
    settings.closings[key] = before, after
    return before, after


def render(namespace: str, sets: tuple[tuple[str, ...], ...], metrics: list[tuple[str, str]]) -> orjson.Fragment:
    """Return one directive as JSON. A unit of ``None`` is CloudWatch's default and is left out."""
    definitions = [{"Name": name} if unit == "None" else {"Name": name, "Unit": unit} for name, unit in metrics]
    return orjson.Fragment(orjson.dumps([{"Namespace": namespace, "Dimensions": sets, "Metrics": definitions}]))


def _model_value(model_id: str, settings: Settings) -> str:
    """
    Return the dimension value for a model id met for the first time.

    Every distinct value is a custom metric that is billed by the hour, so past the cap they share one.
    """
    value = fields.dimension_value(model_id)
    if value is None or len(_model_values) >= settings.max_dimension_values:
        guard.say_once(
            f"more than {settings.max_dimension_values} model ids: the ModelId dimension of further ones is {OTHER!r}"
        )
        return OTHER
    _model_values[model_id] = value
    return value
