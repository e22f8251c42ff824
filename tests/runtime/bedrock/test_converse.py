"""Converse: what a whole answer says, and that its caller gets it unchanged."""

from typing import Any

import pytest
from runtime.bedrock.support import HAIKU, PROMPT, attempt, comparable, ids, observe, recorded, shown, skip_if_unknown

from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.replies import json_reply


@pytest.mark.parametrize("case", recorded("converse"), ids=ids)
def test_record_says_what_the_answer_said(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """Every member of a Converse answer that a record has is read from it."""
    server.script(json_reply(case["body"]))

    outcome = observe(lambda: runtime.converse(modelId=case["model"], messages=PROMPT, **case["request"]))

    skip_if_unknown(outcome.error)
    assert outcome.error is None
    assert shown(outcome.record, case["expect"]) == case["expect"]


@pytest.mark.parametrize("case", recorded("converse"), ids=ids)
def test_caller_gets_the_same_answer(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """With and without the decorator a Converse answer is the same."""
    server.script(json_reply(case["body"]), json_reply(case["body"]))

    def call() -> Any:
        return runtime.converse(modelId=case["model"], messages=PROMPT, **case["request"])

    plain, _ = attempt(call)
    observed = observe(call).value

    assert comparable(observed) == comparable(plain)


@pytest.mark.parametrize("case", recorded("converse"), ids=ids)
def test_removed_text_stays_out_of_the_record(case: dict[str, Any], server: BedrockServer, runtime: Any) -> None:
    """What a guardrail matched, and what prompt and answer said, is in no record."""
    server.script(json_reply(case["body"]))

    outcome = observe(lambda: runtime.converse(modelId=case["model"], messages=PROMPT, **case["request"]))

    assert not any(text in str(outcome.record) for text in ("SECRET", "Oslo", "Norway"))


def test_call_is_identified(server: BedrockServer, runtime: Any) -> None:
    """A record names operation, provider, source Region, model and the service's request id."""
    server.script(json_reply(recorded("converse")[0]["body"]))

    record = observe(lambda: runtime.converse(modelId=HAIKU, messages=PROMPT)).record

    expected = {
        "operation": "Converse",
        "provider": "aws.bedrock",
        "region": "us-east-1",
        "model_id": HAIKU,
        "bedrock_request_id": server.requests[0].request_id,
        "metric": "AICost",
    }
    assert shown(record, expected) == expected


def test_caller_may_take_the_answer_apart(server: BedrockServer, runtime: Any) -> None:
    """What a caller does to an answer later does not reach the record, nor the next one."""
    server.script(*[json_reply(recorded("converse")[0]["body"])] * 2)

    def handler() -> None:
        for _ in range(2):
            answer = runtime.converse(modelId=HAIKU, messages=PROMPT)
            answer["usage"].clear()
            del answer["stopReason"]

    records = observe(handler).records

    assert [(record["input_tokens"], record["stop_reason"]) for record in records] == [(11, "end_turn")] * 2


def test_several_calls_leave_several_records(server: BedrockServer, runtime: Any) -> None:
    """One record per model call, in the order of the calls."""
    server.script(*(json_reply(recorded("converse")[index]["body"]) for index in (0, 1)))

    def handler() -> None:
        runtime.converse(modelId=HAIKU, messages=PROMPT)
        runtime.converse(modelId=HAIKU, messages=PROMPT)

    records = observe(handler).records

    assert [record.get("cache_read_tokens") for record in records] == [None, 1500]
