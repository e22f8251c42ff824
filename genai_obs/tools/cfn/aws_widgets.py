"""What AWS itself publishes, next to our metrics: Bedrock, Lambda, Step Functions, API Gateway, SQS, Logs."""

from collections.abc import Sequence

from genai_obs.tools.cfn.intrinsics import Value
from genai_obs.tools.cfn.places import Places
from genai_obs.tools.cfn.widgets import Widget, expression, graph, metric, text

# A row of a graph: metric, statistic, label.
_Rows = Sequence[tuple[str, str, str]]
# A graph: title, what its axis says, rows.
_Graphs = Sequence[tuple[str, str, _Rows]]

# Throttled invocations are neither in Invocations nor in Errors (AWS/Lambda, documented).
_LAMBDA: _Graphs = (
    (
        "Invocations",
        "invocations",
        (("Invocations", "Sum", "invocations"), ("Errors", "Sum", "errors"), ("Throttles", "Sum", "throttles")),
    ),
    (
        "Duration",
        "ms",
        (("Duration", "Average", "average"), ("Duration", "p90", "p90"), ("Duration", "Maximum", "longest")),
    ),
    ("Concurrency", "executions", (("ConcurrentExecutions", "Maximum", "at once"),)),
)
# Sum, because ExecutionsStarted has two samples a run (AWS/States, documented).
_STATES: _Graphs = (
    (
        "Executions",
        "executions",
        (
            ("ExecutionsStarted", "Sum", "started"),
            ("ExecutionsSucceeded", "Sum", "succeeded"),
            ("ExecutionsFailed", "Sum", "failed"),
            ("ExecutionsTimedOut", "Sum", "timed out"),
            ("ExecutionsAborted", "Sum", "aborted"),
            ("ExecutionThrottled", "Sum", "throttled"),
        ),
    ),
    ("Execution time", "ms", (("ExecutionTime", "p50", "median"), ("ExecutionTime", "p90", "p90"))),
)
_API: _Graphs = (
    ("Requests", "requests", (("Count", "Sum", "requests"), ("4XXError", "Sum", "4XX"), ("5XXError", "Sum", "5XX"))),
    ("Latency", "ms", (("Latency", "p50", "median"), ("Latency", "p90", "p90"))),
)
_QUEUE: _Graphs = (
    (
        "Messages",
        "messages",
        (
            ("NumberOfMessagesSent", "Sum", "sent"),
            ("ApproximateNumberOfMessagesVisible", "Maximum", "waiting"),
        ),
    ),
    ("Age of the oldest message", "seconds", (("ApproximateAgeOfOldestMessage", "Maximum", "age"),)),
)
# The bytes are what ingestion is billed by; each error is a line whose metrics were lost.
_LOGS: _Graphs = (
    ("Bytes written", "bytes", (("IncomingBytes", "Sum", "bytes"),)),
    (
        "Lines without metrics",
        "lines",
        (("EMFParsingErrors", "Sum", "not parsed"), ("EMFValidationErrors", "Sum", "not valid")),
    ),
)
# Found by SEARCH: Bedrock has the one dimension ModelId.
_BEDROCK = (
    ("Bedrock: calls by model", "calls", (("Invocations", "Sum"),)),
    (
        "Bedrock: refused and failed by model",
        "calls",
        (("InvocationThrottles", "Sum"), ("InvocationClientErrors", "Sum"), ("InvocationServerErrors", "Sum")),
    ),
    ("Bedrock: latency by model (p90)", "ms", (("InvocationLatency", "p90"),)),
)


def lines(places: Places) -> list[list[Widget]]:
    """Return what AWS publishes of what is named; Bedrock needs no name."""
    found = [[text("## What AWS sees\nBedrock counts every caller of the account.")], _bedrock(places.region)]
    for namespace, dimension, service, names, graphs in (
        ("AWS/Lambda", "FunctionName", "Lambda", places.functions, _LAMBDA),
        ("AWS/States", "StateMachineArn", "Step Functions", places.state_machines, _STATES),
        ("AWS/ApiGateway", "ApiName", "API", places.apis, _API),
        ("AWS/SQS", "QueueName", "Queue", places.queues, _QUEUE),
        ("AWS/Logs", "LogGroupName", "Logs", places.log_groups, _LOGS),
    ):
        several = len(names) > 1
        found += [
            _service(namespace, {dimension: name}, f"{service} {name}" if several else service, graphs, places)
            for name in names
        ]
    return found


def _service(namespace: str, dimensions: dict[str, str], title: str, graphs: _Graphs, places: Places) -> list[Widget]:
    width = 24 // len(graphs)
    return [
        graph(
            f"{title}: {what.lower()}",
            [metric(namespace, name, dimensions, stat=stat, label=label) for name, stat, label in rows],
            places.region,
            unit=unit,
            width=width,
        )
        for what, unit, rows in graphs
    ]


def _bedrock(region: str) -> list[Widget]:
    return [graph(title, _searches(rows), region, unit=unit) for title, unit, rows in _BEDROCK]


def _searches(rows: Sequence[tuple[str, str]]) -> list[Value]:
    return [
        expression(f"SEARCH('{{AWS/Bedrock,ModelId}} MetricName=\"{name}\"', '{stat}', 300)", id=f"e{number}")
        for number, (name, stat) in enumerate(rows, start=1)
    ]
