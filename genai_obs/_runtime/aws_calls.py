"""
Sees every Bedrock call of every boto3 client: the one method that all of them go through is wrapped.

Clients are usually made while the module is imported, before any decorator runs, and events registered on a session
reach later clients only; a method of the common base class reaches all. Outside an observation a call costs one
look-up more than before.
"""

import functools
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from genai_obs._runtime import guard, observation, old_botocore
from genai_obs._runtime.after_import import when_imported
from genai_obs._runtime.event_streams import fail
from genai_obs._runtime.inference import Inference, read_metadata
from genai_obs._runtime.operations import OPERATIONS

# The call that the current thread or task is in, for the attempts that botocore makes within it.
_in_call: ContextVar[Inference | None] = ContextVar("genai_obs_call", default=None)


def install() -> None:
    """Wrap botocore's and aiobotocore's clients, as soon as these are loaded."""
    when_imported("botocore.client", _patch_botocore)
    when_imported("aiobotocore.client", _patch_aiobotocore)


def _patch_botocore(module: ModuleType) -> None:
    original = module.BaseClient._make_api_call  # noqa: SLF001 - private, and the only method that all clients share
    # "is": a mock that somebody's test put in its place has every attribute one asks for.
    if getattr(original, "_genai_obs", False) is True:
        return

    @functools.wraps(original)
    def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        call = None
        observed = observation.current.get()
        if observed is not None:
            try:
                call = begin(observed, self, operation_name, api_params)
            except Exception as own:
                guard.failed(own)
        if call is None:
            return original(self, operation_name, api_params)
        token = _in_call.set(call)
        try:
            answer = original(self, operation_name, api_params)
        except BaseException as error:
            try:
                fail(call, error)
            except Exception as own:
                guard.failed(own)
            raise
        finally:
            _in_call.reset(token)
        try:
            answered(call, operation_name, answer)
        except Exception as own:
            guard.failed(own)
        return answer

    _make_api_call._genai_obs = True  # type: ignore[attr-defined]  # noqa: SLF001 - a mark of ours
    module.BaseClient._make_api_call = _make_api_call  # noqa: SLF001


def _patch_aiobotocore(module: ModuleType) -> None:
    original = module.AioBaseClient._make_api_call  # noqa: SLF001 - aiobotocore overrides the method
    # "is": a mock that somebody's test put in its place has every attribute one asks for.
    if getattr(original, "_genai_obs", False) is True:
        return

    @functools.wraps(original)
    async def _make_api_call(self: Any, operation_name: str, api_params: Any) -> Any:
        call = None
        observed = observation.current.get()
        if observed is not None:
            try:
                call = begin(observed, self, operation_name, api_params)
            except Exception as own:
                guard.failed(own)
        if call is None:
            return await original(self, operation_name, api_params)
        token = _in_call.set(call)
        try:
            answer = await original(self, operation_name, api_params)
        except BaseException as error:
            try:
                fail(call, error)
            except Exception as own:
                guard.failed(own)
            raise
        finally:
            _in_call.reset(token)
        try:
            answered(call, operation_name, answer)
        except Exception as own:
            guard.failed(own)
        return answer

    _make_api_call._genai_obs = True  # type: ignore[attr-defined]  # noqa: SLF001 - a mark of ours
    module.AioBaseClient._make_api_call = _make_api_call  # noqa: SLF001


def begin(
    observed: observation.Observation, client: Any, operation_name: str, api_params: Mapping[str, object]
) -> Inference | None:
    """Open an inference for this call, or return None if it is not one that runs a model or a guardrail."""
    operation = OPERATIONS.get(operation_name)
    if operation is None:
        return None
    meta = client.meta
    if meta.service_model.service_name != operation.service:
        return None
    facts: dict[str, object] = {"operation": operation_name, "provider": "aws.bedrock", "region": meta.region_name}
    # The decorator's model, provider and operation are for calls that no client tells us about.
    if "processing" in observed.options.facts:
        facts["processing"] = observed.options.facts["processing"]
    try:
        operation.read_request(api_params, facts)
    except Exception as own:
        # A malformed request is botocore's to refuse; what it asked for stays unknown.
        guard.failed(own)
    try:
        _count_attempts(client, operation.service)
    except Exception as own:
        guard.failed(own)
    call = Inference(observed, facts)
    if observed.options.capture_content is not None or observed.settings.capture_content is not None:
        try:
            from genai_obs._runtime import content

            content.note_request(call, api_params)
        except Exception as own:
            guard.failed(own)
    return call


def answered(call: Inference, operation_name: str, answer: object) -> None:
    """Read a call's answer: the record is written now, or when its stream or body ends."""
    latency_ms = call.elapsed_ms()
    facts = call.facts
    follows = False
    if isinstance(answer, dict):
        metadata = answer.get("ResponseMetadata")
        if isinstance(metadata, dict):
            read_metadata(metadata, facts)
        try:
            follows = OPERATIONS[operation_name].read_answer(call, answer)
        except Exception as own:
            guard.failed(own)
    if not follows:
        call.finish("ok", latency_ms)


def _count_attempts(client: Any, service: str) -> None:
    """
    Have botocore tell of each attempt: after a time-out there is no answer that says how many there were.

    Registering again under the same id is a no-op of botocore's; the attribute spares us even that.
    """
    emitter = client.meta.events
    if getattr(emitter, "_genai_obs", False) is True:
        return
    emitter.register(f"request-created.{service}", _guarded(_note_attempt), unique_id="genai-obs-attempts")
    if old_botocore.drops_members(client):
        is_async = hasattr(type(client), "__aenter__")
        note = _guarded_async(_note_wire_async) if is_async else _guarded(_note_wire)
        emitter.register_last(f"after-call.{service}.Converse", note, unique_id="genai-obs-wire")
    emitter._genai_obs = True  # noqa: SLF001 - a mark of ours


def _guarded(handler: Callable[..., None]) -> Callable[..., None]:
    """Return an event handler that raises nothing and returns nothing: botocore would heed both."""

    def handle(**arguments: Any) -> None:
        try:
            handler(**arguments)
        except Exception as own:
            guard.failed(own)

    return handle


def _guarded_async(handler: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def handle(**arguments: Any) -> None:
        try:
            await handler(**arguments)
        except Exception as own:
            guard.failed(own)

    return handle


def _note_attempt(**_: object) -> None:
    call = _in_call.get()
    if call is not None:
        call.attempts += 1


def _note_wire(http_response: Any = None, **_: object) -> None:
    # The body was read and kept for parsing: this costs no input.
    call = _in_call.get()
    if call is not None and _has_body(http_response):
        call.wire = http_response.content


async def _note_wire_async(http_response: Any = None, **_: object) -> None:
    call = _in_call.get()
    if call is not None and _has_body(http_response):
        call.wire = await http_response.content


def _has_body(http_response: object) -> bool:
    """Tell a real answer from one that a stub or a test's event handler made up."""
    return getattr(http_response, "raw", None) is not None
