"""What botocore raises, told in one sentence."""

import pytest
from botocore import exceptions
from tools.cloudwatch.support import Waits

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.faults import FaultKind, explain, fault_kind

URL = {"endpoint_url": "https://logs.eu-west-1.amazonaws.com/"}


def answered(code: str, status: int) -> exceptions.ClientError:
    """Return an error that the service answered."""
    response = {"Error": {"Code": code, "Message": "words"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return exceptions.ClientError(response, "StartQuery")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (answered("ThrottlingException", 400), "busy"),
        (answered("LimitExceededException", 400), "busy"),
        (answered("InternalFailure", 500), "busy"),
        (answered("SomethingNew", 429), "busy"),
        (answered("AccessDeniedException", 400), "final"),
        (exceptions.ReadTimeoutError(**URL, error=None), "network"),
        (exceptions.ConnectTimeoutError(**URL, error=None), "network"),
        (exceptions.EndpointConnectionError(**URL, error=None), "network"),
        (exceptions.ConnectionClosedError(**URL, error=None), "network"),
        (exceptions.SSLError(**URL, error=OSError("certificate")), "final"),
        (exceptions.ProxyConnectionError(proxy_url="http://proxy", error=None), "final"),
        (exceptions.NoCredentialsError(), "final"),
        (ConnectionError("not of botocore"), "final"),
    ],
)
def test_only_what_time_heals_is_waited_for(error: Exception, kind: FaultKind) -> None:
    """A busy service and a lost network may come back; the rest does not."""
    assert fault_kind(error) == kind


@pytest.mark.parametrize(
    ("error", "slug", "words"),
    [
        (exceptions.UnauthorizedSSOTokenError(), "aws-expired", "aws sso login"),
        (exceptions.SSOTokenLoadError(profile_name="p", error_msg="gone"), "aws-expired", "aws sso login"),
        (exceptions.TokenRetrievalError(provider="sso", error_msg="gone"), "aws-expired", "aws sso login"),
        (exceptions.CredentialRetrievalError(provider="p", error_msg="gone"), "no-credentials", "gone"),
        (exceptions.NoRegionError(), "bad-region", "--region"),
        (exceptions.SSLError(**URL, error=OSError("certificate")), "aws-network", "no trusted connection"),
        (exceptions.ProxyConnectionError(proxy_url="http://proxy", error=None), "aws-network", "the proxy"),
        (exceptions.EndpointConnectionError(**URL, error=None), "aws-network", "cannot be reached"),
        (exceptions.ParamValidationError(report="too long"), "bad-aws-call", "too long"),
        (answered("ExpiredTokenException", 400), "aws-expired", "aws sso login"),
        (answered("ThrottlingException", 400), "aws-busy", "ThrottlingException"),
        (answered("SomethingNew", 400), "aws-error", "SomethingNew: words"),
        (answered("InternalFailure", 500), "aws-error", "InternalFailure: words"),
    ],
)
def test_faults_have_a_slug_and_a_sentence(error: Exception, slug: str, words: str) -> None:
    """The sentence says what to do, or what AWS said."""
    told = explain(error)

    assert isinstance(told, GenaiObsError)
    assert told.slug == slug
    assert words in str(told)


def test_defects_stay_what_they_are() -> None:
    """What is no fault of AWS or of the user is not dressed up as one."""
    defect = ZeroDivisionError()

    assert explain(defect) is defect


def test_pauses_double_up_to_ten_seconds(waits: Waits) -> None:
    """Half a second first, and half as much again or less by chance."""

    def busy() -> dict[str, object]:
        raise answered("ThrottlingException", 400)

    with pytest.raises(GenaiObsError):
        waits.patience(busy_s=40).call(busy)

    assert waits.slept == pytest.approx([0.5, 1, 2, 4, 8, 10, 10, 4.5])


def test_defect_in_a_call_is_not_repeated(waits: Waits) -> None:
    """Only faults are."""

    def broken() -> dict[str, object]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        waits.patience().call(broken)

    assert waits.slept == []
