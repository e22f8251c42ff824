"""One query on CloudWatch: started, asked for its results, stopped."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.patience import Patience
from genai_obs.tools.cloudwatch.rows import WireRow, read_statistics

_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 2.0
_LONGER = 1.5
# [documented] CloudWatch Logs quotas: a query ends after 60 minutes at the latest.
_LONGEST_RUN_S = 65 * 60.0

_UNDER_WAY = frozenset({"Scheduled", "Running", "Unknown"})
_ENDINGS = {
    "Failed": "CloudWatch could not finish the query and does not say why",
    "Timeout": "the query ran longer than CloudWatch allows (60 minutes): take a shorter time range or filter more",
    "Cancelled": "somebody else stopped the query",
}


class Job:
    """
    A query that was started.

    Args:
        query_id: Its id.

        client: Of CloudWatch Logs.

        patience: How long a busy service and a lost network are waited for.
    """

    def __init__(self, query_id: str, client: Any, patience: Patience) -> None:
        self.query_id = query_id
        self.status = "Scheduled"
        self.records_matched, self.records_scanned, self.bytes_scanned = 0, 0, 0
        self.rows: list[WireRow] = []
        self._client = client
        self._patience = patience
        self._begun = patience.clock()
        self._wait_s = _FIRST_WAIT_S
        self.due = self._begun + self._wait_s

    @property
    def complete(self) -> bool:
        """Whether all rows are there."""
        return self.status == "Complete"

    def poll(self) -> None:
        """
        Ask once for the results; fetch all pages when they are complete.

        Raises:
            GenaiObsError: When the query ended without a result, or the service cannot be asked.
        """
        answer = self._patience.call(self._client.get_query_results, queryId=self.query_id)
        self.status = answer.get("status", "Unknown")
        self.records_matched, self.records_scanned, self.bytes_scanned = read_statistics(answer)
        if self.complete:
            self.rows = self._all_rows(answer)
        elif self.status not in _UNDER_WAY:
            raise GenaiObsError("query-failed", _ENDINGS.get(self.status, f"the query ended as {self.status}"))
        elif self._patience.clock() - self._begun > _LONGEST_RUN_S:
            raise GenaiObsError(
                "query-failed", f"the query is still {self.status} after {_LONGEST_RUN_S / 60:.0f} minutes"
            )
        self._wait_s = min(self._wait_s * _LONGER, _LONGEST_WAIT_S)
        self.due = self._patience.clock() + self._wait_s

    def stop(self) -> None:
        """Ask the service to stop the query; what goes wrong with that is of no use to anybody."""
        import contextlib

        with contextlib.suppress(Exception):
            self._client.stop_query(queryId=self.query_id)

    def _all_rows(self, answer: dict[str, Any]) -> list[WireRow]:
        rows: list[WireRow] = list(answer.get("results") or [])
        while token := answer.get("nextToken"):
            answer = self._patience.call(self._client.get_query_results, queryId=self.query_id, nextToken=token)
            rows += answer.get("results") or []
        return rows


def start_job(
    text: str,
    groups: Mapping[str, Sequence[str]],
    seconds: tuple[int, int],
    limit: int | None,
    *,
    client: Any,
    patience: Patience,
    wait_for_place: bool = True,
) -> Job:
    """
    Start a query.

    Args:
        text: The query.

        groups: What `find_groups` returned.

        seconds: First and last second, both inclusive.

        limit: Rows at most; None for the service's own default.

        client: Of CloudWatch Logs.

        patience: How long throttling and the limit of concurrent queries are waited out.

        wait_for_place: False to wait for neither of them.

    Raises:
        GenaiObsError: When the service does not take the query.
    """
    parameters: dict[str, Any] = {"queryString": text, "startTime": seconds[0], "endTime": seconds[1], **groups}
    if limit is not None:
        parameters["limit"] = limit
    # Started twice it would be paid twice.
    starting = patience if wait_for_place else replace(patience, busy_s=0.0)
    answer = starting.call(client.start_query, text=text, repeatable=False, **parameters)
    return Job(answer["queryId"], client, patience)
