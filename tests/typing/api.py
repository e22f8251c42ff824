"""Type-checked by ``mypy --strict``, never run: what the public functions do to the types of a user's code."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import assert_type

from genai_obs import annotate, configure, log_metric, observe_inference
from genai_obs._runtime.observation import Observation
from genai_obs.testing import assert_cost, assert_no_content, assert_tokens, capture_records


@observe_inference
def bare(event: dict[str, int], context: object, *, flag: bool = False) -> str:
    """Return something."""
    return f"{event}{context}{flag}"


assert_type(bare({"a": 1}, None, flag=True), str)
bare("wrong", None)  # type: ignore[arg-type]
bare({}, None, unknown=1)  # type: ignore[call-arg]


@observe_inference(model_id="m", provider="p", operation="o", processing="batch", fields={"a": 1})
def with_options(number: int) -> int:
    """Return something."""
    return number


assert_type(with_options(1), int)
with_options("1")  # type: ignore[arg-type]


@observe_inference()
def with_parentheses(number: int) -> float:
    """Return something."""
    return float(number)


assert_type(with_parentheses(1), float)


@observe_inference
async def coroutine(number: int) -> list[int]:
    """Return something."""
    return [number]


@observe_inference
def generator(number: int) -> Iterator[bytes]:
    """Yield something."""
    yield bytes(number)


assert_type(generator(1), Iterator[bytes])


@observe_inference(fields={"feature": "f"})
async def async_generator() -> AsyncIterator[str]:
    """Yield something."""
    yield "a"


assert_type(async_generator(), AsyncIterator[str])


class Service:
    """Has methods of all kinds."""

    @observe_inference
    def method(self, number: int) -> "Service":
        """Return itself."""
        assert number
        return self

    @staticmethod
    @observe_inference
    def static(text: str) -> str:
        """Return it."""
        return text

    @classmethod
    @observe_inference(fields={"a": 1})
    def make(cls, number: int) -> "Service":
        """Return one."""
        assert number
        return cls()

    @property
    @observe_inference
    def value(self) -> complex:
        """Return one."""
        return 1j


assert_type(Service().method(1), Service)
assert_type(Service.static("a"), str)
assert_type(Service.make(1), Service)
assert_type(Service().value, complex)
Service().method("1")  # type: ignore[arg-type]

short: Callable[[int], int] = observe_inference(lambda number: number + 1)
assert_type(short(1), int)


def blocks() -> None:
    """Use the context manager."""
    with observe_inference(fields={"a": 1}) as observation:
        assert_type(observation, Observation)
        observation.record_usage(model_id="m", input_tokens=1, output_tokens=None)
        observation.record_response({"usage": {}})
        observation.record_usage("m")  # type: ignore[call-arg]


async def async_blocks() -> None:
    """Use it in a coroutine, and await a decorated one."""
    assert_type(await coroutine(1), list[int])
    async with observe_inference() as observation:
        assert_type(observation, Observation)


def raises() -> int:  # the block swallows no exception, so what follows it need not return
    """Return from inside a block."""
    with observe_inference():
        return 1


def others() -> None:
    """Call the other public functions."""
    log_metric("Faithfulness", 0.93, "None", {"judge": "m"}, dimensions={"Feature": "f"})
    annotate(tenant="acme", number=1)
    configure(service="s", emf=True, fields={"a": [1]}, capture_content=str.upper, max_dimension_values=5)
    configure("s")  # type: ignore[call-arg]
    observe_inference(capture_content=1)  # type: ignore[call-overload]
    observe_inference("model")  # type: ignore[call-overload]
    with capture_records() as records:
        assert_type(records, list[dict[str, object]])
        assert_tokens(records[0], input=1, output=None)
        assert_cost(records[0], 0.1, status="ok")
        assert_no_content(records, "secret")
