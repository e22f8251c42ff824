"""What ``genai_obs.testing`` offers to the tests of a user."""

import sys
from decimal import Decimal
from importlib.metadata import entry_points
from typing import Any

import pytest

from genai_obs import log_metric, observe_inference
from genai_obs._runtime import guard, output
from genai_obs.testing import assert_cost, assert_no_content, assert_tokens, capture_records

pytest_plugins = ["pytester"]


def test_records_are_collected_and_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Inside the block stdout stays empty; after it lines are printed again."""
    with capture_records() as records:
        log_metric("Answers", 1)
    log_metric("Answers", 2)

    assert [record["value"] for record in records] == [1]
    assert capsys.readouterr().out.count("\n") == 1


def test_blocks_may_be_nested() -> None:
    """The inner block takes what is written in it."""
    with capture_records() as outer:
        with capture_records() as inner:
            log_metric("Answers", 1)
        log_metric("Answers", 2)

    assert ([r["value"] for r in inner], [r["value"] for r in outer]) == ([1], [2])


def test_block_ends_with_an_exception() -> None:
    """Whatever happens in the block, output and guard are as before."""
    before = (output.write, guard.strict)

    with pytest.raises(KeyError), capture_records():
        raise KeyError

    assert (output.write, guard.strict) == before


def test_failure_of_ours_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see what production only counts."""
    monkeypatch.setattr("genai_obs._runtime.ending._record_itself", None)

    @observe_inference
    def handler() -> int:
        return 1

    with capture_records(), pytest.raises(TypeError):
        handler()
    with capture_records(strict=False):
        assert handler() == 1


@pytest.mark.parametrize(
    ("cost", "expected", "same"),
    [
        (0.1, 0.1, True),
        (0.1, 0.10000000000001, True),
        (0.1, 0.2, False),
        (None, None, True),
        (0, None, False),
        (None, 0, False),
        ("0.1", 0.1, False),
    ],
)
def test_assert_cost(cost: object, expected: float | None, same: bool) -> None:
    """None says that there is no cost, which is not the same as none to pay."""
    record = {"cost_usd": cost, "cost_status": "ok"}

    if same:
        assert_cost(record, expected, status="ok")
    else:
        with pytest.raises(AssertionError, match="cost_usd is"):
            assert_cost(record, expected)


def test_assert_cost_status() -> None:
    """The status is compared where it is given."""
    with pytest.raises(AssertionError, match="cost_status is 'no_rate'"):
        assert_cost({"cost_usd": None, "cost_status": "no_rate"}, None, status="ok")


def test_assert_tokens() -> None:
    """Counts go by their short names; None means that there is none."""
    record = {"input_tokens": 5, "cache_write_1h_tokens": 2}

    assert_tokens(record, input=5, output=None, cache_write_1h=2)
    with pytest.raises(AssertionError, match="output_tokens is None, not 0"):
        assert_tokens(record, output=0)


@pytest.mark.parametrize(
    "record",
    [{"prompt": "x"}, {"completion": None}, {"a": {"b": ["my sëcret\n"]}}, {"my sëcret\n": 1}],
    ids=["prompt", "completion", "nested", "name"],
)
def test_assert_no_content(record: dict[str, object]) -> None:
    """A content field, or a text of the user's anywhere in a record, is found."""
    assert_no_content([{"a": "other"}], "my sëcret\n", "")
    with pytest.raises(AssertionError):
        assert_no_content([{}, record], "my sëcret\n")


def test_fixture_needs_no_import(pytester: pytest.Pytester) -> None:
    """``genai_obs_records`` is there once the package is installed; pytest finds it by its entry point."""
    pytester.makepyfile(
        """
        from genai_obs import log_metric

        def test_it(genai_obs_records, capsys):
            log_metric("Answers", 1)

            assert [record["metric"] for record in genai_obs_records] == ["Answers"]
            assert capsys.readouterr().out == ""
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    result.assert_outcomes(passed=1)
    (entry,) = entry_points(group="pytest11", name="genai_obs")
    assert entry.value == "genai_obs.pytest_plugin"


def test_numbers_are_those_of_the_line() -> None:
    """What a test asserts on is what a query will see."""
    with capture_records() as records:
        values: list[Any] = [1, 2.5, Decimal("0.1"), True, sys.maxsize]
        for value in values:
            log_metric("M", value)

    assert [record["value"] for record in records] == [1, 2.5, 0.1, 1.0, sys.maxsize]
