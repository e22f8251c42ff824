"""Conditions of the rules of composite alarms: the functions of states, with the alarms they name."""

import re

from genai_obs.tools.alarms.composite_rule import AtLeast, Child, StateIs
from genai_obs.tools.alarms.composite_tokens import AT_LEAST, HABITS, STATES, misspelt, near_word
from genai_obs.tools.alarms.state import State
from genai_obs.tools.text.cursor import Cursor, ProblemError, shown
from genai_obs.tools.text.diagnostics import Diagnostic
from genai_obs.tools.text.tokens import Token


class OperandParser:
    """Parses conditions at a cursor; ``problems`` collects mistakes behind which parsing goes on."""

    def __init__(self, cursor: Cursor) -> None:
        self.problems: list[Diagnostic] = []
        self.elements = 0
        self.cursor = cursor

    def state_is(self, word: Token, state: State) -> StateIs:
        """Parse ``"(" name ")"`` behind the word of a state."""
        opening = self.cursor.expect("(", f"( after {word.text}", f'write {word.text}("name of the alarm")')
        child = self._child()
        self.close(opening)
        return StateIs(self.cursor.since(word.span.start), state, child)

    def _child(self) -> Child:
        """Parse a name or ARN, in quotes or without."""
        token = self.cursor.peek()
        if token.kind == "quoted":
            written = re.sub(r'\\(["\\])', r"\1", token.text[1:-1])
        elif token.kind == "name":
            written = token.text
        else:
            raise self._no_child(token)
        self.cursor.take()
        self.elements += 1
        if not written:
            raise self.cursor.problem("empty-alarm-name", "the name of an alarm is empty", token.span)
        following = self.cursor.peek()
        if token.kind == "name" and following.kind in {"name", "quoted"}:
            span = token.span.to(following.span)
            hint = "put the name in quotes"
            raise self.cursor.problem("unquoted-name", "a name with a blank stands in quotes", span, hint)
        return Child(token.span, written)

    def at_least(self, word: Token) -> AtLeast:
        """Parse ``"AT_LEAST" "(" ( count | percent "%" ) "," [ "NOT" ] state "," "(" name { "," name } ")" ")"``."""
        cursor = self.cursor
        form = "write AT_LEAST(2, ALARM, (a, b, c))"
        opening = cursor.expect("(", f"( after {AT_LEAST}", form)
        amount = cursor.expect("name", "how many: a count or a percentage", form)
        cursor.expect(",", "a comma", form)
        negated = self.operator("NOT")
        state = self._state(form)
        cursor.expect(",", "a comma", form)
        inner = cursor.expect("(", "( before the names of the alarms", form)
        children = [self._child()]
        while cursor.accept(","):
            children.append(self._child())
        self.close(inner)
        self.close(opening)
        self._check_repeats(children)
        least = self._least(amount, len(children))
        return AtLeast(cursor.since(word.span.start), least, state, negated, tuple(children))

    def _state(self, form: str) -> State:
        token = self.cursor.peek()
        state = STATES.get(token.text.upper()) if token.kind == "name" else None
        if state is None:
            raise self.cursor.unexpected(", ".join(STATES), form)
        self.check_letters(token, state.name)
        self.cursor.take()
        return state

    def _least(self, amount: Token, children: int) -> int:
        """Return how many children a count or percentage demands; no rule may demand none, or more than there are."""
        found = re.fullmatch(r"([0-9]{1,6})(%?)", amount.text)
        number = int(found[1]) if found else 0
        most = 100 if found and found[2] else children
        if not found or not 1 <= number <= most:
            what = "a percentage from 1% to 100%" if found and found[2] else f"a count from 1 to {children}"
            message = f"AT_LEAST takes {what}, not {shown(amount.text)}"
            raise self.cursor.problem("at-least-amount", message, amount.span)
        return -(-number * children // 100) if found[2] else number

    def _check_repeats(self, children: list[Child]) -> None:
        seen: set[str] = set()
        for child in children:
            if child.name in seen:
                message = f"{shown(child.name)} stands twice in one AT_LEAST; nobody says whether it counts twice"
                self.problems.append(Diagnostic("repeated-child", message, child.span, "name it once"))
            seen.add(child.name)

    def operator(self, word: str) -> bool:
        """Take an operator; one in other letters or of another language is taken with a problem."""
        token = self.cursor.peek()
        if token.kind != "name" or (HABITS.get(token.text) or token.text.upper()) != word:
            return False
        if token.text != word:
            self.problems.append(misspelt(token, word))
        self.cursor.take()
        return True

    def check_letters(self, token: Token, word: str) -> None:
        """Note a word that is not in capitals."""
        if token.text != word:
            self.problems.append(misspelt(token, word))

    def close(self, opening: Token) -> None:
        """Take the bracket that closes one."""
        if self.cursor.accept(")"):
            return
        if self.cursor.at("end"):
            raise self.cursor.problem("open-bracket", "this bracket is never closed", opening.span)
        raise self.behind_operand()

    def behind_operand(self) -> ProblemError:
        """Return the problem that neither an operator nor the end comes behind a condition."""
        token = self.cursor.peek()
        if token.kind == ")":
            return self.cursor.problem("unexpected-token", "this bracket closes none", token.span)
        near = near_word(token.text, ("AND", "OR"))
        return self.cursor.unexpected("AND or OR", near or "write AND or OR between two conditions")

    def _no_child(self, token: Token) -> ProblemError:
        if token.kind == "open-quote":
            return self.unclosed(token)
        return self.cursor.unexpected("the name of an alarm")

    def unclosed(self, token: Token) -> ProblemError:
        """Return the problem of a quote that is never closed, and step behind it."""
        self.cursor.take()
        return self.cursor.problem(
            "unterminated-text", "a quoted name does not end", token.span, 'a " inside it is written \\"'
        )
