"""Keys appended to a Powertools ``Logger``, which then stand on our records too. Powertools is never imported."""

from genai_obs._runtime import fields

# What the Logger puts on each line of its own accord: ours, or none of the record's business.
_LOGGERS_OWN = frozenset(
    (
        "level",
        "location",
        "message",
        "timestamp",
        "service",
        "sampling_rate",
        "xray_trace_id",
        "cold_start",
        "function_name",
        "function_memory_size",
        "function_arn",
        "function_request_id",
        "exception",
        "exception_name",
        "stack_trace",
    )
)


def logger_keys(logger: object) -> dict[str, object]:
    """Return the keys that the user appended to this logger, as plain values."""
    current = getattr(logger, "get_current_keys", None)
    keys = current() if callable(current) else None
    if not isinstance(keys, dict):
        return {}
    # A Logger's unset standard keys are None or a %-template of the logging module.
    mine = {name: value for name, value in keys.items() if name not in _LOGGERS_OWN and value is not None}
    return fields.plain_fields({str(name): value for name, value in mine.items()})
