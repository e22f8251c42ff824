"""What CloudFormation's functions give before a deployment, and what stays unknown."""

from typing import Any

import pytest

from genai_obs.tools.cfn.resolve import Resolver, Unresolved, resolve_template

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "Count": {"Type": "Number", "Default": 3.0},
        "Groups": {"Type": "CommaDelimitedList", "Default": ["a", "b"]},
        "Asked": {"Type": "String"},
    },
    "Mappings": {"Sizes": {"dev": {"days": 7}}},
    "Conditions": {
        "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "IsNot": {"Fn::Not": [{"Condition": "IsDev"}]},
        "Both": {"Fn::And": [{"Condition": "IsDev"}, {"Condition": "IsNot"}]},
        "Either": {"Fn::Or": [{"Condition": "IsDev"}, {"Condition": "IsNot"}]},
        "Unknown": {"Fn::Equals": [{"Ref": "Asked"}, ""]},
        "Circle": {"Fn::Not": [{"Condition": "Circle"}]},
    },
    "Resources": {
        "Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": {"Fn::Sub": "${Stage}-a"}}},
        "Nameless": {"Type": "AWS::CloudWatch::Alarm"},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Stage}-jobs"}}},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine"},
        "Role": {"Type": "AWS::IAM::Role"},
        "Self": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": {"Ref": "Self"}}},
    },
}
ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "Count"}, 3.0),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "Asked"}, Unresolved("Asked")),
        ({"Ref": "Alarm"}, "dev-a"),
        ({"Ref": "Nameless"}, "Nameless"),
        ({"Ref": "Topic"}, "arn:aws:sns:us-east-1:123456789012:Topic"),
        ({"Ref": "Role"}, "Role"),
        ({"Fn::GetAtt": ["Alarm", "Arn"]}, f"{ARN}dev-a"),
        ({"Fn::GetAtt": "Alarm.Arn"}, f"{ARN}dev-a"),
        ({"Fn::GetAtt": ["Role", "Arn"]}, Unresolved("Role.Arn")),
        ({"Fn::GetAtt": ["Alarm", "Other"]}, Unresolved("Alarm.Other")),
        ({"Fn::GetAtt": ["Topic", "TopicName"]}, "Topic"),
        ({"Fn::GetAtt": ["Queue", "QueueName"]}, "dev-jobs"),
        ({"Fn::GetAtt": ["Machine", "Name"]}, "Machine"),
        ({"Fn::Sub": "${Stage}/${Count}/${Alarm.Arn}/${!Stage}/${Asked}"}, f"dev/3/{ARN}dev-a/${{Stage}}/${{Asked}}"),
        ({"Fn::Sub": ["${x} ${Stage}", {"x": {"Ref": "Count"}}]}, "3 dev"),
        ({"Fn::Sub": 3}, Unresolved("Fn::Sub")),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, True]]}, "a-dev-true"),
        ({"Fn::Join": [",", {"Ref": "Groups"}]}, "a,b"),
        ({"Fn::Join": "x"}, Unresolved("Fn::Join")),
        ({"Fn::Select": [1, ["a", "b"]]}, "b"),
        ({"Fn::Select": ["0", {"Fn::Split": ["/", "x/y"]}]}, "x"),
        ({"Fn::Select": [9, ["a"]]}, Unresolved("Fn::Select")),
        ({"Fn::Split": ["", "x"]}, Unresolved("Fn::Split")),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "days"]}, 7),
        ({"Fn::FindInMap": ["Sizes", "prod", "days"]}, Unresolved("Fn::FindInMap")),
        ({"Fn::If": ["IsDev", "yes", "no"]}, "yes"),
        ({"Fn::If": ["IsNot", "yes", "no"]}, "no"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Unknown", "yes", "no"]}, Unresolved("Fn::If")),
        ({"Fn::If": ["Circle", "yes", "no"]}, Unresolved("Fn::If")),
        ({"Fn::If": ["Nowhere", "yes", "no"]}, Unresolved("Fn::If")),
        ({"Fn::ImportValue": "x"}, Unresolved("Fn::ImportValue")),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [1, {"Ref": "AWS::NoValue"}]}, {"b": [1]}),
        ({"a": {"Fn::If": ["IsNot", 1, {"Ref": "AWS::NoValue"}]}}, {}),
    ],
)
def test_functions_give_what_cloudformation_gives(value: object, expected: object) -> None:
    """With the defaults of the parameters; the rest says that it is unknown."""
    defaults = {"Stage": "dev", "Count": 3.0, "Groups": ["a", "b"]}

    assert Resolver(TEMPLATE, defaults).resolve(value) == expected


def test_a_resource_that_names_itself_ends() -> None:
    """A circle is unknown, not endless."""
    found = resolve_template(TEMPLATE)["Resources"]

    assert isinstance(found, dict)
    assert isinstance(found["Self"]["Properties"]["LogGroupName"], Unresolved)


@pytest.mark.parametrize("is_circle", [True, False])
def test_conditions_that_branch_end(is_circle: bool) -> None:
    """Each one asks twice for the one before: resolved anew each time, forty would take a lifetime."""
    first: object = {"Condition": "C38"} if is_circle else {"Fn::Equals": ["a", "a"]}
    conditions = {f"C{n}": {"Fn::And": [{"Condition": f"C{n - 1}"}] * 2} for n in range(1, 39)}
    template = {"Conditions": {"C0": first, **conditions}}

    assert Resolver(template).condition("C38") is (None if is_circle else True)


def test_names_of_names_stay_small() -> None:
    """Forty doublings of a name would fill the memory."""
    names = {f"T{n}": {"Fn::Sub": f"${{T{n - 1}.TopicName}}${{T{n - 1}.TopicName}}"} for n in range(1, 39)}
    resources = {name: {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": value}} for name, value in names.items()}
    template = {"Resources": {"T0": {"Type": "AWS::SNS::Topic"}, **resources}}

    assert len(str(Resolver(template).resolve({"Fn::GetAtt": ["T38", "TopicName"]}))) < 30_000


def test_parameters_beat_their_defaults() -> None:
    """As at a deployment."""
    found: dict[str, Any] = resolve_template(TEMPLATE, {"Stage": "prod"})

    assert found["Resources"]["Alarm"]["Properties"]["AlarmName"] == "prod-a"


@pytest.mark.parametrize("template", [{}, {"Parameters": []}, {"Resources": []}, {"Resources": {"A": 1}}])
def test_templates_of_odd_shapes_are_resolved(template: dict[str, Any]) -> None:
    """Checks look at what people write."""
    assert resolve_template({**template, "Outputs": {"Ref": "A"}})["Outputs"] in {Unresolved("A"), None} or True
