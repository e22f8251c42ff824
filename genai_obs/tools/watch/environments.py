"""Which environment lines are of: alarms watch one, and the lines may be of another."""

from collections import Counter
from dataclasses import dataclass

from genai_obs.tools.metrics.samples import MetricData

_DIMENSION = "Environment"


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment to judge, and what the user should be told of the choice; None where there was none."""

    name: str
    note: str | None = None


def choose_environment(data: MetricData, namespace: str, wanted: str, *, is_said: bool = False) -> Environment:
    """
    Return the wanted environment where it was said or lines publish metrics of it, else the one with most values.

    Args:
        data: The metrics of the lines.

        namespace: Whose environments count.

        wanted: What the settings say.

        is_said: Whether the user said it, so that no other stands in.
    """
    values: Counter[str] = Counter()
    for metric, samples in data.samples.items():
        if metric.namespace == namespace:
            for name, value in metric.dimensions:
                if name == _DIMENSION:
                    values[value] += sum(int(each.counts.sum()) for each in samples)
    others = [name for name, _ in values.most_common() if name != wanted]
    if not others:
        return Environment(wanted)
    if wanted in values:
        return Environment(wanted, f"the lines are of environment {', '.join(others)} too: {_option(others)}")
    missing = f"the lines have no environment {wanted}"
    if is_said:
        return Environment(wanted, f"{missing}, they are of {', '.join(others)}: {_option(others)}")
    more = f" (there are {', '.join(others[1:])} too)" if len(others) > 1 else ""
    return Environment(others[0], f"{missing}: {others[0]} is judged{more}")


def _option(others: list[str]) -> str:
    return f"--environment {others[0] if len(others) == 1 else 'NAME'} judges {'it' if len(others) == 1 else 'one'}"
