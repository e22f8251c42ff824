"""How ``genai-obs alarms --backtest`` prints: a table of all alarms, then when each fired."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from genai_obs.tools.alarms.backtest import FLAP_S, Backtest, Firing
from genai_obs.tools.cli.showing import has_colour, terminal_width, tolerate_old_terminals
from genai_obs.tools.cli.when import json_time, show_time
from genai_obs.tools.output.shown import make_harmless
from genai_obs.tools.output.table import make_column, render_columns

if TYPE_CHECKING:
    from genai_obs.tools.definitions.model import Definitions
    from genai_obs.tools.watch.backtest import Tested

_INDENT = "  "
_MOST_FIRINGS = 5


def show_backtest(definitions: "Definitions", tested: "Sequence[Tested]", arguments: argparse.Namespace) -> None:
    """Print what alarms did over a range on stdout."""
    tolerate_old_terminals()
    known = [(definitions.key(each.alarm.name), each.backtest) for each in tested if each.backtest is not None]
    columns = [
        make_column("alarm", [key for key, _ in known], "text"),
        make_column("fired", [f"{len(found.firings):,}" for _, found in known], "number"),
        make_column("minutes in ALARM", [f"{found.alarm_s / 60:,.0f}" for _, found in known], "number"),
        make_column("longest", [_longest(found) for _, found in known], "number"),
        make_column(f"back in {FLAP_S // 60} min", [f"{found.flaps:,}" for _, found in known], "number"),
        make_column("alerts a week", [_per_week(found) for _, found in known], "number"),
    ]
    sys.stdout.write(render_columns(columns, width=terminal_width(), colour=has_colour(arguments)))
    for each in tested:
        lines = list(_details(each))
        if lines:
            title = make_harmless(definitions.key(each.alarm.name))
            sys.stdout.write("".join(f"{line}\n" for line in ("", title, *lines)))
    sys.stdout.flush()


def backtest_json(definitions: "Definitions", tested: "Sequence[Tested]", start_s: int, end_s: int) -> str:
    """Return what alarms did over a range as one JSON object; times are UTC, lengths in minutes."""
    import orjson

    document = {
        "start": json_time(start_s * 1000),
        "end": json_time(end_s * 1000),
        "environment": definitions.settings.environment,
        "alarms": [_as_json(each) for each in tested],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def _as_json(each: "Tested") -> dict[str, object]:
    suggestion = each.suggestion
    found: dict[str, object] = {"alarm": each.alarm.name, "not_judged_because": each.why_not}
    if each.backtest is not None:
        found |= {
            "fired": len(each.backtest.firings),
            "minutes_in_alarm": each.backtest.alarm_s / 60,
            "minutes_of_insufficient_data": each.backtest.insufficient_s / 60,
            "flaps": each.backtest.flaps,
            "alerts_per_week": each.backtest.alerts_per_week,
            "firings": [
                {
                    "start": json_time(firing.start_s * 1000),
                    "end": json_time(firing.end_s * 1000) if firing.is_over else None,
                    "minutes": firing.minutes,
                }
                for firing in each.backtest.firings
            ],
        }
    if suggestion is not None:
        found["suggestion"] = {"threshold": suggestion.threshold, "sentence": suggestion.sentence}
    return found


def _longest(found: Backtest) -> str | None:
    return None if found.longest is None else f"{found.longest.minutes:,.0f} min"


def _per_week(found: Backtest) -> str | None:
    return None if found.alerts_per_week is None else f"{found.alerts_per_week:,.1f}"


def _details(each: "Tested") -> Iterator[str]:
    if each.backtest is None:
        yield _INDENT + make_harmless(f"not judged: {each.why_not}")
        return
    firings = each.backtest.firings
    yield from (_INDENT + _firing(firing) for firing in firings[:_MOST_FIRINGS])
    if len(firings) > _MOST_FIRINGS:
        yield f"{_INDENT}… and {len(firings) - _MOST_FIRINGS:,} more: --json lists all"
    if each.suggestion is not None:
        yield _INDENT + make_harmless(each.suggestion.sentence)


def _firing(firing: Firing) -> str:
    end = f"to {show_time(firing.end_s * 1000)}" if firing.is_over else "until the end"
    return f"{show_time(firing.start_s * 1000)} {end} ({firing.minutes:,.0f} min)"
