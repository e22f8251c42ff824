"""When two answers are the same: cells as numbers where both read as numbers, rows in any order where none is given."""

import math
from collections.abc import Sequence

from insights_oracle.functions import parsed_json
from insights_oracle.values import number_of, sort_key

Cells = Sequence[str | None]
_TOLERANCE = 1e-9


def same_cell(left: str | None, right: str | None) -> bool:
    """Return whether two cells agree."""
    numbers = number_of(left), number_of(right)
    if numbers[0] is None or numbers[1] is None:
        return left == right or _same_json(left, right)
    return math.isclose(numbers[0], numbers[1], rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _same_json(left: str | None, right: str | None) -> bool:
    # Nobody says how a map or list is written out: spaces and 1.0 for 1 are no difference.
    parsed = parsed_json(left or ""), parsed_json(right or "")
    return isinstance(parsed[0], dict | list) and parsed[0] == parsed[1]


def same_row(left: Cells, right: Cells) -> bool:
    """Return whether two rows agree cell by cell."""
    return len(left) == len(right) and all(map(same_cell, left, right))


def same_rows(left: Sequence[Cells], right: Sequence[Cells], *, ordered: bool) -> bool:
    """Return whether two results hold the same rows, in the same order if that matters."""
    if not ordered:
        left, right = sorted(left, key=_place), sorted(right, key=_place)
    return len(left) == len(right) and all(map(same_row, left, right))


def _place(row: Cells) -> tuple[tuple[object, ...], ...]:
    # Rounded: two roundings of one number must not stand in different places.
    return tuple(
        (0,) if cell is None else (1, *sort_key(cell if number is None else float(f"{number:.9g}")))
        for cell, number in ((cell, number_of(cell)) for cell in row)
    )
