"""
Compile the price snapshot: union of the published lists, the hand-kept overlay on top, exact decimals to pico-USD.

Two sources that differ by more than 0.2 % about one rate fail the build until the overlay decides it, and so does a
price that stands in no sensible ratio to its siblings. The bytes depend on the inputs only.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genai_obs._runtime.rates import FORMAT
from genai_obs.tools.prices.checks import check_siblings
from genai_obs.tools.prices.claims import Claim, all_claims, listed_geographies
from genai_obs.tools.prices.overlay import COMMERCIAL, RATE_NAMES, Overlay, Row

DATA_DIRECTORY = Path(__file__).with_name("data")
SNAPSHOT_PATH = Path(__file__).parents[2] / "_runtime" / "prices.json"

# Two sources that round differently still agree.
_TOLERANCE_PER_MILLE = 2

# Whose figure is written where several agree: first the source whose scope rules are taken.
_PRECEDENCE = {"genai-prices": 1, "litellm": 2}

# Source of rows that were read from the AWS Price List during this build, rather than kept in the overlay.
FRESH_SOURCE = "price-list-now"

Cell = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two statements about one thing that cannot both be right; ``decided`` says whether the overlay chose."""

    what: str
    statements: tuple[str, ...]
    decided: bool


@dataclass(frozen=True, slots=True)
class Built:
    """A finished build: rows by model, and what people should look at."""

    rows: Mapping[str, tuple[Row, ...]]
    geo: Mapping[str, tuple[str, ...]]
    disagreements: tuple[Disagreement, ...]
    suspicious: tuple[str, ...]
    unmapped: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether something is left undecided."""
        return bool(self.suspicious) or any(not each.decided for each in self.disagreements)


def load_extracts(directory: Path = DATA_DIRECTORY) -> list[dict[str, Any]]:
    """Return the committed extracts of the published lists, in a fixed order."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(directory.glob("*.json"))]


def build(overlay: Overlay, extracts: Sequence[Mapping[str, Any]], fresh: Iterable[Claim] = ()) -> Built:
    """
    Merge all sources.

    Args:
        overlay: The hand-kept decisions.

        extracts: What the published lists say.

        fresh: Rows of an AWS Price List read today, which beat older figures but not a decision to give no number.
    """
    unmapped: list[str] = []
    cells = _by_cell(all_claims(extracts, overlay, unmapped))
    new = _by_cell(fresh)
    decided: dict[Cell, list[Row]] = {}
    for row in overlay.rows:
        for region in row.regions:
            decided.setdefault((row.model, row.scope, row.tier, region), []).append(row)

    disagreements: list[Disagreement] = []
    found: dict[str, list[tuple[str, Row]]] = {name: [] for name in overlay.models}
    for cell in sorted({*cells, *decided, *new}):
        merged = _merge(cell, cells.get(cell, []), disagreements, decided=cell in decided, overlay=overlay)
        rows = decided.get(cell, merged)
        _compare_decision(cell, decided.get(cell, []), merged, disagreements)
        if cell in new:
            rows = list(_supersede(cell, rows, new[cell], disagreements))
        found[cell[0]].extend((cell[3], _finish(row, overlay)) for row in rows if row.rates is not None)
    geo = listed_geographies(next(each for each in extracts if each["source"] == "litellm"), overlay)
    packed = {name: _pack(rows) for name, rows in found.items()}
    return Built(
        rows=packed,
        geo={name: _geographies(name, overlay, geo.get(name, set())) for name in overlay.models},
        disagreements=tuple(disagreements),
        suspicious=tuple(check_siblings(packed, overlay)),
        unmapped=tuple(sorted(unmapped)),
    )


def _by_cell(claims: Iterable[Claim]) -> dict[Cell, list[Claim]]:
    cells: dict[Cell, list[Claim]] = {}
    for claim in claims:
        for region in claim.row.regions:
            cells.setdefault((claim.row.model, claim.row.scope, claim.row.tier, region), []).append(claim)
    return cells


def _supersede(
    cell: Cell, rows: Sequence[Row], claims: Sequence[Claim], disagreements: list[Disagreement]
) -> Sequence[Row]:
    """Let what a Price List says today beat the latest row of a cell, rate by rate."""
    if rows and rows[-1].rates is None:
        return rows
    rates = _agree(cell, "", [(claim, claim.row.rates or {}) for claim in claims], disagreements, decided=False)
    over: dict[int, Mapping[str, int] | None] = {}
    for threshold in sorted({threshold for claim in claims for threshold, _ in claim.row.over}):
        spoken = [(claim, dict(claim.row.over).get(threshold) or {}) for claim in claims]
        over[threshold] = _agree(cell, f"|gt{threshold}", spoken, disagreements, decided=False)
    if not rows:
        # A threshold without its base price says nothing about a call below it.
        return [replace(claims[0].row, rates=rates, over=tuple(over.items()))] if rates else []
    latest = rows[-1]
    for name, amount in rates.items():
        known = (latest.rates or {}).get(name)
        if known and _differ([known, amount]):
            told = (f"{latest.source}: {known / 1_000_000:g}", f"Price List today: {amount / 1_000_000:g}")
            disagreements.append(Disagreement(f"{'|'.join(cell)} {name}", told, decided=True))
    merged_over = dict(latest.over)
    for threshold, above in over.items():
        merged_over[threshold] = {**(merged_over.get(threshold) or {}), **(above or {})}
    merged = replace(
        latest,
        rates={**(latest.rates or {}), **rates},
        over=tuple(sorted(merged_over.items())),
        source=FRESH_SOURCE,
    )
    return [*rows[:-1], merged]


def adopt(built: Built, fallback: Built) -> Built:
    """Return a build in which every model with an open question has the rows of an earlier, settled build."""
    doubtful = {each.what.partition("|")[0] for each in built.disagreements if not each.decided}
    doubtful |= {sentence.partition(": ")[0] for sentence in built.suspicious}
    rows = {name: fallback.rows[name] if name in doubtful else own for name, own in built.rows.items()}
    return replace(built, rows=rows)


def _geographies(name: str, overlay: Overlay, listed: set[str]) -> tuple[str, ...]:
    """Return the profile prefixes of a model; us-gov only where a source names it."""
    declared = set(overlay.models[name].geo)
    if "listed" in declared:
        declared = (declared - {"listed"}) | listed
    return tuple(sorted(declared | (listed & {"us-gov"})))


def _merge(
    cell: Cell, claims: Sequence[Claim], disagreements: list[Disagreement], *, decided: bool, overlay: Overlay
) -> list[Row]:
    """Return one row per period out of what the sources say about one cell."""
    if not claims:
        return []
    periods = sorted({claim.row.first or "" for claim in claims if not claim.undated}) or [""]
    rows: list[Row] = []
    for period in periods:
        group = [
            claim
            for claim in claims
            if (claim.undated and period == periods[-1]) or (not claim.undated and (claim.row.first or "") == period)
        ]
        group.sort(key=lambda claim: (_PRECEDENCE[claim.row.source], claim.where))
        rates = _agree(cell, "", [(claim, claim.row.rates or {}) for claim in group], disagreements, decided=decided)
        first = group[0].row
        rows.append(
            replace(
                first,
                rates=rates,
                over=_agree_on_long_context(cell, group, disagreements, decided=decided, overlay=overlay),
                input_only=all(claim.row.input_only for claim in group) and "output" not in rates,
                until=next((claim.row.until for claim in group if claim.row.until), None),
            )
        )
    return rows


def _agree(
    cell: Cell,
    part: str,
    statements: Sequence[tuple[Claim, Mapping[str, int]]],
    disagreements: list[Disagreement],
    *,
    decided: bool,
) -> dict[str, int]:
    """Return the union of rates; where sources differ too much, say so and keep the first."""
    agreed: dict[str, int] = {}
    for name in RATE_NAMES:
        values = [(claim.where, rates[name]) for claim, rates in statements if name in rates]
        if not values:
            continue
        agreed[name] = values[0][1]
        if _differ([value for _, value in values]):
            told = tuple(f"{where}: {value / 1_000_000:g}" for where, value in values)
            disagreements.append(Disagreement(f"{'|'.join(cell)}{part} {name}", told, decided))
    return agreed


def _differ(values: Sequence[int]) -> bool:
    return (max(values) - min(values)) * 1000 > max(values) * _TOLERANCE_PER_MILLE


def _agree_on_long_context(
    cell: Cell, group: Sequence[Claim], disagreements: list[Disagreement], *, decided: bool, overlay: Overlay
) -> tuple[tuple[int, Mapping[str, int] | None], ...]:
    """Return thresholds with their rates; a source that knows none beside one that does is a disagreement."""
    model = overlay.models[cell[0]]
    thresholds = sorted({threshold for claim in group for threshold, _ in claim.row.over})
    over: list[tuple[int, Mapping[str, int] | None]] = []
    for threshold in thresholds:
        spoken = [
            (claim, dict(claim.row.over)[threshold] or {}) for claim in group if threshold in dict(claim.row.over)
        ]
        rates = _agree(cell, f"|gt{threshold}", spoken, disagreements, decided=decided)
        silent = [claim.where for claim in group if threshold not in dict(claim.row.over)]
        if silent:
            settled = decided or threshold in (model.long_context, overlay.disputed.get(model.id))
            told = (*(f"{claim.where}: another price" for claim, _ in spoken), *(f"{where}: flat" for where in silent))
            disagreements.append(Disagreement(f"{'|'.join(cell)}|gt{threshold}", told, settled))
        over.append((threshold, rates))
    return tuple(over)


def _compare_decision(
    cell: Cell, decisions: Sequence[Row], merged: Sequence[Row], disagreements: list[Disagreement]
) -> None:
    """Note where the overlay says something else than the published lists; it wins, but people should see it."""
    if not decisions or not merged or decisions[-1].rates is None:
        return
    ours, theirs = decisions[-1].rates, merged[-1].rates or {}
    for name in RATE_NAMES:
        if name in ours and name in theirs and ours[name] and _differ([ours[name], theirs[name]]):
            told = (f"overlay: {ours[name] / 1_000_000:g}", f"{merged[-1].source}: {theirs[name] / 1_000_000:g}")
            disagreements.append(Disagreement(f"{'|'.join(cell)} {name}", told, decided=True))


def _finish(row: Row, overlay: Overlay) -> Row:
    """Apply the decisions that hold for every row of a model."""
    model = overlay.models[row.model]
    if model.id in overlay.disputed:
        row = replace(row, over=((overlay.disputed[model.id], None),))
    elif model.long_context and not row.over:
        row = replace(row, over=((model.long_context, None),))
    return row


def _pack(rows: Sequence[tuple[str, Row]]) -> tuple[Row, ...]:
    """Join rows that differ in their Region only."""
    grouped: dict[str, tuple[Row, list[str]]] = {}
    for region, row in rows:
        key = repr(replace(row, regions=()))
        grouped.setdefault(key, (row, []))[1].append(region)
    packed = [replace(row, regions=tuple(sorted(set(regions)))) for row, regions in grouped.values()]
    return tuple(sorted(packed, key=_order))


def _order(row: Row) -> tuple[str, str, str, tuple[str, ...]]:
    return row.scope, row.tier, row.first or "", row.regions


def render_snapshot(built: Built, overlay: Overlay, extracts: Sequence[Mapping[str, Any]], version: str) -> bytes:
    """
    Return the snapshot's bytes: one row a line, so that the diff of a price is one line.

    Args:
        built: A build without open questions.

        overlay: The overlay it was built with.

        extracts: The extracts it was built with.

        version: Day of the snapshot.
    """
    sources = {**overlay.sources, **{each["source"]: each["as_of"] for each in extracts}}
    if any(row.source == FRESH_SOURCE for rows in built.rows.values() for row in rows):
        sources[FRESH_SOURCE] = version
    sets = _region_sets(built, overlay)
    names = {regions: name for name, regions in sets.items()}
    head = {
        "format": FORMAT,
        "version": version,
        "sources": dict(sorted(sources.items())),
        "region_sets": {name: list(regions) for name, regions in sorted(sets.items())},
        "guardrails": dict(sorted(overlay.guardrails.items())),
        "aliases": dict(sorted(overlay.aliases.items())),
    }
    lines = ["{"]
    lines.extend(f"{_json(name)}: {_json(value)}," for name, value in head.items())
    lines.append('"models": {')
    last = max(built.rows)
    for name in sorted(built.rows):
        entry: dict[str, Any] = {"geo": list(built.geo[name])}
        if overlay.models[name].profiles_only:
            entry["profiles_only"] = True
        rows = ",\n  ".join(_json(_row(row, names)) for row in built.rows[name])
        body = f"[\n  {rows}]" if rows else "[]"
        lines.append(f'{_json(name)}: {_json(entry)[:-1]},"rows":{body}}}{"" if name == last else ","}')
    return ("\n".join([*lines, "}", "}"]) + "\n").encode()


def _region_sets(built: Built, overlay: Overlay) -> dict[str, tuple[str, ...]]:
    """Return the overlay's sets that rows use, and a numbered set for every other list of several Regions."""
    named = {tuple(sorted(regions)): name for name, regions in overlay.region_sets.items()}
    used: dict[str, tuple[str, ...]] = {}
    for name in sorted(built.rows):
        for row in built.rows[name]:
            if len(row.regions) > 1:
                used[named.setdefault(row.regions, f"set{len(named)}")] = row.regions
    return used


def _row(row: Row, names: Mapping[tuple[str, ...], str]) -> dict[str, Any]:
    regions: str | list[str]
    if row.regions == (COMMERCIAL,):
        regions = COMMERCIAL
    else:
        regions = names[row.regions] if row.regions in names else list(row.regions)
    found: dict[str, Any] = {"scope": row.scope, "tier": row.tier, "regions": regions}
    if row.rates:
        found["rates"] = _rates(row.rates, input_only=row.input_only)
    if row.over:
        threshold, rates = row.over[0]
        found["over"] = [threshold, None if rates is None else _rates(rates, input_only=False)]
    if row.units:
        found["units"] = dict(row.units)
    if row.needed:
        found["needed"] = list(row.needed)
    days = {"from": row.first, "until": row.until, "verify_by": row.verify_by}
    return {**found, **{name: day for name, day in days.items() if day}, "source": row.source}


def _rates(rates: Mapping[str, int], *, input_only: bool) -> list[int | None]:
    if input_only:
        return [rates["input"]]
    listed: list[int | None] = [rates.get(name) for name in RATE_NAMES]
    while len(listed) > 2 and listed[-1] is None:
        listed.pop()
    return listed


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=True)
