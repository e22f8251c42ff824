"""The caller's own numbers and fields, on the same rails as the records of inferences."""

from collections.abc import Mapping

from genai_obs._runtime import guard, settings


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
            metric to pay for, so no user or request ids. Past ``max_dimension_values`` a value becomes ``other``, and
            itself stays in the field ``dimension_values``.
    """
    try:
        if settings.current().enabled:
            from genai_obs._runtime import own_metric

            own_metric.write(metric_name, value, unit, properties, dimensions)
    except Exception as error:
        guard.failed(error)


def annotate(**given: object) -> None:
    """
    Put these fields on every later record of this invocation: ``annotate(tenant="acme", user_id="u1")``.

    They are searchable fields, never metric dimensions. Outside an observation they belong to no invocation and are
    left out, with one word on stderr.
    """
    try:
        from genai_obs._runtime import fields, observation

        observed = observation.current.get()
        if observed is not None:
            observed.annotate(fields.plain_fields(given))
        elif settings.current().enabled:
            guard.say_once("annotate() was called outside an observation; its fields are left out")
    except Exception as error:
        guard.failed(error)
