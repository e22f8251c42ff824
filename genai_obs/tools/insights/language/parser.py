"""
From the text of a query to its tree.

A mistake ends its command only: parsing goes on behind the next ``|``, so that all mistakes are told at once.
"""

from genai_obs.tools.insights.language.command_parts import CommandParser
from genai_obs.tools.insights.language.commands import COMMANDS
from genai_obs.tools.insights.language.findings import text_error
from genai_obs.tools.insights.language.lexer import tokenize
from genai_obs.tools.insights.language.names import canonical
from genai_obs.tools.insights.language.other_languages import find_other_language
from genai_obs.tools.insights.language.syntax import Command, Query
from genai_obs.tools.insights.language.unsupported import UNSUPPORTED, unsupported
from genai_obs.tools.text.cursor import Cursor, ProblemError, shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.near import nearest
from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import Token

# AWS: "API_StartQuery", documented.
LONGEST_QUERY = 10_000


def parse_query(text: str) -> Query:
    """
    Parse a query.

    Raises:
        TextError: It is no query of this language; with every mistake found.
    """
    source = Source(text)
    if len(text) > LONGEST_QUERY:
        message = f"a query has at most {LONGEST_QUERY:,} characters, this one {len(text):,}"
        raise text_error(text, [Diagnostic("query-too-long", message, Span(LONGEST_QUERY, len(text)))])
    tokens, problems = tokenize(source)
    other = find_other_language(tokens)
    if other:
        raise text_error(text, [other])
    parser = _QueryParser(Cursor(source, tokens), problems)
    commands = parser.commands()
    if not commands and not parser.problems:
        parser.problems.append(
            Diagnostic("empty-query", "the query is empty", Span(0, len(text)), "try fields @message")
        )
    if parser.problems:
        raise text_error(text, parser.problems)
    return Query(text, tuple(commands), tuple(sorted(parser.notes, key=lambda note: note.span)))


class _QueryParser:
    def __init__(self, cursor: Cursor, problems: list[Diagnostic]) -> None:
        self.problems = problems
        self.notes: list[Diagnostic] = []
        self._cursor = cursor
        self._parts = CommandParser(cursor, self.notes)

    def commands(self) -> list[Command]:
        """Parse ``[ "|" ] command { "|" command } [ "|" ]``."""
        found: list[Command] = []
        self._accept_pipe("leading-pipe", "CloudWatch documents no | before the first command")
        while not self._cursor.at("end"):
            try:
                found.append(self._command())
                self._expect_pipe()
            except ProblemError as error:
                self.problems.append(error.problem)
                self._recover()
        return found

    def _accept_pipe(self, slug: str, message: str) -> None:
        token = self._cursor.accept("|")
        if token:
            self.notes.append(Diagnostic(slug, message, token.span, "leave it out"))

    def _expect_pipe(self) -> None:
        if self._cursor.at(",") and self._cursor.at("|", "end", ahead=1):
            self._parts.comma()
        token = self._cursor.peek()
        if token.kind == "end":
            return
        if token.kind != "|":
            raise self._behind_command(token)
        self._cursor.take()
        if self._cursor.at("end"):
            note = Diagnostic("trailing-pipe", "nothing follows the last |", token.span, "leave it out")
            self.notes.append(note)

    def _command(self) -> Command:
        token = self._cursor.peek()
        if token.kind != "name":
            raise self._no_command(token)
        name = canonical(token.text)
        if name in UNSUPPORTED and name not in COMMANDS:
            self._cursor.take()
            raise unsupported(self._cursor, token)
        parse = COMMANDS.get(name)
        if parse is None:
            raise self._unknown(token)
        self._cursor.take()
        return parse(self._parts, token.span.start)

    def _no_command(self, token: Token) -> ProblemError:
        if token.kind == "$":
            self._cursor.take()
            return unsupported(self._cursor, token)
        hint = None
        if token.text.startswith(("/*", "--")) or (token.kind == "-" and self._cursor.at("-", ahead=1)):
            hint = "comments start with #"
        if token.kind == "||":
            hint = "write one |"
        return self._cursor.unexpected("a command such as fields, filter or stats", hint)

    def _unknown(self, token: Token) -> ProblemError:
        word = token.text.lower()
        hint = _FOREIGN_COMMANDS.get(word) or _MISSING_COMMANDS.get(self._cursor.peek(1).text.lower())
        if hint is None and (near := nearest(word, [*COMMANDS, *_FOREIGN_COMMANDS], likeness=0.7)):
            hint = f"did you mean {near}?"
        return self._cursor.problem(
            "unknown-command", f"Logs Insights has no command {shown(token.text)}", token.span, hint
        )

    def _behind_command(self, token: Token) -> ProblemError:
        if token.kind == "name" and canonical(token.text) in COMMANDS and not self._cursor.at("|", "end", ahead=1):
            return self._cursor.problem("missing-pipe", f"a | is missing before {token.text}", token.span)
        return self._cursor.unexpected("a | or the end of the query", _hint_behind(token))

    def _recover(self) -> None:
        """Step behind the next pipe that is in no brackets opened since the mistake."""
        cursor = self._cursor
        first_pipe: int | None = None
        depth = 0
        while not cursor.at("end"):
            token = cursor.take()
            depth = max(0, depth + (token.kind in {"(", "[", "{"}) - (token.kind in {")", "]", "}"}))
            if token.kind == "|":
                first_pipe = first_pipe or cursor.position
                if depth == 0:
                    return
        if depth and first_pipe:
            cursor.position = first_pipe


def _hint_behind(token: Token) -> str | None:
    """Return what is probably missing before a token that follows a whole command."""
    hint = _BEHIND.get(token.text.lower())
    if hint is None and token.kind in {"name", "period"}:
        return f"write as {token.text}, or a comma before it"
    return hint


# What follows a whole command by habit -> what is written here.
_BEHIND: dict[str, str] = {
    ";": "leave it out",
    "||": "write one |",
    ")": "no parenthesis is open",
    "not": "write not before the condition",
    "having": "write | filter",
    "order": "write | sort",
    "group": "write by",
    "from": "the log groups are not part of the query",
    "asc": "write | sort",
    "desc": "write | sort … desc",
}

# What follows an unknown command -> the command that was forgotten.
_MISSING_COMMANDS: dict[str, str] = {
    "(": "a function needs a command: stats sum(field) by group, or fields abs(field)",
    "by": "write stats sum(field) by group",
    **dict.fromkeys(("=", "==", "!=", "<", ">", "<=", ">=", "like", "in", "=~"), "a condition stands behind filter"),
}

# Commands of other languages -> what is written here.
_FOREIGN_COMMANDS: dict[str, str] = {
    "select": "did you mean fields?",
    "project": "did you mean fields or display?",
    "table": "did you mean display?",
    "extend": "write fields expression as name",
    "eval": "write fields expression as name",
    "order": "did you mean sort?",
    "orderby": "did you mean sort?",
    "summarize": "did you mean stats?",
    "count": "write stats count(*)",
    "take": "did you mean limit?",
    "top": "write stats count(*) as n by field | sort n desc | limit 10",
    "rare": "write stats count(*) as n by field | sort n | limit 10",
    "rex": "did you mean parse?",
    "regex": "did you mean filter field like /regex/?",
    "grep": "did you mean filter @message like /regex/?",
    "distinct": "did you mean dedup?",
    "uniq": "did you mean dedup?",
    "group": "write stats … by",
    "not": "write not before the condition",
    "having": "write filter after stats",
    "rename": "write fields old as new",
    "mvexpand": "did you mean unnest?",
    "timechart": "write stats … by bin(5m)",
    "bin": "write stats … by bin(5m)",
    "field": "did you mean fields?",
    "unmask": "write fields unmask(field)",
}
