"""Rules on which command may follow which (AWS: the pages "CWL_QuerySyntax-Stats", "-Dedup", "-Pattern", "-Diff")."""

from genai_obs.tools.insights.language.findings import Findings
from genai_obs.tools.insights.language.syntax import (
    Call,
    Command,
    Dedup,
    Diff,
    Display,
    Expression,
    Fields,
    FillMissing,
    Filter,
    Limit,
    LogGroupSource,
    Pattern,
    Query,
    Sort,
    Stats,
)
from genai_obs.tools.insights.language.tree import walk
from genai_obs.tools.text.source import Span

# On Standard log groups; two on Infrequent Access ones (documented).
MOST_STATS = 10


def check_order(query: Query, findings: Findings) -> None:
    """Find commands that stand where they may not."""
    commands = query.commands
    stats = [place for place, command in enumerate(commands) if isinstance(command, Stats)]
    for place, command in enumerate(commands):
        _check_source(commands[:place], command, findings)
        _check_after_dedup(commands[:place], command, findings)
        _check_before_stats(commands, place, stats, findings)
        _check_patterns(commands[:place], command, findings)
        _check_fill(commands[:place], command, findings)
    if len(stats) > MOST_STATS:
        findings.error("too-many-stats", f"a query has at most {MOST_STATS} stats", commands[stats[MOST_STATS]].span)


def _word(findings: Findings, command: Command) -> Span:
    """Return the place of a command's name."""
    return Span(command.span.start, command.span.start + len(findings.written(command.span).split(maxsplit=1)[0]))


def _check_source(before: tuple[Command, ...], command: Command, findings: Findings) -> None:
    if isinstance(command, LogGroupSource) and not all(isinstance(other, LogGroupSource) for other in before):
        findings.error("source-first", "SOURCE stands at the start of a query", _word(findings, command))


def _check_after_dedup(before: tuple[Command, ...], command: Command, findings: Findings) -> None:
    if not any(isinstance(other, Dedup) for other in before) or isinstance(command, Limit):
        return
    name = _word(findings, command)
    if isinstance(command, (Fields, Display)):
        findings.warn("after-dedup", "CloudWatch documents only limit after dedup", name, "write it before dedup")
    else:
        findings.error("after-dedup", "only limit may follow dedup", name, "write it before dedup")


def _check_before_stats(commands: tuple[Command, ...], place: int, stats: list[int], findings: Findings) -> None:
    command = commands[place]
    if not isinstance(command, (Sort, Limit)) or not stats or place > stats[-1]:
        return
    name = _word(findings, command)
    word = findings.written(name)
    if len(stats) > 1:
        findings.error("before-stats", f"{word} may only follow the last stats", name, "move it behind")
    elif isinstance(command, Limit):
        findings.warn("before-stats", "stats sees only the rows that this limit leaves", name, "move it behind stats")
    elif not any(isinstance(other, (Limit, Dedup)) for other in commands[place : stats[0]]):
        findings.warn("before-stats", "a sort before stats has no effect", name, "move it behind stats")


def _check_patterns(before: tuple[Command, ...], command: Command, findings: Findings) -> None:
    if isinstance(command, Diff) and not any(isinstance(other, Pattern) for other in before):
        findings.error("diff-without-pattern", "diff compares patterns and stands behind pattern", command.span)
    if isinstance(command, Pattern):
        if any(isinstance(other, Sort) for other in before):
            findings.error("pattern-order", "pattern may not follow sort", _word(findings, command), "move sort behind")
        if any(isinstance(other, (Stats, Pattern)) for other in before):
            findings.error("pattern-order", "pattern reads events, not results", _word(findings, command))
    if isinstance(command, Stats) and any(isinstance(other, Pattern) for other in before):
        findings.error("pattern-order", "stats gives no result behind pattern", _word(findings, command))


def _check_fill(before: tuple[Command, ...], command: Command, findings: Findings) -> None:
    """``fillmissing`` needs a ``stats … by bin()`` before it, with nothing but ``sort`` and ``filter`` between."""
    if not isinstance(command, FillMissing):
        return
    rest = [other for other in before if not isinstance(other, (Sort, Filter))]
    last = rest[-1] if rest else None
    if not isinstance(last, Stats) or not any(_has_bin(item.expression) for item in last.groups):
        findings.error("fill-without-bin", "fillmissing stands behind stats … by bin(period)", _word(findings, command))


def _has_bin(expression: Expression) -> bool:
    return any(isinstance(node, Call) and node.function == "bin" for node in walk(expression))
