"""The same content through the libraries that people use today; each is optional, and absent ones are named."""

import asyncio
import importlib
import importlib.util
from typing import Any

from benchmarks import scenario
from benchmarks.timing import Case

# Metric, unit, value: what our line carries in EMF for the same call.
METRICS: tuple[tuple[str, str, float], ...] = (
    ("InputTokens", "Count", 1200),
    ("OutputTokens", "Count", 350),
    ("CacheReadTokens", "Count", 4096),
    ("CacheWriteTokens", "Count", 512),
    ("InferenceLatencyMs", "Milliseconds", 870.1),
    ("AICost", "None", 0.0128139),
    ("InferenceErrors", "Count", 0),
    ("GuardrailInterventions", "Count", 0),
)

_NAMES = {
    "aws_lambda_powertools": "Powertools Metrics + Logger, flushed per call",
    "aws_embedded_metrics": "aws-embedded-metrics, flushed per call",
}


def cases() -> dict[str, Case]:
    """Return the cases whose library is installed; to be called while stdout is where the lines shall go."""
    found: dict[str, Case] = {}
    if importlib.util.find_spec("aws_lambda_powertools") is not None:
        found.update(_powertools_cases())
    if importlib.util.find_spec("aws_embedded_metrics") is not None:
        found[_NAMES["aws_embedded_metrics"]] = _embedded_metrics_case()
    return found


def missing() -> list[str]:
    """Return the names of the rows that this environment has no library for."""
    return [name for module, name in _NAMES.items() if importlib.util.find_spec(module) is None]


def _properties() -> dict[str, Any]:
    """Return what our line carries beside its metrics."""
    metrics = {name for name, _, _ in METRICS}
    names = metrics | {"_aws", "ModelId", "Environment", "timestamp", "service", "level"}
    return {name: value for name, value in scenario.record_of().items() if name not in names}


def _powertools_cases() -> dict[str, Case]:
    from aws_lambda_powertools import Logger, Metrics

    properties = _properties()
    logger = Logger(service="support")
    logger.append_keys(environment="prod")

    def log() -> None:
        logger.info("inference", extra=properties)

    def measure() -> None:
        metrics = Metrics(namespace="AI/LLMMetrics", service="support")
        metrics.add_dimension("ModelId", scenario.MODEL_ID)
        metrics.add_dimension("Environment", "prod")
        for name, unit, value in METRICS:
            metrics.add_metric(name=name, unit=unit, value=value)
        for name, value in properties.items():
            metrics.add_metadata(name, value)
        metrics.flush_metrics()

    def measure_only() -> None:
        metrics = Metrics(namespace="AI/LLMMetrics", service="support")
        metrics.add_dimension("ModelId", scenario.MODEL_ID)
        metrics.add_dimension("Environment", "prod")
        for name, unit, value in METRICS:
            metrics.add_metric(name=name, unit=unit, value=value)
        metrics.flush_metrics()

    def both() -> None:
        measure_only()
        log()

    return {
        "Powertools Logger, the same fields": log,
        "Powertools Metrics, 8 metrics and 2 dimensions": measure_only,
        "Powertools Metrics, the same with our fields as metadata": measure,
        _NAMES["aws_lambda_powertools"]: both,
    }


def _embedded_metrics_case() -> Case:
    # By name: type checkers must pass where the package is not installed.
    config = importlib.import_module("aws_embedded_metrics.config")
    lambda_environment = importlib.import_module("aws_embedded_metrics.environment.lambda_environment")
    context = importlib.import_module("aws_embedded_metrics.logger.metrics_context")
    metrics = importlib.import_module("aws_embedded_metrics.logger.metrics_logger")
    config.get_config().namespace = "AI/LLMMetrics"
    environment = lambda_environment.LambdaEnvironment()
    properties = _properties()
    # One loop for all calls: making one for each, as its own decorator does for plain handlers, would cost far more.
    loop = asyncio.new_event_loop()

    async def find_environment() -> object:
        return environment

    def measure() -> None:
        logger = metrics.MetricsLogger(find_environment, context.MetricsContext().empty())
        logger.set_dimensions({"Environment": "prod"}, {"ModelId": scenario.MODEL_ID, "Environment": "prod"})
        for name, unit, value in METRICS:
            logger.put_metric(name, value, unit)
        for name, value in properties.items():
            logger.set_property(name, value)
        loop.run_until_complete(logger.flush())

    return measure
