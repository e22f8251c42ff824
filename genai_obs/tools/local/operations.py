"""Where Bedrock's operations live: one row per operation, method and path as botocore 1.44.5 sends them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

_RUNTIME = """
POST /model/{modelId}/converse                                             Converse
POST /model/{modelId}/converse-stream                                      ConverseStream
POST /model/{modelId}/invoke                                               InvokeModel
POST /model/{modelId}/invoke-with-response-stream                          InvokeModelWithResponseStream
POST /model/{modelId}/count-tokens                                         CountTokens
POST /guardrail/{guardrailIdentifier}/version/{guardrailVersion}/apply     ApplyGuardrail
POST /guardrail-checks/invoke                                              InvokeGuardrailChecks
POST /async-invoke                                                         StartAsyncInvoke
GET  /async-invoke                                                         ListAsyncInvokes
GET  /async-invoke/{invocationArn}                                         GetAsyncInvoke
POST /openai/v1/chat/completions                                           ChatCompletions
POST /openai/v1/responses                                                  Responses
"""
_AGENT_RUNTIME = """
POST /agents/{agentId}/agentAliases/{agentAliasId}/sessions/{sessionId}/text   InvokeAgent
POST /agents/{sessionId}                                                   InvokeInlineAgent
POST /flows/{flowIdentifier}/aliases/{flowAliasIdentifier}                 InvokeFlow
POST /knowledgebases/{knowledgeBaseId}/retrieve                            Retrieve
POST /retrieveAndGenerate                                                  RetrieveAndGenerate
POST /retrieveAndGenerateStream                                            RetrieveAndGenerateStream
POST /agenticRetrieveStream                                                AgenticRetrieveStream
POST /rerank                                                               Rerank
POST /generateQuery                                                        GenerateQuery
POST /optimize-prompt                                                      OptimizePrompt
"""


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: its name, its HTTP method, and the pattern of its path with named parameters."""

    operation: str
    method: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Match:
    """The operation a request asks for, and its path parameters with percent-encoding undone."""

    operation: str
    parameters: Mapping[str, str]


def _routes(table: str) -> tuple[Route, ...]:
    rows = (line.split() for line in table.strip().splitlines())
    return tuple(Route(name, method, _compile(path)) for method, path, name in rows)


def _compile(path: str) -> re.Pattern[str]:
    # Model ARNs arrive percent-encoded, so a parameter never holds a slash of its own.
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "/?")


ROUTES = _routes(_RUNTIME) + _routes(_AGENT_RUNTIME)


def find_operation(method: str, path: str) -> Match | None:
    """Return the operation that a method and an encoded path (without query) name, or None."""
    for route in ROUTES:
        found = route.pattern.fullmatch(path) if route.method == method else None
        if found is not None:
            return Match(route.operation, {name: unquote(value) for name, value in found.groupdict().items()})
    return None
