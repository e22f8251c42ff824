"""Text as a terminal can bear it: log lines are written by strangers, and a terminal obeys what it is sent."""

import unicodedata

# Format characters that only join or vary what stands beside them; all others (direction overrides, zero-width
# blanks) change how the rest of the line reads.
_HARMLESS_FORMATS = frozenset("\u200d")
_ESCAPED_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"))
_NO_WIDTH_CATEGORIES = frozenset(("Mn", "Me", "Cf"))
_WIDE = frozenset("WF")
_CUT_MARK = "…"


def make_harmless(text: str) -> str:
    r"""
    Return a text on one line that a terminal only shows.

    A tab is one blank, and so is any other kind of blank; control characters, escape sequences, direction overrides
    and line breaks are written as Python would write them (``\x1b``, ``\u202e``, ``\n``).
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def width_of(text: str) -> int:
    """Return how many terminal cells a harmless text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def cut(text: str, width: int) -> str:
    """Return a harmless text in at most ``width`` cells (at least 1); what was cut away is marked by an ellipsis."""
    if width_of(text) <= width:
        return text
    kept, cells = [], 1
    for character in text:
        cells += _cells(character)
        if cells > width:
            break
        kept.append(character)
    return "".join(kept) + _CUT_MARK


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if character == "\t" or category == "Zs":
        return " "
    if category in _ESCAPED_CATEGORIES and character not in _HARMLESS_FORMATS:
        return character.encode("unicode_escape").decode()
    return character


def _cells(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH_CATEGORIES:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
