"""Which queries give the same rows when their time range is cut into pieces, and in which order the pieces follow."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass

from genai_obs.tools.insights.functions.table import FUNCTIONS
from genai_obs.tools.insights.language import syntax

_DAY_MS = 86_400_000
# Lengths of fixed units, and the largest count of each: Logs Insights QL, operations and functions, bin.
_UNIT_MS = {"ms": (1, 1000), "s": (1000, 60), "m": (60_000, 60), "h": (3_600_000, 24), "d": (_DAY_MS, 1)}

# Each looks at one event at a time; `unnest`, `expand` and `parse … multi` give it several rows, all in one piece.
_ROW_WISE = (
    syntax.LogGroupSource,
    syntax.Fields,
    syntax.Display,
    syntax.Filter,
    syntax.ParseGlob,
    syntax.ParseRegex,
    syntax.ParseLogfmt,
    syntax.ParseCsv,
    syntax.ParseJson,
    syntax.Unnest,
    syntax.Expand,
)
_NEEDS_ALL = {
    syntax.Limit: "its limit takes rows of the whole",
    syntax.Dedup: "`dedup` has to see all rows",
    syntax.Pattern: "`pattern` has to see all events",
    syntax.Diff: "`diff` has to see all events",
    syntax.Accum: "`accum` adds up over all rows",
    syntax.CountFrequent: "`countFrequent` has to see all events",
    syntax.FillDown: "`filldown` carries values over from the rows before",
    syntax.FillMissing: "`fillmissing` looks at the whole time range",
}
# Aggregates of the events of one group, whatever the query's time range.
_OF_THE_GROUP = frozenset({
    *("count", "countdistinct", "sum", "avg", "min", "max", "pct", "stddev", "variance"),
    *("earliest", "latest", "sortsfirst", "sortslast", "values"),
})  # fmt: skip
_OF_THE_RANGE = frozenset({"now", "querystarttime", "queryendtime", "querytimerange"})
_RANGES_OF_ITS_OWN = ("start", "end")


@dataclass(frozen=True, slots=True)
class Exact:
    """
    The pieces' rows, one piece after the other, are the rows of the whole.

    Args:
        ascending: Whether the oldest piece comes first.

        step_ms: Pieces may begin only at multiples of this: the length of the bins, or 1.
    """

    ascending: bool
    step_ms: int = 1


@dataclass(frozen=True, slots=True)
class Inexact:
    """They are not; ``why`` completes "because"."""

    why: str


def own_limit(query: syntax.Query) -> int | None:
    """Return the smallest limit that a query sets itself."""
    return min((c.count for c in query.commands if isinstance(c, syntax.Limit)), default=None)


def judge(query: syntax.Query) -> Exact | Inexact:
    """
    Return how a query may be cut by time.

    Exact are (1) events: row-wise commands with no sort, which gives the newest first, or with one sort by
    ``@timestamp`` first; (2) one ``stats … by bin(p)`` between row-wise commands, where each bin lies in one piece
    whatever is aggregated in it, with no sort or with one by that bin first.
    """
    why = _time_dependent(query)
    if why:
        return Inexact(why)
    aggregations = [c for c in query.commands if isinstance(c, syntax.Stats)]
    if len(aggregations) > 1:
        return Inexact("it has several `stats`")
    others = [c for c in query.commands if not isinstance(c, (*_ROW_WISE, syntax.Sort, syntax.Stats))]
    if others:
        return Inexact(_NEEDS_ALL.get(type(others[0]), "it has a command that may look at all events"))
    if aggregations:
        return _judge_bins(query.commands, aggregations[0])
    return _judge_sort(query.commands, "@timestamp", Exact(ascending=False))


def _time_dependent(query: syntax.Query) -> str | None:
    """Return why a query means something else in another time range, or None."""
    nodes = list(_walk(query.commands))
    if any(isinstance(node, syntax.Call) and node.function in _OF_THE_RANGE for node in nodes):
        return "it uses the time of the query itself"
    if any(isinstance(node, syntax.Name) and node.text == "@timestamp" for node in nodes):
        return "it gives @timestamp another meaning"
    sources = [c.text.lower() for c in query.commands if isinstance(c, syntax.LogGroupSource)]
    if any(f"{word}=" in text.replace(" ", "") for text in sources for word in _RANGES_OF_ITS_OWN):
        return "its SOURCE has a time range of its own"
    return None


def _judge_bins(commands: Sequence[syntax.Command], stats: syntax.Stats) -> Exact | Inexact:
    place = commands.index(stats)
    if any(isinstance(command, syntax.Sort) for command in commands[:place]):
        return Inexact("it sorts before `stats`")
    bins = [(item, step) for item in stats.groups if (step := _bin_ms(item.expression))]
    if not bins or stats.offset:
        return Inexact("its groups are not bins of a fixed length that divides a day")
    called = {node.function for node in _walk(stats.aggregates) if isinstance(node, syntax.Call)}
    if not called <= _OF_THE_GROUP | FUNCTIONS.keys():
        return Inexact("it has a function in `stats` that may look at the whole time range")
    item, step_ms = bins[0]
    after = commands[place + 1 :]
    if any(isinstance(node, syntax.Name) and node.text == item.name for node in _walk(after)):
        return Inexact(f"it gives {item.name} another meaning")
    return _judge_sort(after, item.name, Exact(ascending=True, step_ms=step_ms))


def _judge_sort(commands: Sequence[syntax.Command], by: str, unsorted: Exact) -> Exact | Inexact:
    """Return the order of the pieces when rows are sorted by what only grows with time, or not at all."""
    sorts = [command for command in commands if isinstance(command, syntax.Sort)]
    if not sorts:
        return unsorted
    first = sorts[0].keys[0]
    if len(sorts) > 1 or by not in (first.text, getattr(first.expression, "name", None)):
        return Inexact(f"it is sorted by something else than {by}")
    return Exact(ascending=not first.descending, step_ms=unsorted.step_ms)


def _bin_ms(expression: syntax.Expression) -> int | None:
    """Return the length of ``bin(p)`` or ``datefloor(@timestamp, p)``, if it divides a day; else None."""
    match expression:
        case syntax.Call(function="bin", arguments=(syntax.Period() as period,)):
            pass
        case syntax.Call(
            function="datefloor", arguments=(syntax.Field(parts=("@timestamp",)), syntax.Period() as period)
        ):
            pass
        case _:
            return None
    unit_ms, most = _UNIT_MS.get(period.unit, (0, 0))
    length = unit_ms * min(period.count, most)
    # Days begin at 00:00 UTC [observed]; where bins begin that do not divide a day, nobody says.
    return length if length and _DAY_MS % length == 0 else None


def _walk(node: object) -> Iterator[object]:
    """Yield a node and all nodes in it."""
    if isinstance(node, tuple):
        for part in node:
            yield from _walk(part)
    elif is_dataclass(node):
        yield node
        for member in fields(node):
            yield from _walk(getattr(node, member.name))
