"""The snapshot's build: what is believed, what fails it, and that its bytes follow from its inputs."""

import copy
from dataclasses import replace
from typing import Any

import orjson
import pytest

from genai_obs._runtime.rates import Snapshot
from genai_obs.errors import GenaiObsError
from genai_obs.tools.prices.build import SNAPSHOT_PATH, Built, adopt, build, load_extracts, render_snapshot
from genai_obs.tools.prices.claims import all_claims
from genai_obs.tools.prices.overlay import Overlay, Row, load_overlay, parse_rates, per_token, per_unit

OVERLAY = load_overlay()
EXTRACTS = load_extracts()


@pytest.fixture
def extracts() -> list[dict[str, Any]]:
    """Return extracts that a test may change."""
    return copy.deepcopy(EXTRACTS)


def models_of(extracts: list[dict[str, Any]], source: str) -> dict[str, Any]:
    """Return one source's models."""
    found: dict[str, Any] = next(each for each in extracts if each["source"] == source)["models"]
    return found


def rows_of(built: Built, model: str, scope: str, tier: str = "default") -> list[Row]:
    """Return the rows of a model, scope and tier."""
    return [row for row in built.rows[model] if (row.scope, row.tier) == (scope, tier)]


def test_the_packaged_snapshot_is_what_the_committed_sources_make() -> None:
    """Nobody edits the shipped file: it is exactly what the build makes of what stands in the repository."""
    built = build(OVERLAY, EXTRACTS)

    assert not built.failed
    assert render_snapshot(built, OVERLAY, EXTRACTS, OVERLAY.version) == SNAPSHOT_PATH.read_bytes()


def test_a_snapshot_can_be_read_back() -> None:
    """What the build writes is what the runtime reads."""
    snapshot = Snapshot(orjson.loads(SNAPSHOT_PATH.read_bytes()))

    assert snapshot.version == OVERLAY.version
    assert set(snapshot.models) == set(OVERLAY.models)
    assert set(snapshot.aliases.values()) <= set(snapshot.models)


def test_two_sources_that_differ_fail_the_build(extracts: list[dict[str, Any]]) -> None:
    """A difference above 0.2 % is reported with both figures, and stops the build."""
    models_of(extracts, "litellm")["us.anthropic.claude-opus-5"]["tiers"]["default"]["rates"]["input"] = "5.6"

    built = build(OVERLAY, extracts)

    assert built.failed
    [found] = [each for each in built.disagreements if not each.decided]
    assert found.what == "anthropic.claude-opus-5|regional|default|commercial input"
    assert "litellm us.anthropic.claude-opus-5: 5.6" in found.statements
    assert "genai-prices regional.anthropic.claude-opus-5: 5.5" in found.statements


def test_a_difference_of_rounding_does_not_fail_the_build(extracts: list[dict[str, Any]]) -> None:
    """Sources may round differently within 0.2 %."""
    models_of(extracts, "litellm")["us.anthropic.claude-opus-5"]["tiers"]["default"]["rates"]["input"] = "5.501"

    assert not build(OVERLAY, extracts).failed


def test_the_overlay_settles_a_difference(extracts: list[dict[str, Any]]) -> None:
    """Once the overlay has a row, it wins, and the difference is still reported."""
    rates = models_of(extracts, "litellm")["mistral.devstral-2-123b"]["tiers"]["default"]["rates"]
    rates["input"] = "0.5"

    built = build(OVERLAY, extracts)

    assert not built.failed
    assert any("mistral.devstral-2-123b|regional|default|us-east-1 input" in each.what for each in built.disagreements)
    [row] = [each for each in rows_of(built, "mistral.devstral-2-123b", "regional") if "us-east-1" in each.regions]
    assert (row.rates or {})["input"] == 400_000


def test_one_source_that_knows_of_long_context_is_a_disagreement(extracts: list[dict[str, Any]]) -> None:
    """A flat price beside one with a threshold is no agreement."""
    models_of(extracts, "litellm")["us.anthropic.claude-sonnet-4-6"]["tiers"]["default"]["over"] = {
        "200000": {"input": "6.6"}
    }

    built = build(OVERLAY, extracts)

    assert [each.what for each in built.disagreements if not each.decided] == [
        "anthropic.claude-sonnet-4-6|regional|default|commercial|gt200000"
    ]


@pytest.mark.parametrize(
    ("source", "name", "change", "check"),
    [
        ("genai-prices", "global.anthropic.claude-mythos-5-2", {"cache_write": "11"}, "cache-write"),
        ("genai-prices", "global.anthropic.claude-mythos-5-2", {"cache_write_1h": "15"}, "cache-write-1h"),
        ("genai-prices", "global.anthropic.claude-mythos-5-2", {"cache_read": "2"}, "cache-read"),
        ("genai-prices", "global.openai.gpt-6.1-terra", {"output": "6"}, "premium"),
    ],
)
def test_a_price_out_of_line_with_its_siblings_fails_the_build(
    extracts: list[dict[str, Any]], source: str, name: str, change: dict[str, str], check: str
) -> None:
    """Ratios that hold everywhere else expose a slip of a single source."""
    models_of(extracts, source)[name][0]["rates"].update(change)

    built = build(OVERLAY, extracts)

    assert built.failed
    assert any(f"[{check}]" in sentence for sentence in built.suspicious)


def test_the_two_govcloud_regions_are_compared(extracts: list[dict[str, Any]]) -> None:
    """A GovCloud price that only one of the two Regions has is looked at by a person."""
    rates = models_of(extracts, "litellm")["bedrock/us-gov-east-1/nvidia.nemotron-super-3-120b"]["tiers"]["default"]
    rates["rates"]["input"] = "0.9"

    assert build(OVERLAY, extracts).failed


@pytest.mark.parametrize(
    ("model", "scope", "rate", "picousd"),
    [
        # litellm's bare ids have the global price; in-Region costs a tenth more.
        ("anthropic.claude-opus-5", "regional", "input", 5_500_000),
        ("openai.gpt-6-luna", "regional", "input", 110_000),
        ("anthropic.claude-haiku-4-5-20251001-v1:0", "regional", "input", 1_100_000),
        # Cache writes of Nova are free.
        ("amazon.nova-premier-v1:0", "regional", "cache_write", 0),
        # A zero is "not listed" there, not free.
        ("amazon.titan-embed-text-v2:0", "regional", "output", None),
    ],
)
def test_known_errors_of_the_sources_are_left_out(model: str, scope: str, rate: str, picousd: int | None) -> None:
    """What each list is known to get wrong never reaches the snapshot."""
    built = build(OVERLAY, EXTRACTS)
    row = next(each for each in rows_of(built, model, scope) if "us-gov-west-1" not in each.regions)

    assert (row.rates or {}).get(rate) == picousd


def test_cache_writes_of_nova_are_not_believed(extracts: list[dict[str, Any]]) -> None:
    """One list charges them as input; AWS lists them at 0, where it lists them."""
    models_of(extracts, "genai-prices")["amazon.nova-premier-v1:0"][0]["rates"]["cache_write"] = "2.5"

    claims = [claim for claim in all_claims(extracts, OVERLAY, []) if "genai-prices amazon.nova-premier" in claim.where]

    assert [claim.row.rates for claim in claims] == [{"input": 2_500_000, "output": 12_500_000, "cache_read": 625_000}]


def test_a_price_of_us_east_1_goes_to_no_other_continent() -> None:
    """Only families that AWS prices alike everywhere hold outside the Regions that a source names."""
    built = build(OVERLAY, EXTRACTS)
    everywhere = {name for name, rows in built.rows.items() for row in rows if "commercial" in row.regions}

    assert {OVERLAY.models[name].family for name in everywhere} == {"claude", "claude-one-price", "card"}


def test_profiles_of_a_single_geography_are_not_offered_elsewhere() -> None:
    """An open-weight model has the profiles that a source names with it."""
    built = build(OVERLAY, EXTRACTS)

    assert built.geo["deepseek.v3.2"] == ("eu", "us")
    assert built.geo["mistral.devstral-2-123b"] == ()
    assert built.geo["anthropic.claude-sonnet-5"] == ("commercial", "us-gov")


def test_a_model_in_doubt_keeps_its_settled_rows(extracts: list[dict[str, Any]]) -> None:
    """On a user's machine nobody can decide, so what shipped stays; everything else is taken."""
    models_of(extracts, "litellm")["us.anthropic.claude-opus-5"]["tiers"]["default"]["rates"]["input"] = "5.6"
    models_of(extracts, "litellm")["bedrock/eu-west-2/qwen.qwen3-coder-next"]["tiers"]["default"]["rates"]["input"] = (
        "0.8"
    )
    shipped = build(OVERLAY, EXTRACTS)

    adopted = adopt(build(OVERLAY, extracts), shipped)

    assert adopted.rows["anthropic.claude-opus-5"] == shipped.rows["anthropic.claude-opus-5"]
    assert adopted.rows["qwen.qwen3-coder-next"] != shipped.rows["qwen.qwen3-coder-next"]


def test_rows_that_hold_at_once_fail_the_build() -> None:
    """A call must find one price: two rows of one Region and day are a mistake of the overlay."""
    twice = next(row for row in OVERLAY.rows if row.model == "amazon.nova-pro-v1:0" and row.tier == "default")
    overlay = replace(OVERLAY, rows=(*OVERLAY.rows, replace(twice, verify_by="2027-01-01")))

    built = build(overlay, EXTRACTS)

    assert any("two rows hold at once" in sentence for sentence in built.suspicious)


def test_the_order_of_the_sources_does_not_change_the_bytes() -> None:
    """The same facts make the same file."""
    first = render_snapshot(build(OVERLAY, EXTRACTS), OVERLAY, EXTRACTS, "2026-01-01")
    second = render_snapshot(build(OVERLAY, EXTRACTS[::-1]), OVERLAY, EXTRACTS[::-1], "2026-01-01")

    assert first == second


@pytest.mark.parametrize(
    ("text", "picousd"), [("3.30", 3_300_000), ("0.00875", 8750), ("0.14437", 144_370), ("137.5", 137_500_000)]
)
def test_usd_per_million_becomes_whole_picousd(text: str, picousd: int) -> None:
    """Every listed price fits exactly."""
    assert per_token(text) == picousd


@pytest.mark.parametrize("text", ["0.0000001", "-1", "free", "NaN"])
def test_what_is_no_whole_picousd_is_refused(text: str) -> None:
    """A price that would have to be rounded is a mistake."""
    with pytest.raises(GenaiObsError):
        per_token(text)


def test_units_are_dollars_each() -> None:
    """Two tenths of a cent a query."""
    assert per_unit("0.002") == 2_000_000_000


def test_a_dash_is_a_rate_that_nobody_lists() -> None:
    """It is left out, not 0; a listed 0 stays."""
    assert parse_rates("0.80 3.20 - 0 -") == {"input": 800_000, "output": 3_200_000, "cache_write": 0}


def test_the_overlay_declares_what_it_prices(tmp_path: Any) -> None:
    """A misspelt id is found by the build, not by a user."""
    text = (SNAPSHOT_PATH.parents[1] / "tools/prices/overlay.toml").read_text(encoding="utf-8")
    path = tmp_path / "overlay.toml"
    path.write_text(text.replace('model = "amazon.nova-micro-v1:0"', 'model = "amazon.nova-mikro-v1:0"', 1))

    with pytest.raises(GenaiObsError, match="nova-mikro"):
        load_overlay(path)


def test_every_disagreement_of_today_is_decided() -> None:
    """The committed sources leave no question open, and what they disagree about is on record."""
    built = build(OVERLAY, EXTRACTS)

    assert {each.what.split("|")[0] for each in built.disagreements} == {
        "anthropic.claude-sonnet-4-20250514-v1:0",
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "openai.gpt-5.4",
        "openai.gpt-5.5",
    }
    assert all(each.decided for each in built.disagreements)
    assert isinstance(OVERLAY, Overlay)
