"""
What happens in the demo: a day of a support desk, with everything that can go wrong going wrong at least once.

Ordinary invocations are drawn by chance from a fixed seed; the accidents stand at fixed places among them.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genai_obs.tools.local.answers import Answer, converse_events
from genai_obs.tools.local.eventstream import exception
from genai_obs.tools.local.replies import Cut, Reply, Silence, error_reply, stream_reply

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
NOVA_LITE = "us.amazon.nova-lite-v1:0"
NOVA_MICRO = "us.amazon.nova-micro-v1:0"
NOVA_PRO = "us.amazon.nova-pro-v1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
# An application inference profile says nothing about its model: such calls cannot be priced without being told.
OPAQUE_PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"

_NAME = "support-assistant"
# Longer than one retry of botocore waits, shorter than people do.
_TIMEOUT_S = 2.5

TENANTS = ("acme", "globex", "initech", "umbrella")
QUESTIONS = (
    "My oak table arrived with a scratch. Can I send it back, and who pays for that?",
    "Where is my order LO20260117? It should have been here on Tuesday.",
    "Can I still change the delivery address?",
    "How long is the warranty on the bed frame?",
    "I paid by invoice and got a reminder although I had already transferred the money.",
    "Is it possible to get a spare shade for the reading lamp?",
    "How do I look after an oiled table top?",
    "I would like to cancel one chair out of four.",
    "Do you deliver to the second floor?",
    "The voucher I was given does not work together with the other one.",
)
TICKETS = (
    (
        "I was charged twice for the same order and the second charge is still there after ten days. I have sent two "
        "mails and nobody has answered. Please refund the second charge today."
    ),
    (
        "The cushion covers shrank after the first wash at thirty degrees. They no longer fit, and the zip of one of "
        "them is broken. I would like two new covers, or a voucher."
    ),
    (
        "The forwarder wanted to leave the wardrobe on the kerb although I paid for delivery to the room. Neighbours "
        "helped me to carry it up. I want the 29 back, and the door has a dent now."
    ),
    (
        "The lamp flickers. I have tried another bulb and another socket. It was a present, so I have no order number, "
        "but I have the card that came with it."
    ),
    (
        "I sent the chairs back three weeks ago. The tracking says that they reached your warehouse on the 9th. I have "
        "not seen any money."
    ),
)


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer that replaces the model's: for which operation, which model, and what it is."""

    operation: str
    model: str
    reply: Reply


@dataclass(frozen=True, slots=True)
class Step:
    """One invocation: its event, and what the service does to it."""

    event: Mapping[str, Any]
    script: tuple[Scripted, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionPlan:
    """One Lambda function of the demo: its name, its own variables, its timeout, and its invocations in order."""

    name: str
    environ: Mapping[str, str]
    timeout_s: float
    steps: tuple[Step, ...]


def plan_day(invocations: int, *, seed: int = 0, real_model: bool = False) -> tuple[FunctionPlan, ...]:
    """
    Return what the functions do: the one in production, and a small one that tries out other models.

    Args:
        invocations: How many in all; never fewer than the accidents need.

        seed: The same number gives the same day.

        real_model: Whether a slow, real model answers: then there is one function, with time to wait for it, and none
            runs into its deadline.
    """
    chance = random.Random(seed)  # noqa: S311 - no secret
    production = _environ("production", SONNET, NOVA_LITE, HAIKU, NOVA_MICRO)
    if real_model:
        steps = _mix(chance, max(0, invocations - len(ACCIDENTS)), ACCIDENTS)
        return (FunctionPlan(_NAME, production, 60.0, steps),)
    accidents = (*ACCIDENTS, DEADLINE)
    tried = max(4, invocations // 8)
    staging = _environ("staging", SONNET.replace("us.", "global.", 1), NOVA_PRO, LLAMA, OPAQUE_PROFILE)
    steps = _mix(chance, max(0, invocations - tried - len(accidents)), accidents)
    return (
        FunctionPlan(_NAME, production, _TIMEOUT_S, steps),
        FunctionPlan(f"{_NAME}-next", staging, _TIMEOUT_S, tuple(_ordinary_steps(chance, tried))),
    )


def _environ(stage: str, pro: str, economy: str, summary: str, triage: str) -> dict[str, str]:
    return {
        "GENAI_OBS_ENVIRONMENT": stage,
        "GENAI_OBS_SERVICE": "support-assistant",
        "POWERTOOLS_SERVICE_NAME": "support-assistant",
        "AWS_MAX_ATTEMPTS": "2",
        "PRO_MODEL_ID": pro,
        "ECONOMY_MODEL_ID": economy,
        "SUMMARY_MODEL_ID": summary,
        "TRIAGE_MODEL_ID": triage,
        "GUARDRAIL_ID": "gr-support",
        "GUARDRAIL_VERSION": "3",
    }


def _mix(chance: random.Random, ordinary: int, accidents: Sequence[Step]) -> tuple[Step, ...]:
    """Return ordinary steps with the accidents spread evenly among them."""
    steps = list(_ordinary_steps(chance, ordinary))
    for index, accident in enumerate(accidents):
        place = (index + 1) * (ordinary + len(accidents)) // (len(accidents) + 1)
        steps.insert(place, accident)
    return tuple(steps)


def _ordinary_steps(chance: random.Random, count: int) -> Iterator[Step]:
    # The first of each kind come in turn, so that even a short day has them all.
    kinds = ["triage", "answer", "summarise", "preview"]
    for index in range(count):
        kind = kinds[index] if index < len(kinds) else chance.choices(kinds, weights=(28, 48, 17, 7))[0]
        tenant = chance.choice(TENANTS)
        event: dict[str, Any] = {"task": kind, "tenant": tenant, "user_id": f"u-{chance.randint(1000, 1040)}"}
        event["session_id"] = f"s-{index:04d}"
        if kind == "answer":
            event |= {"plan": "pro" if tenant in TENANTS[:2] else "basic", "question": chance.choice(QUESTIONS)}
        else:
            event["ticket"] = chance.choice(TICKETS)
        if kind == "preview":
            event |= {"task": "summarise", "preview": True}
        yield Step(event)


def _ask(question: str, plan: str = "basic") -> dict[str, Any]:
    return {"task": "answer", "plan": plan, "tenant": "acme", "user_id": "u-1001", "question": question}


def _ticket() -> dict[str, Any]:
    return {"task": "summarise", "tenant": "globex", "user_id": "u-1002", "ticket": TICKETS[0]}


_HALF_A_STREAM = tuple(converse_events(Answer("You were charged twice and want the second charge back.", 60, 14)))[:3]
_BUSY = error_reply("ThrottlingException", "Too many requests, please wait before trying again.")
_DOWN = error_reply("ServiceUnavailableException", "The service is unavailable.")
_STREAM_ERROR = exception(
    "modelStreamErrorException", "The model failed.", originalStatusCode=500, originalMessage="internal"
)

ACCIDENTS = (
    # Throttled once, then served: one record, two attempts.
    Step(_ask(QUESTIONS[1]), (Scripted("Converse", NOVA_LITE, _BUSY),)),
    # Blocked before it reached the model, and masked on the way back.
    Step(_ask("Should I invest my refund in shares or in gold?")),
    Step(_ask("Please send the return label to ada.lovelace@example.com.")),
    # Throttled until the client gave up; the handler falls back: two records of one invocation.
    Step(_ask(QUESTIONS[0], "pro"), (Scripted("Converse", SONNET, _BUSY), Scripted("Converse", SONNET, _BUSY))),
    # The model fails before it says a word, in the middle of a sentence, and by a lost connection.
    Step(
        _ticket(),
        (
            Scripted(
                "ConverseStream", HAIKU, error_reply("ModelErrorException", "The model failed.", originalStatusCode=500)
            ),
        ),
    ),
    Step(_ticket(), (Scripted("ConverseStream", HAIKU, stream_reply([*_HALF_A_STREAM, _STREAM_ERROR])),)),
    Step(_ticket(), (Scripted("ConverseStream", HAIKU, stream_reply([*_HALF_A_STREAM, Cut()])),)),
    # The service is down for both attempts.
    Step(_ask(QUESTIONS[2]), (Scripted("Converse", NOVA_LITE, _DOWN), Scripted("Converse", NOVA_LITE, _DOWN))),
    # Nobody retries a request that is wrong.
    Step(
        _ask(QUESTIONS[3]),
        (
            Scripted(
                "Converse", NOVA_LITE, error_reply("ValidationException", "Input is too long for requested model.")
            ),
        ),
    ),
)
# The model stops talking, and the invocation runs into its deadline.
DEADLINE = Step(_ticket(), (Scripted("ConverseStream", HAIKU, stream_reply([*_HALF_A_STREAM, Silence()])),))
