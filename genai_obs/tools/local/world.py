"""
A small world of models for the demo: each with its own pace, length of answers and habits of caching.

Tokens are counted as one for every four characters; cache reads and writes follow from the prompts that really came;
times are typical ones divided by `SPEED_UP`, and really spent, so that client and server agree on them.
"""

import hashlib
import random
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from genai_obs.tools.local.answers import Answer, Stop, converse_reply, converse_stream_reply
from genai_obs.tools.local.bedrock import Request
from genai_obs.tools.local.families import find_family, invoke_reply, invoke_stream_reply
from genai_obs.tools.local.minds import SENTENCES, TEMPERS, CannedMind, Mind, Spoken, Temper, count_tokens
from genai_obs.tools.local.prompts import Prompt, read_prompt
from genai_obs.tools.local.replies import Reply, error_reply
from genai_obs.tools.local.surfaces import (
    agent_reply,
    apply_guardrail_reply,
    assessment,
    count_tokens_reply,
    guardrail_trace,
    rerank_reply,
    retrieve_and_generate_reply,
    retrieve_and_generate_stream_reply,
    retrieve_reply,
)

SPEED_UP = 24.0
BLOCKED_MESSAGE = "Sorry, I cannot help with that."


class World:
    """
    Answers any Bedrock request; give it to `BedrockServer` as its responder.

    Args:
        seed: Makes answers and times repeatable, as long as the requests come in the same order.

        mind: Who thinks up the answers; None for the canned one.

        speed_up: By how much times are shortened. A mind that takes its own time is not waited for again.
    """

    def __init__(self, *, seed: int = 0, mind: Mind | None = None, speed_up: float = SPEED_UP) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._mind = mind or CannedMind(self._chance)
        self._mind_takes_time = mind is not None
        self._speed_up = speed_up
        self._cached: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def __call__(self, request: Request) -> Reply:
        """Return the answer to a request, a ValidationException for what is unknown here."""
        answer_it = _OPERATIONS.get(request.operation)
        if answer_it is None:
            return error_reply("ValidationException", f"the local world has no {request.operation or request.path}")
        return answer_it(self, request)

    def answer(self, request: Request) -> Answer:
        """Return what the request's model says to its prompt, guardrail applied."""
        return self.think(request.model_id, read_prompt(request))

    def think(self, model_id: str, prompt: Prompt) -> Answer:
        """Return what a model says to a prompt."""
        with self._lock:
            return self._answer(model_id, prompt)

    def seconds(self, milliseconds: float) -> float:
        """Return the time still to spend for a time that is reported."""
        return 0.0 if self._mind_takes_time else milliseconds / 1000

    def _answer(self, model_id: str, prompt: Prompt) -> Answer:
        temper = next(temper for temper in TEMPERS if temper.name in model_id)
        if prompt.guardrail_id and _DENIED.search(prompt.question):
            return _blocked(prompt, temper)
        spoken = self._mind.speak(prompt, temper)
        read, written = self._cache(model_id, prompt, temper, spoken)
        stop: Stop = "max_tokens" if spoken.cut else "end_turn"
        text, trace = spoken.text, None
        if prompt.guardrail_id:
            text, stop, trace = _guarded(text, stop, prompt)
        first_ms, latency_ms = spoken.took_ms or self._times(temper, spoken)
        return Answer(
            text,
            spoken.input_tokens - (read or 0) - (written or 0),
            spoken.output_tokens,
            cache_read_tokens=read,
            cache_write_tokens=written,
            stop=stop,
            first_ms=round(first_ms),
            latency_ms=round(latency_ms),
            guardrail=trace if prompt.guardrail_trace else None,
        )

    def _times(self, temper: Temper, spoken: Spoken) -> tuple[float, float]:
        """Return the milliseconds to the first token and to the last."""
        swing = self._chance.lognormvariate(0.0, 0.25) / self._speed_up
        first_ms = max(1.0, temper.first_ms * swing)
        return first_ms, first_ms + temper.token_ms * spoken.output_tokens * swing

    def _cache(self, model_id: str, prompt: Prompt, temper: Temper, spoken: Spoken) -> tuple[int | None, int | None]:
        """Return tokens read from and written to the cache; both None for a model without one."""
        if spoken.cached_tokens is not None:
            return spoken.cached_tokens, 0
        if temper.cache_minimum is None:
            return None, None
        tokens = count_tokens(prompt.cached)
        if not tokens or tokens < temper.cache_minimum:
            return 0, 0
        key = (model_id, hashlib.sha256(prompt.cached.encode()).hexdigest())
        if key in self._cached:
            return tokens, 0
        self._cached.add(key)
        return 0, tokens


# What the world's one guardrail minds: advice on investments is denied, mail addresses are masked.
_DENIED = re.compile(r"\binvest", re.IGNORECASE)
_MAIL = re.compile(r"[\w.]+@[\w.]+\w")


def _blocked(prompt: Prompt, temper: Temper) -> Answer:
    """Return the answer to a prompt that never reached the model, so that nothing was used but the guardrail."""
    topic = {"name": "Investment advice", "type": "DENY", "action": "BLOCKED", "detected": True}
    found = assessment({"topicPolicy": {"topics": [topic]}}, characters=len(prompt.question), latency_ms=10)
    trace = guardrail_trace(prompt.guardrail_id, input_assessment=found, reason="Guardrail blocked.")
    caches = None if temper.cache_minimum is None else 0
    return Answer(
        BLOCKED_MESSAGE,
        0,
        0,
        cache_read_tokens=caches,
        cache_write_tokens=caches,
        stop="guardrail_intervened",
        latency_ms=20,
        first_ms=20,
        guardrail=trace if prompt.guardrail_trace else None,
    )


def _guarded(text: str, stop: Stop, prompt: Prompt) -> tuple[str, Stop, Mapping[str, Any]]:
    """Return a text with mail addresses masked; a model that was asked with one repeats it, as models do."""
    address = _MAIL.search(prompt.question)
    asked = assessment(characters=len(prompt.question), latency_ms=10)
    if address is None:
        answered = assessment(characters=len(text), latency_ms=10)
        return text, stop, guardrail_trace(prompt.guardrail_id, input_assessment=asked, output_assessments=[answered])
    entity = {"type": "EMAIL", "match": address[0], "action": "ANONYMIZED", "detected": True}
    answered = assessment(
        {"sensitiveInformationPolicy": {"piiEntities": [entity]}}, characters=len(text), latency_ms=10
    )
    trace = guardrail_trace(
        prompt.guardrail_id, input_assessment=asked, output_assessments=[answered], reason="Guardrail masked."
    )
    return f"I have written to {{EMAIL}}. {text}", "guardrail_intervened", trace


def _converse(world: World, request: Request) -> Reply:
    answer = world.answer(request)
    return converse_reply(answer).after(world.seconds(answer.latency_ms))


def _converse_stream(world: World, request: Request) -> Reply:
    answer = world.answer(request)
    return converse_stream_reply(answer, **_pace(world, answer, len(answer.pieces()) + 3))


def _invoke(world: World, request: Request) -> Reply:
    answer = world.answer(request)
    return invoke_reply(request.model_id, answer).after(world.seconds(answer.latency_ms))


def _invoke_stream(world: World, request: Request) -> Reply:
    if find_family(request.model_id).chunks is None:
        return error_reply("ValidationException", "The model is unsupported for streaming.")
    answer = world.answer(request)
    return invoke_stream_reply(request.model_id, answer, **_pace(world, answer, len(answer.pieces()) + 3))


def _pace(world: World, answer: Answer, frames: int) -> dict[str, float]:
    """Return the waits that spread an answer's frames over its latency."""
    rest = max(0, answer.latency_ms - answer.first_ms)
    return {"first_s": world.seconds(answer.first_ms), "pace_s": world.seconds(rest / frames)}


def _count_tokens(_: World, request: Request) -> Reply:
    asked = request.json().get("input", {}).get("converse", {})
    texts = [*asked.get("system", []), *(block for m in asked.get("messages", []) for block in m["content"])]
    return count_tokens_reply(sum(count_tokens(block.get("text", "")) for block in texts))


def _apply_guardrail(_: World, request: Request) -> Reply:
    text = "".join(item.get("text", {}).get("text", "") for item in request.json().get("content", []))
    denied = _DENIED.search(text) is not None
    topic = {"name": "Investment advice", "type": "DENY", "action": "BLOCKED", "detected": True}
    found = assessment({"topicPolicy": {"topics": [topic]}} if denied else None, characters=max(1, len(text)))
    return apply_guardrail_reply(found, intervened=denied, output=BLOCKED_MESSAGE)


def _agent(world: World, request: Request) -> Reply:
    body = request.json()
    model = body.get("foundationModel") or "anthropic.claude-haiku-4-5-20251001-v1:0"
    question = body.get("inputText", "")
    prompt = Prompt("", question, question, "", None, "", guardrail_trace=False)
    calls = [world.think(model, prompt) for _ in range(2)]
    return agent_reply(
        calls,
        model=model,
        trace=bool(body.get("enableTrace")),
        session_id=request.parameters["sessionId"],
        agent_id=request.parameters.get("agentId", "INLINE_AGENT"),
        pace_s=world.seconds(sum(call.latency_ms for call in calls) / 5),
    )


def _knowledge_answer(world: World, request: Request) -> Answer:
    question = request.json().get("input", {}).get("text", "")
    return world.think("nova-pro", Prompt("", question, question, "", None, "", guardrail_trace=False))


def _retrieve_and_generate(world: World, request: Request) -> Reply:
    answer = _knowledge_answer(world, request)
    return retrieve_and_generate_reply(answer).after(world.seconds(answer.latency_ms))


def _retrieve_and_generate_stream(world: World, request: Request) -> Reply:
    answer = _knowledge_answer(world, request)
    frames = len(answer.pieces()) + 2
    return retrieve_and_generate_stream_reply(answer, pace_s=world.seconds(answer.latency_ms / frames))


def _retrieve(_: World, __: Request) -> Reply:
    return retrieve_reply(SENTENCES[:3])


def _rerank(_: World, request: Request) -> Reply:
    return rerank_reply(len(request.json().get("sources", [])))


_OPERATIONS: Mapping[str, Callable[[World, Request], Reply]] = {
    "Converse": _converse,
    "ConverseStream": _converse_stream,
    "InvokeModel": _invoke,
    "InvokeModelWithResponseStream": _invoke_stream,
    "CountTokens": _count_tokens,
    "ApplyGuardrail": _apply_guardrail,
    "InvokeAgent": _agent,
    "InvokeInlineAgent": _agent,
    "RetrieveAndGenerate": _retrieve_and_generate,
    "RetrieveAndGenerateStream": _retrieve_and_generate_stream,
    "Retrieve": _retrieve,
    "Rerank": _rerank,
}
