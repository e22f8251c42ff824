"""
What other SDKs' answers tell: found by the names of their classes, never by importing those packages.

Nothing here changes, consumes or keeps an answer, and an answer that cannot be read is no error.
"""

from collections.abc import Callable

from genai_obs._runtime import guard
from genai_obs._runtime.answer_values import class_names, is_dict

_NO_ANSWERS = frozenset((type(None), str, bytes, bytearray, bool, int, float, complex, set, frozenset))
_STREAMS = frozenset(("Stream", "AsyncStream"))
_HELPERS = frozenset(
    (
        "AsyncChatCompletionStream",
        "AsyncMessageStream",
        "AsyncResponseStream",
        "BetaAsyncMessageStream",
        "BetaMessageStream",
        "ChatCompletionStream",
        "MessageStream",
        "ResponseStream",
    )
)
_MANAGERS = frozenset(f"{name}Manager" for name in _HELPERS)


def read_answer(answer: object) -> dict[str, object] | None:
    """
    Return the facts of an answer, keyed by the record's field names; None if it is none that we know.

    A live stream is no answer yet: see `watch_answer`. Of a stream helper that was read to its end, the answer is the
    one that it has put together.
    """
    if type(answer) in _NO_ANSWERS:
        return None
    try:
        return _read(answer)
    except Exception as error:
        guard.failed(error)
        return None


def _read(answer: object) -> dict[str, object] | None:
    if is_dict(answer):
        from genai_obs._runtime import answer_bedrock, answer_langchain

        return answer_langchain.read_state(answer) or answer_bedrock.read(answer)
    for package, name in class_names(answer):
        reader = _READERS.get(package)
        if reader is not None and (facts := reader(answer, name)) is not None:
            return facts
    return None


def _anthropic(answer: object, name: str) -> dict[str, object] | None:
    from genai_obs._runtime import answer_anthropic, answer_http

    return answer_http.read(answer, "anthropic") if name in answer_http.NAMES else answer_anthropic.read(answer, name)


def _openai(answer: object, name: str) -> dict[str, object] | None:
    from genai_obs._runtime import answer_http, answer_openai

    return answer_http.read(answer, "openai") if name in answer_http.NAMES else answer_openai.read(answer, name)


def _litellm(answer: object, name: str) -> dict[str, object] | None:
    from genai_obs._runtime import answer_litellm

    return answer_litellm.read(answer, name)


def _langchain(answer: object, name: str) -> dict[str, object] | None:
    from genai_obs._runtime import answer_langchain

    return answer_langchain.read(answer, name)


def _strands(answer: object, name: str) -> dict[str, object] | None:
    from genai_obs._runtime import answer_agents

    return answer_agents.read_strands(answer, name)


def _pydantic_ai(answer: object, name: str) -> dict[str, object] | None:
    from genai_obs._runtime import answer_agents

    return answer_agents.read_pydantic_ai(answer, name)


_READERS: dict[str, Callable[[object, str], dict[str, object] | None]] = {
    "anthropic": _anthropic,
    "langchain_core": _langchain,
    "litellm": _litellm,
    "openai": _openai,
    "pydantic_ai": _pydantic_ai,
    "strands": _strands,
}


def watch_answer(
    answer: object,
    on_facts: Callable[[dict[str, object], bool], None],
    on_end: Callable[[BaseException | None, bool], None],
) -> bool:
    """
    Follow a live stream of another SDK; the caller reads it as if nobody did.

    Args:
        answer: What may be a stream, a stream helper, or the context manager that opens one.

        on_facts: Called with facts as events bring them, in the thread that reads, and with whether this event is the
            first content of the answer. A fact that was withdrawn is None.

        on_end: Called once: with the error that ended the stream, if one did, and with whether the model had come to
            its end. A ``break`` is not an end; closing or dropping the stream is.

    Returns:
        Whether the stream is being followed; False of everything else, and of a stream that has ended.
    """
    if type(answer) in _NO_ANSWERS:
        return False
    try:
        return _watch(answer, on_facts, on_end)
    except Exception as error:
        guard.failed(error)
        return False


def _watch(
    answer: object,
    on_facts: Callable[[dict[str, object], bool], None],
    on_end: Callable[[BaseException | None, bool], None],
) -> bool:
    names = list(class_names(answer))
    own = {name for package, name in names if package in ("anthropic", "openai")}
    is_litellm = ("litellm", "CustomStreamWrapper") in names
    if not own and not is_litellm:
        return False
    from genai_obs._runtime import answer_litellm, answer_openings, answer_streams
    from genai_obs._runtime.answer_events import EventReader

    if is_litellm:
        reader = answer_litellm.StreamReader(answer)
        return answer_openings.watch_litellm(answer, answer_streams.StreamWatch(reader, on_facts, on_end))
    watch = answer_streams.StreamWatch(EventReader({}), on_facts, on_end)
    if own & _HELPERS:
        return answer_streams.watch_helper(answer, watch)
    if own & _STREAMS:
        return answer_streams.watch_raw(answer, watch)
    return bool(own & _MANAGERS) and answer_openings.watch_manager(answer, watch)
