"""How ``genai-obs alarms`` prints: states with their reasons, and alarms in words."""

import argparse
import re
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from genai_obs.tools.alarms.state import State, Verdict
from genai_obs.tools.cli.showing import has_colour, terminal_width, tolerate_old_terminals
from genai_obs.tools.cli.when import json_time, show_time
from genai_obs.tools.output.shown import make_harmless

if TYPE_CHECKING:
    from genai_obs.tools.definitions.model import Definitions
    from genai_obs.tools.watch.judge import Judged

_INDENT = "  "
_WIDTH_OF_A_FILE = 120
_COLOURS = {State.ALARM: "\x1b[31m", State.OK: "\x1b[32m", State.INSUFFICIENT_DATA: "\x1b[33m", None: "\x1b[2m"}
_PLAIN = "\x1b[0m"
_UNKNOWN = "not judged"
_NO_BREAK = "\xa0"
_NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=(?:%|ms|s|USD)(?:\W|$))")


def show_states(judged: "Judged", arguments: argparse.Namespace) -> None:
    """Print the state of each alarm on stdout, those in ALARM first."""
    tolerate_old_terminals()
    chosen = [each for each in judged.verdicts if is_chosen(judged.definitions, each.alarm, arguments.only)]
    verdicts = sorted(chosen, key=lambda verdict: verdict.state is not State.ALARM)
    width, colour = terminal_width() or _WIDTH_OF_A_FILE, has_colour(arguments)
    for verdict in verdicts:
        sys.stdout.write("".join(line + "\n" for line in _state_lines(verdict, width, colour=colour)))
    sys.stdout.flush()


def show_explanations(definitions: "Definitions", arguments: argparse.Namespace) -> None:
    """Print what each alarm watches and when it fires."""
    from genai_obs.tools.definitions.words import explain

    tolerate_old_terminals()
    width = terminal_width() or _WIDTH_OF_A_FILE
    for alarm in definitions.alarms:
        if is_chosen(definitions, alarm.name, arguments.only):
            lines = [make_harmless(alarm.name), *_wrapped(explain(alarm), width)]
            sys.stdout.write("".join(line + "\n" for line in lines))
    sys.stdout.flush()


def is_chosen(definitions: "Definitions", alarm: str, only: list[str]) -> bool:
    """Return whether an alarm is wanted, by its short or its whole name."""
    return not only or alarm in only or definitions.key(alarm) in only


def states_json(judged: "Judged", only: list[str]) -> str:
    """Return the states as one JSON object."""
    import orjson

    document = {
        "at": json_time(judged.at_s * 1000),
        "environment": judged.definitions.settings.environment,
        "alarms": [
            _verdict_json(verdict) for verdict in judged.verdicts if is_chosen(judged.definitions, verdict.alarm, only)
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def explanations_json(definitions: "Definitions", only: list[str]) -> str:
    """Return what each alarm watches and when it fires as one JSON object."""
    import orjson

    from genai_obs.tools.definitions.words import explain

    chosen = [alarm for alarm in definitions.alarms if is_chosen(definitions, alarm.name, only)]
    document = {
        "environment": definitions.settings.environment,
        "alarms": [{"alarm": alarm.name, "explanation": explain(alarm)} for alarm in chosen],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _state_lines(verdict: Verdict, width: int, *, colour: bool) -> Iterator[str]:
    state = _UNKNOWN if verdict.state is None else verdict.state.name
    shown = f"{_COLOURS[verdict.state]}{state}{_PLAIN}" if colour else state
    since = "" if verdict.since_s is None else f", since {show_time(verdict.since_s * 1000)}"
    yield f"{shown}  {make_harmless(verdict.alarm)}{since}"
    yield from _wrapped(verdict.reason, width)


def _wrapped(text: str, width: int) -> Iterator[str]:
    """Yield the lines of a text, indented and as wide as the terminal."""
    for line in text.split("\n"):
        room = max(20, width - 1)
        kept = _NUMBER_AND_UNIT.sub(_NO_BREAK, make_harmless(line))
        for row in textwrap.wrap(kept, room, break_on_hyphens=False, initial_indent=_INDENT, subsequent_indent=_INDENT):
            yield row.replace(_NO_BREAK, " ")


def _verdict_json(verdict: Verdict) -> dict[str, object]:
    return {
        "alarm": verdict.alarm,
        "state": None if verdict.state is None else verdict.state.name,
        "reason": verdict.reason,
        "since": None if verdict.since_s is None else json_time(verdict.since_s * 1000),
        "ours": verdict.ours,
    }
