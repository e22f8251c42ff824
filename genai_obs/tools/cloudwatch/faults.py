"""What can go wrong between here and AWS, in one sentence each, and what is worth waiting for."""

from typing import Any, Literal

from genai_obs.errors import GenaiObsError
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.source import Source, Span

# busy: the service has too much to do, and the call was not taken. network: nobody knows whether it was.
FaultKind = Literal["busy", "network", "final"]

_BUSY_CODES = frozenset({
    "LimitExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailableException",
    "Throttling",
    "ThrottledException",
    "ThrottlingException",
    "TooManyRequestsException",
})  # fmt: skip

# Code of the service -> our slug and sentence; ``{}`` is the service's own message.
SENTENCES = {
    "AccessDeniedException": ("aws-denied", "AWS denies it: {}"),
    "ExpiredToken": ("aws-expired", "the AWS session has expired: sign in again (such as `aws sso login`)"),
    "ExpiredTokenException": ("aws-expired", "the AWS session has expired: sign in again (such as `aws sso login`)"),
    "IncompleteSignature": ("bad-credentials", "AWS does not accept these credentials: {}"),
    "InvalidClientTokenId": ("bad-credentials", "AWS does not accept these credentials: {}"),
    "InvalidSignatureException": ("bad-credentials", "AWS does not accept these credentials: {}"),
    "MalformedQueryException": ("refused-query", "CloudWatch refuses the query: {}"),
    "RequestExpired": ("aws-expired", "AWS calls the request expired; is this machine's clock right? {}"),
    "ResourceNotFoundException": ("no-log-group", "CloudWatch does not find it in this account and Region: {}"),
    "UnauthorizedOperation": ("aws-denied", "AWS denies it: {}"),
    "UnrecognizedClientException": ("bad-credentials", "AWS does not accept these credentials: {}"),
}

# Class of botocore -> our slug and sentence; ``{}`` is botocore's own message. The first base class that fits.
CLIENT_SENTENCES = {
    "NoCredentialsError": ("no-credentials", "there are no AWS credentials: run `aws configure` or give --profile"),
    "PartialCredentialsError": ("no-credentials", "the AWS credentials are incomplete: {}"),
    "CredentialRetrievalError": ("no-credentials", "the AWS credentials cannot be had: {}"),
    "NoRegionError": ("bad-region", "no AWS Region is set: give --region, or set AWS_REGION"),
    "InvalidRegionError": ("bad-region", "no AWS Region: {}"),
    "ProfileNotFound": ("no-profile", "there is no such AWS profile: {}"),
    "SSOError": ("aws-expired", "the AWS session has expired: sign in again (such as `aws sso login`): {}"),
    "TokenRetrievalError": ("aws-expired", "the AWS session has expired: sign in again (such as `aws sso login`): {}"),
    "SSLError": ("aws-network", "no trusted connection to AWS: {}"),
    "ProxyConnectionError": ("aws-network", "the proxy lets nothing through to AWS: {}"),
    "HTTPClientError": ("aws-network", "AWS cannot be reached: {}"),
    "ConnectionError": ("aws-network", "AWS cannot be reached: {}"),
    "ParamValidationError": ("bad-aws-call", "this is not what CloudWatch takes: {}"),
}
_NETWORK = frozenset({"HTTPClientError", "ConnectionError", "IncompleteReadError", "ResponseParserError"})
# Nothing heals these while one waits.
_HOPELESS = frozenset({"SSLError", "ProxyConnectionError"})
# The request had not left when these came.
_UNSENT = frozenset({"EndpointConnectionError", "ConnectTimeoutError"})


def error_code(error: Exception) -> str:
    """Return the service's code of an error; empty when the service did not answer."""
    return str(_answered(error).get("Error", {}).get("Code", ""))


def fault_kind(error: Exception) -> FaultKind:
    """Return whether an error of botocore is worth waiting for."""
    answered = _answered(error)
    status = answered.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if error_code(error) in _BUSY_CODES or status == 429 or status >= 500:
        return "busy"
    names = _class_names(error)
    return "network" if names & _NETWORK and not names & _HOPELESS else "final"


def was_not_sent(error: Exception) -> bool:
    """Return whether a call failed before it left, so that it can be repeated whatever it does."""
    return bool(_class_names(error) & _UNSENT)


def explain(error: Exception, text: str = "") -> Exception:
    """
    Return what to raise for an error of botocore: one of ours where the user can do something, else the same.

    Args:
        error: What botocore raised.

        text: The query, for an error that points into it.
    """
    answered = _answered(error)
    if answered:
        return _explain_answer(answered, text)
    for base in type(error).__mro__:
        if base.__name__ in CLIENT_SENTENCES and base.__module__.startswith("botocore"):
            slug, sentence = CLIENT_SENTENCES[base.__name__]
            return GenaiObsError(slug, sentence.format(error))
    return error


def _explain_answer(answered: dict[str, Any], text: str) -> GenaiObsError:
    code, message = str(answered["Error"].get("Code", "")), str(answered["Error"].get("Message", ""))
    place = (answered.get("queryCompileError") or {}).get("location") or {}
    if text and "startCharOffset" in place:
        return _pointed(text, message, place)
    if code in _BUSY_CODES:
        return GenaiObsError("aws-busy", f"CloudWatch still says {code} after all waiting: {message}")
    slug, sentence = SENTENCES.get(code, ("aws-error", f"CloudWatch answers {code or 'an error'}: {{}}"))
    return GenaiObsError(slug, sentence.format(message))


def _pointed(text: str, message: str, place: dict[str, Any]) -> TextError:
    start = min(max(int(place["startCharOffset"]), 0), len(text))
    end = min(max(int(place.get("endCharOffset", start + 1)), start), len(text))
    problem = Diagnostic("refused-query", f"CloudWatch refuses the query: {message}", Span(start, end))
    return TextError(Source(text), [problem])


def _answered(error: Exception) -> dict[str, Any]:
    """Return the parsed answer that an error of the service holds, empty for any other."""
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) and "Error" in response else {}


def _class_names(error: Exception) -> set[str]:
    return {base.__name__ for base in type(error).__mro__ if base.__module__.startswith("botocore")}
