"""
Groups of a Metrics Insights query, each followed through all evaluations.

With ORDER BY, the first series of one evaluation may be another group than the first of the next. So groups are read
without an order, and LIMIT is asked for afterwards: which of them it leaves in each evaluation.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from genai_obs.tools.alarms.comparison import Booleans
from genai_obs.tools.metrics.math.sql.parser import parse_select
from genai_obs.tools.metrics.math.sql.syntax import Select
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.metrics.samples import Floats


def grouped_select(query: MetricQuery) -> Select | None:
    """Return the parsed SQL of a query that gives a series for each group; None for any other query."""
    select, _ = parse_select(query.expression) if query.expression is not None else (None, [])
    return select if select is not None and select.keys else None


def without_order(query: MetricQuery, select: Select) -> MetricQuery:
    """Return the query without ORDER BY and LIMIT."""
    names = ", ".join(map(_name, (select.namespace, *(select.dimensions or ()))))
    source = names if select.dimensions is None else f"SCHEMA({names})"
    conditions = [f"{_name(part.key)} {'=' if part.equal else '!='} {_value(part.value)}" for part in select.filters]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    keys = ", ".join(map(_name, select.keys))
    text = f"{select.function}({_name(select.metric)}) FROM {source}{where} GROUP BY {keys}"
    return replace(query, expression=f"SELECT {text}")


def left_by_limit(groups: Sequence[Floats], top: Sequence[Floats]) -> list[Booleans]:
    """
    Return for each group in which evaluations it is among the series that LIMIT leaves.

    Args:
        groups: Datapoints of each group: a row for each evaluation.

        top: Those of the series that are left, in the order of each evaluation. Groups that are the same in an
            evaluation are told apart by nothing: where one of them is left, all are.
    """
    return [np.any([_same(group, one) for one in top], axis=0) for group in groups]


def _same(group: Floats, other: Floats) -> Booleans:
    equal = (group == other) | (np.isnan(group) & np.isnan(other))
    return np.asarray(equal.all(axis=-1))


def _name(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _value(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"
