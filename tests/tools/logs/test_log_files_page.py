"""The page on log files says what the code does."""

from pathlib import Path

import pytest

from genai_obs.tools.logs import columns, discover, inputs, lines, packed

PAGE = (Path(__file__).parents[3] / "docs" / "log-files.md").read_text("utf-8")


@pytest.mark.parametrize(
    "sentence",
    [
        f"a line over {lines.MOST_BYTES:,} bytes",
        f"plain files of more than {columns.LEAST_BYTES >> 20} MiB",
        f"with more than {discover.MOST_FIELDS} values the first {discover.MOST_FIELDS} count",
        "`" + " ".join(inputs.LOG_SUFFIXES) + "`",
        *(f"`{name}`" for name, _ in packed.ZSTD_MODULES[1:]),
    ],
)
def test_the_page_has_the_limits_of_the_code(sentence: str) -> None:
    """A number that changes in the code changes here."""
    assert sentence in PAGE
