"""``genai-obs alarms``: the state of every alarm on these lines and why, or what it did over a past range."""

import argparse
from typing import TYPE_CHECKING

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.defining import add_definition_arguments, load, missing_library, read_changes
from genai_obs.tools.cli.telling import now_in_ms, say, tell_no_metrics
from genai_obs.tools.cli.when import add_time_arguments, read_range, read_time, show_time

if TYPE_CHECKING:
    from genai_obs.tools.definitions.model import Definitions
    from genai_obs.tools.watch.judge import Judged, Lines

_MINUTE_MS = 60_000
# CloudWatch keeps datapoints for 15 months (documented: CloudWatch User Guide, cloudwatch_concepts).
_LONGEST_S = 455 * 86_400
_DAY_S = 86_400


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("files", nargs="*", metavar="FILES", help="files, folders, globs, or - for stdin")
    add_definition_arguments(parser)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="only this alarm (its short name); may be repeated",
    )
    parser.add_argument("--at", metavar="TIME", help="judge this moment, such as now (default: the end of the lines)")
    parser.add_argument("--backtest", action="store_true", help="replay the range minute by minute instead")
    add_time_arguments(parser, default="the first line", end="the last line")
    parser.add_argument(
        "--alerts-per-week",
        type=float,
        metavar="N",
        help="with --backtest: suggest for each threshold one that fires about so often",
    )
    parser.add_argument(
        "--extra-points",
        type=int,
        metavar="N",
        help="periods that a sliding alarm looks at beyond its own; CloudWatch does not publish it (default: 2)",
    )
    parser.add_argument("--explain", action="store_true", help="say what each alarm watches and when it fires")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--no-color", action="store_true", help="no colour on a terminal (NO_COLOR says the same)")


def run(arguments: argparse.Namespace) -> int:
    """
    Read, judge, print.

    Raises:
        GenaiObsError: The arguments are wrong, or what they name cannot be read.
    """
    try:
        import numpy  # noqa: ICN001, F401 - what is missing is said before the work
    except ModuleNotFoundError as error:
        raise missing_library(error) from None
    _check(arguments)
    changes = read_changes(arguments)
    if arguments.explain:
        definitions = load(arguments, changes)
        _check_names(definitions, arguments)
        _explain(definitions, arguments)
        return 0
    if not arguments.files:
        raise GenaiObsError("no-place", "name the log to judge: files, folders or - for stdin")
    definitions, lines = _read(arguments, changes)
    start_s, end_s = _range(arguments, lines, now_in_ms())
    _note_silence(lines, start_s if arguments.backtest else end_s, end_s)
    judged = _judge(arguments, definitions, lines, start_s, end_s)
    if arguments.backtest:
        _show_backtest(arguments, judged, lines, start_s, end_s)
    else:
        _show_states(arguments, judged)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if arguments.alerts_per_week is not None:
        if not arguments.backtest:
            raise GenaiObsError("bad-option", "--alerts-per-week goes with --backtest")
        if not 0 <= arguments.alerts_per_week <= 10_000:
            raise GenaiObsError("bad-option", "--alerts-per-week is a number from 0 to 10000")
    if not arguments.backtest:
        for option in ("--since", "--start", "--end"):
            if getattr(arguments, option.removeprefix("--")) is not None:
                raise GenaiObsError("bad-option", f"{option} is of a back-test's range: add --backtest, or take --at")
    if arguments.backtest and arguments.at is not None:
        raise GenaiObsError("bad-option", "--at is one moment; --backtest takes --since and --end")
    if arguments.extra_points is not None and not 0 <= arguments.extra_points <= 100:
        raise GenaiObsError("bad-option", "--extra-points is a whole number from 0 to 100")


def _read(arguments: argparse.Namespace, changes: dict[str, str]) -> "tuple[Definitions, Lines]":
    """Return the alarms and the lines; the alarms are of the lines' environment where nobody says another."""
    from genai_obs.tools.logs.inputs import find_inputs
    from genai_obs.tools.output.progress import Waiting
    from genai_obs.tools.watch.environments import choose_environment
    from genai_obs.tools.watch.judge import read_lines

    definitions = load(arguments, changes)
    _check_names(definitions, arguments)
    inputs = find_inputs(arguments.files)
    with Waiting(f"reading {inputs.describe()}", total=inputs.bytes_total) as waiting:
        lines = read_lines(inputs, definitions.alarms, on_bytes=waiting.advance)
    settings = definitions.settings
    is_said = "environment" in changes or arguments.definitions is not None
    chosen = choose_environment(lines.extraction.data, settings.namespace, settings.environment, is_said=is_said)
    if chosen.note is not None:
        say(chosen.note)
    if chosen.name == settings.environment:
        return definitions, lines
    return load(arguments, {**changes, "environment": chosen.name}), lines


def _range(arguments: argparse.Namespace, lines: "Lines", now_ms: int) -> tuple[int, int]:
    """Return from when to replay, and the last moment that is judged, in seconds since 1970."""
    when = read_range(arguments, now_ms, None)
    end_s = -(-now_ms // _MINUTE_MS) * 60 if lines.end_s is None else lines.end_s
    if when.end_ms is not None:
        end_s = when.end_ms // 1000 + 1
    if arguments.at is not None:
        end_s = read_time(arguments.at, now_ms) // 1000
    first_s = end_s if lines.first_s is None else min(lines.first_s, end_s)
    start_s = first_s if when.start_ms is None else when.start_ms // 1000
    return _shortened(start_s, end_s, is_asked=arguments.backtest), end_s


def _shortened(start_s: int, end_s: int, *, is_asked: bool) -> int:
    """Return where the replay of a range begins; one wrong time on a line makes decades of it, minute by minute."""
    least_s = end_s - _LONGEST_S
    if start_s >= least_s:
        return start_s
    span = f"from {show_time(start_s * 1000)} to {show_time(end_s * 1000)}"
    if is_asked:
        raise GenaiObsError(
            "too-many-datapoints",
            f"{span} is too long to replay, {_LONGEST_S // 86_400} days at most: give --start and --end"
            " (a line with a wrong time makes such a range, too)",
        )
    say(
        f"warning: the lines are {span}; states are replayed from {show_time(least_s * 1000)}."
        " If a line has a wrong time, give --at"
    )
    return least_s


def _note_silence(lines: "Lines", start_s: int, end_s: int) -> None:
    """Say where lines are silent because there are none: silence is judged too."""
    if lines.first_s is None or lines.end_s is None:
        tell_no_metrics("no metric alarm has data; log alarms are judged all the same")
    elif start_s < lines.first_s:
        say(f"the lines begin at {show_time(lines.first_s * 1000)} UTC: what is judged before is silence")
    elif start_s > lines.end_s or end_s > lines.end_s + _DAY_S:
        say(f"the lines end at {show_time(lines.end_s * 1000)} UTC: what is judged after is silence")


def _judge(
    arguments: argparse.Namespace, definitions: "Definitions", lines: "Lines", start_s: int, at_s: int
) -> "Judged":
    from genai_obs.tools.alarms.schedule import EXTRA_POINTS
    from genai_obs.tools.cli.alarms_output import is_chosen
    from genai_obs.tools.output.progress import Waiting
    from genai_obs.tools.watch.judge import judge
    from genai_obs.tools.watch.needed import keep_needed

    needed = keep_needed(definitions, lambda name: is_chosen(definitions, name, arguments.only))
    extra = EXTRA_POINTS if arguments.extra_points is None else arguments.extra_points
    with Waiting(f"replaying {len(needed.alarms)} alarms"):
        return judge(needed, lines, start_s=start_s, at_s=at_s, extra_points=extra)


def _show_states(arguments: argparse.Namespace, judged: "Judged") -> None:
    from genai_obs.tools.cli.alarms_output import show_states, states_json

    if arguments.json:
        print(states_json(judged, arguments.only))
        return
    environment = judged.definitions.settings.environment
    say(f"alarms of environment {environment} as of {show_time(judged.at_s * 1000)} UTC")
    show_states(judged, arguments)


def _show_backtest(arguments: argparse.Namespace, judged: "Judged", lines: "Lines", start_s: int, end_s: int) -> None:
    from genai_obs.tools.cli.alarms_output import is_chosen
    from genai_obs.tools.cli.backtest_output import backtest_json, show_backtest
    from genai_obs.tools.watch.backtest import backtest

    tested = backtest(judged, lines, start_s=start_s, end_s=end_s, alerts_per_week=arguments.alerts_per_week)
    chosen = [each for each in tested if is_chosen(judged.definitions, each.alarm.name, arguments.only)]
    if arguments.json:
        print(backtest_json(judged.definitions, chosen, start_s, end_s))
        return
    say(
        f"alarms of environment {judged.definitions.settings.environment}, replayed from "
        f"{show_time(start_s * 1000)} to {show_time(end_s * 1000)} UTC"
    )
    show_backtest(judged.definitions, chosen, arguments)


def _explain(definitions: "Definitions", arguments: argparse.Namespace) -> None:
    from genai_obs.tools.cli.alarms_output import explanations_json, show_explanations

    if arguments.json:
        print(explanations_json(definitions, arguments.only))
    else:
        show_explanations(definitions, arguments)


def _check_names(definitions: "Definitions", arguments: argparse.Namespace) -> None:
    from genai_obs.tools.definitions.defaults import NEEDS
    from genai_obs.tools.text.near import nearest

    keys = {definitions.key(alarm.name) for alarm in definitions.alarms}
    known = keys | {alarm.name for alarm in definitions.alarms}
    for name in arguments.only:
        if name not in known:
            if name in NEEDS:
                what = f"the alarm {name} waits for a setting: --set {NEEDS[name]}=…"
                raise GenaiObsError("unknown-alarm", what)
            near = nearest(name, known)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(sorted(keys))}"
            raise GenaiObsError("unknown-alarm", f"there is no alarm {name!r}: {hint}")
