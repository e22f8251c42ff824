"""Threads, tasks and pools: nothing is mixed up, nothing is lost, nothing stays."""

import asyncio
import gc
import threading
import tracemalloc
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from runtime.lambda_side.support import LambdaContext, Record, converse

from genai_obs import annotate, observe_inference
from genai_obs._runtime import observation
from genai_obs.testing import capture_records


def by_request(records: list[Record]) -> dict[object, set[object]]:
    """Return which tenants stand on the records of each request."""
    seen: dict[object, set[object]] = {}
    for record in records:
        seen.setdefault(record["request_id"], set()).add(record.get("tenant"))
    return seen


def test_threads_mix_nothing_up(client: Any) -> None:
    """Thirty-two invocations at once, each with its tenant, a nested function and a pool of its own."""

    @observe_inference(fields={"feature": "inner"})
    def inner() -> None:
        converse(client)

    @observe_inference
    def handler(event: dict[str, str], context: LambdaContext) -> None:
        annotate(tenant=event["tenant"])
        converse(client)
        inner()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: converse(client), range(2)))

    def invoke(number: int) -> None:
        handler({"tenant": f"t{number}"}, LambdaContext(f"r{number}"))

    with capture_records() as records:
        threads = [threading.Thread(target=invoke, args=(number,)) for number in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(records) == 32 * 4
    assert by_request(records) == {f"r{number}": {f"t{number}"} for number in range(32)}
    assert sum(record.get("feature") == "inner" for record in records) == 32


def test_tasks_mix_nothing_up() -> None:
    """A thousand tasks that take turns at every step each keep their own annotations."""

    @observe_inference
    async def inner() -> None:
        await asyncio.sleep(0)

    @observe_inference
    async def handler(event: dict[str, str], context: LambdaContext) -> None:
        await asyncio.sleep(0)
        annotate(tenant=event["tenant"])
        await asyncio.sleep(0)
        await inner()
        await asyncio.gather(inner(), inner())

    async def main() -> None:
        await asyncio.gather(*(handler({"tenant": f"t{n}"}, LambdaContext(f"r{n}")) for n in range(1000)))

    with capture_records() as records:
        asyncio.run(main())

    assert len(records) == 3000
    assert by_request(records) == {f"r{number}": {f"t{number}"} for number in range(1000)}


def test_tasks_of_one_invocation_that_are_observed_keep_their_own() -> None:
    """A handler that works on a batch in parallel: what each item's function annotates is its own."""

    @observe_inference
    async def item(number: int) -> None:
        annotate(item=number)
        await asyncio.sleep(0)
        with observe_inference() as block:
            await asyncio.sleep(0)
            block.record_usage(input_tokens=number)

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None:
        async def main() -> None:
            await asyncio.gather(*(item(number) for number in range(1, 50)))

        asyncio.run(main())

    with capture_records() as records:
        handler({}, LambdaContext("request-1"))

    assert [(r["item"], r["request_id"]) for r in records] == [(r["input_tokens"], "request-1") for r in records]
    assert len(records) == 49


def test_annotations_from_many_threads_are_all_kept() -> None:
    """Threads that annotate the same invocation lose nothing."""

    @observe_inference
    def handler(event: object, context: object) -> None:
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda number: annotate(**{f"n{number}": number}), range(100)))

    with capture_records() as records:
        handler({}, None)

    assert [records[0].get(f"n{number}") for number in range(100)] == list(range(100))


def test_pool_carries_the_observation(client: Any) -> None:
    """Pools made before, inside, and kept for later invocations: work belongs to who handed it over."""
    before = ThreadPoolExecutor(2)
    kept: list[ThreadPoolExecutor] = []

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None:
        if not kept:
            kept.append(ThreadPoolExecutor(1))
        for pool in (before, kept[0]):
            list(pool.map(lambda _: converse(client), range(2)))

    with capture_records() as records:
        handler({}, LambdaContext("r1"))
        handler({}, LambdaContext("r2"))
        nothing = before.submit(observation.current.get).result()
    before.shutdown()
    kept[0].shutdown()

    assert [record["request_id"] for record in records] == ["r1"] * 4 + ["r2"] * 4
    assert nothing is None


def test_pool_gives_the_users_function_what_it_gave() -> None:
    """Arguments, value, exception and the thread's own context variables are as without us."""
    error = KeyError("k")

    def fail() -> None:
        raise error

    @observe_inference
    def handler() -> tuple[object, object, Future[None]]:
        with ThreadPoolExecutor(1) as pool:
            value = pool.submit(lambda *args, **kwargs: (args, kwargs), 1, 2, fn=3).result()
            failed = pool.submit(fail)
            return value, failed.exception(), failed

    with capture_records():
        value, raised, _ = handler()

    assert value == ((1, 2), {"fn": 3})
    assert raised is error


def test_asyncio_carries_the_observation_into_threads(client: Any) -> None:
    """``to_thread`` and ``run_in_executor`` are pools too."""

    @observe_inference
    async def handler(event: object, context: LambdaContext) -> None:
        await asyncio.to_thread(converse, client)
        await asyncio.get_running_loop().run_in_executor(None, converse, client)

    with capture_records() as records:
        asyncio.run(handler({}, LambdaContext("r1")))

    assert [record["request_id"] for record in records] == ["r1", "r1"]


def test_task_that_outlives_its_handler_stays_with_it(client: Any) -> None:
    """Background work is recorded under the invocation that began it."""
    begin = threading.Event()
    pool = ThreadPoolExecutor(1)
    later: list[Future[Any]] = []

    def background() -> None:
        begin.wait()
        converse(client)

    @observe_inference
    def handler(event: object, context: LambdaContext) -> None:
        converse(client)
        if not later:
            later.append(pool.submit(background))

    with capture_records() as records:
        handler({}, LambdaContext("r1"))
        handler({}, LambdaContext("r2"))
        begin.set()
        later[0].result()
    pool.shutdown()

    assert [record["request_id"] for record in records] == ["r1", "r2", "r1"]


def test_memory_stays_flat(client: Any) -> None:
    """Thousands of invocations later not one object more is alive: see benchmarks/memory.py for a million."""

    @observe_inference(fields={"feature": "f"})
    def handler(event: object, context: LambdaContext) -> None:
        annotate(tenant="acme")
        with observe_inference() as block:
            block.record_usage(input_tokens=1, output_tokens=1)

    def run(times: int) -> None:
        for number in range(times):
            handler({}, LambdaContext(f"r{number}"))
            records.clear()

    with capture_records() as records:
        run(200)
        gc.collect()
        tracemalloc.start()
        try:
            run(200)
            gc.collect()
            before = tracemalloc.get_traced_memory()[0]
            run(1000)
            gc.collect()
            after = tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()

    assert after - before < 5_000
