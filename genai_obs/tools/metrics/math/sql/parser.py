"""
Metrics Insights SQL (CloudWatch User Guide, cloudwatch-metrics-insights-querylanguage).

::

    query  = "SELECT" function "(" name ")" "FROM" ( name | "SCHEMA" "(" name { "," name } ")" )
             [ "WHERE" filter { "AND" filter } ] [ "GROUP" "BY" name { "," name } ]
             [ "ORDER" "BY" function "(" ")" [ "ASC" | "DESC" ] ] [ "LIMIT" number ]
    filter = name ( "=" | "!=" ) 'value'

Keywords are written in any case, names are not. Odd names and keywords stand in double quotes.
"""

import re

from genai_obs.tools.metrics.math.parser import MOST_CHARACTERS
from genai_obs.tools.metrics.math.sql.syntax import Filter, Select
from genai_obs.tools.text.cursor import Cursor, ProblemError, shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.near import nearest
from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import Lexer, Rule, Token

FUNCTIONS = ("AVG", "COUNT", "MAX", "MIN", "SUM")

# Series of one query (cloudwatch-metrics-insights-limits, documented).
MOST_SERIES = 500

_LEXER = Lexer(
    [
        Rule(None, r"\s+"),
        # Doubled quotes mean one (our choice: no escape is documented).
        Rule("value", r"'(?:''|[^'])*+'"),
        Rule("quoted", r'"(?:""|[^"])*+"'),
        Rule("open-value", r"['\"][\s\S]*"),
        Rule("number", r"[0-9]+(?![A-Za-z0-9_.])"),
        Rule("name", r"[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)*"),
        Rule("", r"!=|<>|<=|>=|==|[-=<>(),*;./]"),
    ]
)

# What other kinds of SQL have and this one has not.
_FOREIGN = {
    "or": "only AND joins conditions; write a query for each, or filter on another key",
    "not": "write !=",
    "in": "only = and != compare; write a query for each value",
    "like": "only = and != compare",
    "between": "only = and != compare",
    "is": "only = and != compare",
    "<>": "write !=",
    "==": "write =",
    "<": "only = and != compare",
    ">": "only = and != compare",
    "<=": "only = and != compare",
    ">=": "only = and != compare",
    "having": "there is no HAVING; order and limit, or use the id in metric math",
    "join": "one query reads one metric",
    "as": "a query has no names of its own; give the row a label",
    ";": "a query is one statement, without ;",
}
_KEYWORDS = {"select", "from", "schema", "where", "and", "group", "by", "order", "asc", "desc", "limit"}
_SELECT = re.compile(r"\s*select\b", re.IGNORECASE)


def is_select(expression: str) -> bool:
    """Return whether an expression is a Metrics Insights query."""
    return _SELECT.match(expression) is not None


def parse_select(text: str) -> tuple[Select | None, list[Diagnostic]]:
    """Return the query, or None and what is wrong with it; total, for any text."""
    if len(text) > MOST_CHARACTERS:
        message = f"an expression has at most {MOST_CHARACTERS:,} characters; this one has {len(text):,}"
        return None, [Diagnostic("math-too-long", message, Span(MOST_CHARACTERS, len(text)))]
    source = Source(text)
    parser = _SelectParser(Cursor(source, _LEXER.tokens(source)))
    try:
        found = parser.select()
    except ProblemError as problem:
        parser.problems.append(problem.problem)
        return None, parser.problems
    return (None, parser.problems) if parser.problems else (found, [])


class _SelectParser:
    """Parses one query. What is wrong with a part is kept, and the rest is read all the same where it can be."""

    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self.problems: list[Diagnostic] = []

    def select(self) -> Select:
        self._keyword("select")
        function = self._function()
        self._cursor.expect("(", "(")
        metric = self._name("the name of a metric")
        self._cursor.expect(")", ")", "one metric, without *")
        self._keyword("from")
        start = self._cursor.peek().span.start
        namespace, dimensions = self._source()
        span = self._cursor.since(start)
        filters = self._filters() if self._cursor.accept_word("where") else ()
        keys = self._keys() if self._cursor.at_word("group") else ()
        order, descending = self._order() if self._cursor.at_word("order") else (None, False)
        limit = self._limit() if self._cursor.accept_word("limit") else None
        if not self._cursor.at("end"):
            raise self._unexpected("WHERE, GROUP BY, ORDER BY, LIMIT or the end")
        warnings = _warnings(namespace, dimensions, span)
        return Select(function, metric, namespace, dimensions, span, filters, keys, order, descending, limit, warnings)

    def _function(self) -> str:
        token = self._cursor.expect("name", "one of AVG, COUNT, MAX, MIN, SUM")
        name = token.text.upper()
        if name not in FUNCTIONS:
            near = nearest(name, FUNCTIONS)
            hint = f"did you mean {near}?" if near else "percentiles are no part of this SQL"
            message = f"{shown(token.text)} is none of {', '.join(FUNCTIONS)}"
            self.problems.append(Diagnostic("math-unknown-function", message, token.span, hint))
        return name

    def _source(self) -> tuple[str, tuple[str, ...] | None]:
        if not (self._cursor.at_word("schema") and self._cursor.at("(", ahead=1)):
            return self._name("a namespace in double quotes, or SCHEMA(…)"), None
        self._cursor.take()
        self._cursor.take()
        names = [self._name("a namespace in double quotes")]
        while self._cursor.accept(","):
            names.append(self._name("the name of a dimension"))
        self._cursor.expect(")", ")")
        return names[0], tuple(sorted(names[1:]))

    def _filters(self) -> tuple[Filter, ...]:
        filters = [self._filter()]
        while self._cursor.accept_word("and"):
            filters.append(self._filter())
        return tuple(filters)

    def _filter(self) -> Filter:
        key = self._key()
        if not self._cursor.at("=", "!="):
            raise self._unexpected("= or !=")
        equal = self._cursor.take().kind == "="
        token = self._cursor.expect("value", "a value in single quotes")
        return Filter(key, token.text[1:-1].replace("''", "'"), equal)

    def _keys(self) -> tuple[str, ...]:
        self._cursor.take()
        self._keyword("by")
        keys = [self._key()]
        while self._cursor.accept(","):
            keys.append(self._key())
        return tuple(dict.fromkeys(keys))

    def _key(self) -> str:
        token = self._cursor.peek()
        key = self._quoted_tag() or self._name("the name of a dimension")
        if token.kind == "name" and re.match(r"(?i)(tag|aws)\.", key):
            message = f"{shown(key)[1:-1]} is known to AWS only: lines name no tags and no accounts"
            self.problems.append(Diagnostic("math-needs-aws", message, token.span, "use dimensions"))
        return key

    def _quoted_tag(self) -> str | None:
        """Return a tag whose key stands in quotes, as in ``tag."cost-centre"``; None where there is none."""
        if not (self._cursor.at_word("tag") and self._cursor.at(".", ahead=1) and self._cursor.at("quoted", ahead=2)):
            return None
        self._cursor.take()
        self._cursor.take()
        return f"tag.{self._cursor.take().text[1:-1]}"

    def _order(self) -> tuple[str, bool]:
        self._cursor.take()
        self._keyword("by")
        function = self._function()
        self._cursor.expect("(", "(")
        self._cursor.expect(")", ")", "the function of ORDER BY takes nothing")
        descending = self._cursor.accept_word("desc") is not None
        if not descending:
            self._cursor.accept_word("asc")
        return function, descending

    def _limit(self) -> int:
        token = self._cursor.expect("number", "a number of series")
        if not 1 <= len(token.text) <= 9 or not 1 <= int(token.text) <= MOST_SERIES:
            message = f"a limit is from 1 to {MOST_SERIES}"
            self.problems.append(Diagnostic("math-limit", message, token.span))
            return MOST_SERIES
        return int(token.text)

    def _keyword(self, word: str) -> None:
        if not self._cursor.accept_word(word):
            raise self._unexpected(word.upper())

    def _name(self, what: str) -> str:
        token = self._cursor.peek()
        if token.kind == "quoted":
            return self._cursor.take().text[1:-1].replace('""', '"')
        if token.kind == "value":
            raise self._cursor.unexpected(what, "names stand in double quotes, values in single ones")
        if token.kind not in {"name", "number"} or token.text.lower() in _KEYWORDS:
            raise self._unexpected(what)
        self._cursor.take()
        self._refuse_odd(token)
        return token.text

    def _refuse_odd(self, token: Token) -> None:
        following = self._cursor.peek()
        if following.kind in {"-", "/", "."} and following.span.start == token.span.end:
            span = token.span.to(following.span)
            message = "a name with other characters than letters, digits and _ stands in double quotes"
            raise self._cursor.problem("math-quotes", message, span, 'write "AWS/Lambda"')

    def _unexpected(self, what: str) -> ProblemError:
        return self._cursor.unexpected(what, _FOREIGN.get(self._cursor.peek().text.lower()))


def _warnings(namespace: str, dimensions: tuple[str, ...] | None, span: Span) -> tuple[Diagnostic, ...]:
    if dimensions is not None:
        return ()
    message = "FROM a namespace takes every dimension set: a value published with two sets counts twice"
    return (Diagnostic("math-every-set", message, span, f'write SCHEMA("{namespace}", …) with the names of one set'),)
