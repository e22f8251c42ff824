"""A budget: how much of it is spent, and where the day would end at the pace so far."""

import re
from dataclasses import dataclass
from decimal import Decimal

from genai_obs.errors import GenaiObsError

DAY_MS = 86_400_000
_PERIODS_MS = {"hour": DAY_MS // 24, "day": DAY_MS, "week": 7 * DAY_MS}
_BUDGET = re.compile(r"(\d{1,12}(?:\.\d{1,12})?|\.\d{1,12})(?:/(hour|day|week))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """
    The time asked about, in milliseconds since 1970.

    Args:
        start_ms: Included; None for as far back as there is anything.

        end_ms: Included; None for now.

        now_ms: When it was asked.
    """

    start_ms: int | None
    end_ms: int | None
    now_ms: int

    @property
    def is_today(self) -> bool:
        """Whether it began at the last midnight UTC and is not over."""
        return self.end_ms is None and self.start_ms == self.now_ms - self.now_ms % DAY_MS

    @property
    def elapsed_ms(self) -> int | None:
        """How much of it has passed; None without a start."""
        if self.start_ms is None:
            return None
        end_ms = self.now_ms if self.end_ms is None else min(self.end_ms + 1, self.now_ms)
        return max(0, end_ms - self.start_ms)

    @property
    def whole_ms(self) -> int | None:
        """How long it is in all: today lasts until midnight; None without a start."""
        if self.start_ms is None:
            return None
        if self.is_today:
            return DAY_MS
        return (self.now_ms if self.end_ms is None else self.end_ms + 1) - self.start_ms


@dataclass(frozen=True, slots=True)
class Budget:
    """
    An amount in USD.

    Args:
        usd: More than zero.

        per_ms: For how many milliseconds it is meant; None for whatever time is asked about.
    """

    usd: Decimal
    per_ms: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What was spent beside what may be.

    Args:
        budget_usd: The budget of the period; None without one.

        share: Spent / budget; None without one.

        projected_usd: What today would cost at the pace so far; None for any other period.
    """

    budget_usd: Decimal | None
    share: Decimal | None
    projected_usd: Decimal | None


def read_budget(text: str) -> Budget:
    """
    Return the budget of ``50``, ``0.50`` or ``50/day``.

    Raises:
        GenaiObsError: It is none.
    """
    match = _BUDGET.fullmatch(text)
    if match is None or not Decimal(match[1]):
        raise GenaiObsError("bad-budget", f"--budget {text} is no amount in USD such as 50, 0.50 or 50/day")
    return Budget(Decimal(match[1]), _PERIODS_MS[match[2]] if match[2] else None)


def compare(budget: Budget | None, period: Period, cost_usd: Decimal) -> Comparison:
    """
    Return how a cost compares with a budget.

    Raises:
        GenaiObsError: The budget is per time and the period has no start.
    """
    amount = None if budget is None else _over(budget, period)
    projected = None
    if period.is_today and period.elapsed_ms:
        projected = cost_usd * DAY_MS / period.elapsed_ms
    return Comparison(amount, cost_usd / amount if amount else None, projected)


def _over(budget: Budget, period: Period) -> Decimal:
    if budget.per_ms is None:
        return budget.usd
    if period.whole_ms is None:
        raise GenaiObsError("bad-budget", "a budget per hour, day or week needs a time with a start: add --since")
    return budget.usd * period.whole_ms / budget.per_ms
