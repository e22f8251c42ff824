"""Entries in, records out: each call once, one that cannot be read never in the way of the others."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from genai_obs._runtime import guard
from genai_obs.schema import PRICED_STATUSES
from genai_obs.tools.invocation_logs.convert import Converter, Record, role_of
from genai_obs.tools.invocation_logs.entry import Entry, read_entry
from genai_obs.tools.invocation_logs.joining import RequestIds


@dataclass(slots=True)
class Summary:
    """
    What became of the entries.

    Args:
        imported: Records made.

        already_recorded: Calls that our own logs hold.

        duplicates: Entries delivered more than once.

        skipped: Calls of roles whose functions record their calls themselves.

        without_id: Records whose entry has no request id; these cannot be told from others.

        unreadable: Entries without a model or a time, damaged ones, and those at which we failed.

        unpriced: Records without a cost.

        statuses: Records by cost status.
    """

    imported: int = 0
    already_recorded: int = 0
    duplicates: int = 0
    skipped: int = 0
    without_id: int = 0
    unreadable: int = 0
    unpriced: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


class Importer:
    """
    Makes records of entries.

    Args:
        converter: Prices and what goes into a record.

        recorded: Ids of calls that are on record.

        skip_role: Told a role's name; True leaves its calls out.
    """

    def __init__(
        self,
        converter: Converter,
        recorded: RequestIds | None = None,
        skip_role: Callable[[str], bool] | None = None,
    ) -> None:
        self.summary = Summary()
        self._converter = converter
        self._recorded = RequestIds() if recorded is None else recorded
        self._skip_role = skip_role
        self._seen = RequestIds()

    def records(self, entries: Iterable[tuple[Mapping[str, Any], int | None]]) -> Iterator[tuple[Record, int]]:
        """Yield a record and its time in ms for each entry that is to have one."""
        for document, event_ms in entries:
            try:
                found = self._record(document, event_ms)
            except Exception as error:  # noqa: BLE001 - a failure of ours costs this entry, not the rest
                guard.failed(error)
                self.summary.unreadable += 1
                continue
            if found is not None:
                yield found

    def _record(self, document: Mapping[str, Any], event_ms: int | None) -> tuple[Record, int] | None:
        entry = read_entry(document, event_ms)
        if entry is None:
            self.summary.unreadable += 1
            return None
        if not self._is_wanted(entry):
            return None
        record = self._converter.record(entry)
        if entry.request_id is None:
            self.summary.without_id += 1
        else:
            # Only now: an entry at which we failed may come again.
            self._seen.add(entry.request_id)
        status = str(record["cost_status"])
        self.summary.imported += 1
        self.summary.statuses[status] += 1
        self.summary.unpriced += status not in PRICED_STATUSES
        return record, entry.at_ms

    def _is_wanted(self, entry: Entry) -> bool:
        role = role_of(entry.caller_arn)
        if self._skip_role is not None and role is not None and self._skip_role(role):
            self.summary.skipped += 1
        elif entry.request_id is not None and entry.request_id in self._recorded:
            self.summary.already_recorded += 1
        elif entry.request_id is not None and entry.request_id in self._seen:
            self.summary.duplicates += 1
        else:
            return True
        return False
