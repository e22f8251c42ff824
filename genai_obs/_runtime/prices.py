"""
The price book: what one inference costs at list price, exact, or the reason why that cannot be said.

A number is given only for the very model, scope, source Region, tier and day that a source lists. The packaged
snapshot is read at the first priced call, never at import.
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from genai_obs._runtime.model_ids import MAX_LENGTH, ModelId, parse_model_id
from genai_obs._runtime.price_overrides import Overrides, PriceContext, picousd, read_overrides
from genai_obs._runtime.rates import DAY_MS, Rates, Snapshot, is_commercial

# How old a snapshot may be before the book says so once.
MAX_AGE_DAYS = 60

_MAX_CACHED = 512

_KIND_STATUS = {
    "provisioned-model": "provisioned",
    "imported-model": "not_token_priced",
    "marketplace": "not_token_priced",
}

# The words for how a call was served. A word that is not here has a price of its own that nobody listed.
_TIERS = {
    None: "default",
    "": "default",
    "default": "default",
    "standard": "default",
    "flex": "flex",
    "priority": "priority",
    "ultrafast": "ultrafast",
    "reserved": "reserved",
}
_LATENCIES = {None: None, "": None, "standard": None, "optimized": "optimized"}
_PROCESSINGS = {None: None, "": None, "on_demand": None, "on-demand": None, "batch": "batch"}

_snapshots: list[Snapshot] = []


def packaged_snapshot() -> Snapshot:
    """Return the snapshot that ships with the package, read once per process."""
    if not _snapshots:
        with open(os.path.join(os.path.dirname(__file__), "prices.json"), "rb") as file:  # noqa: PTH118, PTH120, PTH123 - pathlib costs an import
            _snapshots.append(Snapshot(orjson.loads(file.read())))
    return _snapshots[0]


class PriceBook:
    """
    Rates as one process uses them: the user's own first, then the packaged list prices.

    Args:
        argument: What the user handed to ``configure``: a mapping in the override format, or a function of a
            `PriceContext` that returns USD, or None to ask the next source.

        environ: Where ``GENAI_OBS_PRICES`` and ``GENAI_OBS_PRICES_FILE`` are read.

        report: Called with one sentence about each thing the user should know: a bad override in the environment, a
            snapshot that is old.

    Raises:
        ValueError: ``argument`` is not a valid override.
    """

    __slots__ = ("_cache", "_function", "_overrides", "_report", "_snapshot", "_snapshot_checked")

    def __init__(
        self,
        argument: Mapping[str, Any] | Callable[[PriceContext], Any] | None = None,
        environ: Mapping[str, str] = os.environ,
        report: Callable[[str], None] | None = None,
    ) -> None:
        self._report = report
        self._function: Callable[[PriceContext], Any] | None = None
        self._cache: dict[tuple[Any, ...], Rates] = {}
        self._snapshot: Snapshot | None = None
        self._snapshot_checked = False
        if callable(argument):
            self._function = argument
            argument = None
        found = read_overrides(argument, environ, self._say)
        self._overrides: tuple[Overrides, ...] = found.layers
        self._snapshot = found.snapshot

    def cost_of(
        self,
        model_id: str | None,
        region: str | None,
        input_tokens: int | None,
        output_tokens: int | None,
        cache_read_tokens: int | None = None,
        cache_write_tokens: int | None = None,
        cache_write_1h_tokens: int | None = None,
        tier: str | None = None,
        latency: str | None = None,
        processing: str | None = None,
        at_ms: int = 0,
        units: Mapping[str, int] | None = None,
        calls: int | None = None,
    ) -> tuple[int | None, str, orjson.Fragment | None]:
        """
        Return what one inference costs, how sure that is, and the rates it was computed with.

        Args:
            model_id: The id as called, or the id that a router chose.

            region: Source Region; the Region of an ARN beats it.

            input_tokens: Input that was neither read from nor written to a cache; None is unknown.

            output_tokens: Reasoning included; None is unknown, which only input-priced models may have.

            cache_read_tokens: None is 0.

            cache_write_tokens: All writes, whatever their time to live; None is 0.

            cache_write_1h_tokens: How many of those were written for one hour; None is 0.

            tier: The tier that served the call.

            latency: ``optimized`` or ``standard``, as the service says.

            processing: ``batch`` if the user said so.

            at_ms: Time of the call, milliseconds since 1970 in UTC.

            units: Counts of what is not priced by the token, by kind.

            calls: How many model calls the counts sum up, where not one: such a sum says nothing about long context.

        Returns:
            Whole pico-USD or None, a cost status, and the value of the record's ``price`` (None without a rate).
            Only the statuses ``ok``, ``overridden`` and ``estimated`` come with a number.
        """
        rates = self._cache.get((model_id, region, tier, latency, processing))
        if rates is None or not rates.from_ms <= at_ms < rates.until_ms:
            rates = self._find(model_id, region, tier, latency, processing, at_ms)
        # Calls with every rate listed take this path; the general one below gives the same numbers.
        if (
            rates.simple
            and not units
            and input_tokens is not None
            and output_tokens is not None
            and input_tokens >= 0
            and output_tokens >= 0
            and self._function is None
        ):
            total = input_tokens * rates.input + output_tokens * rates.output  # type: ignore[operator]
            if not cache_read_tokens and not cache_write_tokens and not cache_write_1h_tokens:
                if rates.threshold is None or input_tokens <= rates.threshold:
                    return total, rates.status if at_ms < rates.verify_ms else "estimated", rates.price
            elif rates.cached:
                read, written, written_1h = cache_read_tokens or 0, cache_write_tokens or 0, cache_write_1h_tokens or 0
                if (
                    read >= 0
                    and written >= written_1h >= 0
                    and (rates.threshold is None or input_tokens + read + written <= rates.threshold)
                    and (not written_1h or rates.cache_write_1h is not None)
                ):
                    total += read * rates.cache_read + written * rates.cache_write  # type: ignore[operator]
                    if written_1h:
                        total += written_1h * (rates.cache_write_1h - rates.cache_write)  # type: ignore[operator]
                    return total, rates.status if at_ms < rates.verify_ms else "estimated", rates.price
        counts = (input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cache_write_1h_tokens)
        if self._function is not None:
            context = PriceContext(model_id, region, counts, (tier, latency, processing), at_ms, units)
            answer = self._ask(self._function, context)
            if answer is not None:
                return answer
        return _cost_by_parts(rates, counts, units, at_ms, calls)

    def describe(
        self,
        model_id: str,
        region: str | None,
        tier: str | None = None,
        latency: str | None = None,
        processing: str | None = None,
        at_ms: int = 0,
    ) -> Rates:
        """Return the rates that `cost_of` would use below any threshold; for tools, to be read only."""
        return self._find(model_id, region, tier, latency, processing, at_ms)

    def base_of(self, model_id: str | None) -> str | None:
        """Return the base id that a model id stands for, through the user's aliases; None if it cannot be told."""
        if model_id is None:
            return None
        meant = next((layer.aliases[model_id] for layer in self._overrides if model_id in layer.aliases), model_id)
        return parse_model_id(meant).base

    @property
    def snapshot(self) -> Snapshot:
        """The list prices below the overrides: the packaged ones, or those of a snapshot that the user names."""
        if self._snapshot is None:
            self._snapshot = packaged_snapshot()
        if not self._snapshot_checked:
            self._snapshot_checked = True
            self._check_age(self._snapshot.version)
        return self._snapshot

    def guardrail_cost_of(self, units: Mapping[str, int], region: str | None) -> int | None:
        """
        Return what guardrail units cost at list price, in pico-USD, or None when one of them has no listed price.

        Args:
            units: Counts by the names of the service's ``usage`` (``contentPolicyUnits``…).

            region: Source Region; prices are listed for the commercial Regions.
        """
        rates = self.snapshot.guardrails
        if region is None or not is_commercial(region):
            return None
        total = 0
        for kind, count in units.items():
            if not count or kind.endswith("FreeUnits") or kind == "automatedReasoningPolicies":
                continue
            rate = rates.get(kind)
            if rate is None or count < 0:
                return None
            total += count * rate
        # The list price is "per policy", and the service does not say whether its units count each policy.
        if units.get("automatedReasoningPolicies", 0) > 1 and units.get("automatedReasoningPolicyUnits", 0):
            return None
        return total

    def _find(
        self,
        model_id: str | None,
        region: str | None,
        tier: str | None,
        latency: str | None,
        processing: str | None,
        at_ms: int,
    ) -> Rates:
        """Resolve rates and remember them."""
        rates = self._resolve(model_id, region, tier, latency, processing, at_ms)
        if model_id is None or len(model_id) <= MAX_LENGTH:
            if len(self._cache) >= _MAX_CACHED:
                self._cache.clear()
            self._cache[(model_id, region, tier, latency, processing)] = rates
        return rates

    def _resolve(
        self,
        model_id: str | None,
        region: str | None,
        tier: str | None,
        latency: str | None,
        processing: str | None,
        at_ms: int,
    ) -> Rates:
        if not model_id:
            return Rates("unknown_model")
        served = _served_as(tier, latency, processing)
        called = parse_model_id(model_id)
        meant = next((layer.aliases[model_id] for layer in self._overrides if model_id in layer.aliases), model_id)
        model = parse_model_id(meant)
        region = called.region or model.region or region
        names = (model_id, meant, _plain_name(model))
        for layer in self._overrides:
            if layer.breaks(names):
                return Rates("error")
            own = layer.find_rates(names, region, served)
            if own is not None:
                return self._multiplied(own)
        if model.kind != "foundation":
            return Rates(
                _KIND_STATUS.get(model.kind, "unresolved_model")
                if model.kind != "other" or model.region
                else "unknown_model"
            )
        if served == "reserved":
            found = self.snapshot.find_rates(model, region, "default", at_ms)
            return Rates("unknown_model" if found.status == "unknown_model" else "reserved")
        found = self.snapshot.find_rates(model, region, served or "default", at_ms)
        if served is None and found.status != "unknown_model":
            return Rates("no_rate")
        return self._multiplied(found)

    def _multiplied(self, rates: Rates) -> Rates:
        """Apply the user's multiplier: list price times a fraction, exact until the last rounding."""
        for layer in self._overrides:
            if layer.numerator is not None:
                for each in (rates, rates.long):
                    if each is not None and each.priced:
                        each.multiply(layer.numerator, layer.denominator)
                break
        return rates

    def _ask(
        self, function: Callable[[PriceContext], Any], context: PriceContext
    ) -> tuple[int | None, str, orjson.Fragment | None] | None:
        """Return the answer of the user's function; None means that it leaves the call to the next source."""
        try:
            usd = function(context)
            if usd is None:
                return None
            return picousd(usd), "overridden", _FUNCTION_PRICE
        except Exception as error:
            self._say(f"the price function failed ({type(error).__name__}); such calls are left without a cost")
            return None, "error", None

    def _say(self, sentence: str) -> None:
        if self._report is not None:
            self._report(sentence)

    def _check_age(self, version: str) -> None:
        from datetime import date

        days = int(time.time() * 1000 // DAY_MS) - (date.fromisoformat(version[:10]).toordinal() - 719_163)
        if days > MAX_AGE_DAYS:
            self._say(f"the price snapshot of {version} is {days} days old; upgrade, or run `genai-obs prices refresh`")


_FUNCTION_PRICE = orjson.Fragment(b'{"source":"override","version":"function","key":"function"}')


def _served_as(tier: str | None, latency: str | None, processing: str | None) -> str | None:
    """Return the one tier word that names the price, or None for a word or combination without a listed price."""
    word = _TIERS.get(tier)
    if word is None or latency not in _LATENCIES or processing not in _PROCESSINGS:
        return None
    special = [name for name in (_LATENCIES[latency], _PROCESSINGS[processing]) if name is not None]
    if word != "default":
        special.append(word)
    return "default" if not special else special[0] if len(special) == 1 else None


def _plain_name(model: ModelId) -> str:
    """Return the id without its ARN: what a person copies into an override."""
    if model.base is None or model.kind != "foundation":
        return ""
    return f"{model.geo}.{model.base}" if model.geo else model.base


def _cost_by_parts(
    rates: Rates, counts: tuple[int | None, ...], units: Mapping[str, int] | None, at_ms: int, calls: int | None
) -> tuple[int | None, str, orjson.Fragment | None]:
    """Return the cost of a call that is not just input and output; any part without a rate leaves it unknown."""
    if not rates.priced:
        return None, rates.status, rates.price
    given, made = counts[0], counts[1]
    read, written, written_1h = counts[2] or 0, counts[3] or 0, counts[4] or 0
    if units and any(units.get(kind, 0) for kind in units if kind not in rates.units):
        return None, "no_rate", rates.price
    if any(units is None or units.get(kind) is None for kind in rates.needed):
        return None, "no_usage", None
    if given is None or made is None:
        if not _may_lack_counts(rates, given, made, units):
            return None, "no_usage", None
        given, made = given or 0, made or 0
    if written_1h > written or min(given, made, read, written, written_1h) < 0:
        return None, "error", None
    if (
        rates.units
        and not rates.needed
        and rates.output is None
        and not given
        and not made
        and not (units and any(units.values()))
    ):
        # Priced by the token or by the unit: nothing counted is not the same as nothing used.
        return None, "no_usage", None
    if rates.threshold is not None and given + read + written > rates.threshold and rates.long is not None:
        if calls is not None and calls > 1:
            return None, "ambiguous_usage", rates.price
        if not rates.long.priced:
            return None, rates.long.status, rates.price
        rates = rates.long
    total = 0
    for count, rate in (
        (given, rates.input),
        (made, rates.output),
        (read, rates.cache_read),
        (written - written_1h, rates.cache_write),
        (written_1h, rates.cache_write_1h),
    ):
        if count:
            if rate is None:
                return None, "no_rate", rates.price
            total += count * rate
    for kind, count in (units or {}).items():
        if count < 0:
            return None, "error", None
        if count:
            total += count * rates.units[kind]
    if rates.denominator != 1 or rates.numerator != 1:
        total = (2 * total * rates.numerator + rates.denominator) // (2 * rates.denominator)
    return total, rates.status if at_ms < rates.verify_ms else "estimated", rates.price


def _may_lack_counts(rates: Rates, given: int | None, made: int | None, units: Mapping[str, int] | None) -> bool:
    """Tell whether a missing count is natural: input-priced models make no output, rerankers count no tokens."""
    if given is None and not (
        rates.units and (rates.input is None or (rates.input_only and units and any(units.values())))
    ):
        return False
    return made is not None or (rates.output is None and (rates.input_only or bool(rates.units)))


def format_usd(picousd_amount: int) -> bytes:
    """Return an amount in pico-USD as a JSON number: fixed notation, at most 12 decimals, no trailing zeros."""
    if 0 < picousd_amount < 1_000_000_000_000:  # nearly every call costs less than a dollar
        return (b"0.%012d" % picousd_amount).rstrip(b"0")
    whole, rest = divmod(abs(picousd_amount), 1_000_000_000_000)
    sign = b"-" if picousd_amount < 0 else b""
    if not rest:
        return b"%s%d" % (sign, whole)
    return b"%s%d.%s" % (sign, whole, (b"%012d" % rest).rstrip(b"0"))
