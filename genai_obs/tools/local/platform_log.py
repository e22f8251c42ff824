"""
The lines that Lambda's platform writes around a function's own, in its two log formats.

Text lines follow the AWS page "Understanding Lambda log formats" and the emulator that ships with AWS SAM; JSON objects
follow "Lambda Telemetry API Event schema reference". Which of them appear is that of the default level, INFO.
"""

import math
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import orjson

LogFormat = Literal["Text", "JSON"]

LEVELS = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_VERSION = f"python:{sys.version_info.major}.{sys.version_info.minor}.local"
_VERSION_ARN = "arn:aws:lambda:us-east-1::runtime:local"


@dataclass(frozen=True, slots=True)
class Report:
    """
    What the REPORT line says about one invocation.

    Args:
        request_id: Id of the invocation.

        duration_ms: Time from handing out the event to the runtime's next request.

        memory_mb: Configured memory.

        used_mb: The process's own peak.

        init_ms: Time of the initialisation, None except for the first invocation of an environment.

        status: ``success``, ``error`` or ``timeout``.

        error_type: Name of the error, empty unless the status is ``error``.

        trace_id: Trace header of a traced invocation, empty without tracing.
    """

    request_id: str
    duration_ms: float
    memory_mb: int
    used_mb: int
    init_ms: float | None
    status: str
    error_type: str
    trace_id: str

    @property
    def billed_ms(self) -> int:
        """Whole milliseconds, initialisation included."""
        return math.ceil(self.duration_ms + (self.init_ms or 0.0))


class PlatformLog:
    """Renders platform lines in one format; every method returns the lines to write, without line ends."""

    def __init__(self, log_format: LogFormat) -> None:
        self._json = log_format == "JSON"

    def init_start(self, now: float) -> list[str]:
        """An environment begins to initialise."""
        if not self._json:
            return [f"INIT_START Runtime Version: {_VERSION}\tRuntime Version ARN: {_VERSION_ARN}"]
        record = {"initializationType": "on-demand", "phase": "init"}
        return [_event(now, "initStart", {**record, "runtimeVersion": _VERSION, "runtimeVersionArn": _VERSION_ARN})]

    def init_failed(self, now: float, phase: str, duration_ms: float, error_type: str) -> list[str]:
        """The initialisation ended without the runtime asking for work."""
        if not self._json:
            took = f"INIT_REPORT Init Duration: {duration_ms:.2f} ms"
            return [f"{took}\tPhase: {phase}\tStatus: error\tError Type: {error_type}"]
        metrics = {"durationMs": round(duration_ms, 3)}
        record = {"initializationType": "on-demand", "phase": phase, "status": "error", "errorType": error_type}
        return [_event(now, "initReport", {**record, "metrics": metrics})]

    def start(self, now: float, request_id: str) -> list[str]:
        """An invocation begins."""
        if not self._json:
            return [f"START RequestId: {request_id} Version: $LATEST"]
        return [_event(now, "start", {"requestId": request_id, "version": "$LATEST"})]

    def timed_out(self, now: float, request_id: str, timeout_s: float) -> list[str]:
        """The platform is about to end a function that used up its time."""
        # In JSON the report's status says it; Lambda writes this sentence in the text format only.
        return [] if self._json else [f"{rfc3339(now)} {request_id} Task timed out after {timeout_s:.2f} seconds"]

    def exited(self, request_id: str, reason: str) -> list[str]:
        """The runtime process ended during an invocation."""
        return [] if self._json else [f"RequestId: {request_id} Error: {reason}", "Runtime.ExitError"]

    def end(self, now: float, report: Report) -> list[str]:
        """The invocation is over, and this is what it took."""
        if self._json:
            return [_event(now, "report", _report_record(report))]
        return [f"END RequestId: {report.request_id}", *_report_text(report)]


def keeps(line: str, log_level: str | None) -> bool:
    """
    Tell whether Lambda's level filter lets a line of standard output pass (JSON log format only).

    A JSON object counts with its ``level`` if it also has an RFC 3339 ``timestamp``, otherwise as INFO; other text
    passes. The rule is that of the AWS page "Configuring advanced logging controls".
    """
    if log_level is None or not line.startswith("{"):
        return True
    try:
        document = orjson.loads(line)
    except orjson.JSONDecodeError:
        return True
    return LEVELS.index(_level_of(document)) >= LEVELS.index(log_level)


def rfc3339(moment: float) -> str:
    """Return seconds since the epoch as UTC text with milliseconds and ``Z``."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level_of(document: dict[str, object]) -> str:
    level = str(document.get("level", "")).upper()
    level = {"WARNING": "WARN", "CRITICAL": "FATAL"}.get(level, level)
    try:
        stamped = datetime.fromisoformat(str(document.get("timestamp"))).tzinfo is not None
    except ValueError:
        stamped = False
    return level if stamped and level in LEVELS else "INFO"


def _event(now: float, kind: str, record: dict[str, object]) -> str:
    return orjson.dumps({"time": rfc3339(now), "type": f"platform.{kind}", "record": record}).decode()


def _report_text(report: Report) -> list[str]:
    parts = [
        f"REPORT RequestId: {report.request_id}",
        f"Duration: {report.duration_ms:.2f} ms",
        f"Billed Duration: {report.billed_ms} ms",
        f"Memory Size: {report.memory_mb} MB",
        f"Max Memory Used: {report.used_mb} MB",
    ]
    if report.init_ms is not None:
        parts.append(f"Init Duration: {report.init_ms:.2f} ms")
    if report.status != "success":
        parts.append(f"Status: {report.status}")
    if report.error_type:
        parts.append(f"Error Type: {report.error_type}")
    lines = ["\t".join(parts) + "\t"]
    if report.trace_id:
        lines.append(_trace_text(report.trace_id))
    return lines


def _trace_text(header: str) -> str:
    fields = dict(part.split("=", 1) for part in header.split(";"))
    sampled = "true" if fields.get("Sampled") == "1" else "false"
    return f"XRAY TraceId: {fields['Root']}\tSegmentId: {fields['Parent']}\tSampled: {sampled}\t"


def _report_record(report: Report) -> dict[str, object]:
    metrics: dict[str, object] = {
        "durationMs": round(report.duration_ms, 3),
        "billedDurationMs": report.billed_ms,
        "memorySizeMB": report.memory_mb,
        "maxMemoryUsedMB": report.used_mb,
    }
    if report.init_ms is not None:
        metrics["initDurationMs"] = round(report.init_ms, 3)
    record: dict[str, object] = {"requestId": report.request_id, "metrics": metrics, "status": report.status}
    if report.error_type:
        record["errorType"] = report.error_type
    if report.trace_id:
        fields = dict(part.split("=", 1) for part in report.trace_id.split(";"))
        record["tracing"] = {"spanId": fields["Parent"], "type": "X-Amzn-Trace-Id", "value": report.trace_id}
    return record
