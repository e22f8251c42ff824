"""A record as a line, with metrics or without."""

from genai_obs import schema
from genai_obs._runtime import emf, fields, guard, output
from genai_obs._runtime.settings import DEFAULT_ENVIRONMENT, Settings
from genai_obs.tools.invocation_logs.convert import Record

_FAILED = ("error", "throttled", "timeout")


class Lines:
    """
    Renders records.

    Args:
        settings: Environment, namespace, log level and the cap of dimension values, as the runtime uses them.

        emf_block: Whether CloudWatch is to make metrics of the lines.
    """

    def __init__(self, settings: Settings, *, emf_block: bool) -> None:
        self._settings = settings
        self._emf = emf_block
        # Model ids met so far: each is a metric that is billed by the hour.
        self._models: dict[str, str] = {}

    def render(self, record: Record, at_ms: int) -> bytes:
        """Return one line of at most 200 KB with its break."""
        line = dict(record)
        if self._emf or self._settings.environment != DEFAULT_ENVIRONMENT:
            line["environment"] = self._settings.environment
        if self._settings.level is not None:
            line["level"] = self._settings.level
        if self._emf:
            self._add_metrics(line, at_ms)
        return output.encode(line)

    def _add_metrics(self, line: Record, at_ms: int) -> None:
        """
        Add the metrics that the log knows; the caller's latency and time to first token are none of them.

        The service's own times are in the record, and in AWS/Bedrock as metrics: under our names they would be taken
        for the caller's.
        """
        known = {metric.name: _value(metric, line) for metric in schema.METRICS}
        line.update({name: value for name, value in known.items() if value is not None})
        line["Environment"] = self._settings.environment
        line["ModelId"] = self._model_value(str(line["model_id"]))
        metrics = [(metric.name, metric.unit) for metric in schema.METRICS if known[metric.name] is not None]
        directives = emf.render(self._settings.namespace, schema.DIMENSION_SETS, metrics)
        line["_aws"] = {"Timestamp": at_ms, "CloudWatchMetrics": directives}

    def _model_value(self, model_id: str) -> str:
        known = self._models.get(model_id)
        if known is not None:
            return known
        value = fields.dimension_value(model_id)
        if value is None or len(self._models) >= self._settings.max_dimension_values:
            most = self._settings.max_dimension_values
            guard.say_once(f"more than {most} model ids: the ModelId dimension of further ones is {emf.OTHER!r}")
            return emf.OTHER
        self._models[model_id] = value
        return value


def _value(metric: schema.Metric, line: Record) -> object:
    """Return a metric's value out of a record, None where it has none."""
    if metric.name == "InferenceErrors":
        return int(line["status"] in _FAILED)
    if metric.name == "GuardrailInterventions":
        return int(bool(line.get("guardrail_triggered")))
    return line.get(metric.field)
