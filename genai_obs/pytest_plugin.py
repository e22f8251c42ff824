"""The pytest fixture ``genai_obs_records``; pytest finds this module by the package's entry point."""

from collections.abc import Iterator

import pytest


@pytest.fixture
def genai_obs_records() -> Iterator[list[dict[str, object]]]:
    """Records that the test's code left, in order; see ``genai_obs.testing.capture_records``."""
    from genai_obs.testing import capture_records

    with capture_records() as records:
        yield records
