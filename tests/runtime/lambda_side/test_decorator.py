"""The decorator gives the user's function exactly what it had."""

import abc
import asyncio
import functools
import inspect
import pickle
import sys
import traceback
import types
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import pytest
from runtime.lambda_side.support import Record, configured

from genai_obs import observe_inference
from genai_obs._runtime import observation, wrappers
from genai_obs.testing import capture_records

ANSWER = object()
Decorate = Callable[[Any], Any]

bare_and_with_options = pytest.mark.parametrize(
    "decorate", [observe_inference, observe_inference(fields={"feature": "f"})], ids=["bare", "with options"]
)


@observe_inference
def module_level(number: int) -> int:
    """Double a number."""
    return number * 2


def one(call: Callable[[], object]) -> Record:
    """Return the one record that a call leaves."""
    with capture_records() as records:
        call()
    assert len(records) == 1, records
    return records[0]


@bare_and_with_options
def test_value_is_the_very_object(decorate: Decorate) -> None:
    """What the function returns is what its caller gets, and one record says that it went well."""

    @decorate
    def handler(event: object, context: object) -> object:
        return ANSWER

    with capture_records() as records:
        value = handler({}, None)

    assert value is ANSWER
    assert [record["status"] for record in records] == ["ok"]


@pytest.mark.parametrize(
    "error",
    [ValueError("v"), SystemExit(3), KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError(), StopIteration(5)],
    ids=lambda error: type(error).__name__,
)
def test_exception_is_the_very_object(error: BaseException) -> None:
    """Any exception passes: the same object, its cause and context untouched, our frame above the user's."""
    cause = KeyError("k")

    @observe_inference
    def handler() -> None:
        raise error from cause

    with capture_records() as records, pytest.raises(type(error)) as caught:
        handler()

    assert caught.value is error
    assert (error.__cause__, error.__context__) == (cause, None)
    frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    assert frames == [__file__, wrappers.__file__, __file__]
    assert [record["error_type"] for record in records] == [type(error).__name__]


def test_exception_inside_a_handler_keeps_its_context() -> None:
    """An exception raised while another is handled still names that other one."""
    first = KeyError("first")

    @observe_inference
    def handler() -> None:
        try:
            raise first
        except KeyError:
            raise ValueError("second")  # noqa: B904 - the context is what is tested

    with capture_records(), pytest.raises(ValueError, match="second") as caught:
        handler()

    assert caught.value.__context__ is first


def test_exception_is_not_kept_alive() -> None:
    """Once the caller drops an exception it is gone, without waiting for the garbage collector."""
    import gc
    import weakref

    class FailureError(Exception):
        pass

    @observe_inference
    def plain() -> None:
        raise FailureError

    @observe_inference
    def generator() -> Any:
        yield
        raise FailureError

    def throw() -> None:
        started = generator()
        next(started)
        started.throw(FailureError())

    dropped = []
    gc.disable()
    try:
        with capture_records():
            for call in (plain, lambda: list(generator()), throw):
                try:
                    call()
                except FailureError as error:
                    dropped.append(weakref.ref(error))
        alive = [reference() for reference in dropped]
    finally:
        gc.enable()

    assert alive == [None] * 3


def test_observation_is_no_garbage() -> None:
    """A finished observation is freed at once: handlers that switch the garbage collector off do not grow."""
    import gc

    @observe_inference
    def handler() -> None:
        pass

    def alive() -> int:
        return sum(isinstance(o, observation.Observation) for o in gc.get_objects())

    with capture_records():
        handler()
        gc.collect()
        gc.disable()
        try:
            before = alive()
            for _ in range(50):
                handler()
            after = alive()
        finally:
            gc.enable()

    assert after == before


def test_signature_name_and_doc_stay() -> None:
    """Tools that read the function see the function."""

    def handler(event: dict[str, int], context: object = None, *, flag: bool = False) -> int:
        """Handle."""
        return 1

    observed = observe_inference(handler)

    assert inspect.signature(observed) == inspect.signature(handler)
    assert (observed.__name__, observed.__doc__, observed.__module__) == ("handler", "Handle.", __name__)
    assert observed.__qualname__ == handler.__qualname__
    assert inspect.unwrap(observed) is handler
    assert inspect.get_annotations(observed) == inspect.get_annotations(handler)


@bare_and_with_options
def test_kind_stays(decorate: Decorate) -> None:
    """Frameworks that ask what kind of function it is get the same answer as before."""

    def plain() -> None:
        pass

    async def coroutine() -> None:
        pass

    def generator() -> Any:
        yield

    async def async_generator() -> Any:
        yield

    kinds = (inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction, inspect.isfunction)
    for function in (plain, coroutine, generator, async_generator):
        assert [kind(decorate(function)) for kind in kinds] == [kind(function) for kind in kinds]


def test_module_level_function_can_be_pickled() -> None:
    """Process pools find a decorated function by its name."""
    again = pickle.loads(pickle.dumps(module_level))

    assert again is module_level


@bare_and_with_options
def test_methods_of_all_kinds(decorate: Decorate) -> None:
    """Instance, static and class methods work, ours above or below ``staticmethod`` and ``classmethod``."""

    class Service:
        name = "service"

        @decorate
        def instance(self, n: int) -> tuple[object, int]:
            return self, n

        @decorate
        @staticmethod
        def static_above(n: int) -> int:
            return n

        @staticmethod
        @decorate
        def static_below(n: int) -> int:
            return n

        @decorate
        @classmethod
        def class_above(cls, n: int) -> tuple[object, int]:
            return cls, n

        @classmethod
        @decorate
        def class_below(cls, n: int) -> tuple[object, int]:
            return cls, n

        @property
        @decorate
        def value(self) -> str:
            return self.name

        @decorate
        async def later(self) -> object:
            return self

    service = Service()
    with capture_records() as records:
        assert service.instance(1) == (service, 1)
        assert (Service.static_above(2), service.static_below(3)) == (2, 3)
        assert (Service.class_above(4), service.class_below(5)) == ((Service, 4), (Service, 5))
        assert service.value == "service"
        assert asyncio.run(service.later()) is service

    assert len(records) == 7


def test_abstract_method_stays_abstract() -> None:
    """A decorated abstract method still keeps its class from being instantiated."""

    class Base(abc.ABC):
        @observe_inference
        @abc.abstractmethod
        def run(self) -> None: ...

    with pytest.raises(TypeError, match="abstract"):
        Base()  # type: ignore[abstract]


def test_callables_that_are_no_functions() -> None:
    """Lambdas, partials and callable objects are observed according to what calling them gives."""

    class Plain:
        def __call__(self, n: int) -> int:
            return n

    class Later:
        async def __call__(self, n: int) -> int:
            await asyncio.sleep(0)
            return n

    async def later(n: int) -> int:
        return n

    with capture_records() as records:
        assert observe_inference(lambda n: n)(1) == 1
        assert observe_inference(functools.partial(pow, 2))(3) == 8
        assert observe_inference(Plain())(4) == 4
        assert asyncio.run(observe_inference(Later())(5)) == 5
        assert asyncio.run(observe_inference(functools.partial(later, 6))()) == 6
        assert asyncio.run(observe_inference(functools.partial(Later(), 7))()) == 7

    assert [record["status"] for record in records] == ["ok"] * 6


def test_awaitable_generator_stays_awaitable() -> None:
    """A generator made awaitable by ``types.coroutine`` can still be awaited."""

    @observe_inference
    @types.coroutine
    def legacy() -> Any:
        yield from asyncio.sleep(0).__await__()
        return 9

    async def main() -> object:
        return await legacy()

    with capture_records() as records:
        assert asyncio.run(main()) == 9

    assert len(records) == 1


def test_function_can_call_itself() -> None:
    """Recursion leaves one record: the innermost call's, which is where the answer came from."""

    @observe_inference
    def countdown(n: int) -> int:
        return n if n == 0 else countdown(n - 1)

    assert one(lambda: countdown(5))["status"] == "ok"


def test_wrapper_adds_two_frames_at_most() -> None:
    """A recursion that is half as deep as Python allows still fits."""

    @observe_inference
    def depth(n: int) -> int:
        return 0 if n == 0 else 1 + depth(n - 1)

    limit = sys.getrecursionlimit()
    with capture_records(strict=False):
        assert depth((limit - len(inspect.stack())) // 2 - 60) > 0


def test_context_variables_of_the_user_are_as_without() -> None:
    """What the function sets in a context variable is seen by its caller, in all four kinds of function."""
    variable: ContextVar[int] = ContextVar("variable", default=0)

    @observe_inference
    def plain() -> None:
        variable.set(1)

    @observe_inference
    async def coroutine() -> None:
        variable.set(2)

    @observe_inference
    def generator() -> Any:
        variable.set(3)
        yield
        variable.set(4)

    @observe_inference
    async def async_generator() -> Any:
        variable.set(5)
        yield
        variable.set(6)

    async def main() -> list[int]:
        await coroutine()
        seen = [variable.get()]
        seen.extend([variable.get() async for _ in async_generator()])
        return [*seen, variable.get()]

    with capture_records():
        plain()
        seen = [variable.get()]
        seen.extend(variable.get() for _ in generator())
        seen.append(variable.get())

        assert [*seen, *asyncio.run(main())] == [1, 3, 4, 2, 5, 6]
    assert observation.current.get() is None


def test_cancelled_task_is_cancelled() -> None:
    """Cancellation reaches the function and the task; the record calls it abandoned, not failed."""

    @observe_inference
    async def handler() -> None:
        await asyncio.Event().wait()

    async def main() -> bool:
        task = asyncio.create_task(handler())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    with capture_records() as records:
        assert asyncio.run(main())

    assert [(r["status"], r["error_type"]) for r in records] == [("abandoned", "CancelledError")]


def test_coroutine_that_is_never_awaited_leaves_nothing() -> None:
    """Before its first step nothing has begun, as without the decorator."""

    @observe_inference
    async def handler() -> None: ...

    with capture_records() as records:
        handler().close()

    assert records == []


def test_switched_off_it_is_the_function_itself() -> None:
    """With ``enabled=False`` the decorator returns its argument."""

    def handler() -> None: ...

    with configured(enabled=False):
        assert observe_inference(handler) is handler
        assert observe_inference(fields={"a": 1})(handler) is handler


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda: observe_inference(int), "the class int"),
        (lambda: observe_inference("nova"), "str objects"),  # type: ignore[call-overload]
        (lambda: observe_inference(property(len)), "property objects"),  # type: ignore[call-overload]
        (lambda: observe_inference()(None), "NoneType objects"),  # type: ignore[type-var]
        (lambda: observe_inference(model_id=""), "model_id= takes text"),
        (lambda: observe_inference(provider=7), "provider= takes text"),  # type: ignore[call-overload]
        (lambda: observe_inference(processing="slow"), "processing= takes"),
        (lambda: observe_inference(fields=["a"]), "fields= takes a dict"),  # type: ignore[call-overload]
        (lambda: observe_inference(fields={1: 2}), "fields= takes a dict"),  # type: ignore[dict-item]
        (lambda: observe_inference(fields={"cost_usd": 2}), "fields= cannot set cost_usd"),
        (lambda: observe_inference(fields={"AICost": 2}), "fields= cannot set AICost"),
        (lambda: observe_inference(capture_content=True), "capture_content= takes a function"),  # type: ignore[call-overload]
        (lambda: observe_inference(prices=5), "price"),
        (lambda: observe_inference(nonsense=1), "nonsense"),  # type: ignore[call-overload]
    ],
)
def test_wrong_use_is_refused_in_one_sentence(wrong: Callable[[], object], sentence: str) -> None:
    """Mistakes show where the function is decorated, never when it is called."""
    with pytest.raises((TypeError, ValueError)) as caught:
        wrong()

    text = str(caught.value)
    assert sentence in text
    assert "\n" not in text
    assert len(text) < 160
