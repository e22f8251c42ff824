"""
The import as a Lambda function behind a subscription filter on the log group of Bedrock's invocation log.

    from genai_obs.tools.invocation_logs.subscription import subscription_handler

    handler = subscription_handler(skip_roles="checkout-*,search-role")
"""

import base64
import binascii
import zlib
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

import orjson

from genai_obs._runtime import guard, output, settings
from genai_obs.tools.invocation_logs.convert import Converter, Record
from genai_obs.tools.invocation_logs.importing import Importer
from genai_obs.tools.invocation_logs.lines import Lines
from genai_obs.tools.invocation_logs.reading import Passed, parse_entries

Handler = Callable[[object, object], dict[str, int]]

# A payload that unpacks to more is none of CloudWatch's: it sends a few MB at most.
_MAX_PAYLOAD = 64 << 20


def subscription_handler(*, skip_roles: str = "", service_from_role: bool = False) -> Handler:
    """
    Return a Lambda handler that writes one EMF line for each call in what a subscription delivers.

    It returns how many entries became what, and never fails because of what is in a payload: that would only have it
    delivered again.

    Args:
        skip_roles: Names of roles, with commas between them and ``*`` for any text: the functions of these record their
            calls themselves, and must not count twice.

        service_from_role: Whether the field ``service`` is the name of the role that called.
    """
    patterns = [pattern.strip() for pattern in skip_roles.split(",") if pattern.strip()]
    kept: list[tuple[Converter, Lines]] = []

    def skips(role: str) -> bool:
        return any(fnmatchcase(role, pattern) for pattern in patterns)

    def handle(event: object, _context: object) -> dict[str, int]:
        if not kept:
            configured = settings.current()
            kept.append((Converter(service_from_role=service_from_role), Lines(configured, emf_block=configured.emf)))
        converter, lines = kept[0]
        return _handle(event, Importer(converter, skip_role=skips), lines)

    return handle


def _handle(event: object, importer: Importer, lines: Lines) -> dict[str, int]:
    passed = Passed()
    summary = importer.summary
    try:
        payload = read_payload(event)
    except ValueError:
        payload = {}
        passed.broken += 1
    for record, at_ms in importer.records(_entries(payload, passed)):
        try:
            _count_failures(record)
            output.write(lines.render(record, at_ms))
        except Exception as error:  # noqa: BLE001 - a failure of ours costs this line, not the rest
            guard.failed(error)
            summary.imported -= 1
            summary.unreadable += 1
    unreadable = summary.unreadable + passed.broken
    if unreadable:
        guard.say_once("something that the subscription delivered could not be read; it is counted and left out")
        guard.failures += unreadable
    return {
        "imported": summary.imported,
        "duplicates": summary.duplicates,
        "skipped": summary.skipped,
        "unpriced": summary.unpriced,
        "unreadable": unreadable,
        "others": passed.others,
    }


def _count_failures(record: Record) -> None:
    """Let what could not be read travel with the next line, as a metric: what the function returns nobody sees."""
    if guard.failures:
        record["observation_errors"] = guard.take_failures()


def read_payload(event: object) -> dict[str, Any]:
    """
    Return what CloudWatch Logs packed into an event: base64 of gzip of JSON.

    Raises:
        ValueError: It is no such event, or damaged, or unpacks to more than 64 MB.
    """
    part = event.get("awslogs") if isinstance(event, Mapping) else None
    data = part.get("data") if isinstance(part, Mapping) else None
    if not isinstance(data, str):
        raise ValueError("not an event of a subscription")  # noqa: TRY004 - one error for all that is no payload
    unpacker = zlib.decompressobj(31)
    try:
        text = unpacker.decompress(base64.b64decode(data, validate=True), _MAX_PAYLOAD)
    except (binascii.Error, zlib.error) as error:
        raise ValueError("not base64 of gzip") from error
    if not unpacker.eof:
        raise ValueError("cut, or too long")
    payload = orjson.loads(text)
    if not isinstance(payload, dict):
        raise ValueError("not an object")  # noqa: TRY004 - as above
    return payload


def _entries(payload: Mapping[str, Any], passed: Passed) -> Iterator[tuple[dict[str, Any], int | None]]:
    """Yield the entries of a payload; CONTROL_MESSAGE only asks whether a subscriber is there."""
    events = payload.get("logEvents")
    if payload.get("messageType") != "DATA_MESSAGE" or not isinstance(events, list):
        return
    for event in events:
        message = event.get("message") if isinstance(event, dict) else None
        at = event.get("timestamp") if isinstance(event, dict) else None
        if isinstance(message, str):
            yield from parse_entries(message, at if type(at) is int else None, passed)
        else:
            passed.broken += 1
