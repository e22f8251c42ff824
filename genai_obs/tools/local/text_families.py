"""
Bodies of InvokeModel for models that write text: one pair of functions per family, whole and streamed.

Shapes are those of the AWS pages "Inference request parameters and response fields for foundation models".
"""

from collections.abc import Mapping
from typing import Any

from genai_obs.tools.local.answers import Answer

Body = dict[str, Any]


def anthropic_body(model: str, answer: Answer) -> Body:
    """Anthropic Messages."""
    content: list[Body] = [{"type": "text", "text": answer.text}]
    if answer.tool:
        name, arguments = answer.tool
        content.append({"type": "tool_use", "id": "toolu_bdrk_0", "name": name, "input": arguments})
    return {
        "model": model.partition("anthropic.")[2].rpartition("-v")[0] or model,
        "id": "msg_bdrk_0",
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": answer.stop,
        "stop_sequence": None,
        "usage": _anthropic_usage(answer),
    }


def anthropic_chunks(model: str, answer: Answer) -> list[Body]:
    """Anthropic Messages events; ``message_delta`` carries the cumulative output count."""
    opening = anthropic_body(model, answer) | {"content": [], "stop_reason": None}
    opening["usage"] = opening["usage"] | {"output_tokens": 1}
    deltas = [_text_delta(text) for text in answer.pieces()]
    chunks: list[Body] = [{"type": "message_start", "message": opening}, _block_start(0, {"type": "text", "text": ""})]
    chunks += [*deltas, {"type": "content_block_stop", "index": 0}]
    if answer.tool:
        chunks += _anthropic_tool(*answer.tool)
    closing = {"type": "message_delta", "delta": {"stop_reason": answer.stop, "stop_sequence": None}}
    return [*chunks, closing | {"usage": {"output_tokens": answer.output_tokens}}, {"type": "message_stop"}]


def anthropic_completion_body(_: str, answer: Answer) -> Body:
    """Anthropic's old completion: no counts."""
    return {"type": "completion", "completion": answer.text, "stop_reason": _ANTHROPIC_OLD[answer.stop], "stop": None}


def anthropic_completion_chunks(_: str, answer: Answer) -> list[Body]:
    """Anthropic's old completion, in pieces."""
    pieces: list[Body] = [{"completion": text, "stop_reason": None, "stop": None} for text in answer.pieces()]
    return [*pieces, {"completion": "", "stop_reason": _ANTHROPIC_OLD[answer.stop], "stop": None}]


def nova_body(_: str, answer: Answer) -> Body:
    """Amazon Nova."""
    message = {"content": [{"text": answer.text}], "role": "assistant"}
    return {"output": {"message": message}, "stopReason": answer.stop, "usage": _nova_usage(answer)}


def nova_chunks(_: str, answer: Answer) -> list[Body]:
    """Amazon Nova events, ``metadata`` last."""
    deltas: list[Body] = [
        {"contentBlockDelta": {"delta": {"text": t}, "contentBlockIndex": 0}} for t in answer.pieces()
    ]
    return [
        {"messageStart": {"role": "assistant"}},
        *deltas,
        {"contentBlockStop": {"contentBlockIndex": 0}},
        {"messageStop": {"stopReason": answer.stop}},
        {"metadata": {"usage": _nova_usage(answer), "metrics": {}, "trace": {}}},
    ]


def titan_body(_: str, answer: Answer) -> Body:
    """Amazon Titan Text."""
    result = {"tokenCount": answer.output_tokens, "outputText": answer.text, "completionReason": _TITAN[answer.stop]}
    return {"inputTextTokenCount": answer.input_tokens, "results": [result]}


def titan_chunks(_: str, answer: Answer) -> list[Body]:
    """Amazon Titan Text: the input count in the first chunk, the output count in the last."""
    pieces = answer.pieces()
    chunks: list[Body] = []
    for index, text in enumerate(pieces):
        last = index == len(pieces) - 1
        chunk: Body = {"outputText": text, "index": 0, "totalOutputTextTokenCount": None, "completionReason": None}
        chunk["inputTextTokenCount"] = None if index else answer.input_tokens
        if last:
            chunk |= {"totalOutputTextTokenCount": answer.output_tokens, "completionReason": _TITAN[answer.stop]}
        chunks.append(chunk)
    return chunks


def llama_body(_: str, answer: Answer) -> Body:
    """Meta Llama."""
    counts = {"prompt_token_count": answer.input_tokens, "generation_token_count": answer.output_tokens}
    return {"generation": answer.text, **counts, "stop_reason": _SHORT[answer.stop]}


def llama_chunks(_: str, answer: Answer) -> list[Body]:
    """Meta Llama: the prompt count in the first chunk only, the output count cumulative."""
    pieces = answer.pieces()
    chunks: list[Body] = [
        {
            "generation": text,
            "prompt_token_count": None if index else answer.input_tokens,
            "generation_token_count": min(index + 1, answer.output_tokens),
            "stop_reason": None,
        }
        for index, text in enumerate(pieces)
    ]
    closing = {"generation": "", "prompt_token_count": None, "generation_token_count": answer.output_tokens}
    return [*chunks, closing | {"stop_reason": _SHORT[answer.stop]}]


def mistral_body(_: str, answer: Answer) -> Body:
    """Mistral text completion: no counts."""
    return {"outputs": [{"text": answer.text, "stop_reason": _SHORT[answer.stop]}]}


def mistral_chunks(_: str, answer: Answer) -> list[Body]:
    """Mistral text completion, in pieces."""
    pieces: list[Body] = [{"outputs": [{"text": text, "stop_reason": None}]} for text in answer.pieces()]
    return [*pieces, {"outputs": [{"text": "", "stop_reason": _SHORT[answer.stop]}]}]


def mistral_chat_body(_: str, answer: Answer) -> Body:
    """Mistral chat, the first generation of it: no counts."""
    message = {"role": "assistant", "content": answer.text, "tool_calls": None}
    return {"choices": [{"index": 0, "message": message, "stop_reason": _SHORT[answer.stop]}]}


def mistral_chat_chunks(_: str, answer: Answer) -> list[Body]:
    """Mistral chat, in pieces."""
    pieces: list[Body] = [
        {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "stop_reason": None}]}
        for text in answer.pieces()
    ]
    return [*pieces, {"choices": [{"index": 0, "message": {"content": ""}, "stop_reason": _SHORT[answer.stop]}]}]


def cohere_body(_: str, answer: Answer) -> Body:
    """Cohere Command: no counts."""
    generation = {"id": "g0", "text": answer.text, "finish_reason": _COHERE[answer.stop]}
    return {"id": "c0", "prompt": "", "generations": [generation]}


def cohere_chunks(_: str, answer: Answer) -> list[Body]:
    """Cohere Command, in pieces."""
    pieces: list[Body] = [{"text": text, "is_finished": False, "index": 0} for text in answer.pieces()]
    return [*pieces, {"is_finished": True, "finish_reason": _COHERE[answer.stop], "index": 0}]


def cohere_r_body(_: str, answer: Answer) -> Body:
    """Cohere Command R: no counts."""
    ids = {"response_id": "r0", "generation_id": "g0"}
    return {**ids, "text": answer.text, "chat_history": [], "finish_reason": _COHERE[answer.stop]}


def cohere_r_chunks(model: str, answer: Answer) -> list[Body]:
    """Cohere Command R events."""
    pieces: list[Body] = [
        {"event_type": "text-generation", "is_finished": False, "text": text} for text in answer.pieces()
    ]
    end = {"event_type": "stream-end", "is_finished": True, "finish_reason": _COHERE[answer.stop]}
    return [*pieces, end | {"response": cohere_r_body(model, answer)}]


def jurassic_body(_: str, answer: Answer) -> Body:
    """AI21 Jurassic-2: counts only as lists of tokens."""
    prompt = {"text": "", "tokens": [{}] * answer.input_tokens}
    data = {"text": answer.text, "tokens": [{}] * answer.output_tokens}
    reason = {"reason": _OLD_AI21[answer.stop]}
    return {"id": 0, "prompt": prompt, "completions": [{"data": data, "finishReason": reason}]}


def openai_body(model: str, answer: Answer) -> Body:
    """Chat Completions, as gpt-oss, Qwen and many others answer; the prompt count includes cached tokens."""
    message: Body = {"role": "assistant", "content": answer.text}
    if answer.tool:
        message["tool_calls"] = [_openai_tool(*answer.tool)]
    choice = {"index": 0, "message": message, "finish_reason": _OPENAI[answer.stop]}
    ids = {"id": "chatcmpl-0", "object": "chat.completion", "created": 1_767_225_600, "model": model}
    return {**ids, "choices": [choice], "usage": _openai_usage(answer)}


def openai_chunks(model: str, answer: Answer) -> list[Body]:
    """Chat Completions chunks, usage in the last."""
    ids: Body = {"id": "chatcmpl-0", "object": "chat.completion.chunk", "created": 1_767_225_600, "model": model}
    pieces = [
        ids | {"choices": [{"index": 0, "delta": {"content": t}, "finish_reason": None}]} for t in answer.pieces()
    ]
    end = ids | {"choices": [{"index": 0, "delta": {}, "finish_reason": _OPENAI[answer.stop]}]}
    return [*pieces, end, ids | {"choices": [], "usage": _openai_usage(answer)}]


def jamba_body(model: str, answer: Answer) -> Body:
    """AI21 Jamba: Chat Completions with a time of its own."""
    return openai_body(model, answer) | {"meta": {"requestDurationMillis": answer.latency_ms}}


def jamba_chunks(model: str, answer: Answer) -> list[Body]:
    """AI21 Jamba: cumulative usage in every chunk."""
    chunks = openai_chunks(model, answer)[:-1]
    for index, chunk in enumerate(chunks):
        done = answer.output_tokens if index == len(chunks) - 1 else min(index + 1, answer.output_tokens)
        total = answer.input_tokens + done
        chunk["usage"] = {"prompt_tokens": answer.input_tokens, "completion_tokens": done, "total_tokens": total}
    return chunks


def deepseek_r1_body(_: str, answer: Answer) -> Body:
    """DeepSeek R1 text completion: no counts."""
    return {"choices": [{"text": answer.text, "stop_reason": _SHORT[answer.stop]}]}


def deepseek_r1_chunks(_: str, answer: Answer) -> list[Body]:
    """DeepSeek R1 text completion, in pieces."""
    pieces: list[Body] = [{"choices": [{"text": text, "stop_reason": None}]} for text in answer.pieces()]
    return [*pieces, {"choices": [{"text": "", "stop_reason": _SHORT[answer.stop]}]}]


def pegasus_body(_: str, answer: Answer) -> Body:
    """TwelveLabs Pegasus."""
    return {"message": answer.text, "finishReason": _SHORT[answer.stop]}


def pegasus_chunks(_: str, answer: Answer) -> list[Body]:
    """TwelveLabs Pegasus, in pieces."""
    return [*({"message": text} for text in answer.pieces()), {"finishReason": _SHORT[answer.stop]}]


def _words(end: str, length: str, stop: str, tool: str, filtered: str) -> Mapping[str, str]:
    """Return a provider's words for why a model stopped, by Converse's."""
    same = {"end_turn": end, "max_tokens": length, "stop_sequence": stop, "tool_use": tool}
    # With a guardrail the provider's own reason stays what it was.
    return {**same, "content_filtered": filtered, "guardrail_intervened": end}


_SHORT = _words("stop", "length", "stop", "tool_calls", "stop")
_OPENAI = _words("stop", "length", "stop", "tool_calls", "content_filter")
_TITAN = _words("FINISH", "LENGTH", "STOP_CRITERIA_MET", "FINISH", "CONTENT_FILTERED")
_COHERE = _words("COMPLETE", "MAX_TOKENS", "COMPLETE", "COMPLETE", "ERROR_TOXIC")
_ANTHROPIC_OLD = _words("stop_sequence", "max_tokens", "stop_sequence", "stop_sequence", "stop_sequence")
_OLD_AI21 = _words("endoftext", "length", "stop", "endoftext", "endoftext")


def _anthropic_usage(answer: Answer) -> Body:
    usage: Body = {"input_tokens": answer.input_tokens}
    if answer.caches:
        written = answer.cache_write_tokens or 0
        usage |= {"cache_creation_input_tokens": written, "cache_read_input_tokens": answer.cache_read_tokens or 0}
        usage["cache_creation"] = {
            "ephemeral_5m_input_tokens": written - answer.cache_write_1h_tokens,
            "ephemeral_1h_input_tokens": answer.cache_write_1h_tokens,
        }
    return usage | {"output_tokens": answer.output_tokens}


def _nova_usage(answer: Answer) -> Body:
    read, written = answer.cache_read_tokens or 0, answer.cache_write_tokens or 0
    usage = {
        "inputTokens": answer.input_tokens,
        "outputTokens": answer.output_tokens,
        "totalTokens": answer.input_tokens + answer.output_tokens + read + written,
    }
    return usage | {"cacheReadInputTokenCount": read, "cacheWriteInputTokenCount": written} if answer.caches else usage


def _openai_usage(answer: Answer) -> Body:
    prompt = answer.input_tokens + (answer.cache_read_tokens or 0) + (answer.cache_write_tokens or 0)
    total = prompt + answer.output_tokens
    usage: Body = {"prompt_tokens": prompt, "completion_tokens": answer.output_tokens, "total_tokens": total}
    if answer.caches:
        usage["prompt_tokens_details"] = {"cached_tokens": answer.cache_read_tokens or 0}
    return usage


def _text_delta(text: str) -> Body:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def _block_start(index: int, block: Body) -> Body:
    return {"type": "content_block_start", "index": index, "content_block": block}


def _anthropic_tool(name: str, arguments: Mapping[str, Any]) -> list[Body]:
    import json

    block = {"type": "tool_use", "id": "toolu_bdrk_0", "name": name, "input": {}}
    delta = {"type": "input_json_delta", "partial_json": json.dumps(arguments)}
    return [
        _block_start(1, block),
        {"type": "content_block_delta", "index": 1, "delta": delta},
        {"type": "content_block_stop", "index": 1},
    ]


def _openai_tool(name: str, arguments: Mapping[str, Any]) -> Body:
    import json

    return {"id": "call_0", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}
