"""The dashboard: one value, concrete or with references, of metrics and fields that are really published."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from cfn_support import EVERYTHING, SETTINGS, STATE_MACHINE, deployed, everything

from genai_obs.schema import DIMENSION_SETS, METRICS, NAMESPACE
from genai_obs.tools.cfn.dashboard import dashboard_body
from genai_obs.tools.cfn.dashboard_schema import check_dashboard
from genai_obs.tools.cfn.options import TemplateOptions
from genai_obs.tools.cfn.places import Places
from genai_obs.tools.cfn.widgets import Widget, placed, text
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Definitions, Settings

PLACES = Places(
    log_groups=EVERYTHING.log_groups,
    functions=EVERYTHING.functions,
    state_machines=EVERYTHING.state_machines,
    apis=EVERYTHING.apis,
    queues=EVERYTHING.queues,
)


def widgets(definitions: Definitions, places: Places = PLACES) -> list[dict[str, Any]]:
    """Return the widgets of the dashboard."""
    found = dashboard_body(definitions, places)["widgets"]
    assert isinstance(found, list)
    return found


def metric_rows(places: Places = PLACES) -> list[list[Any]]:
    """Return all rows of all metric widgets."""
    return [row for widget in widgets(everything(), places) for row in widget["properties"].get("metrics", ())]


@pytest.mark.parametrize("places", [Places(), PLACES], ids=["nothing named", "all named"])
@pytest.mark.parametrize("settings", [Settings(), SETTINGS, Settings(environment="a b")])
def test_the_checker_finds_nothing(settings: Settings, places: Places) -> None:
    """Neither errors nor warnings, so nothing overlaps and every expression and query is right."""
    body = dashboard_body(default_definitions(settings), places)

    assert check_dashboard(body) == ()
    assert check_dashboard(json.dumps(body)) == ()


def test_deployed_with_its_defaults_it_is_the_same_value() -> None:
    """What a browser shows and what CloudWatch gets do not differ."""
    body = deployed(everything())["Dashboard"]["Properties"]["DashboardBody"]

    assert json.loads(body) == dashboard_body(everything(), PLACES)


def test_deployed_elsewhere_it_shows_that_environment_and_its_thresholds() -> None:
    """As if the settings had said so."""
    there = replace(SETTINGS, environment="staging", error_rate_percent=1.5)
    places = replace(PLACES, log_groups=("/other", "/aws/lambda/triage"), region="us-east-1")

    resources = deployed(
        everything(),
        parameters={"Environment": "staging", "ErrorRatePercent": 1.5, "LogGroupName": "/other"},
    )

    assert resources["Dashboard"]["Properties"]["DashboardName"] == "shop-staging"
    body = json.loads(resources["Dashboard"]["Properties"]["DashboardBody"])
    assert body == dashboard_body(default_definitions(there), places)


def test_our_metrics_are_published_with_exactly_these_dimensions() -> None:
    """CloudWatch adds up nothing across dimensions: another set would show nothing for ever."""
    ours = [row for row in metric_rows() if row[0] == NAMESPACE]
    searched = [
        row[0]["expression"] for row in metric_rows() if isinstance(row[0], dict) and NAMESPACE in row[0]["expression"]
    ]

    assert {row[1] for row in ours} <= {metric.name for metric in METRICS}
    assert {tuple(row[2:-1:2]) for row in ours} <= set(DIMENSION_SETS)
    assert all("Environment,ModelId" in text for text in searched)
    assert ("ModelId", "Environment") in DIMENSION_SETS
    assert len(ours) > 10
    assert len(searched) == 3


def test_shows_only_what_has_a_name() -> None:
    """Empty graphs of services that nobody uses help nobody."""
    services = {row[0] for row in metric_rows(Places()) if isinstance(row[0], str)}
    named = {row[0] for row in metric_rows() if isinstance(row[0], str)}

    assert services == {NAMESPACE}
    assert named == {NAMESPACE, "AWS/Lambda", "AWS/States", "AWS/ApiGateway", "AWS/SQS", "AWS/Logs"}
    assert ["AWS/States", "ExecutionsFailed", "StateMachineArn", STATE_MACHINE] in [row[:4] for row in metric_rows()]
    assert all(widget["type"] != "log" for widget in widgets(everything(), Places()))


def test_a_line_marks_where_an_alarm_begins() -> None:
    """Of the alarm itself, so that graph and alarm cannot differ."""
    lines = {
        widget["properties"]["title"]: [line["value"] for line in widget["properties"]["annotations"]["horizontal"]]
        for widget in widgets(everything())
        if "annotations" in widget["properties"]
    }

    assert lines == {
        "Error rate": [5],
        "Latency": [10_000],
        "Time to the first token": [3_000],
        "Guardrail interventions": [10],
    }


def test_every_alarm_has_its_place() -> None:
    """By its ARN, in the order of the definitions."""
    [alarms] = [widget["properties"]["alarms"] for widget in widgets(everything()) if widget["type"] == "alarm"]

    assert alarms == [PLACES.alarm_arn(alarm.name) for alarm in everything().alarms]


def test_without_alarms_and_queries_there_is_still_a_dashboard() -> None:
    """Nothing refers to what is not there."""
    bare = Definitions(Settings(), (), ())

    assert check_dashboard(dashboard_body(bare, PLACES)) == ()
    assert Counter(widget["type"] for widget in widgets(bare))["alarm"] == 0


def test_totals_are_of_the_whole_range() -> None:
    """Otherwise a number would be that of the last hour."""
    totals = [w["properties"] for w in widgets(everything()) if w["properties"].get("view") == "singleValue"]

    assert [total["title"] for total in totals] == [
        "Spend (USD)",
        "Calls",
        "Input tokens",
        "Output tokens",
        "Error rate (%)",
        "Guardrail rate (%)",
    ]
    assert all(total["setPeriodToTimeRange"] and total["singleValueFullPrecision"] for total in totals)
    assert dashboard_body(everything(), PLACES)["periodOverride"] == "inherit"


def test_a_name_that_no_dashboard_can_have_is_left_to_cloudformation() -> None:
    """Blanks are fine in a dimension, not in a dashboard's name."""
    resources = deployed(default_definitions(Settings(environment="a b")), TemplateOptions())

    assert "DashboardName" not in resources["Dashboard"]["Properties"]
    assert "a b" in resources["Dashboard"]["Properties"]["DashboardBody"]


def test_text_that_looks_like_a_reference_stays_text() -> None:
    """A saved query may hold ${ }; CloudFormation must not fill it in."""
    definitions = everything()
    query = next(query for query in definitions.queries if query.name == "slow-requests")
    odd = replace(query, title="Slow ${Environment} ones")

    body = deployed(replace(definitions, queries=(odd,)))["Dashboard"]["Properties"]["DashboardBody"]

    assert "Slow ${Environment} ones" in [widget["properties"].get("title") for widget in json.loads(body)["widgets"]]


def test_a_line_of_widgets_goes_on_below_itself_at_the_edge() -> None:
    """Twenty-four columns fit, one more does not; the next line begins below the highest."""
    lines = [[text("a"), text("b", 3)], [Widget("text", {}, 12, 4), Widget("text", {}, 12, 1), Widget("text", {}, 1)]]

    places = [(widget["x"], widget["y"]) for widget in placed(lines)]

    assert places == [(0, 0), (0, 2), (0, 5), (12, 5), (0, 9)]
    assert [widget["x"] for widget in placed([[Widget("text", {}, 1), text("wide")]])] == [0, 0]
