"""Readers of the published lists, against the packages as installed."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from genai_obs.errors import GenaiObsError, MissingExtraError
from genai_obs.tools.prices import sources
from genai_obs.tools.prices.build import DATA_DIRECTORY, load_extracts


def test_the_committed_extract_of_genai_prices_is_what_its_release_says() -> None:
    """Where the same release is installed, reading it again gives the same facts."""
    pytest.importorskip("genai_prices")
    committed = next(each for each in load_extracts() if each["source"] == "genai-prices")
    found = sources.extract_genai_prices(committed["as_of"])
    if found["version"] != committed["version"]:
        pytest.skip(f"genai-prices {found['version']} is installed, the extract is of {committed['version']}")

    assert found == committed


def test_the_committed_extract_of_litellm_is_what_its_release_says() -> None:
    """The price file is read without importing the package."""
    if importlib.util.find_spec("litellm") is None:
        pytest.skip("litellm is not installed")
    loaded_before = "litellm" in sys.modules
    committed = next(each for each in load_extracts() if each["source"] == "litellm")
    found = sources.extract_litellm(committed["as_of"])
    if found["version"] != committed["version"]:
        pytest.skip(f"litellm {found['version']} is installed, the extract is of {committed['version']}")

    assert found == committed
    assert ("litellm" in sys.modules) == loaded_before


def test_an_extract_is_written_one_model_a_line(tmp_path: Path) -> None:
    """So that a changed price is one changed line, and the committed files are what this writer writes."""
    path = tmp_path / "litellm.json"

    sources.write_extract(json.loads((DATA_DIRECTORY / "litellm.json").read_text()), path)

    assert path.read_text() == (DATA_DIRECTORY / "litellm.json").read_text()


@pytest.mark.parametrize(
    ("key", "parts"),
    [
        ("input_cost_per_token", ("input", "", "default")),
        ("output_cost_per_token_batches", ("output", "", "batch")),
        ("cache_read_input_token_cost_priority", ("cache_read", "", "priority")),
        ("cache_creation_input_token_cost", ("cache_write", "", "default")),
        ("cache_creation_input_token_cost_above_1hr", ("cache_write_1h", "", "default")),
        ("cache_creation_input_token_cost_above_1hr_above_200k_tokens", ("cache_write_1h", "200000", "default")),
        ("input_cost_per_token_above_272k_tokens_ultrafast", ("input", "272000", "ultrafast")),
        ("input_cost_per_token_turbo", None),
        ("input_cost_per_tokens", None),
        ("search_context_cost_per_query", None),
    ],
)
def test_members_of_litellm_are_taken_apart(key: str, parts: tuple[str, str, str] | None) -> None:
    """A member whose words are not all known is left out."""
    assert sources._litellm_rate(key) == parts


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(MissingExtraError, match=r"genai-obs\[prices\]"):
        sources.extract_genai_prices("2026-01-01")
    with pytest.raises(GenaiObsError, match="litellm"):
        sources.extract_litellm("2026-01-01")
