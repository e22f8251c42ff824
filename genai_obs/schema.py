"""
What is measured: the one table of record fields, metrics and dimension sets.

Records, EMF, queries, alarms, dashboards and the docs are derived from it. It imports nothing, because Lambda loads it.
"""

NAMESPACE = "AI/LLMMetrics"

# One alarm can watch everything through the first set; the second is the drill-down by model.
# CloudWatch never adds up custom metrics across dimensions, so both are published.
DIMENSION_SETS = (("Environment",), ("ModelId", "Environment"))

STATUSES = ("ok", "error", "throttled", "timeout", "abandoned")
STREAM_ENDS = ("complete", "abandoned")
COST_STATUSES = (
    "ok",
    "overridden",
    "estimated",
    "unknown_model",
    "unresolved_model",
    "no_rate",
    "no_usage",
    "ambiguous_usage",
    "provisioned",
    "reserved",
    "not_token_priced",
    "error",
)
# The only statuses that come with a number.
PRICED_STATUSES = ("ok", "overridden", "estimated")

INFERENCE_METRIC = "AICost"
INFERENCE_UNIT = "USD"


class Metric:
    """One CloudWatch metric: its name, its EMF unit, the statistic to read it with, what it means."""

    __slots__ = ("field", "meaning", "name", "statistic", "unit")

    def __init__(self, name: str, unit: str, statistic: str, field: str, meaning: str) -> None:
        self.name = name
        self.unit = unit
        self.statistic = statistic
        self.field = field
        self.meaning = meaning


class Field:
    """One member of a record: its name, the JSON type of its value, the group it is documented under, its meaning."""

    __slots__ = ("group", "kind", "meaning", "name")

    def __init__(self, name: str, kind: str, group: str, meaning: str) -> None:
        self.name = name
        self.kind = kind
        self.group = group
        self.meaning = meaning


# CloudWatch has no currency unit and no token unit (emf: StandardUnit), hence None and Count.
# The order is that of the metric definitions on the line.
METRICS = (
    Metric(
        "InputTokens", "Count", "Sum", "input_tokens", "input tokens that were neither read from nor written to a cache"
    ),
    Metric("OutputTokens", "Count", "Sum", "output_tokens", "output tokens, reasoning included"),
    Metric("CacheReadTokens", "Count", "Sum", "cache_read_tokens", "input tokens read from a prompt cache"),
    Metric("CacheWriteTokens", "Count", "Sum", "cache_write_tokens", "input tokens written to a prompt cache"),
    Metric(
        "InferenceLatencyMs", "Milliseconds", "p90", "latency_ms", "wall-clock time of the call as the caller felt it"
    ),
    Metric(
        "TimeToFirstTokenMs",
        "Milliseconds",
        "p90",
        "time_to_first_token_ms",
        "time until the first content of a stream",
    ),
    Metric("AICost", "None", "Sum", "cost_usd", "list price of the call in USD"),
    Metric(
        "InferenceErrors",
        "Count",
        "Average",
        "status",
        "1 for error, throttled and timeout, else 0: its Average is the error rate",
    ),
    Metric(
        "GuardrailInterventions", "Count", "Sum", "guardrail_triggered", "1 if a guardrail intervened or masked, else 0"
    ),
    Metric("ObservationErrors", "Count", "Sum", "observation_errors", "failures of this library since the last record"),
)

FIELDS = (
    Field("metric", "string", "seed", "`AICost` on inference records, the caller's own name on `log_metric` lines"),
    Field("value", "number", "seed", "the cost in USD, or the caller's value; null when the cost is unknown"),
    Field("unit", "string", "seed", "`USD`, or the caller's unit"),
    Field("timestamp", "string", "seed", "when the record was written: RFC 3339, UTC, milliseconds, `Z`"),
    Field("level", "string", "seed", "only where Lambda would drop the line without it (JSON logs above INFO)"),
    Field("model_id", "string", "model", "the model id as it was called"),
    Field("model", "string", "model", "the base model id after parsing"),
    Field("invoked_model_id", "string", "model", "the model that ran, where a router chose it"),
    Field("response_model", "string", "model", "the name by which the answer calls its model"),
    Field("operation", "string", "model", "the API operation, such as `Converse`"),
    Field("provider", "string", "model", "who served the call, such as `aws.bedrock`"),
    Field("region", "string", "model", "source Region: where the call was made, which decides the price"),
    Field(
        "inference_region",
        "string",
        "model",
        "on imported records: the Region that a cross-Region profile sent the call to",
    ),
    Field(
        "service_tier",
        "string",
        "model",
        "the tier that served the call; the one asked for where the answer does not say",
    ),
    Field("performance_latency", "string", "model", "`optimized` or `standard`, when the service says so"),
    Field("agent_id", "string", "model", "the Bedrock agent that was invoked"),
    Field("knowledge_base_id", "string", "model", "the Bedrock knowledge base that was asked"),
    Field("model_calls", "integer", "model", "how many model calls this one record sums up (agents)"),
    Field("input_tokens", "integer", "usage", "input tokens, without those read from or written to a cache"),
    Field("output_tokens", "integer", "usage", "output tokens, reasoning included"),
    Field("cache_read_tokens", "integer", "usage", "input tokens read from a cache"),
    Field("cache_write_tokens", "integer", "usage", "input tokens written to a cache, whatever their time to live"),
    Field("cache_write_1h_tokens", "integer", "usage", "how many of `cache_write_tokens` were written for one hour"),
    Field(
        "total_tokens", "integer", "usage", "sum of the four disjoint counts; absent unless input and output are known"
    ),
    Field("reasoning_tokens", "integer", "usage", "how many of `output_tokens` were reasoning"),
    Field("images", "integer", "usage", "images in the answer"),
    Field("embeddings", "integer", "usage", "vectors in the answer"),
    Field("search_units", "integer", "usage", "rerank queries as they are billed: one for every started 100 documents"),
    Field("token_source", "string", "usage", "where the counts come from, if not from the service's own usage report"),
    Field("raw_usage", "object", "usage", "the provider's counters, where ours were derived from inclusive ones"),
    Field("latency_ms", "number", "time", "wall-clock time of the call in the client"),
    Field("server_latency_ms", "number", "time", "the service's own measure"),
    Field("time_to_first_token_ms", "number", "time", "start of the call to the first content of a stream"),
    Field("server_time_to_first_token_ms", "number", "time", "the service's own measure of it"),
    Field("cost_usd", "number", "cost", "list price, exact; null when unknown"),
    Field("cost_status", "string", "cost", "how sure the cost is, or why there is none"),
    Field(
        "price",
        "object",
        "cost",
        "`source`, `version`, `as_of` and `key` of the rates, so that the cost can be recomputed",
    ),
    Field("processing", "string", "cost", "`batch`, when the user said so"),
    Field("guardrail_triggered", "boolean", "guardrail", "true only if a guardrail blocked or masked"),
    Field(
        "guardrail_action", "string", "guardrail", "`BLOCKED`, `ANONYMIZED`, `INTERVENED` (no detail given) or `NONE`"
    ),
    Field("guardrail_policies", "array", "guardrail", "sorted names of the policies that acted"),
    Field("guardrail_detected_policies", "array", "guardrail", "sorted names of the policies that only detected"),
    Field("guardrail_sources", "array", "guardrail", "`input`, `output`: which side was acted on"),
    Field("guardrail_id", "string", "guardrail", "the guardrail, as requested or as the trace names it"),
    Field("guardrail_version", "string", "guardrail", "its version"),
    Field("guardrail_latency_ms", "number", "guardrail", "time the guardrail took, both sides added up"),
    Field("guardrail_units", "object", "guardrail", "billable units by policy, both sides added up"),
    Field("guardrail_coverage", "object", "guardrail", "`guarded` and `total` characters"),
    Field("guardrail_cost_usd", "number", "guardrail", "list price of those units, apart from `cost_usd`"),
    Field("status", "string", "outcome", "`ok`, `error`, `throttled`, `timeout`, `abandoned`"),
    Field("error_type", "string", "outcome", "the service's error code, or the exception's class"),
    Field("http_status", "integer", "outcome", "HTTP status of a failed call"),
    Field("stop_reason", "string", "outcome", "why the model stopped, in the provider's own word"),
    Field("attempts", "integer", "outcome", "attempts the client made"),
    Field(
        "stream",
        "string",
        "outcome",
        "`complete` when its closing event arrived, else `abandoned`; absent if not a stream",
    ),
    Field("tool_calls", "array", "outcome", "names of the tools the model called, in order"),
    Field(
        "dimension_values", "object", "outcome", "`log_metric` lines: the true values of dimensions that became `other`"
    ),
    Field("observation_errors", "integer", "outcome", "failures of this library since the last record, when any"),
    Field("request_id", "string", "correlation", "the Lambda request id"),
    Field("bedrock_request_id", "string", "correlation", "the id of the model call in the service's own logs"),
    Field("trace_id", "string", "correlation", "X-Ray trace id"),
    Field("function_name", "string", "correlation", "Lambda function"),
    Field("function_version", "string", "correlation", "its version"),
    Field("cold_start", "boolean", "correlation", "true on records of the first invocation of this environment"),
    Field("initialization_type", "string", "correlation", "how Lambda initialised the environment, if not `on-demand`"),
    Field("service", "string", "correlation", "the service's name, from configuration"),
    Field("environment", "string", "correlation", "the stage, from configuration"),
    Field("user_id", "string", "caller", "from `annotate`, `fields=` or Bedrock request metadata"),
    Field("session_id", "string", "caller", "likewise"),
    Field("tenant", "string", "caller", "likewise"),
    Field("feature", "string", "caller", "likewise"),
    # Among the caller's, and so not reserved: only imported records have a value of ours for it.
    Field(
        "source",
        "string",
        "caller",
        "`invocation_log` on records that were made of Bedrock's own log; on others what the caller says",
    ),
    Field("prompt", "string", "content", "only with `capture_content=`"),
    Field("completion", "string", "content", "only with `capture_content=`"),
)

# What a user may set although it stands in the table: these have no value of our own.
CALLER_FIELDS = frozenset(field.name for field in FIELDS if field.group == "caller")

# Names that no user field may take; the two with an underscore are notes to the pricing, and never on a line. EMF needs its members on the root, so metric and dimension names are taken too.
RESERVED_FIELDS = (
    frozenset(field.name for field in FIELDS)
    .difference(CALLER_FIELDS)
    .union(metric.name for metric in METRICS)
    .union(name for names in DIMENSION_SETS for name in names)
    .union(("_aws", "_one_hour_writes", "_maybe_gross"))
)
