"""
Rewrites of a query into the form that its meaning is defined for; each is told by a warning.

1. After a ``stats`` the text of an un-aliased output is its name (AWS: "CWL_QuerySyntax-Stats", documented), so a
   call written the same way means that column. Not in ``sort``, where CloudWatch refuses ``bin()`` (observed).
2. ``sort @timestamp`` after ``stats … by bin()`` means the bin; after another ``stats``, whose rows have no time, it
   has no effect (samples of AWS do both; our reading).
3. A ``filter`` behind the only ``stats`` on fields that are no outputs of it filters the events before it (samples
   of AWS do so; our reading).
4. A period beside ``+`` or ``-`` is its number of milliseconds (seen in public queries; our reading).
5. ``bin(@timestamp, 1h)`` is ``bin(1h)``, which always means ``@timestamp`` (a repository of AWS writes it so).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from genai_obs.tools.insights.functions.aggregate_table import AGGREGATES
from genai_obs.tools.insights.language.periods import fixed_ms
from genai_obs.tools.insights.language.syntax import (
    Binary,
    Call,
    Command,
    Display,
    Expression,
    Field,
    Fields,
    Filter,
    Item,
    Number,
    Period,
    Query,
    Sort,
    SortKey,
    Stats,
)
from genai_obs.tools.insights.language.tree import map_command, rewrite, walk
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span


def normalise(query: Query) -> Query:
    """Return the query in the form that is compiled; one that is in that form already is returned equal."""
    return rearrange(query)[0]


def rearrange(query: Query) -> tuple[Query, list[Diagnostic]]:
    """Return the query in the form that is compiled, and a warning for each rewrite."""
    work = _Rewriter(query.text)
    commands = work.move_filters(work.commands(query.commands))
    return replace(query, commands=tuple(commands)), work.warnings


def output_names(stats: Stats) -> list[str]:
    """Return the columns of a ``stats`` in their order: groups first."""
    return [item.name for item in (*stats.groups, *stats.aggregates)]


def find_loosely(name: str, stats: Stats, *, aliased: bool = False) -> str | None:
    """
    Return the only output that other tools would call so: ``count`` for ``count(*)``; or None.

    Args:
        name: What was written.

        stats: What gives the outputs.

        aliased: Whether outputs with an alias are looked at, or those without.
    """
    wanted = [item for item in stats.aggregates if (item.alias is not None) == aliased]
    found = [item.name for item in wanted if loose(name) in _loose_names(item)]
    return found[0] if len(found) == 1 else None


def loose(text: str) -> str:
    """Return a text with everything but letters and digits left out, in lower case."""
    return "".join(character for character in text.lower() if character.isalnum())


def _loose_names(item: Item) -> set[str]:
    names = {loose(item.text)}
    if isinstance(item.expression, Call) and (item.expression.star or not item.expression.arguments):
        names.add(item.expression.function)
    return names


@dataclass(slots=True)
class _Rewriter:
    text: str
    warnings: list[Diagnostic] = field(default_factory=list)
    # The last stats so far: what it writes is what later commands may use.
    stats: Stats | None = None

    def commands(self, commands: Iterable[Command]) -> list[Command]:
        found: list[Command] = []
        for command in commands:
            done = map_command(command, self._expression)
            if isinstance(done, Sort):
                found.extend(self._sort(done))
                continue
            found.append(done)
            if isinstance(done, Stats):
                self.stats = done
        return found

    def _expression(self, expression: Expression, command: Command) -> Expression:
        change: Callable[[Expression], Expression] = self._form
        # An aggregate of a later stats is one of its own: count(*) there counts rows.
        is_group = isinstance(command, Stats) and any(item.expression is expression for item in command.groups)
        if self.stats and (is_group or isinstance(command, (Filter, Fields, Display))):
            change = self._output_or_form
        return rewrite(expression, change)

    def _output_or_form(self, expression: Expression) -> Expression:
        return self._output(expression) or self._form(expression)

    def _form(self, expression: Expression) -> Expression:
        match expression:
            case Binary(operator="+" | "-"):
                return self._period_sum(expression)
            case Call(function="bin", arguments=(Field(parts=("@timestamp",)), Period() as period)):
                hint = f"write bin({self.text[period.span.start : period.span.end]})"
                self._warn("argument-count", "CloudWatch documents bin() with a period only", expression.span, hint)
                return replace(expression, arguments=(period,))
            case _:
                return expression

    def _output(self, expression: Expression) -> Field | None:
        """Return the output that a call names by its text; None when there is none."""
        if not isinstance(expression, Call) or self.stats is None:
            return None
        written = "".join(self.text[expression.span.start : expression.span.end].split()).lower()
        plain = [item for item in self.stats.groups if item.alias is None]
        for item in (*plain, *self.stats.aggregates):
            if "".join(item.text.split()).lower() == written:
                return self._named(expression, item)
        return None

    def _named(self, call: Call, item: Item) -> Field | None:
        """Return the output a call names by its text; an alias hides the text, but no other meaning is left."""
        if item.alias:
            message = f"the stats before calls this {item.alias.text}, and CloudWatch may know no other name"
            self._warn("output-by-text", message, call.span, f"write {item.alias.text}")
        return Field(call.span, (item.name,))

    def _period_sum(self, expression: Binary) -> Expression:
        left, right = self._milliseconds(expression.left), self._milliseconds(expression.right)
        return replace(expression, left=left, right=right)

    def _milliseconds(self, expression: Expression) -> Expression:
        if not isinstance(expression, Period) or (length := fixed_ms(expression)) is None:
            return expression
        self._warn("period-sum", "nobody documents periods in sums; this one is read as milliseconds", expression.span)
        return Number(expression.span, str(length))

    def _sort(self, sort: Sort) -> list[Sort]:
        """Return a sort by outputs; none when no key is left that the rows have."""
        if self.stats is None:
            return [sort]
        keys = tuple(key for written in sort.keys for key in self._sort_key(written, self.stats))
        return [replace(sort, keys=keys)] if keys else []

    def _sort_key(self, key: SortKey, stats: Stats) -> list[SortKey]:
        named: str | None = None
        if isinstance(key.expression, Call) and key.expression.function in AGGREGATES:
            texts = {item.text for item in stats.aggregates if item.alias is None}
            output = self._output(key.expression)
            named = output.name if output and output.name in texts else None
        elif isinstance(key.expression, Field) and key.expression.name not in output_names(stats):
            named = self._meant(key.expression.name, stats)
            if named is None and key.expression.name == "@timestamp":
                message = "the rows of this stats have no @timestamp, so sorting by it has no effect"
                self._warn("sort-without-time", message, key.span, "sort by one of its outputs")
                return []
        if named is None:
            return [key]
        self._warn(
            "sort-by-output",
            f"nobody documents this key; the rows are sorted by {named}",
            key.span,
            "give the output a name with as, and sort by it",
        )
        return [replace(key, expression=Field(key.expression.span, (named,)), text=named)]

    @staticmethod
    def _meant(name: str, stats: Stats) -> str | None:
        """Return the output that a sort key means: the only bin for ``@timestamp``, an aggregate by its loose name."""
        if name == "@timestamp":
            bins = [item.name for item in stats.groups if is_time(item.expression)]
            return bins[0] if len(bins) == 1 else None
        return find_loosely(name, stats)

    def move_filters(self, commands: list[Command]) -> list[Command]:
        """Put a filter on events that stands behind the only ``stats`` before it."""
        places = [place for place, command in enumerate(commands) if isinstance(command, Stats)]
        if len(places) != 1:
            return commands
        place = places[0]
        stats = commands[place]
        assert isinstance(stats, Stats)
        behind = place + 1
        moved: list[Command] = []
        kept: list[Command] = []
        while behind < len(commands) and isinstance(found := commands[behind], Filter):
            (moved if self._is_of_events(found, stats) else kept).append(found)
            behind += 1
        return [*commands[:place], *moved, stats, *kept, *commands[behind:]]

    def _is_of_events(self, command: Filter, stats: Stats) -> bool:
        names = {node.name for node in walk(command.condition) if isinstance(node, Field)}
        outputs = output_names(stats)
        known = {name for name in names if any(name == output or name.startswith(f"{output}.") for output in outputs)}
        if not names or known or any(find_loosely(name, stats) for name in names):
            return False
        self._warn(
            "filter-moved", "this filter is on fields that the stats before it does not give; it is applied before it",
            command.span, "write it before the stats",
        )  # fmt: skip
        return True

    def _warn(self, slug: str, message: str, span: Span, hint: str | None = None) -> None:
        self.warnings.append(Diagnostic(slug, message, span, hint))


def is_time(expression: Expression) -> bool:
    """Return whether an expression gives the time of an event, whole or rounded."""
    match expression:
        case Call(function="bin"):
            return True
        case Call(function="datefloor" | "dateceil", arguments=(Field(parts=("@timestamp",)), *_)):
            return True
        case Field(parts=("@timestamp",)):
            return True
        case _:
            return False
