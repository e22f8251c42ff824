"""
What a guardrail did, out of a trace: its verdict, policies, units and time. Never the text it matched.

``modelOutput``, every ``match`` and ``regex``, and ``outputs[].text`` hold what the guardrail removed; they are not
read here, so that they cannot reach a record.
"""

from collections.abc import Iterator, Mapping

from genai_obs._runtime.usage import count, milliseconds

# Policy -> the lists of entries it may hold. An entry's presence is no hit: with full output scope AWS also lists
# entries that it did not detect, with the action NONE.
_POLICIES = {
    "topicPolicy": ("topics",),
    "contentPolicy": ("filters",),
    "wordPolicy": ("customWords", "managedWordLists"),
    "sensitiveInformationPolicy": ("piiEntities", "regexes"),
    "contextualGroundingPolicy": ("filters",),
}
_STRENGTH = {"NONE": 0, "INTERVENED": 1, "ANONYMIZED": 2, "BLOCKED": 3}


def read_verdict(action: object, facts: dict[str, object]) -> None:
    """Read the one word that every surface has, in its three spellings."""
    if action in ("INTERVENED", "GUARDRAIL_INTERVENED", "guardrail_intervened"):
        facts["guardrail_triggered"] = True
        if facts.get("guardrail_action", "NONE") == "NONE":
            facts["guardrail_action"] = "INTERVENED"
    elif action == "NONE":
        facts.setdefault("guardrail_triggered", False)
        facts.setdefault("guardrail_action", "NONE")


def read_trace(trace: object, facts: dict[str, object]) -> None:
    """
    Read a guardrail trace of Converse or InvokeModel, or an ApplyGuardrail answer.

    Converse keeps one input assessment and a list of output assessments by guardrail id; InvokeModel says ``input``
    and ``outputs`` and turns the latter inside out; ApplyGuardrail has a plain list.
    """
    if not isinstance(trace, dict):
        return
    summary = Summary()
    for guardrail_id, assessment in _by_id(trace.get("inputAssessment", trace.get("input"))):
        summary.add(assessment, "input", guardrail_id)
    outputs = trace.get("outputAssessments", trace.get("outputs"))
    for group in outputs if isinstance(outputs, list) else (outputs,):
        for guardrail_id, assessment in _by_id(group):
            summary.add(assessment, "output", guardrail_id)
    assessments = trace.get("assessments")
    for assessment in assessments if isinstance(assessments, list) else ():
        summary.add(assessment, None, None)
    summary.put(facts)


def _by_id(group: object) -> Iterator[tuple[str, object]]:
    """Yield guardrail id and assessment of a map whose values are assessments or lists of them."""
    if isinstance(group, dict):
        for guardrail_id, value in group.items():
            for assessment in value if isinstance(value, list) else (value,):
                yield str(guardrail_id), assessment


def add_agent_trace(trace: Mapping[str, object], summary: "Summary") -> None:
    """Add one of the guardrail traces of an agent, which come one for each side and step, as plain lists."""
    for name, side in (("inputAssessments", "input"), ("outputAssessments", "output")):
        assessments = trace.get(name)
        for assessment in assessments if isinstance(assessments, list) else ():
            summary.add(assessment, side, None)


class Summary:
    """Assessments added up: the strongest action, the policies by what they did, units and time."""

    def __init__(self) -> None:
        self.seen = False
        self.action = "NONE"
        self.acted: set[str] = set()
        self.detected: set[str] = set()
        self.sources: set[str] = set()
        self.latency_ms: int | float = 0
        self.timed = False
        self.units: dict[str, int] = {}
        self.characters: dict[str, int] = {}
        self.guardrail_id: str | None = None
        self.version: str | None = None

    def add(self, assessment: object, source: str | None, guardrail_id: str | None) -> None:
        """Add one assessment; ``source`` is the side it judged, None where the answer does not say."""
        if not isinstance(assessment, dict):
            return
        self.seen = True
        self.guardrail_id = self.guardrail_id or guardrail_id
        for policy, lists in _POLICIES.items():
            self._add_policy(policy, lists, assessment.get(policy), source)
        findings = assessment.get("automatedReasoningPolicy")
        if isinstance(findings, dict) and isinstance(findings.get("findings"), list) and findings["findings"]:
            self.detected.add("automatedReasoningPolicy")  # findings carry no action
        self._add_metrics(assessment.get("invocationMetrics"))
        applied = assessment.get("appliedGuardrailDetails")
        if isinstance(applied, dict):
            self.guardrail_id = _text(applied.get("guardrailId")) or self.guardrail_id
            self.version = _text(applied.get("guardrailVersion")) or self.version

    def _add_policy(self, policy: str, lists: tuple[str, ...], found: object, source: str | None) -> None:
        if not isinstance(found, dict):
            return
        for name in lists:
            entries = found.get(name)
            for entry in entries if isinstance(entries, list) else ():
                action = entry.get("action") if isinstance(entry, dict) else None
                if isinstance(action, str) and action != "NONE":
                    self.acted.add(policy)
                    if source:
                        self.sources.add(source)
                    if _STRENGTH.get(action, 1) > _STRENGTH[self.action]:
                        self.action = action if action in _STRENGTH else "INTERVENED"
                elif isinstance(entry, dict) and entry.get("detected") is True:
                    self.detected.add(policy)

    def _add_metrics(self, metrics: object) -> None:
        if not isinstance(metrics, dict):
            return
        latency = milliseconds(metrics.get("guardrailProcessingLatency"))
        if latency is not None:
            self.latency_ms += latency
            self.timed = True
        add_units(metrics.get("usage"), self.units)
        coverage = metrics.get("guardrailCoverage")
        characters = coverage.get("textCharacters") if isinstance(coverage, dict) else None
        add_units(characters, self.characters)

    def put(self, facts: dict[str, object]) -> None:
        """Write the summary into ``facts``; a verdict that is already there is only made more precise."""
        if not self.seen:
            return
        if _STRENGTH[self.action]:
            facts["guardrail_triggered"] = True
            facts["guardrail_action"] = self.action
        else:
            facts.setdefault("guardrail_triggered", False)
            facts.setdefault("guardrail_action", "NONE")
        if self.acted:
            facts["guardrail_policies"] = sorted(self.acted)
        if self.detected - self.acted:
            facts["guardrail_detected_policies"] = sorted(self.detected - self.acted)
        if self.sources:
            facts["guardrail_sources"] = sorted(self.sources)
        if self.timed:
            facts["guardrail_latency_ms"] = self.latency_ms
        units = {name: number for name, number in self.units.items() if number}
        if units:
            facts["guardrail_units"] = units
        if self.characters:
            facts["guardrail_coverage"] = self.characters
        if self.guardrail_id:
            facts.setdefault("guardrail_id", self.guardrail_id)
        if self.version:
            facts.setdefault("guardrail_version", self.version)


def add_units(found: object, totals: dict[str, int]) -> None:
    """Add the counters of a usage object to ``totals``; AWS bills them per policy and assessment."""
    if isinstance(found, dict):
        for name, value in found.items():
            number = count(value)
            # The names are the service's; anything that does not look like one stays out of the record.
            if number is not None and isinstance(name, str) and name.isidentifier() and len(name) < 64 > len(totals):
                totals[name] = totals.get(name, 0) + number


def _text(value: object) -> str | None:
    return value[:256] if isinstance(value, str) and value else None


def read_body_members(body: dict[str, object], facts: dict[str, object]) -> None:
    """Read the two members that Bedrock adds to an InvokeModel body or chunk; the provider's stop reason is no sign."""
    action = body.get("amazon-bedrock-guardrailAction")
    if action is not None:
        read_verdict(action, facts)
    trace = body.get("amazon-bedrock-trace")
    if isinstance(trace, dict):
        read_trace(trace.get("guardrail"), facts)
