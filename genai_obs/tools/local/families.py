"""Which body a model answers InvokeModel with: one row per family, first match wins; and the headers around it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from genai_obs.tools.local import text_families as text
from genai_obs.tools.local.answers import Answer
from genai_obs.tools.local.eventstream import chunk
from genai_obs.tools.local.replies import Reply, json_reply, stream_reply

Body = dict[str, Any]

_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="  # 1 x 1 PNG


@dataclass(frozen=True, slots=True)
class Family:
    """
    How a group of models answers.

    Args:
        name: Short name, for people.

        pattern: Found at the start of the base model id.

        body: Whole body.

        chunks: Streamed bodies, None where the model cannot stream.

        counts: Which token headers come with the whole body.

        own_metrics_chunk: Whether a stream's metrics come in a chunk of their own instead of the last one.
    """

    name: str
    pattern: re.Pattern[str]
    body: Callable[[str, Answer], Body]
    chunks: Callable[[str, Answer], list[Body]] | None = None
    counts: Literal["both", "input", "none"] = "both"
    own_metrics_chunk: bool = False


def find_family(model_id: str) -> Family:
    """Return the family of a model id or ARN; an unknown model answers like OpenAI's, as most newcomers do."""
    # The name stands last in an ARN, after the scope in a profile id.
    base = model_id.rpartition("/")[2]
    return next(family for family in FAMILIES if family.pattern.search(base))


def invoke_reply(model_id: str, answer: Answer) -> Reply:
    """Return the answer as InvokeModel sends it, token counts and latency in headers of mixed case."""
    family = find_family(model_id)
    headers = {"X-Amzn-Bedrock-Invocation-Latency": str(answer.latency_ms)}
    if family.counts != "none":
        headers["X-Amzn-Bedrock-Input-Token-Count"] = str(answer.input_tokens)
    if family.counts == "both":
        headers["X-Amzn-Bedrock-Output-Token-Count"] = str(answer.output_tokens)
        if answer.caches:
            headers["X-Amzn-Bedrock-Cache-Read-Input-Token-Count"] = str(answer.cache_read_tokens or 0)
            headers["X-Amzn-Bedrock-Cache-Write-Input-Token-Count"] = str(answer.cache_write_tokens or 0)
    return json_reply(family.body(model_id, answer) | _guardrail_members(answer), headers)


def invoke_stream_reply(model_id: str, answer: Answer, *, pace_s: float = 0.0, first_s: float = 0.0) -> Reply:
    """
    Return the answer as InvokeModelWithResponseStream sends it, metrics in the last chunk.

    Raises:
        LookupError: The model cannot stream.
    """
    family = find_family(model_id)
    if family.chunks is None:
        raise LookupError(f"{model_id} cannot stream")
    bodies = family.chunks(model_id, answer)
    metrics = {"amazon-bedrock-invocationMetrics": _metrics(answer)}
    if family.own_metrics_chunk:
        bodies.append(metrics)
    else:
        bodies[-1] = bodies[-1] | metrics
    action = {"amazon-bedrock-guardrailAction": _guardrail_action(answer)} if answer.guardrail else {}
    bodies = [body | action for body in bodies]
    bodies[-1] |= _guardrail_members(answer)
    headers = {"X-Amzn-Bedrock-Content-Type": "application/json"}
    return stream_reply([chunk(body) for body in bodies], headers, pace_s=pace_s, first_s=first_s)


def _metrics(answer: Answer) -> Body:
    metrics: Body = {
        "inputTokenCount": answer.input_tokens,
        "outputTokenCount": answer.output_tokens,
        "invocationLatency": answer.latency_ms,
        "firstByteLatency": answer.first_ms,
    }
    if answer.caches:
        metrics["cacheReadInputTokenCount"] = answer.cache_read_tokens or 0
        metrics["cacheWriteInputTokenCount"] = answer.cache_write_tokens or 0
    return metrics


def _guardrail_action(answer: Answer) -> str:
    return "INTERVENED" if answer.stop == "guardrail_intervened" else "NONE"


def _guardrail_members(answer: Answer) -> Body:
    """Return what InvokeModel adds for a guardrail; its outputs are a list of maps, unlike Converse's."""
    if not answer.guardrail:
        return {}
    trace = dict(answer.guardrail)
    outputs = [{key: each} for key, found in trace.pop("outputAssessments", {}).items() for each in found]
    trace["input"] = trace.pop("inputAssessment", {})
    return {
        "amazon-bedrock-guardrailAction": _guardrail_action(answer),
        "amazon-bedrock-trace": {"guardrail": trace | {"outputs": outputs}},
    }


def _titan_embedding(_: str, answer: Answer) -> Body:
    return {
        "embedding": _VECTOR,
        "embeddingsByType": {"float": _VECTOR},
        "inputTextTokenCount": answer.input_tokens,
    }


def _titan_image_embedding(_: str, answer: Answer) -> Body:
    return {"embedding": _VECTOR, "inputTextTokenCount": answer.input_tokens, "message": None}


def _nova_embedding(_: str, __: Answer) -> Body:
    return {"embeddings": [{"embeddingType": "TEXT", "embedding": _VECTOR}]}


def _cohere_embedding(_: str, answer: Answer) -> Body:
    return {"id": "e0", "texts": [answer.text], "embeddings": [_VECTOR], "response_type": "embeddings_floats"}


def _cohere_embedding_v4(_: str, answer: Answer) -> Body:
    return {
        "id": "e0",
        "texts": [answer.text],
        "embeddings": {"float": [_VECTOR]},
        "response_type": "embeddings_by_type",
    }


def _marengo_embedding(_: str, __: Answer) -> Body:
    return {"data": [{"embedding": _VECTOR, "embeddingOption": "visual-text"}]}


def _reranking(_: str, __: Answer) -> Body:
    return {"results": [{"index": 1, "relevance_score": 0.91}, {"index": 0, "relevance_score": 0.12}]}


def _amazon_image(_: str, answer: Answer) -> Body:
    filtered = answer.stop == "content_filtered"
    return {"images": [] if filtered else [_PIXEL], "error": "filtered" if filtered else None}


def _stability_image(_: str, answer: Answer) -> Body:
    filtered = answer.stop == "content_filtered"
    return {"seeds": [1], "finish_reasons": ["Filter reason: prompt" if filtered else None], "images": [_PIXEL]}


def _stable_diffusion_xl(_: str, answer: Answer) -> Body:
    reason = "CONTENT_FILTERED" if answer.stop == "content_filtered" else "SUCCESS"
    return {"result": "success", "artifacts": [{"base64": _PIXEL, "finishReason": reason, "seed": 1}]}


_VECTOR = [0.125, -0.5, 0.25]


def _family(
    name: str,
    pattern: str,
    body: Callable[[str, Answer], Body],
    chunks: Callable[[str, Answer], list[Body]] | None = None,
    counts: Literal["both", "input", "none"] = "both",
    *,
    own_metrics_chunk: bool = False,
) -> Family:
    return Family(name, re.compile(rf"(^|\.){pattern}"), body, chunks, counts, own_metrics_chunk)


FAMILIES = (
    _family(
        "anthropic-completion",
        r"anthropic\.claude-(v2|instant)",
        text.anthropic_completion_body,
        text.anthropic_completion_chunks,
    ),
    _family("anthropic", r"anthropic\.", text.anthropic_body, text.anthropic_chunks),
    _family("nova-image", r"amazon\.nova-canvas", _amazon_image, None, "none"),
    _family("nova-embedding", r"amazon\.nova-\S*embeddings", _nova_embedding, None, "input"),
    _family("nova", r"amazon\.nova", text.nova_body, text.nova_chunks),
    _family("amazon-rerank", r"amazon\.rerank", _reranking, None, "none"),
    _family("titan-image", r"amazon\.titan-image", _amazon_image, None, "none"),
    _family("titan-image-embedding", r"amazon\.titan-embed-image", _titan_image_embedding, None, "input"),
    _family("titan-embedding", r"amazon\.titan-embed", _titan_embedding, None, "input"),
    _family("titan", r"amazon\.titan", text.titan_body, text.titan_chunks),
    _family("llama", r"meta\.llama", text.llama_body, text.llama_chunks),
    _family("mistral", r"mistral\.(mistral-7b|mixtral|mistral-large-2402)", text.mistral_body, text.mistral_chunks),
    _family("mistral-chat", r"mistral\.", text.mistral_chat_body, text.mistral_chat_chunks),
    _family("cohere-rerank", r"cohere\.rerank", _reranking, None, "none"),
    _family("cohere-embedding-v4", r"cohere\.embed-v4", _cohere_embedding_v4, None, "input"),
    _family("cohere-embedding", r"cohere\.embed", _cohere_embedding, None, "input"),
    _family("cohere-r", r"cohere\.command-r", text.cohere_r_body, text.cohere_r_chunks),
    _family("cohere", r"cohere\.command", text.cohere_body, text.cohere_chunks),
    _family("jamba", r"ai21\.jamba", text.jamba_body, text.jamba_chunks, own_metrics_chunk=True),
    _family("jurassic", r"ai21\.j2", text.jurassic_body),
    _family("deepseek-r1", r"deepseek\.r1", text.deepseek_r1_body, text.deepseek_r1_chunks),
    _family("stable-diffusion-xl", r"stability\.stable-diffusion-xl", _stable_diffusion_xl, None, "none"),
    _family("stability", r"stability\.", _stability_image, None, "none"),
    _family("pegasus", r"twelvelabs\.pegasus", text.pegasus_body, text.pegasus_chunks),
    _family("marengo", r"twelvelabs\.marengo", _marengo_embedding, None, "none"),
    _family("openai", r"", text.openai_body, text.openai_chunks),
)
