"""The world of models: repeatable, and true to its own accounts."""

import random
from typing import Any

import orjson
import pytest

from genai_obs.tools.local.bedrock import Request
from genai_obs.tools.local.minds import TEMPERS, CannedMind, Spoken, Temper, count_tokens
from genai_obs.tools.local.prompts import Prompt
from genai_obs.tools.local.world import BLOCKED_MESSAGE, World

_SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
_LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
_HANDBOOK = "long " * 1000


def _request(model: str, question: str, *, system: str = "", operation: str = "Converse", **more: Any) -> Request:
    body = {"messages": [{"role": "user", "content": [{"text": question}]}], **more}
    if system:
        body["system"] = [{"text": system}, {"cachePoint": {"type": "default"}}]
    return Request(operation, model, "/", {"modelId": model}, {}, orjson.dumps(body))


def _guarded(question: str, trace: str = "enabled") -> Request:
    config = {"guardrailIdentifier": "gr", "guardrailVersion": "1", "trace": trace}
    return _request(_SONNET, question, guardrailConfig=config)


def test_the_same_seed_answers_the_same() -> None:
    """A demo can be repeated."""
    first, second = ([World(seed=7).answer(_request(_SONNET, "why?")) for _ in range(2)] for _ in range(2))

    assert first == second


def test_a_long_prompt_is_written_to_the_cache_once_and_then_read() -> None:
    """The tokens move from one count to the other, and are never in two."""
    world = World()

    first, second = (world.answer(_request(_SONNET, "why?", system=_HANDBOOK)) for _ in range(2))

    assert (first.cache_write_tokens, first.cache_read_tokens, first.input_tokens) == (1250, 0, 1)
    assert (second.cache_write_tokens, second.cache_read_tokens, second.input_tokens) == (0, 1250, 1)


def test_a_short_prompt_is_not_cached() -> None:
    """Below the model's minimum a cache point does nothing."""
    answer = World().answer(_request(_SONNET, "why?", system="short"))

    assert (answer.cache_read_tokens, answer.cache_write_tokens) == (0, 0)


def test_a_model_without_a_cache_reports_none() -> None:
    """Absent, not zero."""
    answer = World().answer(_request(_LLAMA, "why?", system=_HANDBOOK))

    assert (answer.cache_read_tokens, answer.cache_write_tokens) == (None, None)


def test_the_limit_cuts_an_answer() -> None:
    """And the stop reason says so."""
    answer = World().answer(_request(_SONNET, "why?", inferenceConfig={"maxTokens": 5}))

    assert (answer.stop, answer.output_tokens) == ("max_tokens", 5)


def test_a_denied_topic_never_reaches_the_model() -> None:
    """Nothing is used but the guardrail."""
    answer = World().answer(_guarded("Should I invest?"))

    assert (answer.text, answer.stop) == (BLOCKED_MESSAGE, "guardrail_intervened")
    assert (answer.input_tokens, answer.output_tokens) == (0, 0)
    assert answer.guardrail is not None
    assert answer.guardrail["inputAssessment"]["gr"]["topicPolicy"]["topics"][0]["action"] == "BLOCKED"


def test_a_mail_address_is_masked_on_the_way_back() -> None:
    """The model ran, so its tokens count."""
    answer = World().answer(_guarded("Write to a@example.com"))

    assert answer.text.startswith("I have written to {EMAIL}.")
    assert answer.output_tokens > 0
    assert answer.stop == "guardrail_intervened"


def test_a_guardrail_that_finds_nothing_changes_nothing() -> None:
    """Its trace is there all the same, because it was paid for."""
    answer = World().answer(_guarded("Why?"))

    assert answer.stop == "end_turn"
    assert answer.guardrail is not None
    assert answer.guardrail["actionReason"] == "No action."


def test_without_tracing_the_guardrail_keeps_its_trace() -> None:
    """The stop reason is then the only sign."""
    answer = World().answer(_guarded("Should I invest?", trace="disabled"))

    assert (answer.guardrail, answer.stop) == (None, "guardrail_intervened")


def test_a_mind_that_takes_its_own_time_is_not_waited_for() -> None:
    """The time it took is reported, and not spent a second time."""

    class Slow:
        def speak(self, prompt: Prompt, temper: Temper) -> Spoken:
            return Spoken("yes", 10, 1, cut=False, cached_tokens=4, took_ms=(800.0, 900.0))

    world = World(mind=Slow())
    reply = world(_request(_SONNET, "why?"))

    usage = orjson.loads(reply.body)["usage"]
    assert (usage["inputTokens"], usage["cacheReadInputTokens"]) == (6, 4)
    assert orjson.loads(reply.body)["metrics"] == {"latencyMs": 900}
    assert reply.delay_s == 0


def test_an_unknown_operation_is_refused() -> None:
    """The world says what it lacks instead of making something up."""
    reply = World()(_request("m", "why?", operation="StartAsyncInvoke"))

    assert reply.status == 400
    assert b"StartAsyncInvoke" in reply.body


def test_a_question_for_one_word_gets_one() -> None:
    """Classification asks for a label, not for a lecture."""
    answer = World().answer(_request(_LLAMA, "Answer with one word: what is this?"))

    assert " " not in answer.text


@pytest.mark.parametrize("temper", TEMPERS, ids=lambda temper: temper.name or "any other")
def test_answers_are_as_long_as_the_model_is_wont_to(temper: Temper) -> None:
    """Within its range, up to the end of the last sentence."""
    mind = CannedMind(random.Random(1))
    prompt = Prompt("", "why?", "why?", "", None, "", guardrail_trace=False)
    shortest, longest = temper.tokens

    lengths = [mind.speak(prompt, temper).output_tokens for _ in range(30)]

    assert min(lengths) >= shortest
    assert max(lengths) <= longest + 20


def test_tokens_are_counted_by_fours() -> None:
    """A started four counts."""
    assert [count_tokens("x" * length) for length in (0, 1, 4, 5)] == [0, 1, 1, 2]
