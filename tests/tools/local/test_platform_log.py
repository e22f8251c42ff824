"""What the platform writes around a function's own lines."""

import json
from typing import Any

import pytest

from genai_obs.tools.local.platform_log import PlatformLog, Report, keeps, rfc3339

_NOW = 1_767_225_600.25  # 2026-01-01T00:00:00.250Z
_TRACE = "Root=1-6b020378-00880932d2b543b8b572e253;Parent=0556f8bc60be4490;Sampled=1"


def _report(**changes: Any) -> Report:
    facts: dict[str, Any] = {
        "request_id": "r-1",
        "duration_ms": 12.345,
        "memory_mb": 512,
        "used_mb": 61,
        "init_ms": None,
        "status": "success",
        "error_type": "",
        "trace_id": "",
    }
    return Report(**(facts | changes))


def _json(lines: list[str]) -> dict[str, Any]:
    [line] = lines
    document: dict[str, Any] = json.loads(line)
    return document


def test_a_text_report_is_lambdas_line() -> None:
    """Tab-separated, with a tab at the end, billed time rounded up."""
    lines = PlatformLog("Text").end(_NOW, _report())

    assert lines == [
        "END RequestId: r-1",
        (
            "REPORT RequestId: r-1\tDuration: 12.35 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\t"
            "Max Memory Used: 61 MB\t"
        ),
    ]


def test_a_first_report_bills_the_initialisation() -> None:
    """Init time stands in the report of the first invocation and is paid for."""
    [_, line] = PlatformLog("Text").end(_NOW, _report(init_ms=700.2))

    assert "\tBilled Duration: 713 ms\t" in line
    assert "\tInit Duration: 700.20 ms\t" in line


def test_a_failed_report_says_how() -> None:
    """Status and error type appear only on failures."""
    [_, line] = PlatformLog("Text").end(_NOW, _report(status="error", error_type="Runtime.ExitError"))

    assert line.endswith("\tStatus: error\tError Type: Runtime.ExitError\t")


def test_a_traced_report_has_a_second_line() -> None:
    """X-Ray's part of the report begins a line of its own."""
    lines = PlatformLog("Text").end(_NOW, _report(trace_id=_TRACE))

    expected = "XRAY TraceId: 1-6b020378-00880932d2b543b8b572e253\tSegmentId: 0556f8bc60be4490\tSampled: true\t"
    assert expected == lines[-1]


def test_a_json_report_has_metrics_and_tracing() -> None:
    """The same facts as an object of the telemetry schema."""
    report = _report(init_ms=700.2, status="error", error_type="ValueError", trace_id=_TRACE)

    event = _json(PlatformLog("JSON").end(_NOW, report))

    assert event == {
        "time": "2026-01-01T00:00:00.250Z",
        "type": "platform.report",
        "record": {
            "requestId": "r-1",
            "metrics": {
                "durationMs": 12.345,
                "billedDurationMs": 713,
                "memorySizeMB": 512,
                "maxMemoryUsedMB": 61,
                "initDurationMs": 700.2,
            },
            "status": "error",
            "errorType": "ValueError",
            "tracing": {"spanId": "0556f8bc60be4490", "type": "X-Amzn-Trace-Id", "value": _TRACE},
        },
    }


@pytest.mark.parametrize(
    ("log_format", "expected"),
    [("Text", "START RequestId: r-1 Version: $LATEST"), ("JSON", '"type":"platform.start"')],
)
def test_an_invocation_starts_with_its_id(log_format: Any, expected: str) -> None:
    """Both formats name the invocation before the function says a word."""
    [line] = PlatformLog(log_format).start(_NOW, "r-1")

    assert expected in line
    assert "r-1" in line


def test_a_timeout_is_a_sentence_in_the_text_format_only() -> None:
    """In JSON the report's status says it."""
    sentence = "2026-01-01T00:00:00.250Z r-1 Task timed out after 3.00 seconds"

    assert [sentence] == PlatformLog("Text").timed_out(_NOW, "r-1", 3.0)
    assert PlatformLog("JSON").timed_out(_NOW, "r-1", 3.0) == []


def test_an_ended_process_is_two_lines_in_the_text_format_only() -> None:
    """The reason, and the name of the error."""
    assert PlatformLog("Text").exited("r-1", "why") == ["RequestId: r-1 Error: why", "Runtime.ExitError"]
    assert PlatformLog("JSON").exited("r-1", "why") == []


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_an_initialisation_is_announced_and_its_failure_reported(log_format: Any) -> None:
    """A reader learns in either format that the environment came up or did not."""
    log = PlatformLog(log_format)

    [start] = log.init_start(_NOW)
    [failed] = log.init_failed(_NOW, "invoke", 70.5, "Runtime.ImportModuleError")

    assert start.startswith("INIT_START") or '"type":"platform.initStart"' in start
    assert "70.5" in failed
    assert "invoke" in failed
    assert "Runtime.ImportModuleError" in failed


@pytest.mark.parametrize(
    ("line", "level", "kept"),
    [
        ('{"metric":"AICost"}', "INFO", True),
        ('{"metric":"AICost"}', "WARN", False),
        ('{"level":"ERROR","timestamp":"2026-01-01T00:00:00.000Z"}', "WARN", True),
        ('{"level":"WARNING","timestamp":"2026-01-01T00:00:00.000Z"}', "WARN", True),
        ('{"level":"DEBUG","timestamp":"2026-01-01T00:00:00.000Z"}', "INFO", False),
        ('{"level":"ERROR"}', "WARN", False),
        ('{"level":"ERROR","timestamp":"yesterday"}', "WARN", False),
        ('{"level":"ERROR","timestamp":"2026-01-01T00:00:00"}', "WARN", False),
        ('{"level":"LOUD","timestamp":"2026-01-01T00:00:00.000Z"}', "WARN", False),
        ("plain text", "FATAL", True),
        ("{not json", "FATAL", True),
        ('{"metric":"AICost"}', None, True),
    ],
)
def test_lambda_drops_json_below_the_level(line: str, level: str | None, *, kept: bool) -> None:
    """A line counts as INFO unless it has a level and an RFC 3339 timestamp; text and other formats always pass."""
    assert keeps(line, level) is kept


def test_times_are_utc_with_milliseconds() -> None:
    """The form that CloudWatch shows."""
    assert rfc3339(_NOW) == "2026-01-01T00:00:00.250Z"
