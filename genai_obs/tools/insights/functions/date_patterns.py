"""Date patterns of Java and of strftime, as DuckDB writes and reads them."""

import re

# Letters of Java's DateTimeFormatter, by how often they stand in a row.
_JAVA = {
    "y": "%Y", "yy": "%y", "yyyy": "%Y", "u": "%Y", "uuuu": "%Y",
    "M": "%m", "MM": "%m", "MMM": "%b", "MMMM": "%B",
    "d": "%d", "dd": "%d", "D": "%j", "DDD": "%j",
    "E": "%a", "EE": "%a", "EEE": "%a", "EEEE": "%A",
    "H": "%H", "HH": "%H", "h": "%I", "hh": "%I",
    "m": "%M", "mm": "%M", "s": "%S", "ss": "%S", "SSS": "%g", "SSSSSS": "%f", "SSSSSSSSS": "%n",
    "a": "%p", "Z": "%z", "XX": "%z", "XXX": "%z", "X": "%z", "xx": "%z", "xxx": "%z", "x": "%z",
}  # fmt: skip

_JAVA_PIECES = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|%|[^A-Za-z'%]+|'")

# Specifiers of C's strftime → DuckDB's, which has some letters of its own (%g and %n are fractions there).
_STRFTIME = {
    **{letter: f"%{letter}" for letter in "aAbBdHIjmMpSuUVwWyYf"},
    "h": "%b", "F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "L": "%g",
    "n": "\n", "t": "\t", "%": "%%",
}  # fmt: skip

_STRFTIME_PIECES = re.compile(r"%(.?)|[^%]+", re.DOTALL)


class PatternError(ValueError):
    """A part of a date pattern that cannot be read here."""


def strptime_of_java(pattern: str) -> str:
    """Return a Java date pattern as DuckDB's ``strptime`` takes it; raises ``PatternError``."""
    return "".join(_java_piece(piece) for piece in _JAVA_PIECES.finditer(pattern))


def _java_piece(piece: re.Match[str]) -> str:
    text = piece[0]
    if piece[1] is not None:
        return (piece[1].replace("''", "'") or "'").replace("%", "%%")
    if not piece[2]:
        return text.replace("%", "%%")
    if text not in _JAVA:
        raise PatternError(text)
    return _JAVA[text]


def strftime_of(pattern: str, *, zoned: bool) -> str:
    """Return a strftime pattern as DuckDB takes it; raises ``PatternError``. In UTC the zone is a constant."""
    return "".join(_strftime_piece(piece, zoned=zoned) for piece in _STRFTIME_PIECES.finditer(pattern))


def _strftime_piece(piece: re.Match[str], *, zoned: bool) -> str:
    letter = piece[1]
    if letter is None:
        return piece[0]
    if letter in {"z", "Z"} and not zoned:
        return "+0000" if letter == "z" else "UTC"
    if letter not in _STRFTIME:
        raise PatternError(piece[0])
    return _STRFTIME[letter]
