"""Aggregates over windows: exactly what adding up each window by itself gives."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.alarms.log_windows import Bins, aggregate_windows, sum_windows

NUMBERS = st.one_of(
    st.floats(-1e6, 1e6, allow_subnormal=False),
    st.sampled_from([0.1, 0.2, 1e300, -1e300, 5e-324, 1e-300, 2.0**52 + 1]),
)


@given(st.lists(NUMBERS, max_size=12), st.data())
def test_sums_are_those_of_each_window_by_itself(values: list[float], data: st.DataObject) -> None:
    """Each sum is the exact one, rounded in its last bit at most, whatever stands outside the window."""
    first = data.draw(st.lists(st.integers(0, len(values)), min_size=1, max_size=4))
    behind = [data.draw(st.integers(start, len(values))) for start in first]

    found = sum_windows(np.array(values), np.array(first), np.array(behind))

    for total, start, end in zip(found.tolist(), first, behind, strict=True):
        exact = sum((Fraction(value) for value in values[start:end]), Fraction(0))
        assert abs(Fraction(total) - exact) <= Fraction(math.ulp(float(exact)))


def test_a_value_that_has_left_leaves_nothing_behind() -> None:
    """After a huge value an exact sum of small ones stays exact: no dust in its last digits."""
    values = np.array([1e15, 0.1, 0.2, 0.0])

    found = sum_windows(values, np.array([0, 1, 3]), np.array([1, 3, 4]))

    assert found.tolist() == [1e15, 0.1 + 0.2, 0.0]


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3), st.integers(0, 3), st.floats(-9, 9)), max_size=10),
    st.sampled_from(["count", "sum", "avg", "min", "max"]),
    st.integers(0, 20),
    st.integers(1, 20),
)
def test_windows_aggregate_their_bins(
    listed: list[tuple[int, int, int, float]], function: str, start: int, length: int
) -> None:
    """Count is 0 and all else missing where a window has nothing; bins without a number count as rows only."""
    chosen = {60 * place: (rows, min(rows, values), number) for place, rows, values, number in sorted(listed)}
    starts = sorted(chosen)
    rows, values, numbers = zip(*(chosen[place] for place in starts), strict=True) if starts else ((), (), ())
    bins = Bins(
        np.array(starts, np.int64),
        np.array(rows, np.int64),
        np.array(values, np.int64),
        np.array([number if known else 0.0 for number, known in zip(numbers, values, strict=True)]),
    )

    found = aggregate_windows(function, bins, np.array([60 * start]), np.array([60 * (start + length)]))

    inside = [chosen[place] for place in starts if 60 * start <= place < 60 * (start + length)]
    with_numbers = [(known, number) for _, known, number in inside if known]
    total = math.fsum(number for _, number in with_numbers)
    expected = {
        "count": float(sum(count for count, _, _ in inside)),
        "sum": total,
        "avg": total / max(1, sum(known for known, _ in with_numbers)),
        "min": min((number for _, number in with_numbers), default=0.0),
        "max": max((number for _, number in with_numbers), default=0.0),
    }[function]
    assert found.rows.tolist() == [sum(count for count, _, _ in inside)]
    if function == "count" or with_numbers:
        assert found.results.tolist() == pytest.approx([expected], rel=1e-12, abs=1e-15)
    else:
        assert np.isnan(found.results).all()
