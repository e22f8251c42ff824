"""Which sets of dimensions metrics are published with: asked for any other, CloudWatch has no data, for ever."""

from collections.abc import Iterable

from genai_obs.schema import METRICS, NAMESPACE
from genai_obs.tools.metrics.identity import MetricId

_OUR_METRICS = frozenset(metric.name for metric in METRICS)

# Documented in the services' pages on their metrics; sets that only some of their metrics have are in here too.
_BY_AWS: dict[str, frozenset[frozenset[str]]] = {
    namespace: frozenset(map(frozenset, sets))
    for namespace, sets in {
        "AWS/Lambda": (
            (),
            ("FunctionName",),
            ("FunctionName", "Resource"),
            ("FunctionName", "Resource", "ExecutedVersion"),
            ("EventSourceMappingUUID",),
            ("FunctionName", "EventSourceMappingUUID"),
        ),
        "AWS/Bedrock": ((), ("ModelId",), ("ModelId", "ImageSize", "BucketedStepSize")),
        "AWS/States": ((), ("StateMachineArn",), ("ActivityArn",), ("LambdaFunctionArn",)),
        "AWS/SQS": (("QueueName",),),
    }.items()
}


class Published:
    """
    What is published, as far as it is known here.

    Args:
        metrics: Those of lines that were given beside the template; none when no lines were.
    """

    def __init__(self, metrics: Iterable[MetricId] = ()) -> None:
        self._namespaces: set[str] = set()
        self._sets: dict[tuple[str, str], set[frozenset[str]]] = {}
        for metric in metrics:
            self._namespaces.add(metric.namespace)
            sets = self._sets.setdefault((metric.namespace, metric.name), set())
            sets.add(frozenset(metric.dimension_names))

    def why_not(self, metric: MetricId) -> str | None:
        """Return why no data will come for a metric of these dimension names, None where nothing speaks against it."""
        asked = frozenset(metric.dimension_names)
        by_aws = _BY_AWS.get(metric.namespace)
        if by_aws is not None:
            return None if asked in by_aws else _why(metric.namespace, asked, by_aws)
        if metric.namespace not in self._namespaces:
            return None
        sets = self._sets.get((metric.namespace, metric.name))
        return None if sets is None or asked in sets else f"in the lines, {_why(metric.name, asked, sets)}"

    def is_unseen(self, metric: MetricId) -> bool:
        """
        Return whether lines publish other metrics of the namespace, and never this one.

        Those of the record are expected wherever one of them is: failures and cache reads are in few lines.
        """
        seen = {name for namespace, name in self._sets if namespace == metric.namespace}
        is_ours = metric.namespace == NAMESPACE and metric.name in _OUR_METRICS and bool(seen & _OUR_METRICS)
        return bool(seen) and metric.name not in seen and not is_ours


def _why(what: str, asked: frozenset[str], sets: Iterable[frozenset[str]]) -> str:
    listed = " or ".join(sorted(map(_shown, sets)))
    return f"{what} is published with {listed}, never with {_shown(asked)}: CloudWatch adds nothing up"


def _shown(names: frozenset[str]) -> str:
    return f"{{{', '.join(sorted(names))}}}" if names else "no dimension"
