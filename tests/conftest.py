"""What every test starts from: no cloud, no configuration, nothing left over from the test before."""

import os
from collections.abc import Iterator

import hypothesis
import pytest

from genai_obs._runtime import emf, guard, lambda_context, observation, own_metric, prices, settings

# A busy machine is no failure of a property.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
hypothesis.settings.load_profile("suite")

# Variables that a developer's shell or a CI machine may hold and that the package or botocore would read.
_PREFIXES = ("AWS_", "GENAI_OBS_", "POWERTOOLS_", "_X_AMZN_")

_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give each test AWS credentials that work nowhere, and a runtime that has seen nothing yet."""
    for name in list(os.environ):
        if name.startswith(_PREFIXES):
            monkeypatch.delenv(name)
    for name, value in _AWS.items():
        monkeypatch.setenv(name, value)
    # The packaged snapshot ages while this suite lies about; snapshots of 2020 stay old.
    monkeypatch.setattr(prices, "MAX_AGE_DAYS", 2_000)
    _forget()
    yield
    _forget()


def _forget() -> None:
    settings.reset()
    emf.forget()
    own_metric.forget()
    guard.take_failures()
    guard._kinds_said.clear()
    lambda_context._first_invocation = None
    # A fault that a test injects into the end of an observation leaves that in progress.
    observation.current.set(None)
