"""What a tail has shown so far, added up."""

from decimal import Decimal

from genai_obs.tools.output.numbers import count_of, readable_usd
from genai_obs.tools.tail.calls import Call


class Totals:
    """Calls, their cost, and how many have none."""

    def __init__(self) -> None:
        self._calls = 0
        self._unpriced = 0
        self._cost_usd = Decimal(0)

    def add(self, call: Call) -> None:
        """Count a call."""
        self._calls += 1
        if call.cost_usd is None:
            self._unpriced += 1
        else:
            self._cost_usd += call.cost_usd

    def describe(self) -> str:
        """Return one line: what could not be priced first."""
        unpriced = f"{self._unpriced:,} unpriced, " if self._unpriced else ""
        return f"{count_of(self._calls, 'call')}, {unpriced}{readable_usd(self._cost_usd)} USD"
