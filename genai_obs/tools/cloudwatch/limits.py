"""How many rows CloudWatch Logs Insights gives, and how to tell that there were more."""

from typing import Any

# [documented] API reference, StartQuery and GetQueryResults: without `limit`, and the most that a page holds.
DEFAULT_ROWS = 10_000
# [documented] API reference, StartQuery; pages of early 2026 say 10,000.
MOST_ROWS = 100_000


def row_limit(client: Any, wanted: int | None, own: int | None) -> int | None:
    """
    Return the ``limit`` to send.

    Args:
        client: Of CloudWatch Logs; an old one cannot turn pages, and then 10,000 rows are all it can have.

        wanted: What the caller asked for.

        own: What the query says itself.

    Returns:
        None where nothing needs to be sent.
    """
    if wanted is not None:
        return wanted
    if own is not None:
        # Whether the default also cuts a query with a larger limit of its own is not known: say it twice.
        return min(own, MOST_ROWS) if own > DEFAULT_ROWS else None
    return MOST_ROWS if _turns_pages(client) else None


def may_be_cut(rows: int, limit: int | None, asked: int | None) -> bool:
    """
    Return whether so many rows are just as many as the service gives at most, and fewer than were asked for.

    Args:
        rows: How many came.

        limit: What was sent.

        asked: How many somebody wants; None for all.
    """
    if asked is not None and rows >= asked:
        return False
    # 10,000 also when more were asked for: Regions may still know the lower limit only.
    return rows in (limit, DEFAULT_ROWS) or rows >= MOST_ROWS


def _turns_pages(client: Any) -> bool:
    model = client.meta.service_model.operation_model("GetQueryResults")
    return "nextToken" in model.input_shape.members
