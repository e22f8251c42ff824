"""
What a user may pass as the model, taken apart: base id, scope, source Region, kind.

Prices follow the exact base id, so nothing here guesses: a prefix counts as a geography only before a vendor that
Bedrock lists, and nothing is cut off the end of an id but the context suffix of provisioned throughput.
"""

# Geographies of cross-Region inference profiles ("Supported Regions and models for inference profiles").
GEOGRAPHIES = frozenset(("us", "eu", "apac", "jp", "au", "in", "ca", "us-gov"))

# First labels of the model ids in Bedrock's list calls; two of them belong to one vendor (moonshot, moonshotai).
VENDORS = frozenset(
    (
        "ai21",
        "amazon",
        "anthropic",
        "cohere",
        "deepseek",
        "google",
        "luma",
        "meta",
        "minimax",
        "mistral",
        "moonshot",
        "moonshotai",
        "nvidia",
        "openai",
        "qwen",
        "stability",
        "twelvelabs",
        "writer",
        "xai",
        "zai",
    )
)

# Resource types of ARNs that name no model a caller could read.
OPAQUE_KINDS = frozenset(
    (
        "application-inference-profile",
        "custom-model-deployment",
        "default-prompt-router",
        "imported-model",
        "prompt",
        "prompt-router",
        "provisioned-model",
    )
)

# The longest ARN that Bedrock accepts has 2,048 characters; anything longer is not a model id.
MAX_LENGTH = 2048
_MAX_CACHED = 512


class ModelId:
    """
    A model id taken apart.

    ``base`` is the base id in lower case, None where the id does not name one. ``scope`` is ``in_region``, ``geo``,
    ``global``, or None where it cannot be told. ``geo`` is the prefix as written (``eu``), also one that is not known
    (then ``scope`` is None). ``kind`` is ``foundation``, ``provisioned-model``, ``application-inference-profile``,
    ``custom-model``, ``custom-model-deployment``, ``imported-model``, ``prompt``, ``prompt-router``, ``marketplace`` or
    ``other``. ``region`` comes from an ARN only. ``provider`` is the vendor's label, such as ``anthropic``.
    """

    __slots__ = ("base", "geo", "kind", "provider", "region", "scope")

    def __init__(
        self, base: str | None, scope: str | None, geo: str | None, kind: str, region: str | None, provider: str | None
    ) -> None:
        self.base = base
        self.scope = scope
        self.geo = geo
        self.kind = kind
        self.region = region
        self.provider = provider


_UNREADABLE = ModelId(None, None, None, "other", None, None)
_parsed: dict[str, ModelId] = {}


def parse_model_id(model_id: str) -> ModelId:
    """
    Take a model id or ARN apart; any string is allowed, and the answer is shared and must not be changed.

    A string that is no id at all comes back with ``base`` None or with a base that no price book holds.
    """
    found = _parsed.get(model_id)
    if found is None:
        if len(model_id) > MAX_LENGTH:
            return _UNREADABLE
        found = _parse(model_id)
        # Clearing beats evicting: a function meets a handful of ids, and hostile ones cannot make it grow.
        if len(_parsed) >= _MAX_CACHED:
            _parsed.clear()
        _parsed[model_id] = found
    return found


def _parse(model_id: str) -> ModelId:
    if "%" in model_id:
        model_id = _unquote(model_id)
    if model_id.startswith("arn:"):
        return _parse_arn(model_id)
    if not model_id:
        return _UNREADABLE
    return _parse_plain(model_id, None)


def _unquote(model_id: str) -> str:
    """Undo the two escapes that URLs put into model ids; urllib would cost an import."""
    for escape, character in (("%3A", ":"), ("%3a", ":"), ("%2F", "/"), ("%2f", "/")):
        model_id = model_id.replace(escape, character)
    return model_id


def _parse_arn(arn: str) -> ModelId:
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[1].startswith("aws"):
        return _UNREADABLE
    service, region, resource = parts[2], parts[3] or None, parts[5]
    if service == "sagemaker":
        return ModelId(None, None, None, "marketplace", region, None)
    kind, _, name = resource.partition("/")
    if service != "bedrock" or not name:
        return ModelId(None, None, None, "other", region, None)
    if kind == "foundation-model":
        found = _parse_plain(name, region)
        # A foundation model has no geography; such an ARN does not exist.
        return (
            found
            if found.geo is None and found.scope == "in_region"
            else ModelId(None, None, None, "other", region, None)
        )
    if kind == "inference-profile":
        return _parse_plain(name, region)
    if kind == "custom-model":
        base = _parse_plain(name.rpartition("/")[0] or name, region)
        return ModelId(base.base, None, None, kind, region, base.provider)
    if kind in OPAQUE_KINDS:
        return ModelId(None, None, None, "prompt-router" if kind == "default-prompt-router" else kind, region, None)
    return ModelId(None, None, None, "other", region, None)


def _parse_plain(name: str, region: str | None) -> ModelId:
    """Take ``[geo.]vendor.model`` apart."""
    # Some letters outside ASCII fall onto ASCII ones in lower case; such a string is not the id it would become.
    base = name.lower() if name.isascii() else name
    label, dot, rest = base.partition(".")
    if not dot or not rest:
        return ModelId(base, None, None, "foundation", region, None)
    geo: str | None = None
    scope: str | None = "in_region"
    # Dots occur in versions too (deepseek.v3.1), so a prefix is one only before a known vendor.
    if label not in VENDORS:
        vendor, dot, _ = rest.partition(".")
        if dot and vendor in VENDORS:
            geo, base, label = label, rest, vendor
            scope = "global" if geo == "global" else "geo" if geo in GEOGRAPHIES else None
    kind = "foundation"
    without, colon, suffix = base.rpartition(":")
    # amazon.nova-pro-v1:0:300k: the context suffix exists on provisioned throughput only.
    if colon and ":" in without and suffix.endswith("k") and suffix[:-1].isdecimal():
        base, kind = without, "provisioned-model"
    return ModelId(base, scope, geo, kind, region, label)
