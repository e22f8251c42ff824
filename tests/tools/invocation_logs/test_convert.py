"""An entry becomes a record: what it says, what it cannot say, and what must stay out."""

from typing import Any

import orjson
import pytest
from tools.invocation_logs.entries import cases, entry, over_base

from genai_obs import schema
from genai_obs._runtime.prices import PriceBook
from genai_obs.tools.invocation_logs.convert import Converter, convert, role_of

CASES = cases()


def record_of(document: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return the record as it stands on a line."""
    found = Converter(**options).convert(document)
    assert found is not None
    parsed: dict[str, Any] = orjson.loads(orjson.dumps(found))
    return parsed


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_record_says_what_the_entry_says(case: dict[str, Any]) -> None:
    """Each documented shape gives its counts, its outcome and a cost that is exact or not there."""
    record = record_of(over_base(case["entry"]))

    assert {name: record.get(name) for name in case["expect"]} == case["expect"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_no_private_text_leaves_the_entry(case: dict[str, Any]) -> None:
    """Prompts, answers, matched texts, S3 paths and who called stay where they are."""
    record = record_of(over_base(case["entry"]))

    assert b"PRIVATE" not in orjson.dumps(record)
    assert not {"prompt", "completion", "latency_ms", "time_to_first_token_ms"} & record.keys()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_only_priced_statuses_have_a_number(case: dict[str, Any]) -> None:
    """A cost is there exactly if its status says so, and ``value`` repeats it."""
    record = record_of(over_base(case["entry"]))

    assert (record["cost_usd"] is not None) == (record["cost_status"] in schema.PRICED_STATUSES)
    assert record["value"] == record["cost_usd"]


def test_record_has_the_schemas_fields_and_types() -> None:
    """What is no field of the schema is the caller's metadata, or where the call ran."""
    kinds: dict[str, tuple[type, ...]] = {
        "string": (str,),
        "integer": (int,),
        "number": (int, float, type(None)),
        "boolean": (bool,),
        "array": (list,),
        "object": (dict,),
    }
    fields = {field.name: kinds[field.kind] for field in schema.FIELDS}

    for case in CASES:
        document = over_base(case["entry"])
        record = record_of(document)
        extra = record.keys() - fields.keys() - document.get("requestMetadata", {}).keys()
        assert extra <= {"inference_region"}
        assert all(isinstance(value, fields[name]) for name, value in record.items() if name in fields)


def test_time_is_that_of_the_call() -> None:
    """The entry's own time precedes that of its log event, and decides the price."""
    own = record_of(entry(timestamp="2026-01-02T03:04:05.678+01:00"))
    of_event = convert(entry(timestamp=None), 1_767_319_445_000)

    assert own["timestamp"] == "2026-01-02T02:04:05.678Z"
    assert of_event is not None
    assert of_event["timestamp"] == "2026-01-02T02:04:05.000Z"


@pytest.mark.parametrize(
    "document",
    [
        entry(modelId=None),
        entry(timestamp=None),
        entry(timestamp="soon"),
        entry(schemaType="Other"),
        entry(schemaType=None),
        {"metric": "AICost"},
        {},
    ],
)
def test_what_is_no_usable_entry_gives_no_record(document: dict[str, Any]) -> None:
    """Without a model or a time nothing can be said, and another kind of document is none of ours."""
    assert convert(document) is None


def test_role_becomes_the_service_only_when_asked() -> None:
    """The session of a role may be a person's name: even when asked, only the role is taken."""
    assert "service" not in record_of(entry())
    assert record_of(entry(), service_from_role=True)["service"] == "shop-role"


@pytest.mark.parametrize(
    ("arn", "role"),
    [
        ("arn:aws:sts::123456789012:assumed-role/shop-role/jo@example.com", "shop-role"),
        ("arn:aws-us-gov:sts::123456789012:assumed-role/r/s", "r"),
        ("arn:aws:iam::123456789012:user/jo", None),
        ("arn:aws:sts::123456789012:federated-user/jo", None),
        ("arn:aws:sts::123456789012:assumed-role//s", None),
        ("assumed-role/r/s", None),
        ("arn:aws:sts::123456789012:assumed-role/r", None),
        ("", None),
        (None, None),
    ],
)
def test_role_of_a_caller(arn: str | None, role: str | None) -> None:
    """Only an assumed role has a name that is no person's."""
    assert role_of(arn) == role


def test_own_prices_count() -> None:
    """An application profile gets its price by the user's alias."""
    arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abcdef123456"
    book = PriceBook({"aliases": {arn: "us.anthropic.claude-sonnet-4-5-20250929-v1:0"}}, {})

    record = record_of(entry(modelId=arn), book=book)

    assert (record["cost_usd"], record["model_id"]) == (0.0001155, arn)
