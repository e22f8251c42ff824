"""Texts, names and numbers of a query as SQL literals, and numbers as text in the one form that results have."""

import math
import re

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def quote_text(value: str) -> str:
    """
    Return a text as an SQL literal.

    SQL text cannot hold a NUL, so it is put together with ``chr(0)``. Half a surrogate pair, which no log holds,
    becomes the replacement character.
    """
    whole = value.encode("utf-8", "replace").decode() if not value.isascii() else value
    quoted = "'" + whole.replace("'", "''") + "'"
    return "(" + quoted.replace("\0", "' || chr(0) || '") + ")" if "\0" in quoted else quoted


def quote_name(name: str) -> str:
    """Return a column name as SQL."""
    whole = name.encode("utf-8", "replace").decode().replace("\0", "�")
    return '"' + whole.replace('"', '""') + '"'


def is_number_text(value: str) -> bool:
    """Tell whether a text reads as a number: decimal, possibly with an exponent, and finite."""
    return _NUMBER.fullmatch(value) is not None and math.isfinite(float(value))


def number_literal(value: float) -> str:
    """Return a finite number as an SQL literal of type DOUBLE."""
    written = str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    return f"({written})::DOUBLE" if value < 0 else f"{written}::DOUBLE"


def text_of_number(value: float) -> str:
    """
    Return the text of a finite number: the shortest that reads back.

    Whole numbers have no ``.0``, and small fractions no exponent; from 1e16 on there is one.
    """
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    shortest = repr(value)
    if "e-" not in shortest:
        return shortest.removesuffix(".0")
    digits, exponent = shortest.lstrip("-").split("e-")
    return ("-" if value < 0 else "") + "0." + "0" * (int(exponent) - 1) + digits.replace(".", "")
