"""Names that somebody may have meant."""

from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], *, likeness: float = 0.6) -> str | None:
    """Return the known name most like this one, if one is like it at all: 1 is the same, 0 has nothing in common."""
    # Only mistakes need it, and importing it takes longer than reading a query.
    import difflib

    return next(iter(difflib.get_close_matches(name, list(known), n=1, cutoff=likeness)), None)
