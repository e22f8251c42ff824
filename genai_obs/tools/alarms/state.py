"""What became of an alarm: its state at each evaluation, and what a person is told of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from genai_obs.tools.metrics.samples import Floats, Integers


class State(IntEnum):
    """CloudWatch's three states, as small numbers so that a month of them is one array."""

    OK = 0
    ALARM = 1
    INSUFFICIENT_DATA = 2


States = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True, eq=False)
class StateHistory:
    """
    The states of one alarm over a range.

    Args:
        alarm: Its name.

        times_s: Moments of evaluation in seconds since 1970, ascending.

        states: The state after each, as numbers of ``State``.

        values: The newest datapoint at each evaluation, NaN where it is missing; None where there is none (composite).

        contributors: For a log alarm with ``by``: the history of each group, by its name.
    """

    alarm: str
    times_s: Integers
    states: States
    values: Floats | None = None
    contributors: Mapping[str, "StateHistory"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What an alarm says at one moment.

    Args:
        alarm: Its name.

        time_s: The moment, in seconds since 1970.

        state: The state; None when these lines cannot tell, as for a metric that AWS publishes.

        reason: One sentence a person understands: values, threshold, periods; or why it cannot be told.

        since_s: When this state was entered; None when it has been so since the beginning of what was read.

        ours: Whether the judgement rests on something of ours that CloudWatch does otherwise (an anomaly band).
    """

    alarm: str
    time_s: int
    state: State | None
    reason: str
    since_s: int | None = None
    ours: bool = False
