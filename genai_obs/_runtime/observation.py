"""
One observation: the following of one decorated call or ``with`` block, from its start to its end.

The context variable finds the observation in progress, so that tasks and nested observations need no care. The
outermost one, the root, stands for the Lambda invocation: request id and deadline are its.
"""

import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from typing import TYPE_CHECKING

import orjson

from genai_obs._runtime import guard, lambda_context, settings

if TYPE_CHECKING:
    from genai_obs._runtime.inference import Inference
    from genai_obs._runtime.pricing import Pricing


# They stand on every later record of the invocation.
_MAX_ANNOTATIONS = 128


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
        "_correlation",
        "_owes",
        "_root",
        "_shared",
        "_token",
        "annotations",
        "block",
        "explicit",
        "in_flight",
        "is_over",
        "lambda_context",
        "options",
        "parent",
        "seen",
        "settings",
        "started_ns",
        "version",
    )

    def __init__(self, options: Options, parent: "Observation | None", lambda_context: object) -> None:
        self.options = options
        self.parent = parent
        # None for the root itself: a reference to itself would leave every observation to the garbage collector.
        self._root: Observation | None = None if parent is None else parent.root
        self.settings: settings.Settings = settings.current() if parent is None else parent.settings
        self.lambda_context = lambda_context
        # The ``observe_inference()`` whose ``with`` block this is, if it is one.
        self.block: object = None
        self.is_over = False
        # Model calls recorded here or in an observation within.
        self.seen = 0
        self.in_flight: set[Inference] = set() if parent is None else parent.in_flight
        self.explicit: list[tuple[bool, dict[str, object]]] = []
        self.annotations: dict[str, object] = {}
        self.version: object = None
        self._shared: tuple[object, dict[str, object], bytes] | None = None
        self._correlation: dict[str, object] | None = None
        self._token: Token[Observation | None] | None = None
        # The deadline's thread and the caller's may both find that nothing was recorded: one of them takes this.
        self._owes: list[bool] | None = None if lambda_context is None else [True]
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
        region: str | None = None,
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

            region: Where the call was made, which decides the price; for ``aws.bedrock`` else the function's own.
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
                "region": region or (self.settings.region if provider == "aws.bedrock" else None),
            }
            given: dict[str, object] = {name: text for name, text in texts.items() if isinstance(text, str) and text}
            given.update((name, n) for name, value in counts.items() if (n := usage.count(value)) is not None)
            self.explicit.append((True, given))
        except Exception as error:
            guard.failed(error)

    # -- what the runtime calls --------------------------------------------------------------------------------------

    @property
    def root(self) -> "Observation":
        """The outermost observation around this one."""
        return self._root or self

    def began(self, inference: "Inference") -> None:
        """Note a model call that begins here."""
        self.in_flight.add(inference)
        observation: Observation | None = self
        while observation is not None:
            observation.seen += 1
            observation = observation.parent

    def ended(self, inference: "Inference") -> None:
        """Note that a model call has its record."""
        self.in_flight.discard(inference)

    def takes_own_record(self) -> bool:
        """Tell whether the caller is the one to write the record of an observation in which nothing was seen."""
        if self.seen:
            return False
        if self._owes is None:
            return True
        try:
            return self._owes.pop()
        except IndexError:
            return False

    def annotate(self, fields: dict[str, object]) -> None:
        """
        Add fields to every later record of this invocation.

        Each observation from here outwards takes them, and the innermost one's count first: of two tasks that are
        observed on their own and say different things, each keeps its own.
        """
        observation: Observation | None = self
        while observation is not None:
            # In place, and then a new version: both are atomic, so threads may annotate the same invocation.
            if len(observation.annotations) + len(fields) > _MAX_ANNOTATIONS:
                guard.say_once(f"more than {_MAX_ANNOTATIONS} annotations in one invocation; further ones are left out")
                fields = {name: value for name, value in fields.items() if name in observation.annotations}
            observation.annotations.update(fields)
            observation = observation.parent
        self.root.version = object()

    def user_fields(self) -> dict[str, object]:
        """
        Return the user's fields in one dict.

        The more specific overwrites: configuration, logger, decorators from outside in, annotations from outside in.
        """
        merged = dict(self.settings.fields)
        if self.settings.logger is not None:
            from genai_obs._runtime import powertools

            merged.update(powertools.logger_keys(self.settings.logger))
        chain = [self]
        while (parent := chain[-1].parent) is not None:
            chain.append(parent)
        chain.reverse()
        for observation in chain:
            merged.update(observation.options.fields)
        for observation in chain:
            merged.update(observation.annotations)
        return merged

    def correlation(self) -> dict[str, object]:
        """Return the members that all records of this invocation share."""
        if self._root is not None:
            return self._root.correlation()
        members = self._correlation
        if members is None:
            members = self._correlation = lambda_context.invocation_members(self.lambda_context, self.settings)
        return members

    def shared_members(self) -> tuple[dict[str, object], bytes]:
        """
        Return the user's fields, and these with the correlation members as JSON without its braces.

        Both are made once and again after ``annotate``: they are half of what is dear about a record.
        """
        version = self.root.version
        shared = self._shared
        if shared is None or shared[0] is not version or self.settings.logger is not None:
            user_fields = self.user_fields()
            members = {**self.correlation(), **user_fields}
            if self.settings.level is not None:
                members["level"] = self.settings.level
            # User fields hold no reserved name, so neither overwrites the other.
            self._shared = shared = (version, user_fields, orjson.dumps(members)[1:-1])
        return shared[1], shared[2]

    def enter(self) -> None:
        """Make this the observation in progress."""
        self._token = current.set(self)

    def leave(self) -> None:
        """Make the one around it the observation in progress again."""
        token, self._token = self._token, None
        if token is None or current.get() is not self:
            # Blocks that were entered one inside the other and left in another order: the inner one goes on.
            return
        try:
            current.reset(token)
        except ValueError:
            # Entered in another context, as by an exit stack that is closed in a task of its own.
            current.set(self.parent)


current: ContextVar[Observation | None] = ContextVar("genai_obs_observation", default=None)


class _Unobserved(Observation):
    """Stands in where observation is off, or could not begin; takes everything and does nothing."""

    __slots__ = ()

    def __init__(self) -> None:
        pass

    def record_response(self, response: object) -> None:
        """Do nothing."""

    def record_usage(self, **_: object) -> None:
        """Do nothing."""


UNOBSERVED = _Unobserved()


def begin(options: Options, args: tuple[object, ...], kwargs: Mapping[str, object]) -> Observation:
    """Begin an observation inside the one in progress, if any, without entering it."""
    parent = current.get()
    context = lambda_context.find_context(args, kwargs)
    if parent is not None and (context is None or _is_inside(parent.root, context)):
        return Observation(options, parent, None)
    observation = Observation(options, None, context)
    if context is not None:
        from genai_obs._runtime import deadline

        deadline.arm(observation)
    return observation


def _is_inside(root: Observation, context: object) -> bool:
    """Tell whether a handler that is given this context runs inside that invocation, or found it never left."""
    if root.is_over:
        return False
    request_id = lambda_context.text_of(root.lambda_context, "aws_request_id")
    return request_id is None or request_id == lambda_context.text_of(context, "aws_request_id")
