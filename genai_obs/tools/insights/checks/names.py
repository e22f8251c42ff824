"""Rules on names: which are known where, and which may be made again."""

from dataclasses import dataclass, field

from genai_obs.tools.insights.checks.normalise import find_loosely, output_names
from genai_obs.tools.insights.language.findings import Findings
from genai_obs.tools.insights.language.syntax import (
    Accum,
    Call,
    Command,
    CountFrequent,
    Dedup,
    Display,
    Expand,
    Expression,
    Field,
    Fields,
    Item,
    Name,
    ParseCsv,
    ParseGlob,
    ParseJson,
    ParseLogfmt,
    ParseRegex,
    Pattern,
    Query,
    Sort,
    Stats,
    Unnest,
)
from genai_obs.tools.insights.language.tree import expressions, walk
from genai_obs.tools.text.near import nearest

# Fields of CloudWatch itself that people use (AWS: "CWL_AnalyzeLogData-discoverable-fields", documented).
SYSTEM_FIELDS = frozenset(
    {
        "@message", "@timestamp", "@ingestionTime", "@logStream", "@log", "@ptr", "@type", "@requestId", "@duration",
        "@billedDuration", "@maxMemoryUsed", "@memorySize", "@initDuration", "@xrayTraceId", "@xraySegmentId",
    }
)  # fmt: skip

_SYSTEM_PREFIXES = ("@entity.", "@aws.", "@data_", "@@")

# What pattern writes, beside all other fields (AWS: "CWL_QuerySyntax-Pattern", documented).
_PATTERN_FIELDS = ("@pattern", "@ratio", "@sampleCount", "@severityLabel")


@dataclass(slots=True)
class _Scope:
    findings: Findings
    # Names that the query made, and what made them.
    made: dict[str, str] = field(default_factory=dict)
    # Fields of the events that were named so far.
    used: set[str] = field(default_factory=set)
    # The last stats: only what it writes is known behind it; None means that events still have their fields.
    stats: Stats | CountFrequent | None = None


def check_names(query: Query, findings: Findings) -> None:
    """Find names that are not known where they stand, and names made twice."""
    scope = _Scope(findings)
    for command in query.commands:
        _use(command, scope)
        _make(command, scope)


def _use(command: Command, scope: _Scope) -> None:
    local: set[str] = set()
    if isinstance(command, (Fields, Display)):
        for item in command.items:
            _resolve_all(item.expression, scope, local)
            local.add(item.name)
        return
    if isinstance(command, Sort):
        # Calls are refused there whatever they are.
        for node in (node for key in command.keys for node in walk(key.expression) if isinstance(node, Field)):
            _resolve(node, scope, local)
        return
    if isinstance(command, Stats):
        local = {item.name for item in command.aggregates if item.alias}
    for expression in expressions(command):
        _resolve_all(expression, scope, local)
    if isinstance(command, (Dedup, CountFrequent)):
        for key in command.keys:
            _resolve(key, scope, local)
    if isinstance(command, (Expand, Accum)):
        _resolve(command.field, scope, local)


def _resolve_all(expression: Expression, scope: _Scope, local: set[str]) -> None:
    for node in walk(expression):
        if isinstance(node, Field):
            _resolve(node, scope, local)
        if isinstance(node, Call) and node.function == "bin":
            _resolve_bin(node, scope)


def _resolve_bin(call: Call, scope: _Scope) -> None:
    if scope.stats is not None and "@timestamp" not in scope.made:
        scope.findings.error(
            "bin-without-timestamp", "bin() reads @timestamp, which the stats before dropped", call.span,
            "name the first bin with as @t, and use datefloor(@t, period)",
        )  # fmt: skip


def _resolve(node: Field, scope: _Scope, local: set[str]) -> None:
    prefixes = {".".join(node.parts[:length]) for length in range(1, len(node.parts) + 1)}
    if prefixes & (local | scope.made.keys()):
        return
    if scope.stats is not None:
        _refuse_unknown(node, scope)
        return
    scope.used.add(node.name)
    name = node.name
    if name.startswith("@") and name not in SYSTEM_FIELDS and not name.startswith(_SYSTEM_PREFIXES):
        near = nearest(name, SYSTEM_FIELDS)
        hint = f"did you mean {near}?" if near else None
        scope.findings.warn("unknown-system-field", f"{name} is no field of CloudWatch known here", node.span, hint)


def _refuse_unknown(node: Field, scope: _Scope) -> None:
    meant = find_loosely(node.name, scope.stats) if isinstance(scope.stats, Stats) else None
    aliased = find_loosely(node.name, scope.stats, aliased=True) if isinstance(scope.stats, Stats) else None
    near = nearest(node.name, scope.made)
    outputs = ", ".join(scope.made)
    hint = f"its outputs are {outputs}"
    if meant:
        hint = f"write {meant} as {node.name} in the stats"
    elif aliased or near:
        hint = f"did you mean {aliased or near}?"
    message = f"{node.name} is no output of the stats before it"
    scope.findings.error("unknown-after-stats", message, node.span, hint)


def _make(command: Command, scope: _Scope) -> None:
    match command:
        case Fields(items=items):
            for item in items:
                _make_item(item, scope, warn_listed=True)
        case Stats():
            for item in (*command.groups, *command.aggregates):
                _make_item(item, scope)
            scope.stats = command
            scope.made = dict.fromkeys(output_names(command), "stats")
        case CountFrequent(keys=keys):
            scope.stats = command
            scope.made = dict.fromkeys([*(key.name for key in keys), "_approxcount"], "stats")
        case ParseRegex(named_groups=True, names=names):
            # That two groups have one name is said of the pattern.
            for name in {name.text: name for name in names}.values():
                _extract(name, scope)
        case ParseGlob(names=names) | ParseRegex(names=names) | ParseCsv(names=names):
            for name in names:
                _extract(name, scope)
        case ParseLogfmt(name=name) | ParseJson(name=name):
            _extract(name, scope)
        case Unnest(name=name):
            scope.made[name.text] = "alias"
        case Accum(alias=alias) if alias:
            scope.made[alias.text] = "alias"
        case Pattern():
            scope.made.update(dict.fromkeys(_PATTERN_FIELDS, "alias"))
        case _:
            pass


def _make_item(item: Item, scope: _Scope, *, warn_listed: bool = False) -> None:
    name = item.alias
    if name is None:
        if isinstance(item.expression, Field) and scope.made.get(item.name) == "parse" and warn_listed:
            scope.findings.warn("listed-again", f"CloudWatch may refuse {item.name} in fields after parse made it",
                                item.span, "use display")  # fmt: skip
        return
    earlier = scope.made.get(name.text)
    is_itself = isinstance(item.expression, Field) and item.expression.name == name.text
    if earlier == "parse" and not is_itself:
        scope.findings.error("redefined-name", f"{name.text} is extracted by parse and cannot be made again", name.span,
                             "use another name")  # fmt: skip
    elif earlier or name.text in scope.used:
        scope.findings.warn("redefined-name", f"CloudWatch refuses to make {name.text} again", name.span,
                            "use another name")  # fmt: skip
    scope.made[name.text] = "alias"


def _extract(name: Name, scope: _Scope) -> None:
    if name.text in scope.made:
        scope.findings.error("redefined-name", f"{name.text} is made before and cannot be extracted again", name.span,
                             "use another name")  # fmt: skip
    elif name.text in scope.used:
        scope.findings.warn("redefined-name", f"CloudWatch refuses to extract {name.text}, a field used before",
                            name.span, "use another name")  # fmt: skip
    scope.made[name.text] = "parse"
