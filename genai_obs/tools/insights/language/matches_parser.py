"""The operators ``like``, ``=~`` and ``in``, whose right side is a pattern or a list."""

import re

from genai_obs.tools.insights.language.lexer import regex_pattern, string_value
from genai_obs.tools.insights.language.operands_parser import OperandParser
from genai_obs.tools.insights.language.syntax import Expression, In, Like, Regex, String
from genai_obs.tools.text.cursor import ProblemError, shown
from genai_obs.tools.text.tokens import Token

# In a quoted text after =~ these decide between two readings, of which AWS documents neither.
_REGEX_CHARACTERS = frozenset(r".^$*+?{}[]\|()")


class MatchParser(OperandParser):
    """Parses matches."""

    def _at_match(self) -> bool:
        at_not = self._cursor.at_word("not") and self._cursor.at_word("like", "in", ahead=1)
        return at_not or self._cursor.at("=~") or self._cursor.at_word("like", "in")

    def _match(self, operand: Expression) -> Expression:
        """Parse ``[not] like (string | regex) | =~ regex | [not] in list``."""
        negated = self._cursor.accept_word("not") is not None
        token = self._cursor.take()
        if token.is_word("in"):
            options = self._options()
            return In(operand.span.to(self._cursor.previous().span), operand, options, negated)
        pattern = self._pattern(token)
        return Like(operand.span.to(pattern.span), operand, pattern, negated)

    def _pattern(self, operator: Token) -> String | Regex:
        if self._cursor.at("regex"):
            return self.regex()
        hint = f'write {operator.text} "text" or {operator.text} /regex/'
        token = self._cursor.expect("string", f"a quoted text or a /regex/ after {operator.text}", hint)
        found = String(token.span, string_value(token))
        if operator.kind == "=~" and _REGEX_CHARACTERS.intersection(found.value):
            raise self._cursor.problem(
                "unclear-pattern",
                "nobody documents whether a quoted text after =~ is a regular expression",
                token.span,
                'write =~ /regex/ or like "text"',
            )
        return found

    def regex(self) -> Regex:
        """Parse ``/regex/``; nothing may follow its last slash."""
        token = self._cursor.take()
        following = self._cursor.peek()
        is_close = following.span.start == token.span.end and not following.is_word("and", "or", "as", "multi")
        # A slash in a character class must be escaped too: "[^/]" and "[/|]" have ended at their slash.
        plain = re.sub(r"\\.", "", token.text)
        in_class = following.kind in {"]", "|"} and plain.rfind("[") > plain.rfind("]")
        if is_close and (in_class or following.kind in {"name", "number", "period", "regex"}):
            raise self._after_regex(following)
        return Regex(token.span, regex_pattern(token))

    def _after_regex(self, following: Token) -> ProblemError:
        is_word = following.kind == "name" and not self._cursor.at("/", ahead=1)
        if is_word and set(following.text) <= set("gimsuxUy"):
            return self._cursor.problem(
                "regex-flags",
                f"no flags may follow a regular expression, but {shown(following.text)} does",
                following.span,
                "write (?i) inside, at its start",
            )
        return self._cursor.problem(
            "unescaped-slash",
            "the regular expression ended at the slash before this",
            following.span,
            "write a slash inside as \\/",
        )

    def _options(self) -> tuple[Expression, ...]:
        closing = "]"
        if self._cursor.at("("):
            closing = ")"
            self._refuse_subquery()
            self._note(
                "list-in-parentheses", "CloudWatch documents lists in brackets", self._cursor.peek().span, "write [ ]"
            )
        elif not self._cursor.at("["):
            raise self._cursor.unexpected("a list after in", 'write in ["a", "b"]')
        self._cursor.take()
        options: list[Expression] = []
        while not self._cursor.at(closing):
            options.append(self._bound(0))
            if not self._cursor.accept(","):
                break
        self._cursor.expect(closing, f"{closing} or a comma")
        return tuple(options)

    def _refuse_subquery(self) -> None:
        begins = self._cursor.at_word("source", "fields", "filter", "stats", "parse", ahead=1)
        if begins and self._cursor.at("name", "string", "path", ahead=2):
            raise self._cursor.problem(
                "unsupported-command",
                "sub-queries are not run on a laptop",
                self._cursor.peek().span,
                "the query text works on CloudWatch: add --log-group",
            )
