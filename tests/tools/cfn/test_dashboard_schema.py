"""The checker of dashboard bodies, case by case, and on whatever JSON there is."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from cfn_support import everything
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.tools.cfn.dashboard import dashboard_body
from genai_obs.tools.cfn.dashboard_schema import Problem, check_dashboard
from genai_obs.tools.cfn.places import Places
from genai_obs.tools.cfn.resolve import Unresolved

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "compliance" / "dashboard_bodies.json").read_text("utf-8")
)
WARNINGS = {"dashboard-unknown-member", "dashboard-overlap", "dashboard-view"}
METRIC: dict[str, Any] = {"region": "eu-west-1", "metrics": [["N", "M"]]}
BODY: dict[str, Any] = dashboard_body(everything(), Places(log_groups=("/a",), functions=("f",)))
# Widgets with the same members are checked by the same rules: one of them stands for all.
KINDS: dict[tuple[str, ...], Any] = {
    (widget["type"], *sorted(widget["properties"])): widget for widget in BODY["widgets"]
}
SMALL: dict[str, Any] = {**BODY, "widgets": list(KINDS.values())}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 700) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_finds_exactly_what_is_wrong(case: dict[str, Any]) -> None:
    """Each rule once where it is broken, and not where it is kept."""
    problems = check_dashboard(case["body"])

    assert [problem.slug for problem in problems] == case["problems"], problems
    warns = case.get("warning", bool(problems) and problems[0].slug in WARNINGS)
    assert {problem.severity for problem in problems} <= {"warning" if warns else "error"}


def test_says_where_and_what() -> None:
    """The widget is named by its number and title, the member by its path."""
    widget = {
        "type": "metric",
        "properties": {"region": "r", "title": "Spend", "metrics": [["N", "A", {"color": "red"}]]},
    }

    assert check_dashboard({"widgets": [widget]}) == (
        Problem(
            "dashboard-member",
            'widget 1 "Spend", metrics[0][2].color: color must be a colour such as #d62728',
            "error",
            ("widgets", 0, "properties", "metrics", 0, 2, "color"),
        ),
    )


def metrics(number: int) -> dict[str, Any]:
    """Return a widget of so many metrics."""
    rows = [["N", f"m{index}"] for index in range(number)]
    return {"type": "metric", "properties": {"region": "r", "metrics": rows}}


ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
TEXT = {"type": "text", "properties": {"markdown": "m"}}
VARIABLE = {"type": "property", "property": "region", "inputType": "select"}


@pytest.mark.parametrize(
    ("most", "too_many", "slug"),
    [
        ({"widgets": [TEXT] * 500}, {"widgets": [TEXT] * 501}, "dashboard-member"),
        ({"widgets": [metrics(500)]}, {"widgets": [metrics(501)]}, "dashboard-limit"),
        ({"widgets": [metrics(500)] * 5}, {"widgets": [metrics(500)] * 5 + [metrics(1)]}, "dashboard-limit"),
        (
            {"widgets": [{"type": "alarm", "properties": {"alarms": [ARN] * 100}}]},
            {"widgets": [{"type": "alarm", "properties": {"alarms": [ARN] * 101}}]},
            "dashboard-member",
        ),
        (
            {"widgets": [], "variables": [VARIABLE] * 25},
            {"widgets": [], "variables": [VARIABLE] * 26},
            "dashboard-member",
        ),
    ],
    ids=["widgets", "metrics of a widget", "metrics of all", "alarms", "variables"],
)
def test_limits_are_kept_to_the_last_one(most: object, too_many: object, slug: str) -> None:
    """As many as there may be are fine, one more is not."""
    assert check_dashboard(most) == ()
    assert [problem.slug for problem in check_dashboard(too_many)] == [slug]


def test_what_only_a_deployment_knows_is_no_mistake() -> None:
    """References stay in the text of a body; one may stand for a number, a period, a statistic or an ARN."""
    rows = [["N", "A", "D", "${V}", {"stat": "${S}", "id": "${I}"}]]
    properties = {"region": "${AWS::Region}", "metrics": rows, "view": "${View}", "period": "PERIOD"}
    alarms = {"type": "alarm", "properties": {"alarms": ["${Other.Arn}"]}}
    body = json.dumps({"widgets": [{"type": "metric", "properties": properties}, alarms]})

    assert check_dashboard(body.replace('"PERIOD"', "${Period}")) == ()


def test_what_the_console_and_cdk_write_is_known() -> None:
    """A time range of one widget, and an explorer that is split by nothing."""
    ranged = {**METRIC, "start": "-PT72H", "end": "P0D"}
    explorer = {"metrics": [{"metricName": "M", "resourceType": "AWS::EC2::Instance", "stat": "Sum"}], "splitBy": ""}
    kinds = {"metric": ranged, "explorer": explorer}

    assert check_dashboard(json.dumps({"widgets": [{"type": kind, "properties": kinds[kind]} for kind in kinds]})) == ()


@pytest.mark.parametrize(
    "widget",
    [
        {"type": "metric", "properties": {**METRIC, "view": [], "setPeriodToTimeRange": True}},
        {"type": "log", "properties": {"region": "eu-west-1", "query": "fields @message", "view": {}}},
    ],
)
def test_a_view_that_is_no_text_is_an_error(widget: dict[str, Any]) -> None:
    """Lists and objects are looked at like any other value."""
    found = check_dashboard(json.dumps({"widgets": [widget]}))

    assert {problem.severity for problem in found if "view" in problem.sentence} >= {"error"}


@pytest.mark.parametrize("name", ["type", "inputType"])
def test_a_variable_of_no_text_is_an_error(name: str) -> None:
    """As above."""
    variable = {"type": "property", "property": "FunctionName", "inputType": "input", "id": "f", name: []}

    found = check_dashboard(json.dumps({"widgets": [], "variables": [variable]}))

    assert [problem.severity for problem in found] == ["error"]


def test_a_reference_does_not_hide_broken_json() -> None:
    """The place is that of the text as it stands."""
    [problem] = check_dashboard('{"widgets": ${W}, }')

    assert (problem.slug, "column 13" in problem.sentence) == ("dashboard-json", True)


def test_says_where_json_breaks() -> None:
    """By line and column of the text."""
    [problem] = check_dashboard('{\n  "widgets": [,]\n}')

    assert "line 2, column 15" in problem.sentence


@pytest.mark.parametrize("body", [None, 3, Unresolved("Body"), "[" * 100_000, "9" * 10_000])
def test_what_is_no_body_is_said_to_be_none(body: object) -> None:
    """Whatever a template has there."""
    [problem] = check_dashboard(body)

    assert problem.slug == "dashboard-json"


@given(JSON, st.data())
@settings(max_examples=80, deadline=None)
def test_any_value_anywhere_is_judged(value: object, data: st.DataObject) -> None:
    """One member of a good body becomes anything: the checker always answers."""
    body = copy.deepcopy(SMALL)
    place: Any = body
    while True:
        steps = list(place) if isinstance(place, dict) else list(range(len(place)))
        step = data.draw(st.sampled_from(steps))
        if not isinstance(place[step], dict | list) or not place[step] or data.draw(st.integers(0, 3)) == 0:
            place[step] = value
            break
        place = place[step]

    for problem in check_dashboard(body):
        assert problem.sentence


@given(JSON)
@settings(max_examples=100, deadline=None)
def test_any_json_is_judged(body: object) -> None:
    """From the top."""
    problems = check_dashboard(body)

    assert problems or isinstance(body, dict)
