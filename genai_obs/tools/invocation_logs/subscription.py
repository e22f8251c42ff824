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
from genai_obs.tools.invocation_logs.convert import Converter
from genai_obs.tools.invocation_logs.importing import Importer
from genai_obs.tools.invocation_logs.lines import Lines
from genai_obs.tools.invocation_logs.reading import Passed, parse_entries

Handler = Callable[[Mapping[str, Any], object], dict[str, int]]

# A payload that unpacks to more is none of CloudWatch's: it sends a few MB at most.
_MAX_PAYLOAD = 64 << 20


def subscription_handler(*, skip_roles: str = "", service_from_role: bool = False) -> Handler:
    """
    Return a Lambda handler that writes one EMF line for each call in what a subscription delivers.

    Args:
        skip_roles: Names of roles, with commas between them and ``*`` for any text: the functions of these record their
            calls themselves, and must not count twice.

        service_from_role: Whether the field ``service`` is the name of the role that called.
    """
    patterns = [pattern.strip() for pattern in skip_roles.split(",") if pattern.strip()]
    converter: list[Converter] = []

    def handle(event: Mapping[str, Any], _context: object) -> dict[str, int]:
        if not converter:
            converter.append(Converter(service_from_role=service_from_role))
        importer = Importer(converter[0], skip_role=lambda role: any(fnmatchcase(role, each) for each in patterns))
        return _handle(event, importer)

    return handle


def _handle(event: Mapping[str, Any], importer: Importer) -> dict[str, int]:
    """Write the lines of one payload; nothing in it makes the invocation fail, which would only deliver it again."""
    passed = Passed()
    lines = Lines(settings.current(), emf_block=True)
    payloads_unreadable = 0
    try:
        payload = read_payload(event)
    except ValueError:
        guard.say_once("an event is no payload of a CloudWatch Logs subscription; it is left out")
        payload, payloads_unreadable = {}, 1
    for record, at_ms in importer.records(_entries(payload, passed)):
        try:
            output.write(lines.render(record, at_ms))
        except Exception as error:  # noqa: BLE001 - a failure of ours costs this line, not the rest
            guard.failed(error)
            importer.summary.imported -= 1
            importer.summary.unreadable += 1
    summary = importer.summary
    return {
        "imported": summary.imported,
        "duplicates": summary.duplicates,
        "skipped": summary.skipped,
        "unpriced": summary.unpriced,
        "unreadable": summary.unreadable + passed.broken + payloads_unreadable,
        "others": passed.others,
    }


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
