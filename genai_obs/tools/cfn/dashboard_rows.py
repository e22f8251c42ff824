"""The rows of a metric widget: statistics and expressions, with the shorthands of CloudWatch's exports filled in."""

import re
from collections.abc import Mapping, Sequence

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.problem import NEEDS_AWS
from genai_obs.tools.cfn.dashboard_problems import Path, Report
from genai_obs.tools.cfn.dashboard_rules import RENDERING, check_members, is_unknown
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.math.check import check_queries
from genai_obs.tools.metrics.math.problems import RequestError
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.metrics.statistics import parse_statistic

# AWS: "Dashboard body structure" and the limits of 2023, documented.
MOST_ROWS = 500

_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_PERIOD_S = 300


def check_rows(properties: Mapping[str, object], report: Report, path: Path) -> int:
    """Say what is wrong with the rows of a metric widget; return how many there are."""
    rows = properties.get("metrics")
    if not isinstance(rows, list):
        report.error("dashboard-member", "metrics must be a list of rows", path)
        return 0
    if rows and all(isinstance(row, str | dict) for row in rows):
        # Two examples of AWS's own page are written like this.
        report.error("dashboard-flat-metrics", "metrics is one row; it must be a list of rows: put [ ] around it", path)
        return 0
    if len(rows) > MOST_ROWS:
        report.error("dashboard-limit", f"a widget has at most {MOST_ROWS} metrics, this one {len(rows)}", path)
    before = len(report.problems)
    queries = widget_queries(properties, report, path)
    if len(report.problems) == before or not any(p.severity == "error" for p in report.problems[before:]):
        _check_maths(queries, report, path)
    return len(rows)


def widget_queries(properties: Mapping[str, object], report: Report, path: Path) -> list[MetricQuery]:
    """Return the rows of a metric widget as a request; what is wrong with them is reported and left out."""
    reader = _Reader(properties, report, path)
    rows = properties.get("metrics")
    found = [reader.row(row, number) for number, row in enumerate(rows if isinstance(rows, list) else ())]
    return [query for query in found if query is not None]


class _Reader:
    def __init__(self, properties: Mapping[str, object], report: Report, path: Path) -> None:
        self._properties = properties
        self._report = report
        self._path = path
        self._previous: Sequence[str] = ()
        self._ids: set[str] = set()

    def row(self, row: object, number: int) -> MetricQuery | None:
        """Read one row."""
        path = (*self._path, number)
        if not isinstance(row, list) or not row:
            self._report.error("dashboard-row", "a row is a list with something in it", path)
            return None
        rendering: Mapping[str, object] = {}
        if isinstance(row[-1], dict):
            rendering = check_members(row[-1], RENDERING, self._report, (*path, len(row) - 1))
        names = row[:-1] if isinstance(row[-1], dict) else row
        identity = self._id(rendering, number, path)
        if "expression" in rendering:
            return self._expression(names, rendering, identity, path)
        return self._metric(names, rendering, identity, path)

    def _id(self, rendering: Mapping[str, object], number: int, path: Path) -> str:
        if "id" not in rendering or is_unknown(rendering["id"]):
            return f"unnamed{number}"
        found = rendering["id"]
        if not isinstance(found, str) or not _ID.fullmatch(found):
            self._report.error("dashboard-id", f"the id {found!r} must begin with a lower-case letter", path)
            return f"unnamed{number}"
        if found in self._ids:
            self._report.error("dashboard-id", f"the id {found} stands here twice", path)
        self._ids.add(found)
        return found

    def _expression(
        self, names: Sequence[object], rendering: Mapping[str, object], identity: str, path: Path
    ) -> MetricQuery | None:
        if names:
            self._report.error("dashboard-row", "a row is a metric or an expression, not both", path)
        if not isinstance(rendering["expression"], str):
            self._report.error("dashboard-row", "expression must be a text", path)
            return None
        period = rendering.get("period", self._properties.get("period", _PERIOD_S))
        return MetricQuery(
            identity,
            expression=rendering["expression"],
            return_data=rendering.get("visible") is not False,
            period_s=period if isinstance(period, int) else None,
        )

    def _metric(
        self, names: Sequence[object], rendering: Mapping[str, object], identity: str, path: Path
    ) -> MetricQuery | None:
        if not all(isinstance(name, str) for name in names):
            self._report.error("dashboard-row", "namespace, metric and dimensions are texts", path)
            return None
        full = self._filled([str(name) for name in names], path)
        if full is None:
            return None
        self._previous = full
        if len(full) < 2 or len(full) % 2 or not all(full):
            message = "a row is a namespace, a metric, and pairs of name and value of each dimension"
            self._report.error("dashboard-row", message, path)
            return None
        stat = rendering.get("stat", self._properties.get("stat", "Average"))
        period = rendering.get("period", self._properties.get("period", _PERIOD_S))
        if not self._is_statistic(stat, path) or not isinstance(period, int) or isinstance(period, bool):
            return None
        pairs = tuple(zip(full[2::2], full[3::2], strict=True))
        if len({name for name, _ in pairs}) < len(pairs):
            self._report.error("dashboard-row", "a dimension stands in the row twice", path)
        identified = MetricId(full[0], full[1], pairs)
        visible = rendering.get("visible") is not False
        return MetricQuery(identity, MetricStat(identified, str(stat), period), return_data=visible)

    def _filled(self, names: Sequence[str], path: Path) -> list[str] | None:
        """
        Return a row without shorthands; None where one repeats what is not there.

        ``.`` is what stands at the same place of the row before (documented), ``...`` all that stands up to there
        (observed in exports).
        """
        full: list[str] = []
        for place, name in enumerate(names):
            if name == "...":
                missing = len(self._previous) - (len(names) - place - 1)
                full += self._previous[len(full) : max(missing, len(full))]
            elif name == "." and len(full) < len(self._previous):
                full.append(self._previous[len(full)])
            elif name == ".":
                self._report.error("dashboard-row", "the row before has nothing here that . could repeat", path)
                return None
            else:
                full.append(name)
        return full

    def _is_statistic(self, stat: object, path: Path) -> bool:
        if is_unknown(stat):
            return False
        try:
            parse_statistic(str(stat))
        except GenaiObsError as error:
            self._report.error("dashboard-statistic", str(error), path)
            return False
        return True


def _check_maths(queries: Sequence[MetricQuery], report: Report, path: Path) -> None:
    """Check expressions as graphs take them; nothing is asked where there are none."""
    if not any(query.expression for query in queries):
        return
    try:
        warnings = check_queries(queries, for_alarm=False)
    except RequestError as error:
        # What only AWS can compute is right, and is computed there.
        if {found.slug for _, row in error.rows for found in row.diagnostics} != {NEEDS_AWS}:
            report.error("dashboard-expression", f"an expression cannot be evaluated:\n{error}", path)
    except GenaiObsError as error:
        report.error("dashboard-expression", str(error), path)
    else:
        for identity, warning in warnings:
            report.warn("dashboard-expression", f"{identity}: {warning.message}", path)
