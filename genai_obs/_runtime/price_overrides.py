"""
The user's own prices: parsed with care, because a bad one must neither raise in a call nor become the list price.

Amounts are read from their decimal text into whole pico-USD, so that 3.3 stays 3.3 and not its nearest binary fraction.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

import orjson

from genai_obs._runtime.rates import FORMAT, Rates, Snapshot

_RATE_NAMES = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_ENTRY_NAMES = frozenset((*_RATE_NAMES, "regions", "tier"))
_TIERS = frozenset(("default", "flex", "priority", "batch", "optimized", "ultrafast"))
_MAX_FILE_BYTES = 10_000_000


class PriceContext:
    """
    What a price function sees of one call; read-only.

    Counts are disjoint and None where unknown; ``cache_write_tokens`` are all writes, ``cache_write_1h_tokens`` those
    of them that were written for one hour. ``at_ms`` is the time of the call in milliseconds since 1970, UTC.
    """

    __slots__ = (
        "_at_ms",
        "_counts",
        "_model_id",
        "_region",
        "_served",
        "_units",
    )

    def __init__(
        self,
        model_id: str | None,
        region: str | None,
        counts: tuple[int | None, ...],
        served: tuple[str | None, str | None, str | None],
        at_ms: int,
        units: Mapping[str, int] | None,
    ) -> None:
        self._model_id = model_id
        self._region = region
        self._counts = counts
        self._served = served
        self._at_ms = at_ms
        self._units = units

    @property
    def model_id(self) -> str | None:
        """The id as called, or the one that a router chose."""
        return self._model_id

    @property
    def region(self) -> str | None:
        """Source Region."""
        return self._region

    @property
    def input_tokens(self) -> int | None:
        """Input that was neither read from nor written to a cache."""
        return self._counts[0]

    @property
    def output_tokens(self) -> int | None:
        """Output, reasoning included."""
        return self._counts[1]

    @property
    def cache_read_tokens(self) -> int | None:
        """Input read from a cache."""
        return self._counts[2]

    @property
    def cache_write_tokens(self) -> int | None:
        """Input written to a cache, whatever its time to live."""
        return self._counts[3]

    @property
    def cache_write_1h_tokens(self) -> int | None:
        """Input written to a cache for one hour, part of ``cache_write_tokens``."""
        return self._counts[4]

    @property
    def tier(self) -> str | None:
        """The tier that served the call."""
        return self._served[0]

    @property
    def latency(self) -> str | None:
        """``optimized``, ``standard`` or None."""
        return self._served[1]

    @property
    def processing(self) -> str | None:
        """``batch`` or None."""
        return self._served[2]

    @property
    def at_ms(self) -> int:
        """Time of the call, milliseconds since 1970 in UTC."""
        return self._at_ms

    @property
    def units(self) -> Mapping[str, int]:
        """Counts of what is not priced by the token, by kind."""
        return dict(self._units or {})


class Overrides:
    """
    One source of the user's prices.

    ``broken`` are the ids whose entry is invalid; ``unreadable`` says that nothing of the source could be read. Both
    leave the calls they concern without a cost, never with the list price.
    """

    __slots__ = ("aliases", "broken", "denominator", "name", "numerator", "prices", "unreadable")

    def __init__(self, name: str) -> None:
        self.name = name
        self.aliases: dict[str, str] = {}
        self.prices: dict[str, tuple[Rates, frozenset[str] | None, str]] = {}
        self.numerator: int | None = None
        self.denominator = 1
        self.broken: set[str] = set()
        self.unreadable = False

    def breaks(self, names: Sequence[str]) -> bool:
        """Tell whether a model's entry is invalid here."""
        return self.unreadable or any(name in self.broken for name in names)

    def find_rates(self, names: Sequence[str], region: str | None, tier: str | None) -> Rates | None:
        """Return the user's rates of a model by its id as called or without its ARN, or None."""
        for name in names:
            found = self.prices.get(name)
            if found is None or found[2] != tier or (found[1] is not None and region not in found[1]):
                continue
            rates = Rates("overridden")
            rates.list_rates([getattr(found[0], each) for each in _RATE_NAMES])
            rates.input_only = rates.output is None
            rates.name_source("override", self.name, None, f"{name}|{region}|{tier}")
            return rates.settle()
        return None


class Found:
    """What was found: layers in order of precedence, and a whole snapshot if the file is one."""

    __slots__ = ("layers", "snapshot")

    def __init__(self, layers: tuple[Overrides, ...], snapshot: Snapshot | None) -> None:
        self.layers = layers
        self.snapshot = snapshot


def read_overrides(argument: Mapping[str, Any] | None, environ: Mapping[str, str], say: Callable[[str], None]) -> Found:
    """
    Read the user's prices from the argument and the environment.

    Raises:
        ValueError: The argument is invalid. What is wrong in the environment goes to ``say`` instead.
    """
    layers: list[Overrides] = []
    snapshot: Snapshot | None = None
    if argument is not None:
        layers.append(parse_overrides(argument, "argument"))
    inline = environ.get("GENAI_OBS_PRICES")
    if inline:
        layers.append(_read_leniently("GENAI_OBS_PRICES", lambda: _parse_json(inline), say))
    path = environ.get("GENAI_OBS_PRICES_FILE")
    if path:
        document: list[Any] = []
        layer = _read_leniently("GENAI_OBS_PRICES_FILE", lambda: _load_file(path, document), say)
        if document and not layer.unreadable:
            snapshot = document[0]
        else:
            layers.append(layer)
    return Found(tuple(layers), snapshot)


def parse_overrides(document: Mapping[str, Any], name: str) -> Overrides:
    """
    Parse one override document.

    Raises:
        ValueError: Something in it is invalid; the message names it in one sentence.
    """
    overrides = Overrides(name)
    problems = _fill(overrides, document)
    if problems:
        raise ValueError(problems[0])
    return overrides


def _read_leniently(name: str, load: Callable[[], Any], say: Callable[[str], None]) -> Overrides:
    """Parse an override of the environment, report what is wrong, and mark what it names."""
    overrides = Overrides(name)
    try:
        document = load()
        problems = [] if isinstance(document, Snapshot) else _fill(overrides, document)
    except Exception as error:
        overrides.unreadable = True
        problems = [
            f"cannot be read ({type(error).__name__}: {str(error)[:200]}), so every call is left without a cost"
        ]
    for problem in problems:
        say(f"{name}: {problem}")
    return overrides


def _parse_json(text: str | bytes) -> Any:
    document = orjson.loads(text)
    if not isinstance(document, dict):
        _wrong("an override must be an object with prices, aliases or multiplier")
    return document


def _load_file(path: str, snapshots: list[Snapshot]) -> Any:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs an import
        content = file.read(_MAX_FILE_BYTES)
    if os.fspath(path).endswith(".toml"):
        import tomllib

        document: Any = tomllib.loads(content.decode())
    else:
        document = _parse_json(content)
    if document.get("format") == FORMAT:
        snapshots.append(Snapshot(document))
        return snapshots[0]
    return document


def _fill(overrides: Overrides, document: Any) -> list[str]:
    """Take over what is valid and return one sentence for each thing that is not."""
    problems: list[str] = []
    if not isinstance(document, Mapping):
        _wrong("an override must be an object with prices, aliases or multiplier")
    for name in document:
        if name not in ("aliases", "prices", "multiplier"):
            overrides.unreadable = True
            problems.append(f'unknown member "{name}"; known are aliases, prices and multiplier')
    aliases, prices = document.get("aliases", {}), document.get("prices", {})
    if not isinstance(aliases, Mapping) or not isinstance(prices, Mapping):
        _wrong("aliases and prices must be objects")
    for alias, target in aliases.items():
        if isinstance(alias, str) and isinstance(target, str) and target and alias:
            overrides.aliases[alias] = target
        else:
            overrides.broken.add(str(alias))
            problems.append(f'the alias "{alias}" must name a model id')
    for model_id, entry in prices.items():
        try:
            overrides.prices[str(model_id)] = _parse_entry(str(model_id), entry)
        except ValueError as error:
            overrides.broken.add(str(model_id))
            problems.append(str(error))
    if "multiplier" in document:
        try:
            overrides.numerator, overrides.denominator = _parse_multiplier(document["multiplier"])
        except ValueError as error:
            overrides.unreadable = True
            problems.append(str(error))
    return problems


def _parse_entry(model_id: str, entry: Any) -> tuple[Rates, frozenset[str] | None, str]:
    if not isinstance(entry, Mapping):
        _wrong(f'the price of "{model_id}" must be an object such as {{"input": 3.3, "output": 16.5}}')
    unknown = sorted(str(name) for name in entry if name not in _ENTRY_NAMES)
    if unknown:
        known = ", ".join(sorted(_ENTRY_NAMES))
        _wrong(f'the price of "{model_id}" has an unknown member "{unknown[0]}"; known are {known}')
    if entry.get("input") is None and entry.get("output") is None:
        _wrong(f'the price of "{model_id}" has neither input nor output')
    rates = Rates("overridden")
    for name in _RATE_NAMES:
        if entry.get(name) is not None:
            setattr(rates, name, _picousd_per_token(entry[name], f'{name} of "{model_id}"'))
    regions, tier = entry.get("regions"), entry.get("tier", "default")
    if tier not in _TIERS:
        _wrong(f'the tier of "{model_id}" must be one of {", ".join(sorted(_TIERS))}')
    if regions is None:
        return rates, None, tier
    if not isinstance(regions, (list, tuple)) or not all(isinstance(region, str) for region in regions):
        _wrong(f'regions of "{model_id}" must be a list of Region names')
    return rates, frozenset(regions), tier


def _picousd_per_token(amount: Any, what: str) -> int:
    """Return USD per 1,000,000 tokens as whole pico-USD per token."""
    try:
        numerator, denominator = parse_fraction(amount)
    except ValueError:
        _wrong(f"{what} must be a number in USD per 1,000,000 tokens, not {str(amount)[:40]!r}")
    if numerator < 0:
        _wrong(f"{what} must not be negative")
    if numerator * 1_000_000 % denominator:
        _wrong(f"{what} has more than six decimals of USD per 1,000,000 tokens")
    return numerator * 1_000_000 // denominator


def _parse_multiplier(amount: Any) -> tuple[int, int]:
    try:
        numerator, denominator = parse_fraction(amount)
    except ValueError:
        numerator, denominator = -1, 1
    if numerator < 0:
        _wrong(f"the multiplier must be a number that is not negative, such as 0.93, not {str(amount)[:40]!r}")
    return numerator, denominator


def parse_fraction(amount: Any) -> tuple[int, int]:
    """
    Return a number as numerator and denominator of its decimal text, which for a float is what ``repr`` shows.

    Raises:
        ValueError: Not a finite number, or with more than 60 digits or an exponent beyond 400.
    """
    if isinstance(amount, bool):
        _wrong("a truth value is no number")
    text = repr(amount) if isinstance(amount, (int, float)) else str(amount)
    mantissa, mark, exponent = text.strip().lower().partition("e")
    sign = -1 if mantissa.startswith("-") else 1
    whole, _, decimals = (mantissa[1:] if mantissa[:1] in ("+", "-") else mantissa).partition(".")
    digits = whole + decimals
    power = (int(exponent) if mark else 0) - len(decimals)
    if not digits.isascii() or not digits.isdecimal() or len(digits) > 60 or abs(power) > 400:
        _wrong(f"not a finite decimal number: {text[:40]}")
    value = sign * int(digits)
    return (value * 10**power, 1) if power >= 0 else (value, 10**-power)


def picousd(usd: Any) -> int:
    """
    Return an amount in USD as pico-USD, rounded to the nearest.

    Raises:
        ValueError: Not a finite number, or negative.
    """
    numerator, denominator = parse_fraction(usd)
    if numerator < 0:
        _wrong("a cost must not be negative")
    return (2 * numerator * 1_000_000_000_000 + denominator) // (2 * denominator)


def _wrong(message: str) -> NoReturn:
    raise ValueError(message)
