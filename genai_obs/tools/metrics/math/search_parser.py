"""
The language inside ``SEARCH('…')`` (CloudWatch User Guide, search-expression-syntax).

::

    search     = [ schema [ "," ] ] [ either ]
    schema     = "{" name { "," name } "}"
    either     = all { "OR" all }
    all        = part { [ "AND" ] part }
    part       = "NOT" part | "(" either ")" | name "=" "(" either ")" | [ name "=" ] ( word | exact )

The strength of AND and OR is not documented; AND binds more strongly (our choice). A name before parentheses holds
for every term in them (observed: Grafana asks for several values of a dimension that way).
"""

import re
from dataclasses import replace

from genai_obs.tools.metrics.math.search_syntax import All, Condition, Either, Not, Schema, Search, Term
from genai_obs.tools.text.cursor import Cursor, ProblemError, shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import Lexer, Rule, Token

# Characters of one search (search-expression-syntax, documented).
MOST_CHARACTERS = 1024

# Conditions in progress at once; each costs four frames of Python.
NESTING_LIMIT = 100

_LEXER = Lexer(
    [
        Rule(None, r"\s+"),
        # Inside a text in double quotes of the expression the quotes of a search are escaped themselves.
        Rule("exact", r'\\"(?:[^"\\]|\\[^"])*+\\"|"(?:\\[\s\S]|[^"\\])*+"'),
        Rule("open-exact", r'\\?"[\s\S]*'),
        Rule("", r"[{}(),=]"),
        Rule("word", r"""[^\s"{}(),=\\']+"""),
    ]
)
_OPERATORS = ("AND", "OR", "NOT")

Parsed = tuple[Search, list[Diagnostic], list[Diagnostic]]


def parse_search(text: str) -> Parsed:
    """Return the tree of a search, its mistakes, and warnings, with places in ``text``; total, for any text."""
    nothing = Search(None, All(()))
    if len(text) > MOST_CHARACTERS:
        message = f"a search has at most {MOST_CHARACTERS:,} characters; this one has {len(text):,}"
        return nothing, [Diagnostic("math-too-long", message, Span(MOST_CHARACTERS, len(text)))], []
    source = Source(text)
    tokens = _LEXER.tokens(source)
    parser = _SearchParser(Cursor(source, tokens))
    try:
        return parser.search(), [], parser.warnings
    except ProblemError as problem:
        return nothing, [problem.problem], parser.warnings


class _SearchParser:
    def __init__(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._nesting = 0
        self.warnings: list[Diagnostic] = []

    def search(self) -> Search:
        schema = self._schema() if self._cursor.at("{") else None
        if schema is not None:
            self._cursor.accept(",")
        if self._cursor.at("end"):
            if schema is None:
                raise self._cursor.unexpected("a schema such as {Namespace,Dimension} or something to find")
            return Search(schema, All(()))
        condition = self._either()
        if not self._cursor.at("end"):
            raise self._cursor.unexpected("a term or the end", 'exact texts stand in "double quotes"')
        return Search(schema, condition)

    def _schema(self) -> Schema:
        self._cursor.take()
        self._warn_of_quotes(self._cursor.peek())
        names = [self._schema_name()]
        while self._cursor.accept(","):
            names.append(self._schema_name())
        self._cursor.expect("}", "}")
        return Schema(names[0], tuple(sorted(names[1:])))

    def _schema_name(self) -> str:
        if self._cursor.at("exact"):
            return _exact(self._cursor.take())
        return self._cursor.expect("word", "a namespace or the name of a dimension", "odd names stand in quotes").text

    def _warn_of_quotes(self, namespace: Token) -> None:
        # AWS's own namespaces stand without quotes in its samples, for all the slash in them.
        if namespace.kind == "word" and not namespace.text.isalnum() and not namespace.text.startswith("AWS/"):
            message = "a namespace with other characters than letters and digits stands in quotes"
            self.warnings.append(Diagnostic("math-search-quotes", message, namespace.span, f'write "{namespace.text}"'))

    def _either(self) -> Condition:
        self._nesting += 1
        if self._nesting > NESTING_LIMIT:
            raise self._cursor.problem("math-too-deep", "this search is nested too deeply", self._cursor.peek().span)
        parts = [self._all()]
        while self._accept_operator("OR"):
            parts.append(self._all())
        self._nesting -= 1
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._part()]
        while self._accept_operator("AND") or (self._cursor.at("word", "exact", "(") and not self._at_operator("OR")):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self) -> Condition:
        negations = 0
        while self._accept_operator("NOT"):
            negations += 1
        found = self._operand()
        return Not(found) if negations % 2 else found

    def _operand(self) -> Condition:
        if self._cursor.accept("("):
            found = self._either()
            self._cursor.expect(")", ")")
            return found
        if self._at_operator(*_OPERATORS):
            raise self._cursor.unexpected("a term")
        if not self._cursor.at("word", "exact"):
            raise self._cursor.unexpected("a term", 'exact texts stand in "double quotes"')
        token = self._cursor.take()
        if self._cursor.accept("="):
            return self._designated(token)
        self._warn_of_operator(token)
        return _term(token, None)

    def _designated(self, name: Token) -> Condition:
        if name.text.lower() == ":aws.accountid":
            raise self._cursor.problem(
                "math-needs-aws", "accounts are known to AWS only: lines do not say which one wrote them", name.span
            )
        where = _exact(name) if name.kind == "exact" else name.text
        if self._cursor.at("("):
            return _sought_in(where, self._operand())
        if not self._cursor.at("word", "exact"):
            raise self._cursor.unexpected(f"what {shown(name.text)[1:-1]} is to be", 'such as ="text"')
        return _term(self._cursor.take(), where)

    def _at_operator(self, *words: str) -> bool:
        token = self._cursor.peek()
        return token.kind == "word" and token.text in words

    def _accept_operator(self, word: str) -> bool:
        if not self._at_operator(word):
            return False
        self._cursor.take()
        return True

    def _warn_of_operator(self, token: Token) -> None:
        if token.kind == "word" and token.text.upper() in _OPERATORS:
            upper = token.text.upper()
            message = f"{shown(token.text)} is searched for like any other text: operators are upper case"
            self.warnings.append(Diagnostic("math-search-case", message, token.span, f"write {upper}"))


def _term(token: Token, where: str | None) -> Term:
    return Term(_exact(token), True, where) if token.kind == "exact" else Term(token.text, False, where)


def _sought_in(where: str, condition: Condition) -> Condition:
    """Return a condition whose terms are looked for in one place, but for those that say another."""
    match condition:
        case Term():
            return condition if condition.where else replace(condition, where=where)
        case Not():
            return Not(_sought_in(where, condition.part))
        case All() | Either():
            return replace(condition, parts=tuple(_sought_in(where, part) for part in condition.parts))


def _exact(token: Token) -> str:
    inner = token.text[2:-2] if token.text.startswith("\\") else token.text[1:-1]
    return re.sub(r"\\([\s\S])", r"\1", inner)
