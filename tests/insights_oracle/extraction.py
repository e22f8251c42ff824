"""The forms of ``parse``: each gives, for one text, the rows of new values that it makes."""

import csv
import re
from collections.abc import Sequence
from typing import TypeAlias

from genai_obs.tools.insights.language import syntax
from insights_oracle.expressions import entered
from insights_oracle.functions import parsed_json
from insights_oracle.values import Value

Found: TypeAlias = list[dict[str, Value]]
_NAMED_GROUP = re.compile(r"(?<!\\)\(\?P?<(?![=!])[^>]+>")
_LOGFMT = re.compile(r'([^\s=]+)=("(?:[^"\\]|\\.)*"|\S*)')


def glob_pattern(glob: str) -> re.Pattern[str]:
    """Return a glob as a pattern: each ``*`` the shortest match, one at the very end the rest."""
    pieces = [re.escape(piece) for piece in glob.split("*")]
    last = pieces.pop()
    body = "(.*?)".join(pieces)
    tail = "(.*)" if not last else f"(.*?){last}"
    return re.compile(body + tail, re.DOTALL)


def by_glob(text: str, command: syntax.ParseGlob) -> Found:
    """Return the captures of the first match."""
    match = glob_pattern(command.pattern.value).search(text)
    return [] if match is None else [_named(command.names, match.groups())]


def by_regex(text: str, command: syntax.ParseRegex) -> Found:
    """Return the groups of the first match, or of every match."""
    positions = _group_positions(command)
    matches = list(re.finditer(_NAMED_GROUP.sub("(", command.pattern.pattern), text))
    found = [_named(command.names, [match.group(number) for number in positions]) for match in matches]
    return found if command.multi else found[:1]


def _group_positions(command: syntax.ParseRegex) -> list[int]:
    """Return the numbers of the groups that give values: the named ones, or else all of them."""
    pattern = command.pattern.pattern
    if not command.named_groups:
        return list(range(1, re.compile(pattern).groups + 1))
    named = re.compile(re.sub(r"\(\?P?<(?![=!])", "(?P<", pattern).replace("(?P<@", "(?P<_"))
    return sorted(named.groupindex.values())


def by_logfmt(text: str, command: syntax.ParseLogfmt) -> Found:
    """Return a map of the text's ``key=value`` pairs."""
    pairs = {key: value.strip('"').replace('\\"', '"') for key, value in _LOGFMT.findall(text)}
    return [{command.name.text: pairs}]


def by_csv(text: str, command: syntax.ParseCsv) -> Found:
    """Return the first cells of a comma-separated text."""
    cells = next(csv.reader([text]), [])
    return [_named(command.names, cells)]


def by_json(text: str, command: syntax.ParseJson) -> Found:
    """Return one value out of a JSON text, by a dotted path."""
    value: Value = parsed_json(text)
    for part in command.path.value.split("."):
        value = entered(value, part)
    return [{command.name.text: value}]


def _named(names: Sequence[syntax.Name], values: Sequence[Value]) -> dict[str, Value]:
    return {name.text: value for name, value in zip(names, values, strict=False)}
