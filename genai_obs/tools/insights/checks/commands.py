"""Rules on single commands: names against patterns, regular expressions, items of ``stats``."""

import re
from collections.abc import Sequence

from genai_obs.tools.insights.functions.aggregate_table import AGGREGATES
from genai_obs.tools.insights.functions.table import FUNCTIONS
from genai_obs.tools.insights.language.findings import Findings
from genai_obs.tools.insights.language.regex import count_plain_groups, find_fault
from genai_obs.tools.insights.language.syntax import (
    Binary,
    Call,
    Expression,
    Field,
    Item,
    LogGroupSource,
    Negative,
    Number,
    ParseRegex,
    Query,
    Sort,
    SortKey,
    Stats,
    String,
)
from genai_obs.tools.insights.language.tree import children, walk


def check_commands(query: Query, findings: Findings) -> None:
    """Find what is wrong with single commands."""
    for command in query.commands:
        match command:
            case ParseRegex():
                _check_regex(command, findings)
            case Stats():
                _check_stats(command, findings)
            case Sort(keys=keys):
                for key in keys:
                    _check_sort_key(key, findings)
            case LogGroupSource():
                _check_source(command, findings)
            case _:
                pass


def _check_source(command: LogGroupSource, findings: Findings) -> None:
    has_range = re.search(r"\b(start|end)\s*=", command.text, re.IGNORECASE) is not None
    message = "the files given stand in for these log groups"
    if has_range:
        message += ", and START and END choose no events of them"
    hint = "give the time range with --since, or --start and --end" if has_range else None
    findings.warn("source", message, command.span, hint)


def is_aggregate(expression: Expression) -> bool:
    """Return whether an expression is a call of an aggregate."""
    return isinstance(expression, Call) and expression.function in AGGREGATES


def _check_regex(command: ParseRegex, findings: Findings) -> None:
    pattern = command.pattern
    fault = find_fault(pattern.pattern)
    if fault:
        findings.error(fault.slug, fault.message, pattern.span, fault.hint)
    elif command.named_groups and not command.names:
        findings.error("regex-names", "this regular expression extracts nothing", pattern.span, "write (?<name>…)")
    elif not command.named_groups and count_plain_groups(pattern.pattern) != len(command.names):
        groups = count_plain_groups(pattern.pattern)
        message = f"the regular expression has {groups} groups but {len(command.names)} names follow"
        findings.error("regex-names", message, pattern.span, "groups without a name are (…), others (?:…)")


def _check_stats(command: Stats, findings: Findings) -> None:
    made = [item.name for item in command.groups]
    aggregates = any(is_aggregate(node) for item in command.aggregates for node in walk(item.expression))
    for item in command.aggregates:
        # A price beside aggregates, for the items behind it to use: seen in public queries.
        if not (aggregates and _is_constant(item.expression)):
            _check_aggregate_item(item, made, findings)
        made.append(item.name)
    for item in command.groups:
        _check_group(item, findings)
        if isinstance(item.expression, String):
            hint = "write a field without quotes, or in backticks"
            findings.warn("quoted-field", "a quoted text is the same for all events", item.span, hint)
    _check_unique((*command.groups, *command.aggregates), findings)


def _is_constant(expression: Expression) -> bool:
    return all(isinstance(node, (Number, String, Binary, Negative)) for node in walk(expression))


def _check_group(item: Item, findings: Findings) -> None:
    aggregates = [node for node in walk(item.expression) if isinstance(node, Call) and node.function in AGGREGATES]
    if not aggregates:
        return
    if aggregates[0].function == "histogram":
        message = "histogram(): what it calls its ranges is not published"
        hint = "group by floor(field / width) * width"
        findings.error("unsupported-function", message, item.span, hint)
    else:
        findings.error("aggregate-in-by", "by takes no aggregates", item.span, "use a second stats")


def _check_unique(items: Sequence[Item], findings: Findings) -> None:
    names: set[str] = set()
    for item in items:
        if item.name in names:
            findings.error("duplicate-name", f'two outputs are named "{item.name}"', item.span, "name one with as")
        names.add(item.name)


def _check_aggregate_item(item: Item, made: list[str], findings: Findings) -> None:
    calls = [node for node in walk(item.expression) if isinstance(node, Call)]
    if any(call.function not in FUNCTIONS and call.function not in AGGREGATES for call in calls):
        # Perhaps meant as an aggregate: that the function is unknown is said elsewhere.
        return
    if any(is_aggregate(node) for node in walk(item.expression)):
        for field in _fields_outside_aggregates(item.expression):
            if field.name not in made:
                _refuse_plain(field, findings)
        return
    fields = [node for node in walk(item.expression) if isinstance(node, Field)]
    if fields and all(field.name in made for field in fields):
        return
    if item.name.lower() in AGGREGATES and isinstance(item.expression, Field):
        hint = f"write {item.name}(*)" if item.name.lower() == "count" else f"write {item.name}(field)"
        findings.error("not-aggregated", f"{item.name} is an aggregate and needs parentheses", item.span, hint)
    elif fields:
        _refuse_plain(fields[0], findings)
    else:
        findings.error("not-aggregated", "stats takes aggregates such as count(*)", item.span)


def _refuse_plain(field: Field, findings: Findings) -> None:
    message = f"{field.name} stands in stats outside an aggregate"
    findings.error("not-aggregated", message, field.span, f"write it behind by, or latest({field.name})")


def _fields_outside_aggregates(expression: Expression) -> list[Field]:
    waiting, found = [expression], []
    while waiting:
        node = waiting.pop()
        if isinstance(node, Field):
            found.append(node)
        if not is_aggregate(node):
            waiting.extend(children(node))
    return found


def _check_sort_key(key: SortKey, findings: Findings) -> None:
    if isinstance(key.expression, String):
        hint = "write the field without quotes, or in backticks"
        findings.warn("quoted-field", "a quoted text is the same for all rows", key.expression.span, hint)
