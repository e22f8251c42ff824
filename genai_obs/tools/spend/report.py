"""What the calls cost: sums by group, and what could not be priced, out of the rows of the query."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal

from genai_obs.errors import GenaiObsError
from genai_obs.tools.insights.result import Result
from genai_obs.tools.spend.question import CALLS, MOST_ROWS, PRICED, REASON, USD, Group

# A record's cost has at most twelve decimals; what a sum of doubles has behind them is no money.
_PICO = Decimal("1e-12")
# Digits enough for the largest double, so that no nonsense in a log fails the report.
_WIDE = Context(prec=400)

Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """
    One group.

    Args:
        key: Its values, one for each name after ``--by``; None where the records lack the field.

        cost_usd: The sum of what was priced; None if nothing was.

        calls: Calls in all.

        unpriced: How many of them have no cost.
    """

    key: Key
    cost_usd: Decimal | None
    calls: int
    unpriced: int


@dataclass(frozen=True, slots=True)
class Report:
    """
    All groups and their sum; the dearest first, or in order of time if the first name cuts time into pieces.

    ``unpriced_because`` counts the calls without a cost by ``cost_status``, the most frequent first.
    """

    groups: tuple[Group, ...]
    lines: tuple[Line, ...]
    cost_usd: Decimal
    calls: int
    unpriced: int
    unpriced_because: Mapping[str, int]


def read_report(result: Result, groups: Sequence[Group]) -> Report:
    """
    Return the report of the rows that the query of these groups gave.

    Raises:
        GenaiObsError: There are as many rows as the answer may hold, so that some are missing.
    """
    if len(result.rows) >= MOST_ROWS:
        message = f"more than {MOST_ROWS} groups: their sum would be wrong; take a shorter time or fewer names in --by"
        raise GenaiObsError("too-many-groups", message)
    rows = result.as_objects()
    found: dict[Key, Line] = {}
    reasons: Counter[str] = Counter()
    for row in rows:
        key = tuple(row.get(group.column) for group in groups)
        line = _line(key, row)
        found[key] = _added(found[key], line) if key in found else line
        reasons[row.get(REASON, "unknown")] += line.unpriced
    lines = sorted(found.values(), key=_by_key if groups and groups[0].is_time else _dearest_first)
    cost = sum((line.cost_usd or Decimal(0) for line in lines), Decimal(0))
    because = {reason: count for reason, count in reasons.most_common() if count}
    calls = sum(line.calls for line in lines)
    return Report(tuple(groups), tuple(lines), cost, calls, sum(because.values()), because)


def _line(key: Key, row: Mapping[str, str]) -> Line:
    # An aggregate over a field that no event of the group has is absent from the row (observed).
    calls, priced = int(Decimal(row[CALLS])), int(Decimal(row.get(PRICED, "0")))
    cost = Decimal(row[USD]).quantize(_PICO, context=_WIDE) if priced and USD in row else None
    return Line(key, cost, calls, calls - priced)


def _added(one: Line, other: Line) -> Line:
    costs = [line.cost_usd for line in (one, other) if line.cost_usd is not None]
    cost = sum(costs, Decimal(0)) if costs else None
    return Line(one.key, cost, one.calls + other.calls, one.unpriced + other.unpriced)


def _dearest_first(line: Line) -> tuple[Decimal, tuple[str, ...]]:
    return -(line.cost_usd or Decimal(0)), _by_key(line)


def _by_key(line: Line) -> tuple[str, ...]:
    return tuple(text or "" for text in line.key)
