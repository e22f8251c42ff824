"""Model ids as users pass them: every documented form, and what hostile strings do."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs._runtime import model_ids
from genai_obs._runtime.model_ids import parse_model_id

HAIKU = "anthropic.claude-haiku-4-5-20251001-v1:0"
ACCOUNT = "arn:aws:bedrock:eu-west-1:123456789012:"


@pytest.mark.parametrize(
    ("model_id", "base", "scope", "geo", "provider"),
    [
        ("amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", "in_region", None, "amazon"),
        ("deepseek.v3.1", "deepseek.v3.1", "in_region", None, "deepseek"),
        ("amazon.meta.llama", "amazon.meta.llama", "in_region", None, "amazon"),
        ("zai.glm-4.7-flash", "zai.glm-4.7-flash", "in_region", None, "zai"),
        (f"us.{HAIKU}", HAIKU, "geo", "us", "anthropic"),
        ("us-gov.xai.grok-4.6", "xai.grok-4.6", "geo", "us-gov", "xai"),
        ("in.moonshotai.kimi-k3.1", "moonshotai.kimi-k3.1", "geo", "in", "moonshotai"),
        ("ca.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0", "geo", "ca", "amazon"),
        (f"global.{HAIKU}", HAIKU, "global", "global", "anthropic"),
        ("US.Amazon.Nova-Pro-v1:0", "amazon.nova-pro-v1:0", "geo", "us", "amazon"),
        ("us.deepseek.r1-v1%3A0", "deepseek.r1-v1:0", "geo", "us", "deepseek"),
    ],
)
def test_plain_ids_are_taken_apart(model_id: str, base: str, scope: str, geo: str | None, provider: str) -> None:
    """A base id keeps its dots; a prefix is one only before a vendor."""
    found = parse_model_id(model_id)

    assert (found.base, found.scope, found.geo, found.provider) == (base, scope, geo, provider)
    assert (found.kind, found.region) == ("foundation", None)


def test_an_unknown_geography_is_kept_but_gives_no_scope() -> None:
    """New geographies appear; their prefix is recorded and nothing is assumed about them."""
    found = parse_model_id("mx.amazon.nova-pro-v1:0")

    assert (found.base, found.geo, found.scope) == ("amazon.nova-pro-v1:0", "mx", None)


@pytest.mark.parametrize(
    ("arn", "base", "scope", "kind"),
    [
        (
            "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0",
            "amazon.nova-pro-v1:0",
            "in_region",
            "foundation",
        ),
        (f"{ACCOUNT}inference-profile/eu.amazon.nova-pro-v1:0", "amazon.nova-pro-v1:0", "geo", "foundation"),
        (f"{ACCOUNT}inference-profile/global.{HAIKU}", HAIKU, "global", "foundation"),
        (f"{ACCOUNT}application-inference-profile/abcdef123456", None, None, "application-inference-profile"),
        (f"{ACCOUNT}provisioned-model/abcdef123456", None, None, "provisioned-model"),
        (f"{ACCOUNT}imported-model/abcdef123456", None, None, "imported-model"),
        (f"{ACCOUNT}custom-model/amazon.nova-pro-v1:0:300k/abcdef123456", "amazon.nova-pro-v1:0", None, "custom-model"),
        (f"{ACCOUNT}custom-model-deployment/abcdef123456", None, None, "custom-model-deployment"),
        (f"{ACCOUNT}default-prompt-router/anthropic.claude:1", None, None, "prompt-router"),
        (f"{ACCOUNT}prompt-router/abcdef123456", None, None, "prompt-router"),
        (f"{ACCOUNT}prompt/ABCDEF1234:2", None, None, "prompt"),
        ("arn:aws:sagemaker:eu-west-1:123456789012:endpoint/mine", None, None, "marketplace"),
        (f"{ACCOUNT}flow/ABCDEF", None, None, "other"),
        ("arn:aws:s3:eu-west-1:123456789012:bucket/x", None, None, "other"),
    ],
)
def test_arns_say_their_region_and_kind(arn: str, base: str | None, scope: str | None, kind: str) -> None:
    """The Region of an ARN is the source Region; opaque kinds name no model."""
    found = parse_model_id(arn)

    assert (found.base, found.scope, found.kind, found.region) == (base, scope, kind, "eu-west-1")


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn", "aws-eusc", "aws-iso-b"])
def test_every_partition_is_an_arn(partition: str) -> None:
    """GovCloud, China and sovereign partitions write ARNs alike."""
    found = parse_model_id(f"arn:{partition}:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0")

    assert (found.base, found.region) == ("amazon.nova-pro-v1:0", "us-gov-west-1")


def test_a_foundation_model_arn_with_a_geography_is_no_model() -> None:
    """A foundation model has no profile prefix, so nothing is read from such an ARN."""
    found = parse_model_id("arn:aws:bedrock:us-east-1::foundation-model/us.amazon.nova-pro-v1:0")

    assert (found.base, found.kind) == (None, "other")


def test_a_context_suffix_means_provisioned_throughput() -> None:
    """The :300k variants can only be bought by the hour."""
    found = parse_model_id("amazon.nova-pro-v1:0:300k")

    assert (found.base, found.kind) == ("amazon.nova-pro-v1:0", "provisioned-model")


@pytest.mark.parametrize(
    "text", ["", ".", "us.", "arn:", "arn:aws:bedrock", "arn:a:b:c:d:e", "claude-sonnet-4-5", "a" * 5000]
)
def test_what_is_no_id_has_no_scope(text: str) -> None:
    """Strings that are no Bedrock id come back without a scope, so they get no price."""
    assert parse_model_id(text).scope is None


def test_a_look_alike_outside_ascii_is_another_id() -> None:
    """The Kelvin sign becomes a k in lower case; that must not turn it into a known id."""
    assert parse_model_id("moonshotai.\u212aimi-k3").base != "moonshotai.kimi-k3"


@given(st.text(max_size=200) | st.from_regex(r"(arn:aws:bedrock:[a-z0-9:/.-]*|[a-z-]*\.[a-z0-9.:-]*)", fullmatch=True))
def test_any_text_parses(text: str) -> None:
    """Parsing is total: any text gives a ModelId whose scope is one of the known words."""
    found = parse_model_id(text)

    assert found.scope in {None, "in_region", "geo", "global"}


def test_huge_strings_are_fast_and_never_kept() -> None:
    """A megabyte is no id: it is neither parsed nor remembered."""
    started = time.perf_counter()
    for index in range(50):
        parse_model_id(f"{index}" + "a:" * 500_000)

    assert time.perf_counter() - started < 0.5
    assert max(map(len, model_ids._parsed), default=0) <= model_ids.MAX_LENGTH


def test_the_cache_is_bounded() -> None:
    """A stream of new ids does not make memory grow."""
    for index in range(3000):
        parse_model_id(f"amazon.model-{index}")

    assert len(model_ids._parsed) <= model_ids._MAX_CACHED
