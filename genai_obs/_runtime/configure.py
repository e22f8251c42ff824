"""Configuration in code."""

from collections.abc import Callable, Mapping

from genai_obs._runtime import settings


def configure(
    *,
    service: str | None = None,
    environment: str | None = None,
    namespace: str | None = None,
    emf: bool | None = None,
    enabled: bool | None = None,
    fields: Mapping[str, object] | None = None,
    capture_content: Callable[[str], object] | None = None,
    logger: object = None,
    prices: object = None,
    max_dimension_values: int | None = None,
    deadline_margin_ms: int | None = None,
) -> None:
    """
    Set what all observations of this process share; call it before decorating. None leaves a setting as it was.

    Args:
        service: ``service`` on the records; else ``GENAI_OBS_SERVICE``, ``POWERTOOLS_SERVICE_NAME``, the function.

        environment: The stage, which is also a metric dimension; else ``GENAI_OBS_ENVIRONMENT``, ``"default"``.

        namespace: Of the metrics; else ``GENAI_OBS_NAMESPACE``, ``POWERTOOLS_METRICS_NAMESPACE``, ``AI/LLMMetrics``.

        emf: Whether lines carry metrics; else ``GENAI_OBS_EMF``, and else they do inside Lambda, unless
            ``POWERTOOLS_METRICS_DISABLED`` or ``POWERTOOLS_DEV`` says no.

        enabled: False turns observation off for functions that are decorated afterwards; else ``GENAI_OBS_DISABLED``.

        fields: More fields for all records.

        capture_content: As for ``observe_inference``, for all calls.

        logger: A Powertools ``Logger``, whose appended keys then travel on the records.

        prices: As for ``observe_inference``, for all calls; else ``GENAI_OBS_PRICES``, ``GENAI_OBS_PRICES_FILE``.

        max_dimension_values: How many model ids become values of the dimension ``ModelId`` before further ones are
            ``other``; else ``GENAI_OBS_MAX_DIMENSION_VALUES``, 100.

        deadline_margin_ms: How long before the Lambda time-out calls in flight are recorded; else
            ``GENAI_OBS_DEADLINE_MARGIN_MS``, 200.

    Raises:
        TypeError: An argument is of the wrong kind.
        ValueError: An argument has a value that cannot work.
    """
    if prices is not None:
        from genai_obs._runtime.pricing import Pricing

        Pricing(prices)  # raises here, where the developer sees it
    settings.change(
        {
            "service": service,
            "environment": environment,
            "namespace": namespace,
            "emf": emf,
            "enabled": enabled,
            "fields": fields,
            "capture_content": capture_content,
            "logger": logger,
            "prices": prices,
            "max_dimension_values": max_dimension_values,
            "deadline_margin_ms": deadline_margin_ms,
        }
    )
