"""
For the tests of code that uses genai_obs: capture what it would have logged and assert on it.

Inside ``capture_records`` a failure of the library is raised instead of being swallowed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import orjson

from genai_obs._runtime import guard, output

__all__ = ["assert_cost", "assert_no_content", "assert_tokens", "capture_records"]


@contextmanager
def capture_records(*, strict: bool = True) -> Iterator[list[dict[str, object]]]:
    """
    Collect the records of the block instead of writing them to stdout.

    Args:
        strict: Raise the library's own failures; False leaves them swallowed and counted, as in production.

    Yields:
        A list that grows with each record: the parsed JSON line.
    """
    records: list[dict[str, object]] = []

    def collect(line: bytes) -> None:
        records.append(orjson.loads(line))

    before = (output.write, guard.strict)
    output.write, guard.strict = collect, strict
    try:
        yield records
    finally:
        output.write, guard.strict = before


def assert_cost(record: Mapping[str, object], usd: float | None, *, status: str | None = None) -> None:
    """Assert what a record says of its cost; ``usd=None`` asserts that it says there is none."""
    cost = record.get("cost_usd")
    same = cost is None if usd is None else isinstance(cost, int | float) and abs(cost - usd) < 1e-12
    if not same:
        raise AssertionError(f"cost_usd is {cost} ({record.get('cost_status')}), not {usd}")
    if status is not None and record.get("cost_status") != status:
        raise AssertionError(f"cost_status is {record.get('cost_status')!r}, not {status!r}")


def assert_tokens(record: Mapping[str, object], **counts: int | None) -> None:
    """Assert token counts: ``assert_tokens(record, input=12, output=3, cache_read=None)``; None means absent."""
    for name, expected in counts.items():
        actual = record.get(f"{name}_tokens")
        if actual != expected:
            raise AssertionError(f"{name}_tokens is {actual}, not {expected}")


def assert_no_content(records: Sequence[Mapping[str, object]], *secrets: str) -> None:
    """Assert that no record has a content field, and that none of these texts stands anywhere in one."""
    for record in records:
        for name in ("prompt", "completion"):
            if name in record:
                raise AssertionError(f"a record has the field {name!r}")
        text = orjson.dumps(record).decode()
        for secret in secrets:
            if secret and orjson.dumps(secret).decode()[1:-1] in text:
                raise AssertionError("a record contains one of the given texts")
