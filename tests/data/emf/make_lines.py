"""
Write EMF lines with the libraries of others, to be read by ours: run once per library, in an environment that has it.

``python tests/data/emf/make_lines.py powertools`` or ``… embedded`` writes the file of that name beside this script.
Times are set to one moment afterwards, so that a new run changes nothing else.
"""

import asyncio
import contextlib
import io
import logging
import re
import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).parent
MOMENT_MS = 1795219200000


def powertools() -> str:
    """Return what Powertools for AWS Lambda prints: values always in lists."""
    from aws_lambda_powertools import Metrics, single_metric
    from aws_lambda_powertools.metrics import MetricResolution, MetricUnit

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        metrics = Metrics(namespace="Shop", service="orders")
        metrics.set_default_dimensions(environment="test")
        metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)
        metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=2)
        metrics.add_metric(name="Took", unit=MetricUnit.Milliseconds, value=12.5, resolution=MetricResolution.High)
        metrics.add_metadata(key="order_id", value="o-1")
        metrics.flush_metrics()
        metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=3)
        metrics.add_dimension(name="country", value="NL")
        metrics.flush_metrics()
        with single_metric(name="Starts", unit=MetricUnit.Count, value=1, namespace="Shop") as metric:
            metric.add_dimension(name="function_name", value="orders")
    through_logging = logging.makeLogRecord({"levelname": "INFO", "msg": printed.getvalue().splitlines()[0]})
    logged = logging.Formatter("[%(levelname)s]\t2026-11-21T00:00:00.000Z\treq-1\t%(message)s").format(through_logging)
    return printed.getvalue() + logged + "\n"


def embedded() -> str:
    """Return what aws-embedded-metrics writes: dimensions of its own, lists where there are several values."""
    # In an environment of its own: the project does not depend on it.
    environment = import_module("aws_embedded_metrics.environment.lambda_environment")
    contexts = import_module("aws_embedded_metrics.logger.metrics_context")
    loggers = import_module("aws_embedded_metrics.logger.metrics_logger")
    resolution = import_module("aws_embedded_metrics.storage_resolution").StorageResolution

    async def resolve() -> object:
        return environment.LambdaEnvironment()

    async def write() -> None:
        logger = loggers.MetricsLogger(resolve, contexts.MetricsContext.empty())
        logger.set_namespace("Shop")
        logger.put_dimensions({"stage": "test"})
        logger.put_metric("Took", 12.5, "Milliseconds")
        logger.put_metric("Took", 14, "Milliseconds")
        logger.put_metric("Live", 1, "Count", resolution.HIGH)
        logger.set_property("order_id", "o-1")
        await logger.flush()
        bare = loggers.MetricsLogger(resolve, contexts.MetricsContext.empty())
        bare.set_namespace("Shop")
        bare.set_dimensions()
        for value in range(120):
            bare.put_metric("Many", value, "Count")
        await bare.flush()

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        asyncio.run(write())
    return printed.getvalue()


WRITERS = {"powertools": powertools, "embedded": embedded}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        text = re.sub(r'("Timestamp": ?)\d+', rf"\g<1>{MOMENT_MS}", WRITERS[name]())
        (FOLDER / f"{name}.ndjson").write_text(text)
