"""
The tree of a Logs Insights query: what was written, not what it means. Every node has its place in the text.

Names of functions are kept in canonical form: lower case without underscores (``count_distinct`` and
``countDistinct`` are both ``countdistinct``); the text as written is in the source under the node's span.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Span

# Canonical units of periods, and how many milliseconds the fixed ones last; the others follow the calendar.
PeriodUnit: TypeAlias = Literal["ms", "s", "m", "h", "d", "w", "mo", "q", "y"]

BinaryOperator: TypeAlias = Literal["or", "and", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "^"]


@dataclass(frozen=True, slots=True)
class Number:
    """A decimal literal; ``text`` is as written."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class String:
    """A quoted text, escapes resolved."""

    span: Span
    value: str


@dataclass(frozen=True, slots=True)
class Boolean:
    """A bare ``true`` or ``false``: no documented literal; means 1 or 0, with a warning."""

    span: Span
    value: bool


@dataclass(frozen=True, slots=True)
class Regex:
    r"""A pattern between slashes; ``\/`` is resolved to ``/``."""

    span: Span
    pattern: str


@dataclass(frozen=True, slots=True)
class Period:
    """``5m``: a count and a canonical unit. Caps are applied where it is used, not here."""

    span: Span
    count: int
    unit: PeriodUnit


@dataclass(frozen=True, slots=True)
class Field:
    """
    A name: of a discovered field, a system field or an alias.

    ``parts`` are its pieces between dots, backticks removed: ``a.`b-c`.0`` is ``("a", "b-c", "0")``, a wholly
    quoted ```a.b``` is one part. ``name`` is the parts joined by dots. A system field keeps its ``@``.
    """

    span: Span
    parts: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name as results show it."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Access:
    """``x.key`` or ``x[0]`` where x is not a plain name: into a map or a list."""

    span: Span
    operand: "Expression"
    key: str | int


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments; ``count(*)`` has ``star`` and no arguments."""

    span: Span
    function: str
    arguments: tuple["Expression", ...]
    star: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """``not x``."""

    span: Span
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Negative:
    """``-x``."""

    span: Span
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, comparison (``==`` is kept as ``=``), ``and``, ``or``."""

    span: Span
    operator: BinaryOperator
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Like:
    """``x [not] like "text"``, ``x [not] like /re/``, ``x =~ /re/``. A String is a substring, a Regex a search."""

    span: Span
    operand: "Expression"
    pattern: "String | Regex"
    negated: bool


@dataclass(frozen=True, slots=True)
class In:
    """``x [not] in [a, b]``."""

    span: Span
    operand: "Expression"
    options: tuple["Expression", ...]
    negated: bool


Expression: TypeAlias = (
    Number | String | Boolean | Period | Field | Access | Call | Not | Negative | Binary | Like | In | Regex
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the query makes: an alias or what ``parse`` extracts."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """An expression with its result name: the alias, or else the text as written, trimmed (backticks removed)."""

    span: Span
    expression: Expression
    alias: Name | None
    text: str

    @property
    def name(self) -> str:
        """The name of the result column."""
        return self.alias.text if self.alias else self.text


@dataclass(frozen=True, slots=True)
class Fields:
    """``fields a, b as c``."""

    span: Span
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Display:
    """``display a, b as c``."""

    span: Span
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    """``filter x``, ``where x``, and ``filterIndex f = v``, which is a filter where there are no indexes."""

    span: Span
    condition: Expression


@dataclass(frozen=True, slots=True)
class Stats:
    """``stats aggregates by groups [offset period]``."""

    span: Span
    aggregates: tuple[Item, ...]
    groups: tuple[Item, ...]
    offset: Period | None


@dataclass(frozen=True, slots=True)
class SortKey:
    """A field, an alias, or the un-aliased text of a stats item (``count(*)``), and its direction."""

    span: Span
    expression: Expression
    text: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Sort:
    """``sort a desc, b`` (also ``sort by``)."""

    span: Span
    keys: tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """``limit n``, ``head n``; ``any`` for ``limit any n``; ``last`` for the old ``tail n``."""

    span: Span
    count: int
    any: bool = False
    last: bool = False


@dataclass(frozen=True, slots=True)
class ParseGlob:
    """``parse [x] "a * b *" as n, m``."""

    span: Span
    operand: Expression | None
    pattern: String
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class ParseRegex:
    """``parse [x] /re/ [as names] [multi]``; ``names`` are the named groups, or those after ``as``, in order."""

    span: Span
    operand: Expression | None
    pattern: Regex
    names: tuple[Name, ...]
    named_groups: bool
    multi: bool


@dataclass(frozen=True, slots=True)
class ParseLogfmt:
    """``parse x logfmt as m``: a map."""

    span: Span
    operand: Expression | None
    name: Name


@dataclass(frozen=True, slots=True)
class ParseCsv:
    """``parse x csv as a, b``."""

    span: Span
    operand: Expression | None
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class ParseJson:
    """``json field=f "a.b" as x``: one value out of a JSON text."""

    span: Span
    operand: Expression
    path: String
    name: Name


@dataclass(frozen=True, slots=True)
class Dedup:
    """``dedup a, b``."""

    span: Span
    keys: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Unnest:
    """``unnest list into name``."""

    span: Span
    operand: Expression
    name: Name


@dataclass(frozen=True, slots=True)
class Expand:
    """``expand f``: one event per element of a text that is a JSON array."""

    span: Span
    field: Field


@dataclass(frozen=True, slots=True)
class Pattern:
    """``pattern x``."""

    span: Span
    operand: Expression


@dataclass(frozen=True, slots=True)
class Diff:
    """``diff [previousDay|previousWeek|previousMonth]``; None is the period just before the query's own."""

    span: Span
    against: Literal["previousDay", "previousWeek", "previousMonth"] | None


@dataclass(frozen=True, slots=True)
class Accum:
    """``accum f [as out]``: a running sum; without ``as`` the field itself is replaced."""

    span: Span
    field: Field
    alias: Name | None


@dataclass(frozen=True, slots=True)
class CountFrequent:
    """``countFrequent a, b``: groups by number of events, in ``_approxcount``, most frequent first."""

    span: Span
    keys: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class FillDown:
    """``filldown [a, b*]``: the last present value is carried on; no names mean all columns. ``*`` is a wildcard."""

    span: Span
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class FillMissing:
    """``fillmissing [with v for a, b]``: rows for the empty bins after ``stats … by bin()``."""

    span: Span
    value: Expression | None
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class LogGroupSource:
    """``SOURCE …``: which log groups; files stand in for them on a laptop. ``text`` is as written."""

    span: Span
    text: str


Command: TypeAlias = (
    Fields
    | Display
    | Filter
    | Stats
    | Sort
    | Limit
    | ParseGlob
    | ParseRegex
    | ParseLogfmt
    | ParseCsv
    | ParseJson
    | Dedup
    | Unnest
    | Expand
    | Pattern
    | Diff
    | Accum
    | CountFrequent
    | FillDown
    | FillMissing
    | LogGroupSource
)


@dataclass(frozen=True, slots=True)
class Query:
    """
    A whole query.

    Args:
        text: As written.

        commands: In the order written.

        notes: Forms that are taken although CloudWatch documents others; checking a query returns them as warnings.
    """

    text: str
    commands: tuple[Command, ...]
    notes: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)
