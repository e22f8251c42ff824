"""``with observe_inference() as observation:`` for code that cannot be decorated."""

import asyncio
import contextvars
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from typing import Any

import pytest
from runtime.lambda_side.support import NOVA, configured, converse

from genai_obs import annotate, observe_inference
from genai_obs._runtime import observation
from genai_obs.testing import capture_records


def test_block_records_a_call_inside_it(client: Any) -> None:
    """A call made in the block leaves its record at once; the block adds none."""
    with capture_records() as records, observe_inference(fields={"feature": "block"}):
        converse(client)
        inside = len(records)

    assert inside == 1
    assert [(r["operation"], r["feature"]) for r in records] == [("Converse", "block")]


def test_block_without_a_call_leaves_latency_and_status() -> None:
    """Nothing was seen and nothing was said: tokens and cost are unknown, not zero."""
    with capture_records() as records, observe_inference():
        pass

    assert [(r["status"], r["value"], r["cost_usd"]) for r in records] == [("ok", None, None)]
    assert "input_tokens" not in records[0]
    assert records[0]["latency_ms"] >= 0  # type: ignore[operator]


def test_exception_in_a_block_passes() -> None:
    """The block swallows nothing, and its record says what kind of error it was, not what it said."""
    error = ValueError("the prompt")

    with capture_records() as records, pytest.raises(ValueError, match="the prompt") as caught, observe_inference():
        raise error

    assert caught.value is error
    assert [(r["status"], r["error_type"]) for r in records] == [("error", "ValueError")]
    assert "the prompt" not in str(records)


def test_asynchronous_block(client: Any) -> None:
    """``async with`` does the same."""

    async def main() -> None:
        async with observe_inference(model_id=NOVA) as block:
            await asyncio.sleep(0)
            block.record_usage(input_tokens=1, output_tokens=2)

    with capture_records() as records:
        asyncio.run(main())

    assert [(r["model_id"], r["total_tokens"]) for r in records] == [(NOVA, 3)]


def test_one_block_object_may_be_used_again_and_nested() -> None:
    """What ``observe_inference()`` returns holds no state of a use: again, inside itself, in many threads."""
    block = observe_inference(fields={"feature": "again"})
    barrier = threading.Barrier(8)

    def use() -> None:
        with block as outer, block as inner:
            barrier.wait()
            outer.record_usage(input_tokens=1, output_tokens=1)
            inner.record_usage(input_tokens=2, output_tokens=2)
        after.append(observation.current.get())

    after: list[object] = []
    with capture_records() as records:
        threads = [threading.Thread(target=use) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(str(r["input_tokens"]) for r in records) == ["1"] * 8 + ["2"] * 8
    assert after == [None] * 8
    assert not block._blocks


def test_nested_blocks_end_the_right_one() -> None:
    """An inner block of another kind ends itself, and the outer one is in progress again."""
    with capture_records() as records, observe_inference() as outer:
        with observe_inference() as inner:
            assert observation.current.get() is inner
        assert observation.current.get() is outer

    assert len(records) == 1
    assert observation.current.get() is None


def test_block_inside_a_decorated_function_does_not_end_the_function() -> None:
    """The end of a bare block is not taken for that of a bare decorator around it."""
    seen = []

    @observe_inference
    def handler() -> None:
        with observe_inference():
            pass
        seen.append(observation.current.get())

    with capture_records() as records:
        handler()

    assert seen[0] is not None
    assert len(records) == 1


def test_block_of_a_generator_context_manager() -> None:
    """A block may span a ``yield`` of the user's own context manager."""

    @contextmanager
    def traced() -> Iterator[Any]:
        with observe_inference() as block:
            yield block

    with capture_records() as records, traced() as block:
        block.record_usage(input_tokens=1, output_tokens=1)

    assert len(records) == 1
    assert observation.current.get() is None


def test_blocks_that_end_in_the_wrong_order(context: Any) -> None:
    """Interleaved blocks each leave their record, and nothing of them is left for the next invocation."""
    first, second = ExitStack(), ExitStack()

    @observe_inference
    def handler(event: object, context: object) -> None: ...

    def interleave() -> None:
        first.enter_context(observe_inference(fields={"feature": "first"})).record_usage(input_tokens=1)
        inner = second.enter_context(observe_inference())
        inner.record_usage(input_tokens=2)
        first.close()
        assert observation.current.get() is inner
        second.close()
        handler({}, context)

    with capture_records() as records:
        contextvars.copy_context().run(interleave)

    assert [r.get("input_tokens") for r in records] == [1, 2, None]
    assert [r.get("feature") for r in records] == ["first", "first", None]


def test_block_that_is_left_in_another_context() -> None:
    """Exit stacks that a framework closes in a task of its own still end the block."""
    stack = AsyncExitStack()

    async def enter() -> None:
        block = await stack.enter_async_context(observe_inference())
        block.record_usage(input_tokens=1, output_tokens=1)

    async def main() -> None:
        await asyncio.create_task(enter())
        await asyncio.create_task(stack.aclose())

    with capture_records() as records:
        asyncio.run(main())

    assert [r["input_tokens"] for r in records] == [1]


def test_invocation_after_a_block_that_was_never_left(context: Any, client: Any) -> None:
    """A block that a handler entered and never left does not swallow the next invocation."""

    class Context:
        aws_request_id = "request-0"

    @observe_inference
    def handler(event: object, context: object) -> None:
        converse(client)

    def forget() -> None:
        stray = observe_inference()
        stray.__enter__()
        annotate(tenant="stray")
        handler({}, Context())
        stray.__exit__(None, None, None)

    def invoke() -> None:
        observe_inference(forget)()
        handler({}, context)

    with capture_records() as records:
        contextvars.copy_context().run(invoke)

    assert records[-1]["request_id"] == "request-1"
    assert "tenant" not in records[-1]


def test_switched_off_a_block_takes_everything_and_does_nothing() -> None:
    """With ``enabled=False`` the same code runs and leaves no record."""
    with configured(enabled=False), capture_records() as records, observe_inference() as block:
        block.record_usage(input_tokens=1, output_tokens=2)
        block.record_response({"usage": {"inputTokens": 1}})

    assert records == []
