"""Fair comparisons on a noisy machine: cases take turns within one run, and only their ratios are to be believed."""

import statistics
import time
from collections.abc import Callable, Mapping

Case = Callable[[], object]


def measure_interleaved(
    cases: Mapping[str, Case], *, rounds: int, calls: int, before: Case | None = None
) -> dict[str, list[float]]:
    """
    Time cases in turns.

    Args:
        cases: What to time, by name.

        rounds: How many times each case gets its turn; who begins moves on with each round.

        calls: Calls in one turn.

        before: What to do before each turn, untimed.

    Returns:
        Microseconds per call, one number for each round.
    """
    names = list(cases)
    times: dict[str, list[float]] = {name: [] for name in names}
    for case in cases.values():
        _time_calls(case, max(calls // 10, 1))
    for turn in range(rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            if before is not None:
                before()
            times[name].append(_time_calls(cases[name], calls))
    return times


def _time_calls(case: Case, calls: int) -> float:
    started_ns = time.perf_counter_ns()
    for _ in range(calls):
        case()
    return (time.perf_counter_ns() - started_ns) / calls / 1000


def median_ratio(times: list[float], base: list[float]) -> float:
    """Return how many times as long a case took: the median over rounds, each against its own neighbour in time."""
    return statistics.median(mine / other for mine, other in zip(times, base, strict=True))


def median_difference(times: list[float], base: list[float]) -> float:
    """Return how much longer a case took: the median over rounds, each against its own neighbour in time."""
    return statistics.median(mine - other for mine, other in zip(times, base, strict=True))


def spread(times: list[float]) -> float:
    """Return the distance between the quartiles as a share of the median: how noisy the machine was."""
    first, middle, third = statistics.quantiles(times, n=4)
    return (third - first) / middle
