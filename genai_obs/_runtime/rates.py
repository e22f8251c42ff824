"""
Rates of one model, Region, tier and day, read out of a snapshot of list prices.

A snapshot is the JSON that ``genai-obs prices build`` writes: rows that each say for which scope, Regions, tier and
days they hold. Every amount is a whole number of pico-USD (1e-12 USD) per token or unit, so that sums are exact.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from genai_obs._runtime.model_ids import ModelId

FORMAT = "genai-obs-prices/1"

# Far ends of time in milliseconds: a row without a first or last day.
BEGINNING_MS = -(2**62)
END_MS = 2**62
DAY_MS = 86_400_000

# First parts of the names of Regions in the commercial partition, which all have three parts; GovCloud, China, the
# European Sovereign Cloud and the isolated partitions differ in one or the other.
_COMMERCIAL_AREAS = frozenset(("af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"))


class Rates:
    """
    What the tokens and units of one kind of call cost, or why that is not known.

    ``status`` is the cost status of a call priced by these rates; ``priced`` says whether there are any. Rates are
    whole pico-USD, None where none is listed. ``units`` maps a kind of unit to its rate; ``needed`` are the kinds
    without which a call cannot be priced. From ``threshold`` (exclusive) on, total input is billed by ``long``.
    The rates hold from ``from_ms`` (inclusive) until ``until_ms`` (exclusive); after ``verify_ms`` they are only
    estimated. ``numerator``/``denominator`` is the user's multiplier.
    """

    __slots__ = (
        "cache_read",
        "cache_write",
        "cache_write_1h",
        "cached",
        "denominator",
        "from_ms",
        "input",
        "input_only",
        "long",
        "needed",
        "numerator",
        "output",
        "price",
        "priced",
        "simple",
        "source",
        "status",
        "threshold",
        "units",
        "until_ms",
        "verify_ms",
    )

    def __init__(self, status: str) -> None:
        self.status = status
        self.priced = False
        # True: input and output have rates and nothing else decides the cost of a call without cache use.
        self.simple = False
        # True: reads and writes of a cache have rates; those for one hour may still lack one.
        self.cached = False
        self.input: int | None = None
        self.output: int | None = None
        self.cache_read: int | None = None
        self.cache_write: int | None = None
        self.cache_write_1h: int | None = None
        self.input_only = False
        self.threshold: int | None = None
        self.long: Rates | None = None
        self.units: Mapping[str, int] = {}
        self.needed: tuple[str, ...] = ()
        self.from_ms = BEGINNING_MS
        self.until_ms = END_MS
        self.verify_ms = END_MS
        self.numerator = 1
        self.denominator = 1
        self.source: dict[str, str] | None = None
        self.price: orjson.Fragment | None = None

    def list_rates(self, rates: list[int | None]) -> None:
        """Take input, output, cache read, cache write and one-hour cache write rates; one alone is input only."""
        self.priced = True
        if len(rates) == 1:
            self.input = rates[0]
            self.input_only = True
            return
        padded = [*rates, None, None, None]
        self.input, self.output, self.cache_read, self.cache_write, self.cache_write_1h = padded[:5]

    def name_source(self, source: str, version: str, as_of: str | None, key: str) -> None:
        """Say where the rates come from; rendered once, because every record carries it."""
        self.source = {"source": source, "version": version}
        if as_of is not None:
            self.source["as_of"] = as_of
        self.source["key"] = key
        self.price = orjson.Fragment(orjson.dumps(self.source))

    def multiply(self, numerator: int, denominator: int) -> None:
        """Take the user's multiplier, and say so where the rates come from: a recomputation needs it."""
        self.numerator, self.denominator = numerator, denominator
        self.status = "overridden"
        if self.source is not None:
            self.source["multiplier"] = str(numerator) if denominator == 1 else f"{numerator}/{denominator}"
            self.price = orjson.Fragment(orjson.dumps(self.source))
        self.settle()

    def settle(self) -> "Rates":
        """Compute what calls need often; to be called once, after the last change."""
        self.simple = (
            self.priced
            and self.input is not None
            and self.output is not None
            and not self.needed
            and self.numerator == self.denominator
        )
        self.cached = self.cache_read is not None and self.cache_write is not None
        return self


class Snapshot:
    """A price list as it ships: parsed JSON, read-only."""

    __slots__ = ("aliases", "guardrails", "models", "region_sets", "sources", "version")

    def __init__(self, document: Mapping[str, Any]) -> None:
        """
        Take a parsed snapshot.

        Raises:
            ValueError: The document is not a snapshot of this format.
        """
        if document.get("format") != FORMAT:
            raise ValueError(f'not a price snapshot: "format" must be "{FORMAT}"')
        self.version: str = document["version"]
        self.sources: Mapping[str, str] = document["sources"]
        self.region_sets: Mapping[str, list[str]] = document["region_sets"]
        self.aliases: Mapping[str, str] = document["aliases"]
        self.models: Mapping[str, Mapping[str, Any]] = document["models"]
        self.guardrails: Mapping[str, int] = document["guardrails"]

    def find_rates(self, model: ModelId, region: str | None, tier: str, at_ms: int) -> Rates:
        """
        Return the rates of a model in a Region and tier at a time, or empty rates whose status says why not.

        Args:
            model: A parsed id; its kind must be ``foundation``.

            region: Source Region.

            tier: ``default``, ``batch``, ``flex``, ``priority``, ``optimized`` or ``ultrafast``.

            at_ms: Time of the call, milliseconds since 1970 in UTC. The rates say how long they hold around it.
        """
        if model.base is None or model.scope is None:
            return Rates("unknown_model")
        base = self.aliases.get(model.base, model.base)
        entry = self.models.get(base)
        if entry is None:
            return Rates("unknown_model")
        if region is None or not _geo_fits(model.geo, region, entry.get("geo", ())):
            return Rates("no_rate")
        if model.geo is None and "profiles_only" in entry:
            return Rates("no_rate")
        scope = "global" if model.scope == "global" else "regional"
        rows = [
            row
            for row in entry["rows"]
            if row["scope"] == scope and row["tier"] == tier and self._holds_in(row["regions"], region)
        ]
        prefix = f"{model.geo}." if model.geo else ""
        return self._dated(rows, f"{prefix}{base}|{region}|{tier}", at_ms)

    def _holds_in(self, regions: str | list[str], region: str) -> bool:
        if isinstance(regions, list):
            return region in regions
        return is_commercial(region) if regions == "commercial" else region in self.region_sets[regions]

    def _dated(self, rows: list[Mapping[str, Any]], key: str, at_ms: int) -> Rates:
        """Return the row that holds at a time, with the span in which no other row takes over."""
        chosen: Mapping[str, Any] | None = None
        from_ms, until_ms = BEGINNING_MS, END_MS
        for row in rows:
            first, end = _day_ms(row, "from", BEGINNING_MS), _day_ms(row, "until", END_MS)
            if first <= at_ms < end:
                chosen = row
            for edge in (first, end):
                if edge <= at_ms:
                    from_ms = max(from_ms, edge)
                else:
                    until_ms = min(until_ms, edge)
        rates = Rates("no_rate") if chosen is None else self._read_row(chosen, key)
        rates.from_ms, rates.until_ms = from_ms, until_ms
        return rates

    def _read_row(self, row: Mapping[str, Any], key: str) -> Rates:
        source = row["source"]
        rates = Rates("ok")
        rates.list_rates(row.get("rates", [None, None]))
        rates.units = row.get("units", rates.units)
        rates.needed = tuple(row.get("needed", ()))
        rates.verify_ms = _day_ms(row, "verify_by", END_MS - DAY_MS) + DAY_MS
        rates.name_source(source, self.version, self.sources[source], key)
        if "over" in row:
            threshold, long_rates = row["over"]
            rates.threshold = threshold
            rates.long = long = Rates("no_rate" if long_rates is None else "ok")
            if long_rates is not None:
                long.list_rates(long_rates)
                long.verify_ms = rates.verify_ms
                long.name_source(source, self.version, self.sources[source], f"{key}|gt{threshold}")
                long.settle()
        return rates.settle()


def is_commercial(region: str) -> bool:
    """Tell whether a Region lies in the commercial partition, also one that opened after this was written."""
    parts = region.split("-")
    return len(parts) == 3 and parts[0] in _COMMERCIAL_AREAS and parts[1].isalpha() and parts[2].isdecimal()


def _geo_fits(geo: str | None, region: str, known: str | list[str] | tuple[str, ...]) -> bool:
    """Tell whether a model has profiles of a geography at all, and whether they can be called in that partition."""
    if geo is None:
        return True
    if (geo == "us-gov") is not region.startswith("us-gov-"):
        return False
    return geo == "global" or geo in known or ("commercial" in known and geo != "us-gov")


def _day_ms(row: Mapping[str, Any], name: str, missing: int) -> int:
    """Return the start of the day that a row names, UTC."""
    day = row.get(name)
    if day is None:
        return missing
    from datetime import date

    return (date.fromisoformat(day).toordinal() - 719_163) * DAY_MS
