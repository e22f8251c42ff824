"""
From the rule of a composite alarm to its tree.

A mistake ends its operand only: parsing goes on behind it, so that all mistakes are told at once.

Unknown, so ours: NOT binds closer than AND, AND closer than OR; words are written in capitals, as everywhere in AWS's
pages, except for ``true`` and ``false``, of which "PutCompositeAlarm" itself writes one in small letters.
"""

import re

from genai_obs.tools.alarms.composite_rule import AtLeast, Child, Constant, Every, Node, Not, Rule, Some, StateIs
from genai_obs.tools.alarms.state import State
from genai_obs.tools.text.cursor import Cursor, ProblemError, shown
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.near import nearest
from genai_obs.tools.text.source import Source, Span
from genai_obs.tools.text.tokens import Lexer, Token
from genai_obs.tools.text.tokens import Rule as Shape

# AWS: "PutCompositeAlarm" and "alarm-combining", documented.
MOST_CHILDREN = 100
MOST_ELEMENTS = 500
LONGEST_RULE = 10_240

# Brackets inside brackets (our choice): no rule of a person comes near, and a parser that recurses needs an end.
_DEEPEST = 60

# A name without quotes may hold anything but blanks, round brackets and commas ("alarm-combining", documented).
_LEXER = Lexer(
    [
        Shape(None, r"\s+"),
        Shape("quoted", r'"(?:[^"\\]|\\[\s\S])*"'),
        Shape("open-quote", r'"[\s\S]*'),
        Shape("", r"[(),]"),
        Shape("name", r'[^\s(),"][^\s(),]*'),
    ]
)

_STATES = {state.name: state for state in State}
_CONSTANTS = {"TRUE": True, "FALSE": False}
_AT_LEAST = "AT_LEAST"
_FUNCTIONS = (*_STATES, _AT_LEAST)
_HABITS = {"&&": "AND", "&": "AND", "||": "OR", "|": "OR", "!": "NOT", "~": "NOT", "INSUFFICIENT": "INSUFFICIENT_DATA"}


def parse_rule(text: str) -> Rule:
    """
    Parse the rule of a composite alarm.

    Raises:
        TextError: It is no rule, or over one of CloudWatch's limits; with every mistake found.
    """
    source = Source(text)
    if len(text) > LONGEST_RULE:
        message = f"a rule has at most {LONGEST_RULE:,} characters, this one {len(text):,}"
        raise TextError(source, [Diagnostic("rule-too-long", message, Span(LONGEST_RULE, len(text)))])
    parser = _Parser(Cursor(source, _LEXER.tokens(source)))
    rule = Rule(source, parser.rule())
    problems = parser.problems or _over_limits(rule, parser.elements)
    if problems:
        raise TextError(source, problems)
    return rule


def _over_limits(rule: Rule, elements: int) -> list[Diagnostic]:
    children = len(rule.children())
    whole = Span(0, len(rule.source.text))
    problems = []
    if children > MOST_CHILDREN:
        message = f"a rule names at most {MOST_CHILDREN} alarms, this one {children}"
        problems.append(Diagnostic("too-many-children", message, whole))
    if elements > MOST_ELEMENTS:
        message = f"a rule has at most {MOST_ELEMENTS} elements (alarms, TRUE, FALSE, brackets), this one {elements}"
        problems.append(Diagnostic("too-many-elements", message, whole))
    return problems


class _Parser:
    def __init__(self, cursor: Cursor) -> None:
        self.problems: list[Diagnostic] = []
        self.elements = 0
        self._cursor = cursor
        self._depth = 0

    def rule(self) -> Node:
        """Parse ``some end``."""
        root = self._some()
        while not self._cursor.at("end"):
            self.problems.append(self._behind_operand().problem)
            self._cursor.take()
            self._skip_to_operator(depth=0)
            if self._operator("AND") or self._operator("OR"):
                self._some()
        return root

    def _some(self) -> Node:
        """Parse ``every { "OR" every }``."""
        start = self._cursor.peek().span.start
        operands = [self._every()]
        while self._operator("OR"):
            operands.append(self._every())
        return operands[0] if len(operands) == 1 else Some(self._cursor.since(start), tuple(operands))

    def _every(self) -> Node:
        """Parse ``operand { "AND" operand }``."""
        start = self._cursor.peek().span.start
        operands = [self._operand()]
        while self._operator("AND"):
            operands.append(self._operand())
        return operands[0] if len(operands) == 1 else Every(self._cursor.since(start), tuple(operands))

    def _operand(self) -> Node:
        """Parse ``{ "NOT" } primary``; behind a mistake go on with the next operator."""
        start = self._cursor.peek().span.start
        negated = False
        while self._operator("NOT"):
            negated = not negated
        begin = self._cursor.position
        try:
            node = self._primary()
        except ProblemError as error:
            self.problems.append(error.problem)
            self._skip_to_operator(self._opened_since(begin))
            node = Constant(self._cursor.since(start), value=False)
        return Not(self._cursor.since(start), node) if negated else node

    def _operator(self, word: str) -> bool:
        """Take an operator; one in other letters or of another language is taken with a problem."""
        token = self._cursor.peek()
        if token.kind != "name" or (_HABITS.get(token.text) or token.text.upper()) != word:
            return False
        if token.text != word:
            self.problems.append(_misspelt(token, word))
        self._cursor.take()
        return True

    def _primary(self) -> Node:
        """Parse ``"(" some ")" | "TRUE" | "FALSE" | state "(" name ")" | at_least``."""
        token = self._cursor.peek()
        if token.kind == "(":
            return self._brackets()
        if token.kind != "name":
            raise self._no_operand(token)
        self._cursor.take()
        word = token.text.upper()
        if word in _CONSTANTS:
            self.elements += 1
            return Constant(token.span, _CONSTANTS[word])
        if word in _STATES:
            self._check_letters(token, word)
            return self._state_is(token, _STATES[word])
        if word == _AT_LEAST:
            self._check_letters(token, word)
            return self._at_least(token)
        raise self._unknown(token)

    def _brackets(self) -> Node:
        opening = self._cursor.take()
        self.elements += 2
        self._depth += 1
        if self._depth > _DEEPEST:
            message = f"brackets are at most {_DEEPEST} deep here"
            raise TextError(self._cursor.source, [*self.problems, Diagnostic("rule-too-deep", message, opening.span)])
        inner = self._some()
        self._depth -= 1
        self._close(opening)
        return inner

    def _state_is(self, word: Token, state: State) -> Node:
        opening = self._cursor.expect("(", f"( after {word.text}", f'write {word.text}("name of the alarm")')
        child = self._child()
        self._close(opening)
        return StateIs(self._cursor.since(word.span.start), state, child)

    def _child(self) -> Child:
        """Parse a name or ARN, in quotes or without."""
        token = self._cursor.peek()
        if token.kind == "quoted":
            written = re.sub(r'\\(["\\])', r"\1", token.text[1:-1])
        elif token.kind == "name":
            written = token.text
        else:
            raise self._no_child(token)
        self._cursor.take()
        self.elements += 1
        if not written:
            raise self._cursor.problem("empty-alarm-name", "the name of an alarm is empty", token.span)
        following = self._cursor.peek()
        if token.kind == "name" and following.kind in {"name", "quoted"}:
            span = token.span.to(following.span)
            hint = "put the name in quotes"
            raise self._cursor.problem("unquoted-name", "a name with a blank stands in quotes", span, hint)
        return Child(token.span, written)

    def _at_least(self, word: Token) -> Node:
        """Parse ``"AT_LEAST" "(" ( count | percent "%" ) "," [ "NOT" ] state "," "(" name { "," name } ")" ")"``."""
        cursor = self._cursor
        form = "write AT_LEAST(2, ALARM, (a, b, c))"
        opening = cursor.expect("(", f"( after {_AT_LEAST}", form)
        amount = cursor.expect("name", "how many: a count or a percentage", form)
        cursor.expect(",", "a comma", form)
        negated = self._operator("NOT")
        state = self._state(form)
        cursor.expect(",", "a comma", form)
        inner = cursor.expect("(", "( before the names of the alarms", form)
        children = [self._child()]
        while cursor.accept(","):
            children.append(self._child())
        self._close(inner)
        self._close(opening)
        self._check_repeats(children)
        least = self._least(amount, len(children))
        return AtLeast(cursor.since(word.span.start), least, state, negated, tuple(children))

    def _state(self, form: str) -> State:
        token = self._cursor.peek()
        state = _STATES.get(token.text.upper()) if token.kind == "name" else None
        if state is None:
            raise self._cursor.unexpected(", ".join(_STATES), form)
        self._check_letters(token, state.name)
        self._cursor.take()
        return state

    def _least(self, amount: Token, children: int) -> int:
        """Return how many children a count or percentage demands; no rule may demand none, or more than there are."""
        found = re.fullmatch(r"([0-9]{1,6})(%?)", amount.text)
        number = int(found[1]) if found else 0
        most = 100 if found and found[2] else children
        if not found or not 1 <= number <= most:
            what = "a percentage from 1% to 100%" if found and found[2] else f"a count from 1 to {children}"
            message = f"AT_LEAST takes {what}, not {shown(amount.text)}"
            raise self._cursor.problem("at-least-amount", message, amount.span)
        return -(-number * children // 100) if found[2] else number

    def _check_repeats(self, children: list[Child]) -> None:
        seen: set[str] = set()
        for child in children:
            if child.name in seen:
                message = f"{shown(child.name)} stands twice in one AT_LEAST; nobody says whether it counts twice"
                self.problems.append(Diagnostic("repeated-child", message, child.span, "name it once"))
            seen.add(child.name)

    def _check_letters(self, token: Token, word: str) -> None:
        if token.text != word:
            self.problems.append(_misspelt(token, word))

    def _close(self, opening: Token) -> None:
        if self._cursor.accept(")"):
            return
        if self._cursor.at("end"):
            raise self._cursor.problem("open-bracket", "this bracket is never closed", opening.span)
        raise self._behind_operand()

    def _behind_operand(self) -> ProblemError:
        token = self._cursor.peek()
        if token.kind == ")":
            return self._cursor.problem("unexpected-token", "this bracket closes none", token.span)
        near = _near(token.text, ("AND", "OR"))
        return self._cursor.unexpected("AND or OR", near or "write AND or OR between two conditions")

    def _no_operand(self, token: Token) -> ProblemError:
        if token.kind == "quoted":
            return self._cursor.unexpected("a condition", f"write ALARM({token.text})")
        if token.kind == "open-quote":
            return self._unclosed(token)
        return self._cursor.unexpected("a condition such as ALARM(name)")

    def _no_child(self, token: Token) -> ProblemError:
        if token.kind == "open-quote":
            return self._unclosed(token)
        return self._cursor.unexpected("the name of an alarm")

    def _unclosed(self, token: Token) -> ProblemError:
        self._cursor.take()
        return self._cursor.problem(
            "unterminated-text", "a quoted name does not end", token.span, 'a " inside it is written \\"'
        )

    def _unknown(self, token: Token) -> ProblemError:
        if not self._cursor.at("("):
            write = _near(token.text, tuple(_CONSTANTS)) or f"write ALARM({token.text})"
            return self._cursor.problem("no-condition", f"{shown(token.text)} is no condition", token.span, write)
        hint = _near(_HABITS.get(token.text.upper(), token.text), _FUNCTIONS)
        message = f"a rule has no function {shown(token.text)}"
        return self._cursor.problem("unknown-function", message, token.span, hint)

    def _opened_since(self, begin: int) -> int:
        """Return how many brackets were opened and not closed from one position to here."""
        kinds = [self._cursor.peek(place - self._cursor.position).kind for place in range(begin, self._cursor.position)]
        return kinds.count("(") - kinds.count(")")

    def _skip_to_operator(self, depth: int) -> None:
        """Step to the next AND or OR or closing bracket outside the brackets that are open here, or to the end."""
        while not self._cursor.at("end"):
            token = self._cursor.peek()
            if depth <= 0 and (token.kind == ")" or token.text in {"AND", "OR"}):
                return
            depth += (token.kind == "(") - (token.kind == ")")
            self._cursor.take()


def _misspelt(token: Token, word: str) -> Diagnostic:
    message = f"AWS documents {word}, not {shown(token.text)}"
    return Diagnostic("rule-word", message, token.span, f"write {word}")


def _near(text: str, words: tuple[str, ...]) -> str | None:
    near = nearest(text.upper(), words)
    return f"did you mean {near}?" if near else None
