"""``python -m benchmarks.fuzz_metric_math``: random metric math over random series; prints what disagrees."""

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

# The evaluator that judges the fast one is part of the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import metric_math_oracle
from metric_math_oracle import World
from metric_math_world import answer, answer_rows, expressions, points_of, same_points, worlds

EXAMPLES = 300
_QUIET = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
    report_multiple_bugs=False,
    print_blob=False,
)


class DisagreementError(Exception):
    """Two evaluators, or one evaluation and many at once, gave different answers."""


def compare(text: str, drawn: list[World]) -> None:
    """Evaluate an expression over each world alone, over all at once, and in plain Python."""
    together = answer_rows(text, drawn)
    for row, world in enumerate(drawn):
        expected = metric_math_oracle.evaluate(text, world)
        alone = [points_of(series.values) for series in answer(text, world)]
        at_once = [points_of(series.values[row]) for series in together][: len(expected)]
        if len(alone) != len(expected) or not all(map(same_points, alone + at_once, expected * 2)):
            raise DisagreementError(f"{text}\n  {world}\n  {expected}\n  {alone}\n  {at_once}")


def round_of(number: int) -> str | None:
    """Run one round with a seed; return the shrunken counterexample, None without one."""

    @seed(number)
    @_QUIET
    @given(expressions(depth=4), worlds(rows=3))
    def run(text: str, drawn: list[World]) -> None:
        compare(text, drawn)

    return _outcome(run)


def _outcome(run: Callable[[], None]) -> str | None:
    try:
        run()
    except Exception as error:  # noqa: BLE001 - an error of an evaluator is a finding like any other
        notes = "\n".join(getattr(error, "__notes__", ()))
        return str(error) if isinstance(error, DisagreementError) else f"{type(error).__name__}: {error}\n{notes}"
    return None


def main() -> None:
    """Run rounds until the time is up; exit with 1 if one found something."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_metric_math", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="first seed; rounds count up from it")
    arguments = parser.parse_args()
    first = random.randrange(1_000_000) if arguments.seed is None else arguments.seed
    ends = time.monotonic() + arguments.seconds
    rounds = findings = 0
    while time.monotonic() < ends:
        found = round_of(first + rounds)
        if found is not None:
            findings += 1
            print(f"seed {first + rounds}: {found}\n", flush=True)
        rounds += 1
    print(f"seeds {first} to {first + rounds - 1}, {EXAMPLES} examples each: {findings} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
