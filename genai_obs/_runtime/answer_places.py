"""Who served an answer and where: out of a model id, a URL or HTTP headers, as far as one of them tells."""

from genai_obs._runtime.answer_values import member, path, put, text
from genai_obs._runtime.body_chunks import read_input_side
from genai_obs._runtime.model_ids import VENDORS, parse_model_id
from genai_obs._runtime.usage import count

BEDROCK = "aws.bedrock"

# How SDKs name Bedrock where they name a provider at all.
_BEDROCK_NAMES = frozenset(("amazon_bedrock", "aws", "aws_bedrock", "bedrock", "bedrock_converse", "bedrock_mantle"))
_BEDROCK_HOSTS = ("bedrock-runtime", "bedrock-runtime-fips", "bedrock-mantle")

_HEADER_TEXTS = (
    ("bedrock_request_id", "x-amzn-requestid"),
    ("service_tier", "x-amzn-bedrock-service-tier"),
    ("performance_latency", "x-amzn-bedrock-performanceconfig-latency"),
)
_OPERATIONS = {
    "invoke": "InvokeModel",
    "invoke-with-response-stream": "InvokeModelWithResponseStream",
    "converse": "Converse",
    "converse-stream": "ConverseStream",
}


def provider_of(name: str | None) -> str | None:
    """Return a provider's name as records spell it."""
    if name is None:
        return None
    return BEDROCK if name.lower().replace("-", "_") in _BEDROCK_NAMES else name


def is_bedrock_id(model: str | None) -> bool:
    """Tell whether a model id has Bedrock's form: an ARN, or a vendor and a dot, maybe behind a scope."""
    if model is None:
        return False
    return model.startswith("arn:aws") or parse_model_id(model).provider in VENDORS


def read_url(url: str | None, facts: dict[str, object]) -> None:
    """Read Region, and model id where the path has it, out of the URL of a call; nothing unless it is Bedrock's."""
    if url is None:
        return
    host, _, path_of = url.partition("://")[2].partition("/")
    labels = host.partition(":")[0].split(".")
    # A VPC endpoint puts its own name before the service's.
    service = next((place for place, label in enumerate(labels) if label in _BEDROCK_HOSTS), None)
    if service is not None:
        facts["provider"] = BEDROCK
        put(facts, "region", next(iter(labels[service + 1 :]), None))
    kind, _, called = path_of.partition("?")[0].partition("/")
    model, _, action = called.rpartition("/")
    operation = _OPERATIONS.get(action)
    if kind == "model" and model and operation is not None:
        from urllib.parse import unquote

        facts["provider"] = BEDROCK
        facts["operation"] = operation
        facts["model_id"] = unquote(model)[:2048]


def read_headers(headers: object, facts: dict[str, object], prefix: str = "") -> None:
    """
    Read the headers that Bedrock adds to an answer, after the answer's body.

    Args:
        headers: A dict with names in lower case, or a client's headers object.

        facts: The facts of the body. Where the headers count tokens they take precedence, as a guardrail strips the
            body's counts and never these. The request id is Bedrock's only if Bedrock served the call: API Gateway
            has a header of this name too.

        prefix: What a library puts before the names.
    """
    for name, header in _HEADER_TEXTS:
        put(facts, name, text(_header(headers, prefix + header), 128))
    put(facts, "server_latency_ms", _header_count(headers, prefix, "invocation-latency"))
    read_input_side(
        facts,
        _header_count(headers, prefix, "input-token-count"),
        _header_count(headers, prefix, "cache-read-input-token-count"),
        _header_count(headers, prefix, "cache-write-input-token-count"),
    )
    put(facts, "output_tokens", _header_count(headers, prefix, "output-token-count"))


def _header_count(headers: object, prefix: str, name: str) -> int | None:
    return count(text(_header(headers, f"{prefix}x-amzn-bedrock-{name}"), 20))


def _header(headers: object, name: str) -> object:
    found = member(headers, name)
    if found is not None:
        return found
    # An HTTP client's headers are a mapping that takes names in any case.
    get = None if type(headers) is dict else member(headers, "get")
    try:
        return get(name) if callable(get) else None
    except Exception:
        return None


def read_http(response: object, facts: dict[str, object]) -> None:
    """Read what an HTTP client's response object tells about an answer apart from its body."""
    url = path(response, "request", "url")
    read_url(None if url is None else str(url), facts)
    if facts.get("provider") == BEDROCK and "region" not in facts:
        put(facts, "region", _signed_region(text(_header(path(response, "request", "headers"), "authorization"), 512)))
    read_headers(member(response, "headers"), facts)


def _signed_region(authorization: str | None) -> str | None:
    """Return the Region that a request was signed for: the third part of the credential scope."""
    scheme, _, fields = (authorization or "").partition(" ")
    scope = fields.partition("Credential=")[2].partition(",")[0].split("/")
    return scope[2] if scheme == "AWS4-HMAC-SHA256" and len(scope) == 5 and scope[3].startswith("bedrock") else None
