"""Calls that fail: what the caller gets is what it got before, and the record says what kind of failure it was."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from runtime.bedrock.support import HAIKU, PROMPT, attempt, observe, recorded, shown

from genai_obs import observe_inference
from genai_obs.testing import capture_records
from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.eventstream import event
from genai_obs.tools.local.replies import Reply, bytes_reply, cut_reply, error_reply, json_reply, stream_reply

OK = json_reply(recorded("converse")[0]["body"])


def converse(client: Any, **parameters: Any) -> Any:
    """Call a model."""
    return client.converse(modelId=HAIKU, messages=PROMPT, **parameters)


def same(error: BaseException | None, other: BaseException | None) -> bool:
    """Tell whether two exceptions are the same to a caller: class, text, and response but for the request's id."""
    return _traits(error) == _traits(other)


def _traits(error: BaseException | None) -> tuple[Any, ...]:
    response = getattr(error, "response", None)
    kept = {name: value for name, value in (response or {}).items() if name != "ResponseMetadata"}
    return type(error).__name__, str(error), kept, type(error).__mro__[1:]


@pytest.mark.parametrize(
    ("code", "http_status", "status"),
    [
        ("ThrottlingException", 429, "throttled"),
        ("ModelNotReadyException", 429, "throttled"),
        ("ServiceQuotaExceededException", 400, "throttled"),
        ("ServiceUnavailableException", 503, "error"),
        ("InternalServerException", 500, "error"),
        ("ModelTimeoutException", 408, "error"),
        ("ModelErrorException", 424, "error"),
        ("ValidationException", 400, "error"),
        ("AccessDeniedException", 403, "error"),
        ("ExpiredTokenException", 403, "error"),
        ("ResourceNotFoundException", 404, "error"),
        ("ConflictException", 400, "error"),
        ("SomethingNew", 500, "error"),
    ],
)
def test_error_keeps_its_code(code: str, http_status: int, status: str, server: BedrockServer, runtime: Any) -> None:
    """Every error the service answers with is recorded by its code and HTTP status, never by its message."""
    server.script(*[error_reply(code, "SECRET of the prompt")] * 2)

    plain = attempt(lambda: converse(runtime))[1]
    outcome = observe(lambda: converse(runtime))

    assert isinstance(outcome.error, ClientError)
    assert same(outcome.error, plain)
    expected = {"status": status, "error_type": code, "http_status": http_status, "input_tokens": None}
    assert shown(outcome.record, expected) == expected
    assert outcome.record["bedrock_request_id"] == server.requests[1].request_id
    assert outcome.record["cost_usd"] is None
    assert "SECRET" not in str(outcome.record)


def test_modelled_exception_classes_still_match(server: BedrockServer, runtime: Any) -> None:
    """``except client.exceptions.ThrottlingException`` catches what it caught."""
    server.script(error_reply("ThrottlingException", "slow down"))

    def handler() -> str:
        try:
            converse(runtime)
        except runtime.exceptions.ThrottlingException:
            return "caught"
        return "not raised"

    outcome = observe(handler)

    assert outcome.value == "caught"
    assert outcome.record["status"] == "throttled"


def test_html_error_page_is_an_error(server: BedrockServer, runtime: Any) -> None:
    """A proxy's error page, which no service model describes, is recorded by its HTTP status."""
    page = bytes_reply(b"<html>Service Unavailable</html>", "text/html", status=503)
    server.script(page, page)

    plain = attempt(lambda: converse(runtime))[1]
    outcome = observe(lambda: converse(runtime))

    assert same(outcome.error, plain)
    assert shown(outcome.record, {"status": "error", "http_status": 503, "error_type": "503"}) == {
        "status": "error",
        "http_status": 503,
        "error_type": "503",
    }


@pytest.mark.parametrize(
    ("replies", "attempts", "status"),
    [
        ([OK], 1, "ok"),
        ([error_reply("ThrottlingException"), error_reply("ServiceUnavailableException"), OK], 3, "ok"),
        ([error_reply("ThrottlingException")] * 3, 3, "throttled"),
        ([cut_reply(), OK], 2, "ok"),
        ([error_reply("ValidationException")], 1, "error"),
        ([cut_reply()] * 3, 3, "error"),
    ],
    ids=["none", "throttle, then 503, then ok", "exhausted", "cut, then ok", "not retried", "always cut"],
)
def test_attempts_are_botocores_own(
    replies: list[Reply], attempts: int, status: str, server: BedrockServer, make_client: Any, no_sleep: None
) -> None:
    """The number of attempts is that of the requests that reached the server, after success and after failure."""
    client = make_client(attempts=3)
    server.script(*replies)

    record = observe(lambda: converse(client)).record

    assert (record["attempts"], record["status"]) == (attempts, status)
    assert len(server.requests) == attempts


def test_read_timeouts_count_their_attempts(server: BedrockServer, make_client: Any, no_sleep: None) -> None:
    """After a time-out there is no answer, but each attempt may have been billed: their number is told."""
    client = make_client(attempts=2, read_timeout=0.05)
    server.script(*[OK.after(0.2)] * 2)

    outcome = observe(lambda: converse(client))

    assert type(outcome.error).__name__ == "ReadTimeoutError"
    assert shown(outcome.record, {"attempts": 2, "error_type": "ReadTimeoutError"}) == {
        "attempts": 2,
        "error_type": "ReadTimeoutError",
    }


def test_unreachable_endpoint_is_an_error(make_client: Any, no_sleep: None) -> None:
    """Without a server there is a record all the same."""
    client = make_client(attempts=2, endpoint_url="http://127.0.0.1:1")

    outcome = observe(lambda: converse(client))

    assert type(outcome.error).__name__ == "EndpointConnectionError"
    assert (outcome.record["error_type"], outcome.record["attempts"]) == ("EndpointConnectionError", 2)


def test_connect_timeout_is_an_error(make_client: Any) -> None:
    """An address that does not answer is recorded as what botocore calls it."""
    client = make_client(endpoint_url="http://192.0.2.1", connect_timeout=0.05)  # TEST-NET-1: nobody is there

    outcome = observe(lambda: converse(client))

    assert type(outcome.error).__name__ in ("ConnectTimeoutError", "EndpointConnectionError")
    assert outcome.record["error_type"] == type(outcome.error).__name__


def test_missing_credentials_are_an_error(monkeypatch: pytest.MonkeyPatch, server: BedrockServer) -> None:
    """A call that was never sent leaves a record without attempts' consequences: no tokens, no request id."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    client = boto3.session.Session(region_name="us-east-1").client("bedrock-runtime", endpoint_url=server.url)

    outcome = observe(lambda: converse(client))

    assert type(outcome.error).__name__ == "NoCredentialsError"
    assert outcome.record["error_type"] == "NoCredentialsError"
    assert server.requests == []


@pytest.mark.parametrize(
    "parameters",
    [{"messages": "x"}, {"messages": PROMPT, "inferenceConfig": 3}, {"messages": [{"role": 1}]}, {"nonsense": 1}],
)
def test_invalid_parameters_are_botocores_to_refuse(parameters: dict[str, Any], runtime: Any) -> None:
    """A malformed request raises what it raised, and leaves an error record."""
    plain = attempt(lambda: runtime.converse(modelId=HAIKU, **parameters))[1]
    outcome = observe(lambda: runtime.converse(modelId=HAIKU, **parameters))

    assert type(outcome.error).__name__ == "ParamValidationError"
    assert str(outcome.error) == str(plain)
    assert shown(outcome.record, {"status": "error", "error_type": "ParamValidationError"}) == {
        "status": "error",
        "error_type": "ParamValidationError",
    }


def test_base_exceptions_pass(server: BedrockServer, make_client: Any) -> None:
    """An interrupt inside a call is neither swallowed nor left without a record."""
    client = make_client()

    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    client.meta.events.register("before-send.bedrock-runtime", interrupt)

    with capture_records() as records, pytest.raises(KeyboardInterrupt):
        observe_inference(converse)(client)

    assert [record["error_type"] for record in records] == ["KeyboardInterrupt"]


@pytest.mark.parametrize("operation", ["invoke_model", "invoke_model_with_response_stream", "converse_stream"])
def test_other_operations_fail_alike(operation: str, server: BedrockServer, runtime: Any) -> None:
    """A failed stream or invocation is recorded like a failed Converse call."""
    server.script(error_reply("ThrottlingException", "slow down"))
    parameters = {"messages": PROMPT} if operation == "converse_stream" else {"body": b"{}"}

    outcome = observe(lambda: getattr(runtime, operation)(modelId=HAIKU, **parameters))

    assert isinstance(outcome.error, ClientError)
    expected = {"status": "throttled", "http_status": 429, "stream": None}
    assert shown(outcome.record, expected) == expected


def test_retried_stream_tells_its_attempts(server: BedrockServer, make_client: Any, no_sleep: None) -> None:
    """Attempts before a stream's headers are in its record."""
    client = make_client(attempts=2)
    closing = event("metadata", {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}})
    server.script(error_reply("ThrottlingException"), stream_reply([closing]))

    record = observe(lambda: list(client.converse_stream(modelId=HAIKU, messages=PROMPT)["stream"])).record

    assert (record["attempts"], record["status"]) == (2, "ok")


def test_stubbed_errors_are_recorded(make_client: Any) -> None:
    """A client stubbed by somebody's tests fails as its script says."""
    client = make_client()
    with Stubber(client) as stub:
        stub.add_client_error("converse", "ThrottlingException", "no", 429)

        record = observe(lambda: converse(client)).record

    assert (record["status"], record["http_status"]) == ("throttled", 429)


def test_stubbed_answers_without_metadata_are_recorded(make_client: Any) -> None:
    """An answer without ResponseMetadata, as stubs give, is read for what it has."""
    client = make_client()
    with Stubber(client) as stub:
        usage = {"inputTokens": 11, "outputTokens": 40, "totalTokens": 51}
        stub.add_response("converse", recorded("converse")[0]["body"] | {"usage": usage})

        record = observe(lambda: converse(client)).record

    assert shown(record, {"input_tokens": 11, "bedrock_request_id": None}) == {
        "input_tokens": 11,
        "bedrock_request_id": None,
    }


@pytest.mark.parametrize("answer", [None, [], "text", {}, {"stream": []}, {"usage": 3}, {"body": None}])
@pytest.mark.parametrize("operation", ["converse", "converse_stream", "invoke_model"])
def test_answers_from_a_mocked_network_are_passed_on(answer: Any, operation: str, make_client: Any) -> None:
    """An event handler that answers in the service's place may answer anything."""
    client = make_client()

    class Http:
        status_code = 200
        content = b""

    client.meta.events.register("before-call.bedrock-runtime", lambda **_: (Http(), answer))
    parameters = {"body": b"{}"} if operation == "invoke_model" else {"messages": PROMPT}

    outcome = observe(lambda: getattr(client, operation)(modelId=HAIKU, **parameters))

    assert outcome.error is None
    assert outcome.value is answer
    assert outcome.record["status"] == "ok"


def test_adaptive_retries_are_counted(server: BedrockServer, make_client: Any, no_sleep: None) -> None:
    """Another retry mode of botocore's is counted alike."""
    client = make_client(retries={"total_max_attempts": 4, "mode": "adaptive"})
    server.script(error_reply("ThrottlingException"), OK)

    record = observe(lambda: converse(client)).record

    assert (record["attempts"], record["status"]) == (2, "ok")
    assert isinstance(client.meta.config, Config)
