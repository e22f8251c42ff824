"""
Facts out of the event streams of Bedrock Agents, knowledge bases and flows.

One InvokeAgent runs several model calls; its traces, if the caller asked for them, report each. They are summed up in
one record that says how many there were.
"""

from genai_obs._runtime import guardrails
from genai_obs._runtime.converse import read_word
from genai_obs._runtime.model_ids import parse_model_id
from genai_obs._runtime.usage import count

_STEPS = ("preProcessingTrace", "orchestrationTrace", "postProcessingTrace", "routingClassifierTrace")


class AgentEvents:
    """Reads the ``completion`` stream of InvokeAgent and InvokeInlineAgent."""

    __slots__ = (
        "_asked",
        "_calls",
        "_guardrail",
        "_input",
        "_models",
        "_output",
        "_uncounted",
        "_unnamed",
        "complete",
        "facts",
    )

    def __init__(self, facts: dict[str, object]) -> None:
        self.facts = facts
        # The stream has no closing event: what has not been cut short is complete.
        self.complete = False
        self._asked = 0
        self._calls = 0
        self._input = 0
        self._output = 0
        self._uncounted = 0
        # Calls whose input does not name a model.
        self._unnamed = 0
        self._models: set[str] = set()
        self._guardrail = guardrails.Summary()

    def read(self, event: dict[str, object]) -> bool:
        """Take one event; return True if it carries a part of the agent's answer."""
        part = event.get("trace")
        trace = part.get("trace") if isinstance(part, dict) else None
        if isinstance(trace, dict):
            for step in _STEPS:
                self._read_step(trace.get(step))
            verdict = trace.get("guardrailTrace")
            if isinstance(verdict, dict):
                guardrails.read_verdict(verdict.get("action"), self.facts)
                guardrails.add_agent_trace(verdict, self._guardrail)
        return "chunk" in event or "returnControl" in event or "files" in event

    def _read_step(self, step: object) -> None:
        if not isinstance(step, dict):
            return
        asked = step.get("modelInvocationInput")
        if isinstance(asked, dict):
            self._asked += 1
            if isinstance(asked.get("foundationModel"), str):
                self._models.add(asked["foundationModel"][:2048])
            else:
                self._unnamed += 1
        told = step.get("modelInvocationOutput")
        if not isinstance(told, dict):
            return
        self._calls += 1
        metadata = told.get("metadata")
        usage = metadata.get("usage") if isinstance(metadata, dict) else None
        input_tokens = count(usage.get("inputTokens")) if isinstance(usage, dict) else None
        output_tokens = count(usage.get("outputTokens")) if isinstance(usage, dict) else None
        if input_tokens is None or output_tokens is None:
            self._uncounted += 1
        else:
            self._input += input_tokens
            self._output += output_tokens

    def end(self) -> None:
        """
        Put the sums into the facts; a call without counts makes the whole unknown, not smaller.

        So does a call whose outcome is missing: it was cut off, or dropped by a botocore that does not know it (1.34).
        """
        facts = self.facts
        self._guardrail.put(facts)
        calls = max(self._asked, self._calls)
        if not calls:
            return
        facts["model_calls"] = calls
        if not self._uncounted and self._calls == calls:
            facts["input_tokens"] = self._input
            facts["output_tokens"] = self._output
        self._name_the_model()

    def _name_the_model(self) -> None:
        """
        Say which model ran: the one of the traces, which may override the request's for a step.

        Where several share the sums, or a call does not name its own beside others that do, no one price fits.
        """
        facts = self.facts
        if not self._models:
            return
        ran = next(iter(self._models))
        asked = facts.get("model_id")
        is_as_asked = asked is None or parse_model_id(str(asked)).base == parse_model_id(ran).base
        if len(self._models) > 1 or (self._unnamed and not (asked is not None and is_as_asked)):
            facts["cost_status"] = "unresolved_model"
        elif asked is None:
            facts["model_id"] = ran
        elif not is_as_asked:
            facts["invoked_model_id"] = ran

    def exhausted(self) -> None:
        """Note that the stream came to its own end."""
        self.complete = True


# The members of the other streams' events that carry what a model wrote.
_CONTENT = ("output", "flowOutputEvent", "optimizedPromptEvent", "responseEvent")


class OtherEvents:
    """Reads the streams of knowledge bases, flows and OptimizePrompt, none of which counts tokens."""

    __slots__ = ("complete", "facts")

    def __init__(self, facts: dict[str, object]) -> None:
        self.facts = facts
        self.complete = False

    def read(self, event: dict[str, object]) -> bool:
        """Take one event; return True if it carries content."""
        verdict = event.get("guardrail")
        if isinstance(verdict, dict):
            guardrails.read_verdict(verdict.get("action"), self.facts)
        completion = event.get("flowCompletionEvent")
        if isinstance(completion, dict):
            read_word(completion.get("completionReason"), "stop_reason", self.facts)
        return any(name in event for name in _CONTENT)

    def end(self) -> None:
        """Nothing is left to settle."""

    def exhausted(self) -> None:
        """Note that the stream came to its own end."""
        self.complete = True
