"""The query behind ``genai-obs spend``: one pass that gives costs, calls and the reasons of missing costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from genai_obs.errors import GenaiObsError
from genai_obs.schema import FIELDS, INFERENCE_METRIC
from genai_obs.tools.text.near import nearest

# What the answer may hold at most; more groups than that are refused, because their sum would be wrong.
MOST_ROWS = 10_000

USD, CALLS, PRICED, REASON = "usd", "calls", "priced", "cost_status"


@dataclass(frozen=True, slots=True)
class Group:
    """
    Something to split costs by.

    Args:
        name: As typed after ``--by``.

        expression: What stands after ``by`` in the query.

        column: The name of its column in the result.
    """

    name: str
    expression: str
    column: str

    @property
    def is_time(self) -> bool:
        """Whether it cuts time into pieces."""
        return self.expression.startswith("bin(")

    @classmethod
    def of_expression(cls, name: str, expression: str) -> "Group":
        """Return a group by an expression, under an alias that no field of a record has."""
        # CloudWatch refuses an alias that is the name of a field in use (observed).
        return cls(name, f"{expression} as by_{name}", f"by_{name}")

    @classmethod
    def of_field(cls, name: str, field: str) -> "Group":
        """Return a group by a field."""
        return cls(name, field, field)


_GROUPABLE_GROUPS = frozenset(("model", "cost", "guardrail", "outcome", "correlation", "caller"))
_GROUPABLE_KINDS = frozenset(("string", "boolean", "integer"))
_FIELD_GROUPS = (
    Group.of_field(field.name, field.name)
    for field in FIELDS
    if field.group in _GROUPABLE_GROUPS and field.kind in _GROUPABLE_KINDS and field.name != REASON
)
_OWN_GROUPS = (
    # A router's or a profile's model is known only by the id it was called by.
    Group.of_expression("model", "coalesce(model, model_id)"),
    Group.of_field("user", "user_id"),
    Group.of_field("session", "session_id"),
    Group.of_field("function", "function_name"),
    Group.of_field(REASON, REASON),
    Group.of_expression("minute", "bin(1m)"),
    Group.of_expression("hour", "bin(1h)"),
    Group.of_expression("day", "bin(1d)"),
    Group.of_expression("week", "bin(1w)"),
    Group.of_expression("month", "bin(1mo)"),
)
GROUPS: dict[str, Group] = {group.name: group for group in (*_FIELD_GROUPS, *_OWN_GROUPS)}
# Named first where names are listed; the others are fields of the record.
USUAL = ("model", "service", "tenant", "feature", "user", "function", "environment", "region", "hour", "day", "month")


def read_groups(text: str) -> tuple[Group, ...]:
    """
    Return the groups of ``model,tenant``.

    Raises:
        GenaiObsError: A name is not known, or stands twice.
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in GROUPS:
            near = nearest(name, GROUPS)
            hint = f"did you mean {near}?" if near else f"{', '.join(USUAL)}, or a field of the record"
            raise GenaiObsError("bad-group", f"--by does not know {name!r}: {hint}")
    groups = tuple(GROUPS[name] for name in names)
    if len({group.column for group in groups}) < len(groups):
        raise GenaiObsError("bad-group", f"--by {text} names the same thing twice")
    return groups


def spend_query(groups: Sequence[Group]) -> str:
    """Return the query that gives costs and calls by group and by how sure the cost is."""
    keys = [group.expression for group in groups if group.name != REASON]
    return (
        f'filter metric = "{INFERENCE_METRIC}"\n'
        f"| stats sum(cost_usd) as {USD}, count(*) as {CALLS}, count(cost_usd) as {PRICED}\n"
        f"    by {', '.join([*keys, REASON])}\n"
        f"| sort {USD} desc\n"
        f"| limit {MOST_ROWS}"
    )


def extent_query() -> str:
    """Return the query that says when the first and the last call of the logs were."""
    return (
        f'filter metric = "{INFERENCE_METRIC}"\n'
        f"| stats min(toMillis(@timestamp)) as first, max(toMillis(@timestamp)) as last, count(*) as {CALLS}"
    )
