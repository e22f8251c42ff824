"""Waiting for a service that is busy and for a network that is away: how long, and with which steps."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from genai_obs.tools.cloudwatch.faults import explain, fault_kind, was_not_sent

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How long a call is repeated.

    Args:
        busy_s: Seconds for which throttling and reached limits are waited out, for one call.

        network_s: Seconds for which a network that is away is waited out, for one call.

        clock: Seconds that only ever grow.

        sleep: Waits for so many seconds.

        chance: A number from 0 to 1: waits are spread by it, so that clients do not come back all together.
    """

    busy_s: float = 600.0
    network_s: float = 60.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random

    def call(
        self,
        operation: Callable[..., dict[str, Any]],
        *,
        text: str = "",
        repeatable: bool = True,
        **parameters: Any,
    ) -> dict[str, Any]:
        """
        Return the answer of a boto3 operation, repeated while it is worth it.

        Args:
            operation: The client's method.

            text: The query, for errors that point into it.

            repeatable: Whether the call does no harm when it is done twice, as is possible after a lost answer.

            parameters: The operation's own.

        Raises:
            GenaiObsError: When waiting did not help or cannot help.
        """
        begun, wait_s = self.clock(), _FIRST_WAIT_S
        while True:
            try:
                return operation(**parameters)
            except Exception as error:
                left_s = self._left(error, repeatable=repeatable) - (self.clock() - begun)
                if left_s <= 0:
                    raise explain(error, text) from error
            self.sleep(min(wait_s * (0.5 + self.chance()), left_s))
            wait_s = min(wait_s * 2, _LONGEST_WAIT_S)

    def _left(self, error: Exception, *, repeatable: bool) -> float:
        """Return for how many seconds in all this error is waited out."""
        kind = fault_kind(error)
        if kind == "busy":
            return self.busy_s
        return self.network_s if kind == "network" and (repeatable or was_not_sent(error)) else 0.0
