"""
One observation: the following of one decorated call or ``with`` block, from its start to its end.

The context variable finds the observation in progress, so that tasks and nested observations need no care. The
outermost one stands for the Lambda invocation: request id, annotations and the deadline are its.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING

from genai_obs._runtime import guard, settings
from genai_obs._runtime.inference import Inference

if TYPE_CHECKING:
    from genai_obs._runtime.pricing import Pricing

_NO_FIELDS: dict[str, object] = {}
_PLAIN = (str, bytes, int, float, bool, type(None))


class Options:
    """What the decorator's arguments say; the same object for every call of the decorated function."""

    __slots__ = ("capture_content", "facts", "fields", "pricing")

    def __init__(
        self,
        facts: dict[str, object],
        fields: dict[str, object],
        capture_content: Callable[[str], object] | None,
        pricing: "Pricing | None",
    ) -> None:
        # model_id, provider, operation, processing: for what no client tells us.
        self.facts = facts
        self.fields = fields
        self.capture_content = capture_content
        self.pricing = pricing


class Observation:
    """
    What ``with observe_inference() as observation:`` hands out.

    Use ``record_response`` or ``record_usage`` for a model call that no client of ours could see.
    """

    __slots__ = (
        "_annotations",
        "_correlation",
        "_shared",
        "_shared_for",
        "_token",
        "explicit",
        "in_flight",
        "lambda_context",
        "options",
        "parent",
        "root",
        "seen",
        "settings",
        "started_ns",
    )

    def __init__(self, options: Options, parent: "Observation | None", lambda_context: object) -> None:
        self.options = options
        self.parent = parent
        self.root: Observation = self if parent is None else parent.root
        self.settings: settings.Settings = settings.current() if parent is None else parent.settings
        self.lambda_context = lambda_context
        # Model calls recorded here or in an observation within.
        self.seen = 0
        self.in_flight: set[Inference] = set() if parent is None else self.root.in_flight
        self.explicit: list[tuple[bool, dict[str, object]]] = []
        self._annotations: dict[str, object] = _NO_FIELDS
        self._correlation: dict[str, object] | None = None
        self._shared: dict[str, object] = _NO_FIELDS
        self._shared_for: object = None
        self._token: Token[Observation | None] | None = None
        self.started_ns = time.perf_counter_ns()

    # -- what users call ---------------------------------------------------------------------------------------------

    def record_response(self, response: object) -> None:
        """
        Take the answer of a model call that was made by other means than boto3.

        One record is written for it when the block ends; if calls were seen through boto3 in the meantime, the answer
        is theirs and is not counted again. An answer that cannot be read leaves a record without tokens.

        Args:
            response: A Bedrock dict, or an Anthropic, OpenAI, LangChain, LiteLLM, Strands or pydantic-ai object.
        """
        try:
            from genai_obs._runtime import answers

            self.explicit.append((False, answers.read_answer(response) or {}))
        except Exception as error:
            guard.failed(error)

    def record_usage(
        self,
        *,
        model_id: str | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        cache_read_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        cache_write_1h_tokens: int | None = None,
        stop_reason: str | None = None,
        provider: str | None = None,
        operation: str | None = None,
    ) -> None:
        """
        Say in numbers what a model call used; one record is written for it when the block ends.

        Args:
            model_id: The model as it was called; decides the price.

            input_tokens: Input without what was read from or written to a cache; None if unknown, never 0 for that.

            output_tokens: Output, reasoning included.

            cache_read_tokens: Input read from a cache.

            cache_write_tokens: Input written to a cache.

            cache_write_1h_tokens: How much of ``cache_write_tokens`` was written for one hour.

            stop_reason: The provider's own word.

            provider: Such as ``aws.bedrock`` or ``openai``.

            operation: Such as ``Converse`` or ``chat.completions``.
        """
        try:
            from genai_obs._runtime import usage

            counts = {
                "input_tokens": input_tokens,
                "output_tokens": output_tokens,
                "cache_read_tokens": cache_read_tokens,
                "cache_write_tokens": cache_write_tokens,
                "cache_write_1h_tokens": cache_write_1h_tokens,
            }
            texts = {
                "model_id": model_id,
                "provider": provider,
                "operation": operation,
                "stop_reason": stop_reason,
            }
            given: dict[str, object] = {name: text for name, text in texts.items() if isinstance(text, str) and text}
            given.update((name, n) for name, value in counts.items() if (n := usage.count(value)) is not None)
            self.explicit.append((True, given))
        except Exception as error:
            guard.failed(error)

    # -- what the runtime calls --------------------------------------------------------------------------------------

    def began(self, inference: Inference) -> None:
        """Note a model call that begins here."""
        self.root.in_flight.add(inference)
        observation: Observation | None = self
        while observation is not None:
            observation.seen += 1
            observation = observation.parent

    def ended(self, inference: Inference) -> None:
        """Note that a model call has its record."""
        self.root.in_flight.discard(inference)

    def annotate(self, fields: dict[str, object]) -> None:
        """Add fields to every later record of this invocation."""
        root = self.root
        # Replaced, not changed: a record that is being written in another thread iterates over the old dict.
        root._annotations = root._annotations | fields  # noqa: SLF001 - the root is one of us

    def user_fields(self) -> Mapping[str, object]:
        """Return the user's fields, the most specific last: configuration, logger, decorators from outside in, annotations."""
        common = self.settings.fields
        annotations = self.root._annotations  # noqa: SLF001 - the root is one of us
        logger = self.settings.logger
        if self.parent is None and not common and logger is None:
            own = self.options.fields
            return annotations if not own else own | annotations
        merged = dict(common)
        if logger is not None:
            from genai_obs._runtime import powertools

            merged.update(powertools.logger_keys(logger))
        chain: list[Observation] = []
        observation: Observation | None = self
        while observation is not None:
            chain.append(observation)
            observation = observation.parent
        for one in reversed(chain):
            merged.update(one.options.fields)
        merged.update(annotations)
        return merged

    def correlation(self) -> dict[str, object]:
        """Return the members that all records of this invocation share."""
        root = self.root
        members = root._correlation  # noqa: SLF001 - the root is one of us
        if members is None:
            members = root._correlation = invocation_members(root.lambda_context, root.settings)  # noqa: SLF001
        return members

    def shared_members(self) -> dict[str, object]:
        """
        Return correlation and user fields in one dict, for reading only.

        It is built once and again after ``annotate``: a handler usually leaves several records, or one very often.
        """
        annotations = self.root._annotations  # noqa: SLF001 - the root is one of us
        if self._shared_for is not annotations or self.settings.logger is not None:
            # User fields hold no reserved name, so neither overwrites the other.
            self._shared = {**self.correlation(), **self.user_fields()}
            self._shared_for = annotations
        return self._shared

    def enter(self) -> None:
        """Make this the observation in progress."""
        self._token = current.set(self)

    def leave(self) -> None:
        """Make the one around it the observation in progress again."""
        token = self._token
        if token is not None:
            self._token = None
            try:
                current.reset(token)
            except ValueError:
                # Entered in another context, as an async generator that is closed by the event loop's finaliser is.
                current.set(self.parent)


current: ContextVar[Observation | None] = ContextVar("genai_obs_observation", default=None)


def begin(options: Options, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Observation:
    """Begin an observation inside the one in progress, if any, without entering it."""
    parent = current.get()
    if parent is not None:
        return Observation(options, parent, None)
    context = _find_context(args, kwargs)
    observation = Observation(options, None, context)
    if context is not None:
        from genai_obs._runtime import deadline

        deadline.arm(observation)
    return observation


def _find_context(args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
    """Return Lambda's context object: the last positional argument of a handler, or ``context=``."""
    candidate = args[-1] if args else None
    if isinstance(candidate, (*_PLAIN, dict, list)):
        candidate = kwargs.get("context")
    return candidate if isinstance(getattr(candidate, "aws_request_id", None), str) else None


# The first invocation of this environment, by its request id or trace id. SnapStart keeps None in the snapshot.
_first_invocation: str | None = None


def invocation_members(lambda_context: object, configured: settings.Settings) -> dict[str, object]:
    """Return request id, trace id, function, cold start and the configured names, as far as they are known."""
    global _first_invocation
    members: dict[str, object] = {}
    request_id = _text(getattr(lambda_context, "aws_request_id", None)) or _request_id_of_runtime_client()
    if request_id:
        members["request_id"] = request_id
    trace = os.environ.get("_X_AMZN_TRACE_ID")
    if trace:
        trace_id = next((part[5:] for part in trace.split(";") if part.startswith("Root=")), None)
        if trace_id:
            members["trace_id"] = trace_id[:128]
    members.update(configured.common)
    if lambda_context is not None:
        for name, attribute in (("function_name", "function_name"), ("function_version", "function_version")):
            if name not in members and (text := _text(getattr(lambda_context, attribute, None))):
                members[name] = text
    invocation = request_id or trace
    if invocation and (configured.in_lambda or lambda_context is not None):
        if _first_invocation is None:
            _first_invocation = invocation
        members["cold_start"] = invocation == _first_invocation
    return members


def _text(value: object) -> str | None:
    return value[:256] if isinstance(value, str) and value else None


def _request_id_of_runtime_client() -> str | None:
    """
    Return the request id that Lambda's own runtime client keeps, for code that is decorated below the handler.

    It is a private name (seen in awslambdaric 4.2.2), so its absence only leaves the field out.
    """
    module = sys.modules.get("awslambdaric.bootstrap")
    return _text(getattr(module, "_GLOBAL_AWS_REQUEST_ID", None))


def finish(observation: Observation, result: object, error: BaseException | None) -> None:
    """
    End an observation: write what is still owed and let go of the invocation.

    Every model call in it has left its own record by now, or will when its stream ends. If there was none, the
    observation itself leaves one: from what the user said, from the return value, or with latency and status only.
    """
    if observation.parent is None:
        if observation.lambda_context is not None:
            from genai_obs._runtime import deadline

            deadline.disarm(observation)
        if observation.in_flight and (observation.lambda_context is not None or observation.settings.in_lambda):
            _end_streams(observation, result)
    said = [facts for is_numbers, facts in observation.explicit if is_numbers or not observation.seen]
    if said:
        for facts in said:
            _own_inference(observation, facts).finish("ok")
    elif not observation.seen:
        _record_itself(observation, result, error)


def _end_streams(observation: Observation, result: object) -> None:
    """End the streams that nobody will read after the invocation, except those that are handed to its caller."""
    for inference in list(observation.in_flight):
        abandon = inference.abandon
        if abandon is not None and not _hands_over(result, inference):
            abandon()


def _hands_over(result: object, inference: Inference) -> bool:
    """Tell whether the caller of the handler may still read this stream."""
    if isinstance(result, _PLAIN):
        return False
    if isinstance(result, dict | list | tuple):
        members = result.values() if isinstance(result, dict) else result
        return any(inference.watches(member) for member in members)
    return True


def _own_inference(observation: Observation, facts: dict[str, object]) -> Inference:
    inference = Inference(observation, observation.options.facts | facts)
    inference.started_ns = observation.started_ns
    return inference


def _record_itself(observation: Observation, result: object, error: BaseException | None) -> None:
    if error is not None:
        _own_inference(observation, {}).fail(error)
        return
    if isinstance(result, _PLAIN):
        _own_inference(observation, {}).finish("ok")
        return
    from genai_obs._runtime import answers

    inference = _own_inference(observation, answers.read_answer(result) or {})
    if len(inference.facts) > len(observation.options.facts) or not _watch(inference, result):
        inference.finish("ok")


def _watch(inference: Inference, answer: object) -> bool:
    """Follow another SDK's live stream to its end; return False when the answer is none."""
    from genai_obs._runtime import answers

    facts = inference.facts

    def on_facts(found: dict[str, object], first_content: bool) -> None:
        facts.update(found)
        if first_content:
            facts["time_to_first_token_ms"] = inference.elapsed_ms()

    def on_end(error: BaseException | None, complete: bool) -> None:
        facts["stream"] = "complete" if complete else "abandoned"
        if error is not None:
            inference.fail(error)
        else:
            inference.finish("ok" if complete else "abandoned")

    return answers.watch_answer(answer, on_facts, on_end)


def time_out(observation: Observation) -> None:
    """Leave a record of everything that the coming time-out would swallow; called shortly before the deadline."""
    for inference in list(observation.in_flight):
        if inference.abandon is not None:
            inference.facts.setdefault("stream", "abandoned")
        inference.finish("timeout")
    if not observation.seen:
        _own_inference(observation, {}).finish("timeout")
