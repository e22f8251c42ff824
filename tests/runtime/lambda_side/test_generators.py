"""Generators, decorated, do what they do undecorated, whatever is sent or thrown into them."""

import asyncio
import gc
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs import observe_inference
from genai_obs._runtime import observation
from genai_obs.testing import capture_records

# A script for the body: what it does at each of its steps, and how it takes what is thrown in.
BODY = st.lists(
    st.sampled_from(["yield", "catch and go on", "catch and return", "catch and raise", "raise", "return"]), max_size=5
)
# A script for the caller.
CALLS = st.lists(st.sampled_from(["next", "send", "throw", "throw exit", "throw stop", "close"]), max_size=7)


class ThrownError(Exception):
    """ThrownError in by the caller."""


class RaisedError(Exception):
    """RaisedError by the body."""


def body(script: list[str], log: list[object]) -> Generator[Any, Any, Any]:
    """Run a script, noting what arrives."""
    for number, step in enumerate(script):
        if step == "raise":
            raise RaisedError(number)
        if step == "return":
            return number
        try:
            log.append((yield number))
        except BaseException as error:
            log.append(repr(error))
            if step == "catch and return":
                return "caught"
            if step == "catch and raise":
                raise RaisedError from error
            if step != "catch and go on":
                raise
    return "end"


async def async_body(script: list[str], log: list[object]) -> AsyncGenerator[Any, Any]:
    """Run the same script asynchronously."""
    for number, step in enumerate(script):
        await asyncio.sleep(0)
        if step == "raise":
            raise RaisedError(number)
        if step == "return":
            return
        try:
            log.append((yield number))
        except BaseException as error:
            log.append(repr(error))
            await asyncio.sleep(0)
            if step == "catch and return":
                return
            if step == "catch and raise":
                raise RaisedError from error
            if step != "catch and go on":
                raise


def outcome(call: Callable[[], object]) -> object:
    """Return what a call gives, or what it raises with its cause."""
    try:
        return call()
    except BaseException as error:  # noqa: BLE001 - any outcome is compared
        return repr(error), repr(error.__cause__)


def drive(generator: Generator[Any, Any, Any], calls: list[str]) -> list[object]:
    """Return the outcome of each call of the caller's script."""
    actions: dict[str, Callable[[], object]] = {
        "next": lambda: next(generator),
        "send": lambda: generator.send("sent"),
        "throw": lambda: generator.throw(ThrownError("x")),
        "throw exit": lambda: generator.throw(GeneratorExit()),
        "throw stop": lambda: generator.throw(StopIteration("s")),
        "close": generator.close,
    }
    # A body may take several closings before it ends; one that is dropped before would complain on stderr.
    return [outcome(actions[call]) for call in (*calls, *["close"] * 7)]


def async_drive(generator: AsyncGenerator[Any, Any], calls: list[str]) -> list[object]:
    """Return the outcome of each call of the caller's script."""
    actions: dict[str, Callable[[], Any]] = {
        "next": generator.__anext__,
        "send": lambda: generator.asend("sent"),
        "throw": lambda: generator.athrow(ThrownError("x")),
        "throw exit": lambda: generator.athrow(GeneratorExit()),
        "throw stop": lambda: generator.athrow(StopAsyncIteration("s")),
        "close": generator.aclose,
    }
    return [outcome(lambda c=call: run_by_hand(actions[c]())) for call in (*calls, *["throw"] * 7)]  # type: ignore[misc]


def run_by_hand(awaitable: Any) -> object:
    """Run an awaitable to its end, without an event loop that would close generators on its own."""
    steps = awaitable.__await__()
    while True:
        try:
            steps.send(None)
        except StopIteration as stop:
            return stop.value


@given(BODY, CALLS)
def test_generator_is_driven_as_without_us(script: list[str], calls: list[str]) -> None:
    """Any mix of next, send, throw and close gives the same values and exceptions, and the body sees the same."""
    plain_log: list[object] = []
    observed_log: list[object] = []
    expected = drive(body(script, plain_log), calls)

    with capture_records() as records:
        actual = drive(observe_inference(body)(script, observed_log), calls)

    assert actual == expected
    assert observed_log == plain_log
    assert len(records) <= 1
    assert observation.current.get() is None


@given(BODY, CALLS)
def test_async_generator_is_driven_as_without_us(script: list[str], calls: list[str]) -> None:
    """The same holds for asynchronous generators."""
    if "catch and go on" in script:
        # Python never lets go of one that ignores its closing, and complains when it is collected.
        calls = [call for call in calls if call != "close"]
    plain_log: list[object] = []
    observed_log: list[object] = []
    expected = async_drive(async_body(script, plain_log), calls)

    with capture_records() as records:
        actual = async_drive(observe_inference(async_body)(script, observed_log), calls)

    assert actual == expected
    assert observed_log == plain_log
    assert len(records) <= 1
    assert observation.current.get() is None


def test_generator_leaves_one_record_when_it_is_exhausted() -> None:
    """The record comes at the end, with the whole time in it."""

    @observe_inference
    def pieces() -> Any:
        yield 1
        yield 2
        return 3

    with capture_records() as records:
        generator = pieces()
        assert (next(generator), next(generator), records) == (1, 2, [])
        with pytest.raises(StopIteration) as stop:
            next(generator)

    assert stop.value.value == 3
    assert [record["status"] for record in records] == ["ok"]


@pytest.mark.parametrize("end", ["close", "drop"])
def test_generator_that_is_left_early_is_no_failure(end: str) -> None:
    """A consumer that has seen enough closes or drops the generator: its body is closed, the record says ok."""
    closed = []

    @observe_inference
    def pieces() -> Any:
        try:
            yield 1
            yield 2
        finally:
            closed.append(True)

    with capture_records() as records:
        generator = pieces()
        next(generator)
        if end == "close":
            generator.close()
        del generator

    assert closed == [True]
    assert [record["status"] for record in records] == ["ok"]


def test_generator_that_never_began_leaves_nothing() -> None:
    """Making a generator is not yet running it."""

    @observe_inference
    def pieces() -> Any:
        yield 1

    with capture_records() as records:
        pieces().close()

    assert records == []


def test_what_happens_between_two_steps_is_not_the_generators() -> None:
    """Between two steps the caller is in its own observation, or in none."""
    seen = []

    @observe_inference
    def pieces() -> Any:
        seen.append(observation.current.get())
        yield 1
        seen.append(observation.current.get())

    with capture_records():
        seen.extend(observation.current.get() for _ in pieces())

    first, between, second = seen
    assert between is None
    assert first is not None
    assert first is second


def test_thrown_exception_keeps_its_traceback() -> None:
    """What is thrown in arrives in the body with the same traceback as without us."""
    depths = []

    def pieces() -> Any:
        try:
            yield 1
        except ThrownError:
            depth, frame = 0, sys.exc_info()[2]
            while frame is not None:
                depth, frame = depth + 1, frame.tb_next
            depths.append(depth)

    with capture_records():
        for function in (pieces, observe_inference(pieces)):
            generator = function()
            next(generator)
            with pytest.raises(StopIteration):
                generator.throw(ThrownError())

    assert depths[0] == depths[1]


def test_async_generator_is_finalised_by_the_event_loop() -> None:
    """A dropped asynchronous generator is closed by the loop in a context of its own; its body can still await."""
    closed = []

    @observe_inference
    async def pieces() -> Any:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    async def main() -> None:
        async for _ in pieces():
            break
        gc.collect()
        await asyncio.sleep(0.01)

    with capture_records() as records:
        asyncio.run(main())

    assert closed == [True]
    assert [record["status"] for record in records] == ["ok"]


def test_async_generator_stepped_by_several_tasks() -> None:
    """Each step may run in another task: observations of those tasks stay theirs."""
    seen = []

    @observe_inference
    async def pieces() -> Any:
        for number in range(3):
            seen.append(observation.current.get())
            yield number

    async def step(generator: Any) -> object:
        return await anext(generator)

    async def main() -> None:
        generator = pieces()
        for _ in range(3):
            await asyncio.create_task(step(generator))
            assert observation.current.get() is None
        await generator.aclose()

    with capture_records() as records:
        asyncio.run(main())

    assert len({id(one) for one in seen}) == 1
    assert len(records) == 1


def test_generators_may_be_interleaved() -> None:
    """Two decorated generators that are read in turns leave a record each."""

    @observe_inference
    def pieces(name: str) -> Any:
        for number in range(2):
            yield name, number

    with capture_records() as records:
        pairs = list(zip(pieces("a"), pieces("b"), strict=True))

    assert pairs == [(("a", 0), ("b", 0)), (("a", 1), ("b", 1))]
    assert len(records) == 2
    assert observation.current.get() is None
