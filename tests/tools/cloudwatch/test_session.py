"""Profile, Region and credentials as the AWS CLI has them."""

from pathlib import Path

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.session import logs_client

CONFIG = """\
[default]
region = eu-north-1
[profile other]
region = eu-west-3
aws_access_key_id = AKIDOTHER
aws_secret_access_key = secret
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a configuration file with two profiles, and take the Region from the environment."""
    (tmp_path / "config").write_text(CONFIG, "utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_DEFAULT_REGION")


def test_region_is_taken_from_the_environment() -> None:
    """AWS_DEFAULT_REGION is enough."""
    assert logs_client().meta.region_name == "us-east-1"


def test_aws_region_comes_before_aws_default_region(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the AWS CLI."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert logs_client().meta.region_name == "eu-west-1"


def test_given_region_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """--region beats the environment."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")

    assert logs_client(region="ap-south-1").meta.region_name == "ap-south-1"


@pytest.mark.usefixtures("config")
def test_region_and_credentials_of_a_profile_are_used() -> None:
    """--profile brings both."""
    client = logs_client("other")

    assert client.meta.region_name == "eu-west-3"
    assert client._request_signer._credentials.access_key == "AKIDOTHER"


@pytest.mark.usefixtures("config")
def test_profile_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_PROFILE names a profile as --profile does."""
    monkeypatch.setenv("AWS_PROFILE", "other")

    assert logs_client().meta.region_name == "eu-west-3"


@pytest.mark.usefixtures("config")
def test_default_profile_has_a_region() -> None:
    """Without any variable the configuration file decides."""
    assert logs_client().meta.region_name == "eu-north-1"


def test_missing_region_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence says what to give."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    with pytest.raises(GenaiObsError, match="give --region") as missing:
        logs_client()

    assert missing.value.slug == "bad-region"


def test_region_that_is_none_is_named() -> None:
    """A slip of the keyboard is told, not looked up."""
    with pytest.raises(GenaiObsError, match="no AWS Region") as wrong:
        logs_client(region="eu west 1")

    assert wrong.value.slug == "bad-region"


def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are looked for before anything is sent."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(GenaiObsError, match="aws configure") as missing:
        logs_client()

    assert missing.value.slug == "no-credentials"


def test_half_of_the_credentials_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key without its secret is not called a missing key."""
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(GenaiObsError, match="incomplete") as missing:
        logs_client()

    assert missing.value.slug == "no-credentials"


def test_missing_profile_is_named() -> None:
    """The sentence has its name."""
    with pytest.raises(GenaiObsError, match="nobody") as missing:
        logs_client("nobody")

    assert missing.value.slug == "no-profile"


def test_host_gets_its_prefix_at_aws_and_not_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """StartLiveTail goes to another host name at AWS; an address of one's own has only one."""
    at_aws = logs_client()
    monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://127.0.0.1:1")
    elsewhere = logs_client()

    assert at_aws.meta.config.inject_host_prefix
    assert not elsewhere.meta.config.inject_host_prefix


def test_client_does_not_repeat_by_itself() -> None:
    """Waiting is done where it can be interrupted and told."""
    assert logs_client().meta.config.retries["total_max_attempts"] == 1
