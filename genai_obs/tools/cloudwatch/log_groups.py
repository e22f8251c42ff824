"""Which log groups are asked: names, prefixes that end in ``*``, and ARNs, also of other accounts."""

from collections.abc import Mapping, Sequence
from typing import Any

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.patience import Patience

# [documented] API reference, StartQuery.
MAX_QUERIED = 50


def find_groups(names: Sequence[str], *, client: Any, patience: Patience | None = None) -> Mapping[str, Sequence[str]]:
    """
    Return the parameter of StartQuery that names log groups.

    Args:
        names: Names; ``/aws/lambda/*`` for all that begin so; ARNs of groups in this account or in linked ones.

        client: Of CloudWatch Logs.

        patience: How long a busy service is waited for.

    Returns:
        ``logGroupNames``, or ``logGroupIdentifiers`` as soon as one is an ARN; empty when no name is given.

    Raises:
        GenaiObsError: When a prefix finds nothing, or the groups are too many.
    """
    if not names:
        return {}
    described = [group for name in names for group in _expand(name, client, patience or Patience())]
    by_arn = any(_is_arn(name) for name in names)
    found = list(dict.fromkeys(arn if by_arn and arn else name for name, arn in described))
    if len(found) > MAX_QUERIED:
        raise GenaiObsError(
            "many-log-groups", f"{len(found)} log groups are more than the {MAX_QUERIED} that one query can read"
        )
    return {"logGroupIdentifiers" if by_arn else "logGroupNames": found}


def find_arns(names: Sequence[str], *, client: Any, patience: Patience | None = None) -> list[str]:
    """
    Return the ARNs of log groups, as live tail wants them.

    Args:
        names: As for `find_groups`.

        client: Of CloudWatch Logs.

        patience: How long a busy service is waited for.

    Raises:
        GenaiObsError: When there is no such group.
    """
    waiting = patience or Patience()
    arns = (arn or _exact(name, client, waiting) for given in names for name, arn in _expand(given, client, waiting))
    return list(dict.fromkeys(arns))


def _expand(name: str, client: Any, patience: Patience) -> list[tuple[str, str]]:
    """Return name and ARN of each group that a name stands for; the ARN is empty where nobody had to be asked."""
    if _is_arn(name):
        arn = name.removesuffix(":*")
        return [(arn.rsplit(":log-group:", maxsplit=1)[-1], arn)]
    if not name.endswith("*"):
        return [(name, "")]
    found = [(group["logGroupName"], _arn(group)) for group in _described(name[:-1], client, patience)]
    if not found:
        raise GenaiObsError("no-log-group", f"no log group of this account and Region begins with {name[:-1]!r}")
    return found


def _exact(name: str, client: Any, patience: Patience) -> str:
    for group in _described(name, client, patience):
        if group["logGroupName"] == name:
            return _arn(group)
    raise GenaiObsError("no-log-group", f"there is no log group {name} in this account and Region")


def _described(prefix: str, client: Any, patience: Patience) -> list[dict[str, Any]]:
    """Return the groups whose name begins so, page after page."""
    parameters: dict[str, Any] = {"logGroupNamePrefix": prefix} if prefix else {}
    groups: list[dict[str, Any]] = []
    while True:
        answer = patience.call(client.describe_log_groups, **parameters)
        groups += answer.get("logGroups", [])
        if "nextToken" not in answer:
            return groups
        parameters["nextToken"] = answer["nextToken"]


def _is_arn(name: str) -> bool:
    return name.startswith("arn:")


def _arn(group: dict[str, Any]) -> str:
    # `logGroupArn` is the newer member; `arn` ends in `:*`, which StartQuery and live tail do not take.
    return str(group.get("logGroupArn") or group.get("arn", "")).removesuffix(":*")
