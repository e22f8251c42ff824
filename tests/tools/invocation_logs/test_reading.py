"""Entries out of every form in which logs come to a laptop."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tools.invocation_logs.entries import entry

from genai_obs.errors import GenaiObsError
from genai_obs.tools.invocation_logs.reading import Passed, read_entries
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import Inputs, events_input, find_inputs

FIRST, SECOND = entry(1), entry(2)
ONE, TWO = json.dumps(FIRST), json.dumps(SECOND)
AT = 1_793_588_646_000
GROUP = "/aws/bedrock/modelinvocations"
STREAM = "aws/bedrock/modelinvocations"


def as_api(*messages: str) -> str:
    """Return an answer of filter-log-events, as the AWS CLI prints it."""
    found = [{"logStreamName": STREAM, "timestamp": AT, "message": text, "eventId": "1"} for text in messages]
    return json.dumps({"events": found, "searchedLogStreams": []}, indent=4)


FORMS: dict[str, tuple[str, int | None]] = {
    "one entry": (ONE, None),
    "lines": (f"{ONE}\n{TWO}\n", None),
    "lines without a last break": (f"{ONE}\n{TWO}", None),
    "blank lines": (f"\n{ONE}\r\n\n{TWO}\r\n", None),
    "no break at all": (ONE + TWO, None),
    "some breaks": (f"{ONE}{TWO}\n{ONE}", None),
    "indented": (f"{json.dumps(FIRST, indent=2)}\n{json.dumps(SECOND, indent=2)}\n", None),
    "filter-log-events": (as_api(ONE, TWO), AT),
    "logs tail": (
        f"2026-11-02T03:04:06.000000+00:00 {STREAM} {ONE}\n2026-11-02T03:04:06.000000+00:00 {STREAM} {TWO}\n",
        AT,
    ),
    "logs tail --format short": (f"2026-11-02T03:04:06 {ONE}\n2026-11-02T03:04:06 {TWO}\n", AT),
    "export": (f"2026-11-02T03:04:06.000Z {ONE}\n2026-11-02T03:04:06.000Z {TWO}\n", AT),
}


def read(inputs: Inputs) -> tuple[list[tuple[dict[str, Any], int | None]], Passed]:
    """Return the entries with their events' times, and what was passed over."""
    passed = Passed()
    return list(read_entries(inputs, None, passed)), passed


@pytest.mark.parametrize("pack", [str.encode, lambda text: gzip.compress(text.encode())], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_entries(form: str, pack: Callable[[str], bytes], tmp_path: Path) -> None:
    """What a log is packed in makes no difference; only events have a time of their own."""
    text, event_ms = FORMS[form]
    path = tmp_path / "log.json.gz"
    path.write_bytes(pack(text))

    found, passed = read(find_inputs([str(path)]))

    expected = [FIRST, SECOND, FIRST] if form == "some breaks" else [FIRST] if form == "one entry" else [FIRST, SECOND]
    assert [document for document, _ in found] == expected
    assert {time for _, time in found} == {event_ms}
    assert passed == Passed()


def test_objects_of_several_members_are_read_whole(tmp_path: Path) -> None:
    """An object to which gzip members were appended is one log."""
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(ONE.encode() + b"\n") + gzip.compress(TWO.encode()))

    found, _ = read(find_inputs([str(path)]))

    assert [document for document, _ in found] == [FIRST, SECOND]


def test_a_folder_as_s3_has_it_is_read(tmp_path: Path) -> None:
    """The prefix that Bedrock writes to holds entries, offloaded bodies, and a file that only tests the permission."""
    hour = tmp_path / "AWSLogs/123456789012/BedrockModelInvocationLogs/us-east-1/2026/11/02/03"
    (hour / "data").mkdir(parents=True)
    (hour / "20261102T030405000Z_a.json.gz").write_bytes(gzip.compress(f"{ONE}\n{TWO}\n".encode()))
    (hour / "data" / "1_input.json.gz").write_bytes(gzip.compress(json.dumps({"messages": []}).encode()))
    (hour.parents[3] / "amazon-bedrock-logs-permission-check").write_bytes(b"")

    found, passed = read(find_inputs([str(tmp_path)]))

    assert [document for document, _ in found] == [FIRST, SECOND]
    assert passed == Passed(others=1)


def test_other_lines_are_counted_and_left(tmp_path: Path) -> None:
    """A log group may hold other lines too; a text that only names the log is no entry."""
    path = tmp_path / "log"
    path.write_text(f'START RequestId: 1\n{ONE}\n{{"metric":"AICost"}}\n{{"of":"ModelInvocationLog"}}\n', "utf-8")

    found, passed = read(find_inputs([str(path)]))

    assert [document for document, _ in found] == [FIRST]
    assert passed == Passed(others=3)


def test_a_damaged_entry_is_counted_and_costs_no_other(tmp_path: Path) -> None:
    """Half an entry in the middle is one that cannot be read."""
    path = tmp_path / "log"
    path.write_text(f"{ONE}\n{ONE[:-40]}\n{TWO}\n", "utf-8")

    found, passed = read(find_inputs([str(path)]))

    assert [document for document, _ in found] == [FIRST, SECOND]
    assert passed == Passed(broken=1)


def test_half_a_surrogate_pair_is_read(tmp_path: Path) -> None:
    """JSON can hold what UTF-8 cannot, where a prompt was cut in the middle of a character."""
    path = tmp_path / "log"
    path.write_text(ONE.replace("PRIVATE", "\\ud83d", 1) + "\n" + TWO, "utf-8")

    found, passed = read(find_inputs([str(path)]))

    assert [document["requestId"] for document, _ in found] == [FIRST["requestId"], SECOND["requestId"]]
    assert passed == Passed()


def test_a_cut_answer_of_the_api_is_counted(tmp_path: Path) -> None:
    """The events before the cut are read."""
    path = tmp_path / "log"
    path.write_text(as_api(ONE, TWO)[:-200], "utf-8")

    found, passed = read(find_inputs([str(path)]))

    assert [document for document, _ in found] == [FIRST]
    assert passed == Passed(broken=1)


def test_a_message_may_hold_several_entries_or_half_a_character() -> None:
    """What orjson refuses is read by the standard library."""
    found, passed = read(events_input([LogEvent(ONE + " " + TWO, AT), LogEvent(ONE.replace("PRIVATE", "\\ud83d"), AT)]))

    assert [document["requestId"][-1] for document, _ in found] == ["1", "2", "1"]
    assert passed == Passed()


def test_events_in_memory_are_read() -> None:
    """What another tool has fetched needs no file."""
    found, _ = read(events_input([LogEvent(ONE, AT)]))

    assert found == [(FIRST, AT)]


def test_entries_without_a_break_are_read_in_bounded_memory(tmp_path: Path) -> None:
    """Three megabytes on one line, which no line of a log could be, are entries all the same."""
    path = tmp_path / "log.json"
    large = json.dumps(entry(3, input={"inputBodyJson": {"prompt": "x" * 90_000}}))
    path.write_text(large * 35, "utf-8")

    found, passed = read(find_inputs([str(path)]))

    assert len(found) == 35
    assert passed == Passed()


def test_a_cut_gzip_object_is_said(tmp_path: Path) -> None:
    """A download that broke off is an error with the file's name, not half a result."""
    path = tmp_path / "log.json.gz"
    path.write_bytes(gzip.compress(f"{ONE}\n{TWO}\n".encode())[:-20])

    with pytest.raises(GenaiObsError, match=r"log\.json\.gz is no whole gzip file"):
        read(find_inputs([str(path)]))
