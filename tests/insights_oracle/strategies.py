"""
Random events, and random queries over their fields.

Numbers are multiples of 1/4 and results of logarithms, powers and deviations are only shown, never compared or cut
into text: so a last bit that two right implementations may differ in never decides about a row.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, TypeVar

from hypothesis import strategies as st

from genai_obs.tools.insights.language import syntax
from genai_obs.tools.insights.language.syntax import Call, Expression, Field, Item, Name, Number, Period, String
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.text.source import Span
from insights_oracle.events import event_of
from insights_oracle.values import Time
from insights_oracle.writing import field_text, written

Option = TypeVar("Option")
# A method of Choices that draws an expression at a depth.
Draws: TypeAlias = "Callable[[Any, int], Expression]"
HERE = Span(0, 0)
BASE_MS = 1_772_618_400_000  # 2026-03-04 10:00:00 UTC
MOST_EVENTS = 8

# Events

_NUMBERS = st.integers(-40, 400).map(lambda quarter: quarter / 4)
_HARD_NUMBERS = st.sampled_from((0, 1, -1, 200.0, 1e3, 2.5e-06, -0.0, 123456789012, 12345678901234567890, 1e15, 0.1))
_WORDS = st.sampled_from(("", "a", "b", "ab", "Abc", "a1", "a10", "a9", "9B", "10B", "é", "x y", " pad ", '"q"', "\\"))
_NUMBER_TEXTS = st.sampled_from(("1", "01", "1.0", "+1", ".5", "5.", "1e2", " 1", "1_0", "0x1", "nan", "inf", "-2.25"))
_FLAGS = st.booleans()
_NOTHING: st.SearchStrategy[Any] = st.sampled_from((None, {}, []))
_MIXED: st.SearchStrategy[Any] = st.one_of(_NUMBERS, _HARD_NUMBERS, _WORDS, _NUMBER_TEXTS, _FLAGS, _NOTHING)
_ADDRESSES = st.sampled_from(("192.0.2.7", "198.51.100.1", "10.0.0.1", "2001:db8::1", "no address"))
_ELEMENTS = st.lists(st.one_of(_NUMBERS, st.sampled_from(("u", "v"))), min_size=1, max_size=3)
_CLOSED = st.fixed_dictionaries(
    {}, optional={"k": _WORDS, "list": _ELEMENTS, "in": st.fixed_dictionaries({"v": _NUMBERS})}
)

_OBJECTS = st.fixed_dictionaries(
    {"m": _MIXED, "s": _WORDS},
    optional={
        "n": _NUMBERS,
        "t": _NUMBER_TEXTS,
        "b": _FLAGS,
        "o": st.fixed_dictionaries({}, optional={"p": _NUMBERS, "q.r": _WORDS, "none": st.none()}),
        "l": st.lists(_MIXED, max_size=3),
        "x-y": _MIXED,
        "@w": _WORDS,
        "ip": _ADDRESSES,
        "j": st.one_of(_CLOSED, _ELEMENTS).map(json.dumps),
    },
)
_TEXT_LINES = st.builds(
    "[{}] user={} took={}".format,
    st.sampled_from(("INFO", "ERROR")),
    st.sampled_from(("ann", "bo", "")),
    st.one_of(_NUMBERS, st.just("?")),
)
_PLATFORM_LINES = st.builds(
    "REPORT RequestId: r-{}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: 512 MB\t"
    "Max Memory Used: {} MB\t".format,
    st.integers(0, 3),
    _NUMBERS.map(abs),
    st.integers(1, 500),
    st.integers(40, 512),
)
_MESSAGES: st.SearchStrategy[Any] = st.one_of(_OBJECTS, _OBJECTS, _OBJECTS, _OBJECTS, _TEXT_LINES, _PLATFORM_LINES)


@st.composite
def event_lists(draw: st.DrawFn) -> list[LogEvent]:
    """Return events with different times, in any order; JSON objects also carry their number as ``id``."""
    messages = draw(st.lists(_MESSAGES, min_size=1, max_size=MOST_EVENTS))
    times = st.integers(0, 200_000_000)
    offsets = draw(st.lists(times, min_size=len(messages), max_size=len(messages), unique=True))
    numbered = [
        {"id": position, **message} if isinstance(message, dict) else message
        for position, message in enumerate(messages)
    ]
    return [event_of(BASE_MS + offset, message) for offset, message in zip(offsets, numbered, strict=True)]


@st.composite
def log_files(draw: st.DrawFn) -> list[LogEvent]:
    """Return the lines of a log file: JSON objects that state their time, and Lambda's text lines between them."""
    messages = draw(st.lists(_MESSAGES, min_size=1, max_size=MOST_EVENTS))
    steps = draw(st.lists(st.integers(1, 40_000_000), min_size=len(messages), max_size=len(messages)))
    events, time = [], BASE_MS
    for position, (message, step) in enumerate(zip(messages, steps, strict=True)):
        time += step
        stated = {"timestamp": f"{str(Time(time)).replace(' ', 'T')}Z", "id": position}
        events.append(event_of(time, {**stated, **message} if isinstance(message, dict) else message))
    return events


# Expressions


def field(name: str) -> Field:
    """Return a field by its dotted name."""
    return Field(HERE, tuple(name.split(".")))


def call(function: str, *arguments: Expression) -> Call:
    """Return a call."""
    return Call(HERE, function, arguments)


def number(text: str) -> Number:
    """Return a literal."""
    return Number(HERE, text)


def binary(operator: Any, left: Expression, right: Expression) -> Expression:
    """Return two expressions with an operator between them."""
    return syntax.Binary(HERE, operator, left, right)


NUMBER_FIELDS = ("n", "o.p", "id", "m", "t", "b", "@duration", "@maxMemoryUsed")
TEXT_FIELDS = ("s", "m", "j", "t", "l.0", "l.1", "x-y", "@@w", "o.q.r", "@type", "@message", "ip", "nowhere")
_LITERALS = ("0", "1", "2", "2.5", "10", "0.25", "1e2")
_TEXTS = ("a", "b", "A", "1", "01", "x y", "é", '"', "\\", "%", "user", ".")
_REGEXES = ("a", "^a", "[0-9]+$", "(?i)abc", r"\d", "x|b", "a.*1", r"user=(an|b)", "/")
_COMPARISONS: tuple[syntax.BinaryOperator, ...] = ("=", "!=", "<", "<=", ">", ">=")
_CAPPED: tuple[syntax.PeriodUnit, ...] = ("s", "m", "h")
_CALENDAR: tuple[syntax.PeriodUnit, ...] = ("ms", "d", "w", "mo", "q", "y")
_QUESTIONS = ("ispresent", "isempty", "isblank", "isnumeric", "isvalidip", "isvalidipv4", "isvalidipv6", "isprivateip")
_DEEPEST = 2


class Choices:
    """
    Draws expressions over the names that exist at one place of a query.

    The first of every list of choices is the simplest: counterexamples shrink towards it.
    """

    def __init__(self, draw: st.DrawFn, numbers: Sequence[str], texts: Sequence[str], *, timed: bool) -> None:
        self.draw, self.numbers, self.texts, self.timed = draw, numbers, texts, timed

    def pick(self, options: Sequence[Option]) -> Option:
        """Return one of some options."""
        return options[self.draw(st.integers(0, len(options) - 1))]

    def maybe(self) -> bool:
        """Return yes or no."""
        return self.draw(_FLAGS)

    def number(self, depth: int = 0) -> Expression:
        """Return a numeric expression."""
        return self.pick(self._NUMBERS if depth < _DEEPEST else self._NUMBERS[:2])(self, depth + 1)

    def text(self, depth: int = 0) -> Expression:
        """Return an expression of text."""
        return self.pick(self._TEXTS if depth < _DEEPEST else self._TEXTS[:2])(self, depth + 1)

    def condition(self, depth: int = 0) -> Expression:
        """Return a condition."""
        return self.pick(self._CONDITIONS if depth < _DEEPEST else self._CONDITIONS[:7])(self, depth + 1)

    def any_field(self) -> Field:
        """Return a field of any kind."""
        return field(self.pick([*self.numbers, *self.texts, *(["@timestamp"] if self.timed else [])]))

    def value(self) -> Expression:
        """Return any expression but a condition."""
        kinds: tuple[Callable[[], Expression], ...] = (self.any_field, self.number, self.text)
        return self.pick(kinds)()

    def side(self) -> Expression:
        """Return what a field is compared with."""
        kinds: tuple[Callable[[], Expression], ...] = (self._literal, self._string, self.any_field)
        return self.pick(kinds)()

    def shown_only(self) -> Expression:
        """Return an expression whose last bit may differ: for results, not for decisions."""
        inner = self.number(1)
        return call("log", inner) if self.maybe() else binary("^", inner, number(self.pick(("2", "0.5"))))

    def time(self) -> Expression:
        """Return an expression of time."""
        if self.maybe():
            return call("bin", self.period())
        return call(self.pick(("datefloor", "dateceil")), field("@timestamp"), self.period())

    def period(self) -> Period:
        """Return a period, also beyond its cap."""
        if self.maybe():
            return Period(HERE, self.draw(st.integers(1, 70)), self.pick(_CAPPED))
        return Period(HERE, 1, self.pick(_CALENDAR))

    def quarters(self) -> Expression:
        """Return a number whose sums are exact in any order."""
        exact = [name for name in ("n", "o.p", "id", "b") if name in self.numbers]
        return field(self.pick(exact)) if exact else self._literal()

    def comparison(self) -> syntax.Binary:
        """Return a field compared with a literal."""
        literal = self._literal() if self.maybe() else self._string()
        return syntax.Binary(HERE, self.pick(_COMPARISONS), self.any_field(), literal)

    def _literal(self, depth: int = 0) -> Number:
        return number(self.pick(_LITERALS))

    def _string(self, depth: int = 0) -> String:
        return String(HERE, self.pick(_TEXTS))

    def _number_field(self, depth: int) -> Expression:
        return field(self.pick([*self.numbers, *self.texts[:2]]))

    def _arithmetic(self, depth: int) -> Expression:
        return binary(self.pick("+-*/%"), self.number(depth), self.number(depth))

    def _negative(self, depth: int) -> Expression:
        return syntax.Negative(HERE, self.number(depth))

    def _rounded(self, depth: int) -> Expression:
        return call(self.pick(("abs", "ceil", "floor", "round", "sqrt", "toint")), self.number(depth))

    def _extreme(self, depth: int) -> Expression:
        return call(self.pick(("greatest", "least", "coalesce")), self.number(depth), self.number(depth))

    def _length(self, depth: int) -> Expression:
        return call(self.pick(("strlen", "messagesize")), self.text(depth))

    def _chosen_number(self, depth: int) -> Expression:
        return call("if", self.condition(depth), self.number(depth), self.number(depth))

    def _milliseconds(self, depth: int) -> Expression:
        return call("tomillis", field("@timestamp")) if self.timed else self._literal()

    def _array_number(self, depth: int) -> Expression:
        if self.maybe():
            return call("jsonarraysize", self.text(depth))
        wanted: Expression = self._literal() if self.maybe() else self._string()
        return call("jsonarraycontains", self.text(depth), wanted)

    def _address_number(self, depth: int) -> Expression:
        return call("ipv4tonumber", self.any_field())

    def _hexadecimal(self, depth: int) -> Expression:
        return (
            call("hextodec", call("dectohex", self.number(depth)))
            if self.maybe()
            else call("tonumber", self.text(depth))
        )

    _NUMBERS: ClassVar[tuple[Draws, ...]] = (
        _number_field,
        _literal,
        _arithmetic,
        _negative,
        _rounded,
        _extreme,
        _length,
        _chosen_number,
        _milliseconds,
        _array_number,
        _address_number,
        _hexadecimal,
    )

    def _text_field(self, depth: int) -> Expression:
        return field(self.pick([*self.texts, *self.numbers[:2]]))

    def _joined(self, depth: int) -> Expression:
        return call(self.pick(("concat", "coalesce")), self.text(depth), self.text(depth))

    def _in_case(self, depth: int) -> Expression:
        return call(
            self.pick(("toupper", "tolower")),
            field(self.pick(("s", "@message", "nowhere") if self.timed else self.texts)),
        )

    def _trimmed(self, depth: int) -> Expression:
        return call(
            self.pick(("trim", "ltrim", "rtrim")), self.text(depth), *([self._string()] if self.maybe() else [])
        )

    def _part(self, depth: int) -> Expression:
        places = [number(str(self.draw(st.integers(0, 4)))) for _ in range(1 + self.maybe())]
        return call("substr", self.text(depth), *places)

    def _replaced(self, depth: int) -> Expression:
        return call("replace", self.text(depth), self._string(), self._string())

    def _digest(self, depth: int) -> Expression:
        return call(self.pick(("md5", "sha256", "base64encode")), self.text(depth))

    def _substituted(self, depth: int) -> Expression:
        return call("regexreplace", self.text(depth), String(HERE, self.pick(("a", "[0-9]+", "^x"))), String(HERE, "N"))

    def _piece(self, depth: int) -> Expression:
        return syntax.Access(HERE, call("split", self.text(depth), self._string()), self.draw(st.integers(0, 2)))

    def _written_date(self, depth: int) -> Expression:
        if not self.timed:
            return self._string()
        return call("formatdate", field("@timestamp"), String(HERE, self.pick(("%Y-%m-%d", "%H:%M:%S", "%j"))))

    def _chosen_text(self, depth: int) -> Expression:
        first, second = (self.condition(depth), self.text(depth)), (self.condition(depth), self.text(depth))
        return call("case", *first, *second, *([self._string()] if self.maybe() else []))

    _TEXTS: ClassVar[tuple[Draws, ...]] = (
        _text_field,
        _string,
        _joined,
        _in_case,
        _trimmed,
        _part,
        _replaced,
        _digest,
        _chosen_text,
        _substituted,
        _piece,
        _written_date,
    )

    def _compared(self, depth: int) -> Expression:
        return binary(self.pick(_COMPARISONS), self.any_field(), self.side())

    def _present(self, depth: int) -> Expression:
        return call(self.pick(_QUESTIONS), self.any_field())

    def _bare(self, depth: int) -> Expression:
        return self.any_field()

    def _like(self, depth: int) -> Expression:
        pattern = self._string() if self.maybe() else syntax.Regex(HERE, self.pick(_REGEXES))
        return syntax.Like(HERE, self.any_field(), pattern, self.maybe())

    def _in(self, depth: int) -> Expression:
        options = tuple(self.side() for _ in range(self.draw(st.integers(1, 3))))
        return syntax.In(HERE, self.any_field(), options, self.maybe())

    def _holding(self, depth: int) -> Expression:
        return call(self.pick(("strcontains", "startswith", "endswith")), self.any_field(), self._string())

    def _in_subnet(self, depth: int) -> Expression:
        return call(self.pick(("isipinsubnet", "isipv4insubnet")), self.any_field(), String(HERE, "192.0.2.0/24"))

    def _connected(self, depth: int) -> Expression:
        return binary(self.pick(("or", "and")), self.condition(depth), self.condition(depth))

    def _not(self, depth: int) -> Expression:
        return syntax.Not(HERE, self.condition(depth))

    def _numbers_compared(self, depth: int) -> Expression:
        return binary(self.pick(_COMPARISONS), self.number(depth), self.number(depth))

    def _texts_compared(self, depth: int) -> Expression:
        return binary(self.pick(_COMPARISONS), self.text(depth), self.text(depth))

    _CONDITIONS: ClassVar[tuple[Draws, ...]] = (
        _present,
        _compared,
        _bare,
        _like,
        _in,
        _holding,
        _in_subnet,
        _connected,
        _connected,
        _not,
        _numbers_compared,
        _texts_compared,
    )


# Commands


def item(expression: Expression, alias: str | None = None) -> Item:
    """Return an item; without an alias it is a plain field, named as it is written."""
    text = expression.name if isinstance(expression, Field) else ""
    return Item(HERE, expression, Name(HERE, alias) if alias else None, text)


class Builder:
    """Draws one query, command by command, and keeps the names that exist."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.numbers, self.texts = list(NUMBER_FIELDS), list(TEXT_FIELDS)
        self.timed = True
        self.made = 0
        self.commands: list[syntax.Command] = []
        self.ordered = True

    @property
    def choices(self) -> Choices:
        """The expressions possible here."""
        return Choices(self.draw, self.numbers, self.texts, timed=self.timed)

    def name(self) -> str:
        """Return a new name."""
        self.made += 1
        return f"a{self.made}"

    def add_filter(self) -> None:
        """Add a filter."""
        self.commands.append(syntax.Filter(HERE, self.choices.condition()))

    def add_fields(self) -> None:
        """Add ``fields`` with a name of ours, which later commands may use."""
        numeric = self.choices.maybe()
        expression = self.choices.number() if numeric else self.choices.text()
        alias = self.name()
        (self.numbers if numeric else self.texts).append(alias)
        self.commands.append(syntax.Fields(HERE, (item(expression, alias),)))

    def add_parse(self) -> None:
        """Add a ``parse`` of the text lines, by glob or by regex."""
        first, second = self.name(), self.name()
        names = Name(HERE, first), Name(HERE, second)
        operand = field(self.choices.pick(self.texts)) if self.choices.maybe() else None
        if self.choices.maybe():
            glob = String(
                HERE, self.choices.pick(("user=* took=*", "[*] user=* ", "*=* took", '"n":*,"m":*', "*a*", "**"))
            )
            self.commands.append(syntax.ParseGlob(HERE, operand, glob, names))
        else:
            shape = self.choices.pick(
                (r"user=(?<{}>\w+)? took=(?<{}>[0-9.]+)", "(?<{}>a)(?<{}>[0-9]*)", "(?:^|x)(?<{}>.)(?<{}>.?)")
            )
            regex = syntax.Regex(HERE, shape.format(first, second))
            self.commands.append(syntax.ParseRegex(HERE, operand, regex, names, True, False))
        self.texts += [first, second]

    def add_json(self) -> None:
        """Add ``jsonParse`` of a closed text, whose inside later commands may use."""
        alias = self.name()
        self.commands.append(syntax.Fields(HERE, (item(call("jsonparse", field("j")), alias),)))
        self.texts += [f"{alias}.k", f"{alias}.list.0"]
        self.numbers.append(f"{alias}.in.v")

    def add_sort(self, last: Sequence[str]) -> None:
        """Add a sort, made complete by keys that no two rows share."""
        keys = self.draw(st.lists(st.sampled_from([*self.numbers, *self.texts]), max_size=2, unique=True))
        chosen = [(name, self.draw(st.booleans())) for name in keys] + [(name, False) for name in last]
        sort_keys = [
            syntax.SortKey(HERE, field(name), field_text(field(name)), descending) for name, descending in chosen
        ]
        if sort_keys:
            self.commands.append(syntax.Sort(HERE, tuple(sort_keys)))

    def add_limit(self) -> None:
        """Add a limit."""
        self.commands.append(syntax.Limit(HERE, self.draw(st.integers(1, 5))))

    def add_dedup(self) -> None:
        """Add a dedup."""
        names = self.draw(st.lists(st.sampled_from([*self.numbers, *self.texts]), min_size=1, max_size=2, unique=True))
        self.commands.append(syntax.Dedup(HERE, tuple(map(field, names))))

    def add_display(self) -> None:
        """Add a display of all kinds of expressions."""
        one = self.choices
        kinds: list[Callable[[], Expression]] = [
            one.value,
            one.condition,
            one.shown_only,
            *([one.time] if self.timed else []),
        ]
        expressions = [one.pick(kinds)() for _ in range(self.draw(st.integers(1, 4)))]
        self.commands.append(syntax.Display(HERE, tuple(item(expression, self.name()) for expression in expressions)))

    def add_stats(self) -> list[str]:
        """Add a stats; afterwards only its outputs exist. Returns the names of its keys."""
        one = self.choices
        kinds: list[Callable[[], Expression]] = [
            one.any_field,
            one.text,
            one.number,
            *([one.time, one.time] if self.timed else []),
        ]
        groups = [item(one.pick(kinds)(), self.name()) for _ in range(self.draw(st.integers(0, 2)))]
        aggregates = [item(self.aggregate(), self.name()) for _ in range(self.draw(st.integers(1, 3)))]
        self.commands.append(syntax.Stats(HERE, tuple(aggregates), tuple(groups), None))
        keys = [group.name for group in groups]
        self.numbers, self.texts = [one.name for one in aggregates], keys or [aggregates[0].name]
        self.timed = False
        return keys

    def aggregate(self) -> Expression:
        """Return an aggregate whose result is exact."""
        one = self.choices
        names = ["count", "countdistinct", "min", "max", "sortsfirst", "sortslast"]
        names += ["earliest", "latest"] if self.timed else []
        kind = self.draw(st.integers(0, 4))
        if kind == 0:
            return Call(HERE, "count", (), star=True)
        if kind == 1:
            return call("pct", one.number(), number(one.pick(("1", "25", "50", "95", "100"))))
        if kind == 2:
            return call(one.pick(("sum", "avg")), one.quarters())
        if kind == 3:
            return binary("+", call("sum", one.quarters()), number("1"))
        return call(one.pick(names), one.value())


@dataclass(frozen=True, slots=True)
class Example:
    """
    A query, what it is asked over, and whether the order of its rows is determined.

    The bounds are in milliseconds, both included; ``limit`` is the API's.
    """

    events: list[LogEvent]
    query: syntax.Query
    ordered: bool
    start_ms: int | None = None
    end_ms: int | None = None
    limit: int | None = None


@st.composite
def examples(draw: st.DrawFn) -> Example:
    """Return a query over events, sometimes over a part of their times."""
    events = draw(event_lists())
    query, ordered = draw(queries())
    times = st.sampled_from((None, *(event.timestamp_ms for event in events)))
    start, end = draw(times), draw(times)
    if start is not None and end is not None:
        start, end = min(start, end), max(start, end)
    limits = st.sampled_from((None, None, 1, 3)) if ordered else st.none()
    return Example(events, query, ordered, start, end, draw(limits))


@st.composite
def file_examples(draw: st.DrawFn) -> Example:
    """Return a query over the lines of a log file."""
    return Example(draw(log_files()), *draw(queries()))


@st.composite
def queries(draw: st.DrawFn) -> tuple[syntax.Query, bool]:
    """Return a query, and whether the order of its rows is determined."""
    builder = Builder(draw)
    steps = [builder.add_filter, builder.add_fields, builder.add_parse, builder.add_json]
    for position in draw(st.lists(st.integers(0, len(steps) - 1), max_size=3, unique=True)):
        steps[position]()
    finish = draw(st.sampled_from((_rows, _groups, _rows, _groups, _twice, _ties, _multiplied)))
    finish(builder)
    return syntax.Query(written(builder.commands), tuple(builder.commands)), builder.ordered


def _maybe(builder: Builder) -> bool:
    return builder.draw(st.booleans())


def _rows(builder: Builder) -> None:
    if _maybe(builder):
        builder.add_sort(["@timestamp"])
    if _maybe(builder):
        builder.add_limit()
    if _maybe(builder):
        builder.add_display()
    if _maybe(builder):
        builder.add_dedup()
    if not builder.commands:
        builder.add_limit()


def _groups(builder: Builder) -> None:
    keys = builder.add_stats()
    if _maybe(builder):
        builder.add_filter()
    if keys and _maybe(builder):
        builder.add_sort(keys)
    if _maybe(builder):
        builder.add_limit()
    if _maybe(builder):
        builder.add_display()


def _twice(builder: Builder) -> None:
    builder.add_stats()
    if _maybe(builder):
        builder.add_filter()
    _groups(builder)


def _ties(builder: Builder) -> None:
    """Sort by keys that rows may share: nobody says in which order those stand."""
    builder.add_sort([])
    builder.add_display()
    builder.ordered = False


def _multiplied(builder: Builder) -> None:
    """Make several rows of one event; nobody says in which order those stand."""
    made = builder.name()
    if _maybe(builder):
        alias = builder.name()
        items = field(f"{alias}.list")
        builder.commands += [
            syntax.Fields(HERE, (item(call("jsonparse", field("j")), alias),)),
            syntax.Filter(HERE, call("ispresent", items)),
            syntax.Unnest(HERE, items, Name(HERE, made)),
        ]
    else:
        regex = syntax.Regex(HERE, r"([a-z]+)[=:]")
        builder.commands.append(syntax.ParseRegex(HERE, None, regex, (Name(HERE, made),), False, True))
    builder.texts.append(made)
    if _maybe(builder):
        builder.add_filter()
    builder.commands.append(syntax.Display(HERE, (item(field("id")), item(field(made)))))
    builder.ordered = False
