"""The client for CloudWatch Logs, with profile and Region as the AWS CLI has them."""

from typing import Any

from genai_obs.errors import MissingExtraError
from genai_obs.tools.cloudwatch.faults import explain


def logs_client(profile: str | None = None, region: str | None = None) -> Any:
    """
    Return a boto3 client for CloudWatch Logs.

    What is not given comes from the environment and the AWS configuration files, in the order of the AWS CLI. An
    address in ``AWS_ENDPOINT_URL_CLOUDWATCH_LOGS`` or ``AWS_ENDPOINT_URL`` is called instead of AWS.

    Args:
        profile: Name of a profile; None for ``AWS_PROFILE`` or the default.

        region: Such as ``eu-west-1``; None for ``AWS_REGION``, ``AWS_DEFAULT_REGION`` or the profile's own.

    Raises:
        GenaiObsError: When there is no such profile, no Region, or no credentials.
    """
    try:
        import boto3
        import botocore.session
        from botocore.config import Config
        from botocore.exceptions import NoCredentialsError
    except ImportError as missing:
        raise MissingExtraError("boto3", "tools") from missing
    try:
        core = botocore.session.Session(profile=profile)
        session = boto3.Session(botocore_session=core, region_name=region or _region(core))
        credentials = session.get_credentials()
        # Repeating is done in one place, where it can be told and be interrupted.
        client: Any = session.client("logs", config=Config(retries={"total_max_attempts": 1}, connect_timeout=10))
        if _is_elsewhere(session, client):
            # StartLiveTail puts `stream-` before the host: right at AWS, and no host at all on loopback.
            config = client.meta.config.merge(Config(inject_host_prefix=False))
            client = session.client("logs", config=config)
    except Exception as error:
        raise explain(error) from error
    if credentials is None:
        raise explain(NoCredentialsError())
    return client


def _region(core: Any) -> str | None:
    """Return the configured Region; boto3 itself knows only ``AWS_DEFAULT_REGION``, the AWS CLI prefers the other."""
    import os

    return os.environ.get("AWS_REGION") or core.get_config_variable("region")


def _is_elsewhere(session: Any, client: Any) -> bool:
    """Return whether the environment or a configuration file names another address than AWS's."""
    from botocore.config import Config

    if ".amazonaws.com" in client.meta.endpoint_url:
        return False
    usual = session.client("logs", config=Config(ignore_configured_endpoint_urls=True))  # type: ignore[call-arg]  # the stubs lack it
    return bool(usual.meta.endpoint_url != client.meta.endpoint_url)
