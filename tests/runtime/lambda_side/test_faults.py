"""Whatever fails inside the runtime, the user's function gives what it gave."""

import asyncio
import importlib
import inspect
import io
import json
import pkgutil
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from types import CodeType, FrameType, FunctionType
from typing import Any

import botocore.client
import pytest
from aws_lambda_powertools import Logger
from runtime.lambda_side.support import HAIKU, NOVA, PROMPT, SECRET, THROTTLED, LambdaContext

from genai_obs import _runtime as runtime
from genai_obs import annotate, configure, log_metric, observe_inference
from genai_obs._runtime import deadline, observation, settings

# In the user's path by their nature: the first group is called by the user, the second by Python in the user's name,
# and has nothing in it but the delegation and the guarded call of what may fail.
EXCLUDED = {
    "configure.configure",
    "log_metric.annotate",
    "log_metric.log_metric",
    "observation.Observation.record_response",
    "observation.Observation.record_usage",
    "observe.Observer.__aenter__",
    "observe.Observer.__aexit__",
    "observe.Observer.__call__",
    "observe.Observer.__enter__",
    "observe.Observer.__exit__",
    "observe.observe_inference",
    "after_import._Finder.find_spec",
}

# Objects that stand between the user and botocore's own: each of their methods hands on what the user asked for.
DELEGATORS = ("_Followed.", "_AsyncFollowed.", "_OnWire.", "_AsyncOnWire.")

# What delegators call: each is a guard of its own, one ``try`` around one call that may fail.
GUARDS = ("._abandon", "._end", "._failed", "._saw")


# A socket whose stream a fault kept from being closed is the garbage collector's.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def is_in_the_way(name: str) -> bool:
    """Tell whether this function stands in the user's path by its nature."""
    return name in EXCLUDED or name.endswith(GUARDS) or any(delegator in name for delegator in DELEGATORS)


def functions() -> Iterator[tuple[str, FunctionType]]:
    """Yield every function and method of the runtime with its name."""
    for found in pkgutil.iter_modules(runtime.__path__):
        module = importlib.import_module(f"{runtime.__name__}.{found.name}")
        for owner in [module, *(c for c in vars(module).values() if inspect.isclass(c))]:
            if owner is not module and owner.__module__ != module.__name__:
                continue
            for member in vars(owner).values():
                function = getattr(member, "fget", None) or getattr(member, "__func__", member)
                if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                    yield f"{found.name}.{function.__qualname__}", function


FUNCTIONS = dict(functions())


def raising(code: CodeType) -> CodeType:
    """Return code that raises, with the same free variables, so that it can take the place of this one."""
    # The function keeps its own globals, so the exception is one that is found everywhere, and that nobody expects.
    free = "".join(f" {name} = None\n" for name in code.co_freevars)
    used = "".join(f"  {name}\n" for name in code.co_freevars)
    names: dict[str, Any] = {}
    head = "async def" if code.co_flags & (inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR) else "def"
    if code.co_flags & (inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR):
        used += "  yield\n"  # the same kind of function, which raises at its first step
    exec(f"def outer():\n{free} {head} inner(*_, **__):\n  raise BufferError('injected')\n{used} return inner\n", names)
    return names["outer"]().__code__  # type: ignore[no-any-return]


class Fault:
    """Breaks one function of the runtime, in every place that refers to it, and mends it again."""

    def __init__(self, function: FunctionType) -> None:
        self._function = function
        self._code = function.__code__

    def break_it(self) -> None:
        """Have the function raise."""
        self._function.__code__ = raising(self._code)

    def mend(self) -> None:
        """Have the function do what it did."""
        self._function.__code__ = self._code


@pytest.fixture(scope="module")
def called(client: Any) -> set[str]:
    """Names of the functions that decorating and running the handler comes through, in all threads."""
    names: dict[CodeType, str] = {function.__code__: name for name, function in FUNCTIONS.items()}
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in names:
            seen.add(names[frame.f_code])

    with pytest.MonkeyPatch.context() as patch:
        uninstall(patch)
        patch.setenv("AWS_LAMBDA_FUNCTION_NAME", "my-function")
        threading.setprofile(note)
        sys.setprofile(note)
        try:
            configure_all()
            run(application(client), "request-0")
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
            settings.reset()
    return seen


@pytest.fixture(params=sorted(name for name in FUNCTIONS if not is_in_the_way(name)))
def fault(request: pytest.FixtureRequest, called: set[str]) -> Iterator[Fault | None]:
    """One function of the runtime that can be broken; None if the handler does not come through it at all."""
    if request.param not in called:
        yield None
        return
    fault = Fault(FUNCTIONS[request.param])
    yield fault
    fault.mend()
    # A fault while an observation was left may leave it behind, until the next invocation with a Lambda context.
    observation.current.set(None)


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients, thread pools and settings as they are before anything was decorated."""
    uninstall(monkeypatch)


def uninstall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take our hooks away."""
    call = vars(botocore.client.BaseClient)["_make_api_call"]
    submit = ThreadPoolExecutor.submit
    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", inspect.unwrap(call))
    monkeypatch.setattr(ThreadPoolExecutor, "submit", inspect.unwrap(submit))
    settings.reset()


def application(client: Any) -> Callable[[Any, Any], Any]:
    """Decorate the functions of a user's module and return its handler."""

    @observe_inference
    def ask(model: str) -> Any:
        return client.converse(modelId=model, messages=PROMPT)["output"]

    @observe_inference(model_id=HAIKU, provider="anthropic", fields={"feature": "generator"})
    def pieces() -> Iterator[Any]:
        yield from client.converse_stream(modelId=HAIKU, messages=PROMPT)["stream"]

    @observe_inference
    async def wait() -> Any:
        await asyncio.sleep(0)
        body = json.dumps({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9, "messages": []})
        return client.invoke_model(modelId=HAIKU, body=body)["body"].read()

    @observe_inference
    async def chunks() -> AsyncIterator[Any]:
        for event in client.invoke_model_with_response_stream(modelId=HAIKU, body=b"{}")["body"]:
            yield event

    async def gather() -> Any:
        return await wait(), [chunk async for chunk in chunks()]

    @observe_inference(capture_content=str.upper, prices={"prices": {NOVA: {"input": 1.0, "output": 2.0}}})
    def handler(event: Any, context: Any) -> Any:
        annotate(tenant="acme")
        log_metric("Faithfulness", 0.9, "None", {"a": 1}, dimensions={"Feature": "summary"})
        with ThreadPoolExecutor(1) as pool:
            answers = [ask(NOVA), pool.submit(ask, NOVA).result(), list(pieces()), asyncio.run(gather())]
        with observe_inference(fields={"feature": "block"}) as block:
            block.record_usage(model_id=NOVA, input_tokens=3, output_tokens=4)
        with observe_inference() as block:
            block.record_response({"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}})
        try:
            ask(THROTTLED)
        except client.exceptions.ThrottlingException as error:
            answers.append(str(error))
        return answers

    return handler


def run(handler: Callable[[Any, Any], Any], request_id: str) -> tuple[Any, list[str], str]:
    """Return what the handler returned, the lines on stdout and the text on stderr."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        result = handler({}, LambdaContext(request_id))
    return result, out.getvalue().splitlines(), err.getvalue()


@pytest.fixture(scope="module")
def expected(client: Any) -> Any:
    """What the handler returns when nothing is observed."""
    settings.change({"enabled": False})
    try:
        return application(client)({}, None)
    finally:
        settings.reset()


def configure_all() -> None:
    """Turn on what is off by default, so that its code runs too."""
    configure(service="support", logger=Logger(service="support"), fields={"team": "blue"}, deadline_margin_ms=100)


@pytest.fixture
def quiet_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a thread of ours end with an exception; and let the next deadline start a new one."""
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    monkeypatch.setattr(deadline, "_thread", None)
    deadline._armed.clear()


def check(expected: Any, outcome: tuple[Any, list[str], str]) -> None:
    """Assert that the user's result is as without us, that lines are whole, and that stderr quotes nothing."""
    result, lines, stderr = outcome
    assert result == expected
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert SECRET not in stderr


def check_recovery(handler: Callable[[Any, Any], Any]) -> None:
    """Assert that the next invocation is recorded under its own id, in full, and that nothing is left armed."""
    request_id = str(uuid.uuid4())
    _, lines, _ = run(handler, request_id)
    # Garbage of other tests may leave a record at any time.
    records = [record for line in lines if (record := json.loads(line)).get("request_id") == request_id]
    assert len(records) == 9
    assert len(deadline._armed) <= 1, "at most the one that the fault kept from being disarmed"


@pytest.mark.usefixtures("quiet_threads")
def test_fault_after_decoration_leaves_the_result_alone(
    fault: Fault | None, client: Any, expected: Any, in_lambda: Callable[..., None]
) -> None:
    """A function of ours that begins to fail changes nothing of what the handler returns, nor of what comes after."""
    if fault is None:
        pytest.skip("the handler does not come through it")
    in_lambda()
    configure_all()
    handler = application(client)
    fault.break_it()

    outcome = run(handler, "request-1")

    fault.mend()
    check(expected, outcome)
    check_recovery(handler)


@pytest.mark.usefixtures("quiet_threads", "uninstalled")
def test_fault_before_decoration_leaves_the_module_and_the_result_alone(
    fault: Fault | None, client: Any, expected: Any, in_lambda: Callable[..., None]
) -> None:
    """A function of ours that fails from the start neither stops the user's module from loading nor its handler."""
    if fault is None:
        pytest.skip("the handler does not come through it")
    in_lambda()
    configure_all()
    fault.break_it()

    outcome = run(application(client), "request-1")

    check(expected, outcome)


def test_few_functions_are_excluded(called: set[str]) -> None:
    """The handler comes through most of the runtime, and every exclusion is one of a function that there is."""
    left_out = {name for name in FUNCTIONS if is_in_the_way(name)}

    assert FUNCTIONS.keys() >= EXCLUDED
    assert len(left_out) < len(FUNCTIONS) / 6
    assert len(called - left_out) > len(FUNCTIONS) / 3
