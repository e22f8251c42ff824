"""``python -m benchmarks.fuzz_insights``: random queries over random events; prints what disagrees."""

import argparse
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

# The evaluator that judges the engine is part of the tests.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from insights_oracle.checks import disagreement, reading_disagreement
from insights_oracle.strategies import Example, examples, file_examples

EXAMPLES = 200
CHECKS = {"judge": (examples, disagreement), "reading": (file_examples, reading_disagreement)}
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
    """The engine and its judge, or two ways of reading, gave different answers."""


def round_of(check: str, number: int) -> str | None:
    """Run one round with a seed; return the shrunken counterexample, None without one."""
    examples_of, compare = CHECKS[check]

    @seed(number)
    @_QUIET
    @given(examples_of())
    def run(example: Example) -> None:
        found = compare(example)
        if found is not None:
            raise DisagreementError(found)

    return _outcome(run)


def _outcome(run: Callable[[], None]) -> str | None:
    try:
        run()
    except Exception as error:  # noqa: BLE001 - an error of the engine is a finding like any other
        notes = "\n".join(getattr(error, "__notes__", ()))
        return str(error) if isinstance(error, DisagreementError) else f"{type(error).__name__}: {error}\n{notes}"
    return None


def main() -> None:
    """Run rounds until the time is up; exit with 1 if one found something."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz_insights", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=None, help="first seed; rounds count up from it")
    arguments = parser.parse_args()
    first = random.randrange(1_000_000) if arguments.seed is None else arguments.seed
    ends = time.monotonic() + arguments.seconds
    rounds = findings = 0
    while time.monotonic() < ends:
        check = "judge" if rounds % 3 else "reading"
        found = round_of(check, first + rounds)
        if found is not None:
            findings += 1
            print(f"seed {first + rounds} ({check}): {found}\n", flush=True)
        rounds += 1
    print(f"seeds {first} to {first + rounds - 1}, {EXAMPLES} examples each: {findings} findings")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
