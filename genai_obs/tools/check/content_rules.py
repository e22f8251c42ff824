"""Queries and dashboards of a template: texts that no schema looks into."""

from collections.abc import Iterator, Sequence

from genai_obs.tools.cfn.dashboard_schema import check_dashboard
from genai_obs.tools.check.finding import Finding
from genai_obs.tools.check.resources import Resource
from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.text.diagnostics import TextError

_LANGUAGES = (None, "CWLI")


def check_contents(resources: Sequence[Resource]) -> Iterator[Finding]:
    """Yield what is wrong with saved queries and dashboards."""
    for resource in resources:
        if resource.kind == "AWS::Logs::QueryDefinition" and resource.get("QueryLanguage") in _LANGUAGES:
            yield from _check_query(resource)
        elif resource.kind == "AWS::CloudWatch::Dashboard":
            yield from _check_dashboard(resource)


def _check_query(resource: Resource) -> Iterator[Finding]:
    text = resource.get("QueryString")
    if not isinstance(text, str):
        return
    try:
        check_query(parse_query(text))
    except TextError as error:
        sentence = f"the query cannot be run:\n{error}"
        yield resource.finding("error", "bad-query", sentence, "QueryString")


def _check_dashboard(resource: Resource) -> Iterator[Finding]:
    body = resource.get("DashboardBody")
    if body is None:
        return
    for problem in check_dashboard(body):
        yield resource.finding(problem.severity, problem.slug, problem.sentence, "DashboardBody")
