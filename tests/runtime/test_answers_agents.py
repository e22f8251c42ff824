"""Results of agents: the real Strands and pydantic-ai run against a Bedrock-shaped server on loopback."""

import asyncio
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from pydantic_ai import Agent as PydanticAgent
from pydantic_ai import Embedder, RunUsage
from pydantic_ai.embeddings import TestEmbeddingModel
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart
from pydantic_ai.models.bedrock import BedrockConverseModel
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.providers.bedrock import BedrockProvider
from pydantic_ai.usage import RequestUsage
from runtime.answers_support.follow import fields
from strands import Agent, tool
from strands.models import BedrockModel
from strands.multiagent import GraphBuilder

from genai_obs._runtime.answers import read_answer
from genai_obs.tools.local import eventstream
from genai_obs.tools.local.bedrock import BedrockServer, Request
from genai_obs.tools.local.replies import Reply, json_reply, stream_reply

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "model_calls")
USAGE = {
    "inputTokens": 11,
    "outputTokens": 40,
    "totalTokens": 2051,
    "cacheReadInputTokens": 1500,
    "cacheWriteInputTokens": 500,
}
DETAILS = [{"ttl": "1h", "inputTokens": 300}, {"ttl": "5m", "inputTokens": 200}]

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def server() -> Iterator[BedrockServer]:
    """Return a running Bedrock-shaped server that calls a tool first and answers then."""
    with BedrockServer(_answer) as running:
        yield running


def _answer(request: Request) -> Reply:
    messages = request.json()["messages"]
    asked = any("toolResult" in block for block in messages[-1]["content"])
    calls = not asked and "toolConfig" in request.json()
    if request.operation == "Converse":
        block: Any = {"toolUse": {"toolUseId": "t1", "name": "weather", "input": {}}} if calls else {"text": "Rain."}
        return json_reply(
            {
                "output": {"message": {"role": "assistant", "content": [block]}},
                "stopReason": "tool_use" if calls else "end_turn",
                "usage": USAGE | {"cacheDetails": DETAILS},
                "metrics": {"latencyMs": 100},
            }
        )
    start: Any = {"toolUse": {"toolUseId": "t1", "name": "weather"}}
    content = [
        eventstream.event("contentBlockStart", {"contentBlockIndex": 0, "start": start}),
        eventstream.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"toolUse": {"input": "{}"}}}),
    ]
    text = eventstream.event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Rain."}})
    return stream_reply(
        [
            eventstream.event("messageStart", {"role": "assistant"}),
            *(content if calls else [text]),
            eventstream.event("contentBlockStop", {"contentBlockIndex": 0}),
            eventstream.event("messageStop", {"stopReason": "tool_use" if calls else "end_turn"}),
            eventstream.event("metadata", {"usage": USAGE, "metrics": {"latencyMs": 100}}),
        ]
    )


@tool
def weather() -> str:
    """Return the weather."""
    return "rain"


def _strands(server: BedrockServer, **options: Any) -> Agent:
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="s", region_name="us-east-1")
    model = BedrockModel(boto_session=session, endpoint_url=server.url, model_id=MODEL)
    return Agent(model=model, callback_handler=None, **options)


def test_a_strands_result_sums_up_its_cycles(server: BedrockServer) -> None:
    """A cycle is a call of the model; Strands keeps Converse's own, disjoint counts."""
    facts = read_answer(_strands(server, tools=[weather])("Weather?"))

    assert fields(facts, *COUNTS) == (22, 80, 3000, 1000, 2)
    assert fields(facts, "operation", "stop_reason", "tool_calls", "server_latency_ms") == (
        "agent",
        "end_turn",
        ["weather"],
        200,
    )


def test_a_warm_strands_agent_counts_its_last_invocation_only(server: BedrockServer) -> None:
    """An agent that lives on between Lambda invocations keeps adding up; a result costs what it cost."""
    agent = _strands(server)
    agent("Weather?")

    result = agent("And tomorrow?")
    facts = read_answer(result)

    assert result.metrics.accumulated_usage["outputTokens"] == 80
    assert fields(facts, *COUNTS) == (11, 40, 1500, 500, 1)
    assert fields(facts, "server_latency_ms") == (None,)


def test_a_strands_model_that_reports_nothing_is_not_zero() -> None:
    """Strands starts all counts at 0."""
    from strands.agent import AgentResult
    from strands.telemetry.metrics import EventLoopMetrics

    result = AgentResult(
        stop_reason="end_turn",
        message={"role": "assistant", "content": []},
        metrics=EventLoopMetrics(),
        state={},
    )

    assert read_answer(result) == {"operation": "agent", "stop_reason": "end_turn"}


def _strands_result(**usage: int) -> Any:
    from strands.agent import AgentResult
    from strands.telemetry.metrics import AgentInvocation, EventLoopMetrics
    from strands.types.event_loop import Usage

    metrics = EventLoopMetrics(agent_invocations=[AgentInvocation(usage=Usage(**usage))])  # type: ignore[typeddict-item]
    return AgentResult("end_turn", {"role": "assistant", "content": []}, metrics, {})


@pytest.mark.parametrize(
    ("total", "expected"),
    [(120, (30, None)), (190, (100, None)), (150, (None, "ambiguous_usage"))],
    ids=["cached tokens inside the input", "cached tokens beside it", "neither"],
)
def test_the_total_tells_where_strands_counts_cached_tokens(total: int, expected: tuple[object, ...]) -> None:
    """Strands folds them into the input for some providers and not for others."""
    result = _strands_result(inputTokens=100, outputTokens=20, totalTokens=total, cacheReadInputTokens=70)

    facts = read_answer(result)

    assert fields(facts, "input_tokens", "cost_status") == expected
    assert fields(facts, "output_tokens", "cache_read_tokens") == (20, 70)


def test_a_strands_release_without_invocations_has_no_certain_cost() -> None:
    """What an agent has used in its whole life may hold more than this result."""
    from strands.agent import AgentResult
    from strands.telemetry.metrics import EventLoopMetrics

    metrics = EventLoopMetrics(cycle_count=2)
    metrics.accumulated_usage.update({"inputTokens": 5, "outputTokens": 6, "totalTokens": 11})

    facts = read_answer(AgentResult("end_turn", {"role": "assistant", "content": []}, metrics, {}))

    assert fields(facts, *COUNTS) == (5, 6, None, None, 2)
    assert fields(facts, "cost_status", "token_source") == ("ambiguous_usage", "accumulated_usage")


def test_a_strands_graph_is_the_sum_of_its_agents(server: BedrockServer) -> None:
    """The graph's own sum counts if the agents' results confirm it."""
    builder = GraphBuilder()
    builder.add_node(_strands(server), "first")
    builder.add_node(_strands(server), "second")
    builder.add_edge("first", "second")
    graph = builder.build()

    facts = read_answer(graph("Weather?"))

    assert fields(facts, *COUNTS) == (22, 80, 3000, 1000, 2)


def test_a_graph_of_warm_agents_is_ambiguous(server: BedrockServer) -> None:
    """The graph adds up what its agents have spent in their whole lives."""
    agent = _strands(server)
    agent("Weather?")
    builder = GraphBuilder()
    builder.add_node(agent, "only")

    result = builder.build()("And tomorrow?")
    facts = read_answer(result)

    expected = (11, None) if result.accumulated_usage["outputTokens"] == 40 else (None, "ambiguous_usage")
    assert fields(facts, "input_tokens", "cost_status") == expected


def test_a_graph_within_a_graph_is_summed_up_too(server: BedrockServer) -> None:
    """A node may be a graph itself."""
    inner = GraphBuilder()
    inner.add_node(_strands(server), "deep")
    outer = GraphBuilder()
    outer.add_node(inner.build(), "inner")
    outer.add_node(_strands(server), "last")
    outer.add_edge("inner", "last")

    facts = read_answer(outer.build()("Weather?"))

    assert fields(facts, *COUNTS) == (22, 80, 3000, 1000, 2)


def _pydantic(server: BedrockServer, **options: Any) -> Any:
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="s",
    )
    return PydanticAgent(BedrockConverseModel(MODEL, provider=BedrockProvider(bedrock_client=client)), **options)


def test_a_pydantic_ai_result_gives_disjoint_counts(server: BedrockServer) -> None:
    """Its input includes what was read from and written to a cache."""
    facts = read_answer(asyncio.run(_pydantic(server).run("Weather?")))

    assert fields(facts, *COUNTS) == (11, 40, 1500, 500, 1)
    assert fields(facts, "provider", "model_id", "stop_reason", "cost_status") == (
        "aws.bedrock",
        MODEL,
        "end_turn",
        None,
    )


def test_a_pydantic_ai_result_sums_up_its_requests(server: BedrockServer) -> None:
    """A tool costs another request."""
    agent = _pydantic(server)

    agent.tool_plain(lambda: "rain", name="weather")

    facts = read_answer(asyncio.run(agent.run("Weather?")))

    assert fields(facts, *COUNTS) == (22, 80, 3000, 1000, 2)
    assert fields(facts, "tool_calls", "cost_status") == (["weather"], None)


def test_usage_that_is_shared_with_other_runs_makes_the_cost_ambiguous() -> None:
    """With a usage handed in, the counts include runs whose models nobody names here."""
    shared = RunUsage()
    agent = PydanticAgent(TestModel())
    asyncio.run(agent.run("one", usage=shared))

    facts = read_answer(asyncio.run(agent.run("two", usage=shared)))

    assert fields(facts, "model_calls", "cost_status") == (2, "ambiguous_usage")


def test_a_model_that_reports_no_usage_is_not_zero() -> None:
    """pydantic-ai's counts are 0 where a provider says nothing."""

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        return ModelResponse(parts=[TextPart("Rain.")], usage=RequestUsage(), model_name="own")

    response = answer([], None)  # type: ignore[arg-type]
    facts = read_answer(response)

    assert fields(facts, "input_tokens", "output_tokens", "model_id") == (None, None, "own")
    assert fields(read_answer(asyncio.run(PydanticAgent(FunctionModel(answer)).run("hi"))), "model_calls") == (1,)


def test_a_model_response_is_one_call() -> None:
    """What pydantic_ai.direct returns; counts that were not set are unknown."""
    response = ModelResponse(
        parts=[ToolCallPart("weather")],
        usage=RequestUsage(input_tokens=100, cache_read_tokens=30, output_tokens=7),
        model_name=MODEL,
        provider_name="bedrock",
        provider_url="https://bedrock-runtime.eu-west-1.amazonaws.com",
        provider_response_id="0f8fad5b-d9cb-469f-a165-70867728950e",
        finish_reason="tool_call",
    )

    facts = read_answer(response)

    assert fields(facts, *COUNTS) == (70, 7, 30, None, None)
    assert fields(facts, "provider", "region", "bedrock_request_id", "tool_calls") == (
        "aws.bedrock",
        "eu-west-1",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        ["weather"],
    )


def test_usage_as_a_method_is_read_too() -> None:
    """Releases before 2 had a method where there is a property now."""

    class AgentRunResult:
        __module__ = "pydantic_ai.run"

        def usage(self) -> RunUsage:
            return RunUsage(input_tokens=9, output_tokens=3, requests=1)

        def new_messages(self) -> list[ModelResponse]:
            return [ModelResponse(parts=[], model_name="m")]

    assert fields(read_answer(AgentRunResult()), "input_tokens", "output_tokens", "model_calls", "model_id") == (
        9,
        3,
        1,
        "m",
    )


def test_embeddings_of_pydantic_ai_are_counted() -> None:
    """An embedding has input only."""
    facts = read_answer(asyncio.run(Embedder(TestEmbeddingModel()).embed_query("What is AI?")))

    assert fields(facts, "operation", "embeddings", "output_tokens") == ("embeddings", 1, None)
