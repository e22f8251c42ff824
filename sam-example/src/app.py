"""
A support assistant on Lambda: three uses of Bedrock behind one handler, observed by one decorator.

The handler holds nothing about costs or tokens: ``observe_inference`` leaves one record for every model call below it.
"""

import json
import os
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.utilities.typing import LambdaContext

from genai_obs import annotate, log_metric, observe_inference

Event = dict[str, Any]

POLICY = Path(__file__).with_name("policy.md").read_text(encoding="utf-8")
LABELS = ("billing", "delivery", "returns", "warranty", "other")

logger = Logger()
tracer = Tracer()
bedrock = boto3.client("bedrock-runtime")


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@observe_inference
def handler(event: Event, context: LambdaContext) -> Event:
    """Do one task for one customer: ``answer``, ``summarise`` or ``triage``."""
    annotate(
        tenant=event.get("tenant"),
        feature=event["task"],
        user_id=event.get("user_id"),
        session_id=event.get("session_id"),
    )
    logger.info("task", extra={"task": event["task"], "remaining_ms": context.get_remaining_time_in_millis()})
    return TASKS[event["task"]](event)


@tracer.capture_method(capture_response=False)
def answer(event: Event) -> Event:
    """Answer a question out of the handbook; when the better model is throttled, the cheaper one steps in."""
    if event.get("plan") != "pro":
        return converse(os.environ["ECONOMY_MODEL_ID"], event["question"])
    try:
        return converse(os.environ["PRO_MODEL_ID"], event["question"])
    except bedrock.exceptions.ThrottlingException:
        logger.warning("throttled, falling back")
        return converse(os.environ["ECONOMY_MODEL_ID"], event["question"])


def converse(model_id: str, question: str) -> Event:
    """Ask one model, with the handbook cached in front of the question."""
    response = bedrock.converse(
        modelId=model_id,
        # What stands before the cache point is the same in every call, and costs a tenth when read from the cache.
        system=[{"text": POLICY}, {"cachePoint": {"type": "default"}}],
        messages=[{"role": "user", "content": [{"text": question}]}],
        inferenceConfig={"maxTokens": 400, "temperature": 0.2},
        **guardrail(),
    )
    text = response["output"]["message"]["content"][0]["text"]
    log_metric("Faithfulness", faithfulness(text), unit="None")
    return {"answer": text, "stop_reason": response["stopReason"]}


@tracer.capture_method(capture_response=False)
def summarise(event: Event) -> Event:
    """Summarise a ticket; a preview stops reading after the first sentence."""
    response = bedrock.converse_stream(
        modelId=os.environ["SUMMARY_MODEL_ID"],
        system=[{"text": "Summarise the support ticket in a few sentences."}],
        messages=[{"role": "user", "content": [{"text": event["ticket"]}]}],
        inferenceConfig={"maxTokens": 300},
    )
    text = ""
    with closing(response["stream"]) as stream:
        for part in stream:
            text += part.get("contentBlockDelta", {}).get("delta", {}).get("text", "")
            if event.get("preview") and ". " in text:
                return {"preview": text.partition(". ")[0] + "."}
    return {"summary": text}


@tracer.capture_method(capture_response=False)
def triage(event: Event) -> Event:
    """Sort a ticket under one label."""
    response = bedrock.invoke_model(
        modelId=os.environ["TRIAGE_MODEL_ID"],
        body=json.dumps(
            {
                "schemaVersion": "messages-v1",
                "system": [{"text": f"Answer with one word out of: {', '.join(LABELS)}."}],
                "messages": [{"role": "user", "content": [{"text": event["ticket"]}]}],
                "inferenceConfig": {"maxTokens": 10},
            }
        ),
    )
    body = json.loads(response["body"].read())
    word = body["output"]["message"]["content"][0]["text"].strip().lower()
    return {"label": word if word in LABELS else "other"}


TASKS: dict[str, Callable[[Event], Event]] = {"answer": answer, "summarise": summarise, "triage": triage}


def guardrail() -> dict[str, Any]:
    """Return the request's guardrail, if the stack has one."""
    identifier = os.environ.get("GUARDRAIL_ID")
    if not identifier:
        return {}
    version = os.environ.get("GUARDRAIL_VERSION", "DRAFT")
    config = {"guardrailIdentifier": identifier, "guardrailVersion": version, "trace": "enabled"}
    return {"guardrailConfig": config}


def faithfulness(text: str) -> float:
    """Return the share of an answer's words that the handbook knows: crude, but it falls when answers drift."""
    words = re.findall(r"[a-z]{4,}", text.lower())
    known = [word for word in words if word in _HANDBOOK_WORDS]
    return round(len(known) / len(words), 3) if words else 0.0


_HANDBOOK_WORDS = frozenset(re.findall(r"[a-z]{4,}", POLICY.lower()))
