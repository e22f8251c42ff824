"""Fields of Lambda's platform lines, such as REPORT, as SQL over an event's text or its JSON."""

from genai_obs.tools.insights.sql.values import quote_text

# Memory is reported in MB and queried in bytes: AWS's samples divide by 1000 * 1000 (documented as sample).
_BYTES_PER_MB = 1_000_000

_TYPES = ("START", "END", "REPORT", "INIT_START")

# JSON log format: the type of a platform event, as the text format names it (unknown on CloudWatch: our choice).
_JSON_TYPES = {
    "platform.initStart": "INIT_START",
    "platform.start": "START",
    "platform.runtimeDone": "END",
    "platform.report": "REPORT",
}

_UUID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

# A platform line names its request; Lambda's text log format puts it third in each line of a logger.
_REQUEST_ID = rf"^(?:(?:START|END|REPORT) RequestId: |\[[A-Z]+\]\t\S+Z\t)({_UUID})"

# Field -> what stands before and after its number in a REPORT line, its name in a platform.report, and its factor.
_MEASURES = {
    "@duration": ("Duration", "ms", "durationMs", 1),
    "@billedDuration": ("Billed Duration", "ms", "billedDurationMs", 1),
    "@initDuration": ("Init Duration", "ms", "initDurationMs", 1),
    "@maxMemoryUsed": ("Max Memory Used", "MB", "maxMemoryUsedMB", _BYTES_PER_MB),
    "@memorySize": ("Memory Size", "MB", "memorySizeMB", _BYTES_PER_MB),
}


def platform_fields_sql(message: str, json: str) -> dict[str, str]:
    """
    Return SQL of each platform field: texts, or DOUBLE for what is measured.

    Args:
        message: SQL of the event's text.

        json: SQL of the event's text where it is one JSON object, else NULL.
    """
    texts = " ".join(f"WHEN starts_with({message}, '{name} ') THEN '{name}'" for name in _TYPES)
    kinds = " ".join(f"WHEN '{kind}' THEN '{name}'" for kind, name in _JSON_TYPES.items())
    kind = f"json_extract_string({json}, '/type')"
    is_platform = f"starts_with({kind}, 'platform.')"
    trace = f"nullif(regexp_extract({message}, 'XRAY TraceId: (\\S+)', 1), '')"
    return {
        "@type": f"CASE {texts} ELSE CASE {kind} {kinds} END END",
        "@requestId": (
            f"coalesce(nullif(regexp_extract({message}, {quote_text(_REQUEST_ID)}, 1), ''),"
            f" CASE WHEN {is_platform} THEN json_extract_string({json}, '/record/requestId') END)"
        ),
        "@xrayTraceId": (
            f"coalesce({trace}, CASE WHEN {is_platform} THEN json_extract_string({json}, '/record/tracing/value') END)"
        ),
        **{name: _measure(message, json, kind, *how) for name, how in _MEASURES.items()},
    }


def _measure(message: str, json: str, kind: str, label: str, unit: str, metric: str, factor: int) -> str:
    pattern = quote_text(rf"\t{label}: ([0-9.]+) {unit}")
    text = f"TRY_CAST(regexp_extract({message}, {pattern}, 1) AS DOUBLE)"
    value = f"TRY_CAST(json_extract({json}, '/record/metrics/{metric}') AS DOUBLE)"
    return (
        f"CASE WHEN starts_with({message}, 'REPORT ') THEN {text} * {factor}"
        f" WHEN {kind} = 'platform.report' THEN {value} * {factor} END"
    )
