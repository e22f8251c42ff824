"""The first stage of a query over a store."""

from dataclasses import dataclass

from genai_obs.tools.insights.events.scan import (
    SYSTEM_COLUMNS,
    Demand,
    candidate_paths,
    field_columns,
    first_scalar,
    json_columns,
    keys_of,
    platform_columns,
    pointer,
)
from genai_obs.tools.insights.sql.values import quote_text
from genai_obs.tools.store.catalog import Part

# Events of one file keep their order among themselves, and files theirs: this many events a file at most.
_PLACES = 1 << 40


@dataclass(frozen=True, slots=True)
class PartUse:
    """
    The files of a part that a query reads.

    Args:
        part: The part.

        places: Number of the file in the part → its place among the query's inputs.
    """

    part: Part
    places: dict[int, int]


@dataclass(frozen=True, slots=True)
class StoreScanner:
    """
    Events in parts of a store.

    Args:
        uses: The parts and what of them; at least one.

        start_ms: Days that end before are not opened; None opens all.

        end_ms: Days that begin after are not opened; None opens all.
    """

    uses: tuple[PartUse, ...]
    start_ms: int | None = None
    end_ms: int | None = None

    def relation(self, demand: Demand) -> str:
        """Return the first stage over the parts, one after the other."""
        return "\n  UNION ALL\n  ".join(self._of_part(use, demand) for use in self.uses)

    def _of_part(self, use: PartUse, demand: Demand) -> str:
        columns = [name for name in SYSTEM_COLUMNS if name in demand.system and name != "o"]
        if "o" in demand.system:
            cases = " ".join(f"WHEN {number} THEN {place}" for number, place in use.places.items())
            columns.append(f"(CASE src {cases} END)::BIGINT * {_PLACES} + o AS o")
        for pieces, number in demand.fields.items():
            columns += _field(use.part, keys_of(pieces), demand, number)
        columns += platform_columns(demand, "m", "CASE WHEN k = 1 THEN m END")
        files = [quote_text(str(use.part.folder / name)) for name in self._days(use.part)]
        numbers = ", ".join(str(number) for number in use.places)
        # Without a day in range there is still a relation of the right columns.
        nothing = "" if files else " AND false"
        files = files or [quote_text(str(use.part.folder / name)) for name in list(use.part.days)[:1]]
        where = f"src IN ({numbers}){nothing}" if len(use.places) < len(use.part.files) else f"true{nothing}"
        return f"SELECT {', '.join(columns) or '1 AS one'}\n  FROM read_parquet([{', '.join(files)}])\n  WHERE {where}"

    def _days(self, part: Part) -> list[str]:
        return [name for name, span in part.days.items() if span is None or self._overlaps(*span)]

    def _overlaps(self, first_ms: int, last_ms: int) -> bool:
        starts_in_time = self.end_ms is None or first_ms <= self.end_ms
        return starts_in_time and (self.start_ms is None or last_ms >= self.start_ms)


_TYPED = {
    "number": ("q_number_text({0})", "{0}"),
    "string": ("{0}", "q_number({0})"),
}


def _field(part: Part, keys: tuple[str, ...], demand: Demand, number: int) -> list[str]:
    """Return the columns of a field: a typed column as it is, else out of JSON."""
    column = part.columns.get(keys[0]) if len(keys) == 1 else None
    if column is not None and column.kind in _TYPED:
        as_text, as_number = (sql.format(column.name) for sql in _TYPED[column.kind])
        return field_columns(demand, number, as_text, as_number)
    return json_columns(demand, number, first_scalar([_json_value(part, path) for path in candidate_paths(keys)]))


def _json_value(part: Part, path: tuple[str, ...]) -> str:
    """Return SQL of the JSON value at a path: below a column, or in the event where the key has none."""
    column = part.columns.get(path[0])
    if column is None:
        whole = "CASE WHEN k = 1 THEN m ELSE j END"
        return "NULL::JSON" if part.all_keys else f"json_extract({whole}, {quote_text(pointer(path))})"
    value = f"{column.name}::JSON" if column.kind == "json" else f"to_json({column.name})"
    return value if len(path) == 1 else f"json_extract({value}, {quote_text(pointer(path[1:]))})"
