"""Each call once: duplicates, calls on record, roles that record themselves, entries that cannot be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from tools.invocation_logs.entries import entry

from genai_obs.tools.invocation_logs import importing
from genai_obs.tools.invocation_logs.convert import Converter
from genai_obs.tools.invocation_logs.entry import read_entry
from genai_obs.tools.invocation_logs.importing import Importer, Summary
from genai_obs.tools.invocation_logs.joining import RequestIds, recorded_ids
from genai_obs.tools.logs.inputs import find_inputs

ID = "6e2b8f0a-0000-4000-8000-{:012}"


def run(importer: Importer, *documents: dict[str, Any]) -> list[str]:
    """Import and return the request ids of the records."""
    found = importer.records((document, None) for document in documents)
    return [str(record.get("bedrock_request_id", "none"))[-1] for record, _ in found]


def summary(**numbers: int) -> Summary:
    """Return a summary of these numbers; every record was priced."""
    found = Summary()
    for name, number in numbers.items():
        setattr(found, name, number)
    if found.imported:
        found.statuses["ok"] = found.imported
    return found


def test_what_is_delivered_twice_is_imported_once() -> None:
    """CloudWatch delivers at least once."""
    importer = Importer(Converter())

    assert run(importer, entry(1), entry(2), entry(1), entry(1)) == ["1", "2"]
    assert importer.summary == summary(imported=2, duplicates=2)


def test_calls_on_record_are_left_out() -> None:
    """What our own lines hold is counted as already recorded, each time it comes."""
    recorded = RequestIds()
    recorded.add(ID.format(2))
    importer = Importer(Converter(), recorded)

    assert run(importer, entry(1), entry(2), entry(2), entry(3)) == ["1", "3"]
    assert importer.summary == summary(imported=2, already_recorded=2)


def test_entries_without_an_id_are_kept_and_counted() -> None:
    """Nothing says that they are the same call."""
    importer = Importer(Converter())

    assert run(importer, entry(requestId=None), entry(requestId=None)) == ["e", "e"]
    assert importer.summary == summary(imported=2, without_id=2)


def test_roles_that_record_themselves_are_skipped() -> None:
    """Only the role's name decides, never the session or a user's name."""
    importer = Importer(Converter(), skip_role=lambda role: role == "shop-role")
    user = {"arn": "arn:aws:iam::123456789012:user/shop-role"}

    assert run(importer, entry(1), entry(2, identity=user), entry(3, identity=None)) == ["2", "3"]
    assert importer.summary == summary(imported=2, skipped=1)


def test_unreadable_and_unpriced_entries_are_counted() -> None:
    """No model and no time are unreadable; an unknown model is a record without a cost."""
    importer = Importer(Converter())

    assert run(importer, entry(1, modelId=None), entry(2, timestamp="x"), entry(3, modelId="acme.x")) == ["3"]
    assert (importer.summary.unreadable, importer.summary.unpriced) == (2, 1)
    assert importer.summary.statuses == {"unknown_model": 1}


def test_an_entry_that_defeats_us_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure of ours is counted, and an entry at which we failed may come again."""
    importer = Importer(Converter())
    original = read_entry
    failures = iter([RuntimeError("ours")])

    def fail_once(document: Any, event_ms: int | None) -> Any:
        if document["requestId"] == ID.format(1) and (error := next(failures, None)):
            raise error
        return original(document, event_ms)

    monkeypatch.setattr(importing, "read_entry", fail_once)

    assert run(importer, entry(1), entry(2), entry(1)) == ["2", "1"]
    assert importer.summary.unreadable == 1


def test_ids_are_found_in_every_form_of_our_lines(tmp_path: Path) -> None:
    """Plain lines, lines behind a prefix, and events of the API; an id inside a text is none."""
    line = json.dumps({"metric": "AICost", "bedrock_request_id": ID.format(1)})
    spaced = '{"bedrock_request_id" : "other-2"}'
    quoted = json.dumps({"prompt": '{"bedrock_request_id":"no"}'})
    (tmp_path / "a.log").write_text(f"{line}\nREPORT x\n{spaced}\n{quoted}\n", "utf-8")
    (tmp_path / "b.json").write_text(
        json.dumps({"events": [{"timestamp": 1, "message": line.replace("0001", "0007"), "eventId": "1"}]}), "utf-8"
    )

    found = recorded_ids(find_inputs([str(tmp_path)]))

    assert len(found) == 3
    assert ID.format(1) in found
    assert ID.format(1).replace("0001", "0007") in found
    assert "other-2" in found
    assert "no" not in found


def test_ids_are_kept_small() -> None:
    """An id takes the same room however long it is."""
    ids = RequestIds()

    assert ids.add("x" * 128)
    assert not ids.add("x" * 128)
    assert {len(each) for each in ids._seen} == {16}
