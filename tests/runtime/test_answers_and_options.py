"""What the decorator says of a call that no client tells about, beside what the answer says."""

import pytest
from anthropic.types import Message

from genai_obs import observe_inference
from genai_obs.testing import assert_cost, capture_records

MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


def bedrock_message() -> Message:
    """Return what AnthropicBedrock answers: its model's name has no scope."""
    return Message.model_validate(
        {
            "id": "msg_bdrk_01",
            "type": "message",
            "role": "assistant",
            "model": "claude-haiku-4-5-20251001",
            "content": [{"type": "text", "text": "Oslo."}],
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "usage": {"input_tokens": 1000, "output_tokens": 100},
        }
    )


def test_the_users_model_id_prices_an_answer_that_names_its_model_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """The id as called comes from the decorator, the Region from the function's environment."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    with capture_records() as records:
        observe_inference(model_id=MODEL)(bedrock_message)()

    assert records[0]["model_id"] == MODEL
    assert records[0]["response_model"] == "claude-haiku-4-5-20251001"
    assert records[0]["region"] == "us-east-1"
    # 1.10 and 5.50 USD per million in the geo scope
    assert_cost(records[0], (1000 * 1.1 + 100 * 5.5) / 1e6, status="ok")


def test_without_the_users_word_the_name_in_the_answer_has_no_price() -> None:
    """A model name without a scope is not guessed at."""
    with capture_records() as records:
        observe_inference(bedrock_message)()

    assert_cost(records[0], None, status="unknown_model")


def test_numbers_that_were_handed_over_precede_the_decorators_model() -> None:
    """What is said of one call is nearer to it than what is said of all of them."""
    with capture_records() as records, observe_inference(model_id="amazon.nova-lite-v1:0") as observation:
        observation.record_usage(model_id="amazon.nova-micro-v1:0", input_tokens=1, output_tokens=1)

    assert records[0]["model_id"] == "amazon.nova-micro-v1:0"


def test_an_observation_that_fails_still_names_the_decorators_model() -> None:
    """The option stands on the record of a failure too."""

    @observe_inference(model_id=MODEL, provider="aws.bedrock")
    def ask() -> None:
        raise TimeoutError

    with capture_records() as records, pytest.raises(TimeoutError):
        ask()

    assert records[0]["model_id"] == MODEL
    assert records[0]["error_type"] == "TimeoutError"
