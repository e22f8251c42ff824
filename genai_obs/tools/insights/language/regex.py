r"""
What can be said of a regular expression before it is run.

The local engine is RE2, as ``regexReplace`` is on CloudWatch (AWS: "CWL_QuerySyntax-operations-functions",
documented); of the rest nobody documents the engine. Back-references and look-around are in no RE2.
"""

import re
import warnings
from dataclasses import dataclass

_PIECE = re.compile(
    r"\\Q[\s\S]*?(?:\\E|\Z)"  # quoted text
    r"|\\(?P<reference>[1-9]|k[<{'])|\\[\s\S]"
    r"|\[\^?\]?(?:\\[\s\S]|\[:\w+:\]|[^\]\\])*\]"  # character class
    r"|\(\?(?P<look><?[=!])|\(\?(?P<atomic>>)|\(\?P?<(?P<name>[^>]*)>|\(\?(?P<flags>[imsUx-]+)(?=[:)])"
    r"|(?P<open>\((?!\?))"
    r"|(?P<possessive>(?:[*+?]|\{\d+(?:,\d*)?\})\+)"
)

# What Python and RE2 both refuse, by the words Python says it with.
_SHARED_FAULTS = (
    "unterminated",
    "unbalanced",
    "nothing to repeat",
    "bad escape (end of pattern)",
    "bad character range",
    "min repeat greater",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a pattern: slug, sentence, hint."""

    slug: str
    message: str
    hint: str | None = None


_UNSUPPORTED = {
    "reference": Fault("unsupported-regex", "a regular expression has no back-references here"),
    "look": Fault("unsupported-regex", "a regular expression has no look-around here", "use and with not like"),
    "atomic": Fault("unsupported-regex", "a regular expression has no atomic groups here", "write (?:…)"),
    "possessive": Fault("unsupported-regex", "a regular expression has no possessive repetition here", "write one +"),
}


def group_names(pattern: str) -> list[str]:
    """Return the names of a pattern's groups, in order."""
    return [found["name"] for found in _PIECE.finditer(pattern) if found["name"] is not None]


def count_plain_groups(pattern: str) -> int:
    """Return the number of groups that capture and have no name."""
    return sum(1 for found in _PIECE.finditer(pattern) if found["open"])


def group_places(pattern: str) -> dict[str, int]:
    """Return the number of each named group among all groups that capture, 1 first."""
    places = {}
    groups = (found for found in _PIECE.finditer(pattern) if found["open"] or found["name"] is not None)
    for place, found in enumerate(groups, 1):
        if found["name"] is not None:
            places[found["name"]] = place
    return places


def find_fault(pattern: str) -> Fault | None:
    """Return why RE2 surely refuses a pattern; None means that it may take it."""
    for found in _PIECE.finditer(pattern):
        fault = _UNSUPPORTED.get(found.lastgroup or "")
        if fault:
            return fault
    names = group_names(pattern)
    for name in names:
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            return Fault("invalid-regex", f'"{name}" cannot name a group', "use letters, digits and _")
        if names.count(name) > 1:
            return Fault("invalid-regex", f'two groups are named "{name}"')
    return _python_fault(pattern)


def _python_fault(pattern: str) -> Fault | None:
    """Return a fault that Python finds and RE2 has too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(_PIECE.sub(_for_python, pattern))
    except re.error as error:
        if any(words in error.msg for words in _SHARED_FAULTS):
            return Fault("invalid-regex", f"this regular expression does not work: {error.msg}")
    except (OverflowError, RecursionError):
        return Fault("invalid-regex", "this regular expression is too large")
    return None


def _for_python(piece: re.Match[str]) -> str:
    """Return a piece as Python reads it; what only RE2 knows becomes something harmless."""
    if piece["name"] is not None:
        return f"(?P<{piece['name']}>"
    if piece["flags"]:
        # RE2 sets flags anywhere, Python only at the start: the group stays, its flags are left out.
        return "(?" if piece.string.startswith(":", piece.end()) else "(?:"
    text = piece[0]
    if text.startswith("\\Q"):
        return re.escape(text[2:].removesuffix("\\E"))
    if text.startswith("["):
        return text if "[:" not in text and "\\p" not in text.lower() else "[a]"
    return "a" if text[:2] in {"\\z", "\\C", "\\p", "\\P"} else text
