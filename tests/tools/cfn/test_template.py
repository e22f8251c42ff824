"""What else a template holds: topics and who may use them, a role, detectors, saved queries, log groups, a budget."""

import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from cfn_support import EVERYTHING, SETTINGS, deployed, everything, of_kind

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.rule import LogAlarm, MetricAlarm
from genai_obs.tools.alarms.validity import problems_of
from genai_obs.tools.cfn.detectors import detector_resources
from genai_obs.tools.cfn.intrinsics import references_in
from genai_obs.tools.cfn.options import TemplateOptions
from genai_obs.tools.cfn.parameters import parameters_of
from genai_obs.tools.cfn.template import build_template, render_template
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Definitions, Settings
from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.metrics.queries import MetricQuery, MetricStat
from genai_obs.tools.queries import SavedQuery
from genai_obs.tools.text.diagnostics import TextError

ACCOUNT = "123456789012"
NOTHING = TemplateOptions(with_dashboard=False)


def test_the_same_definitions_give_the_same_bytes_in_every_process() -> None:
    """Neither the time nor the hashes of a process show."""
    script = (
        "import sys; from cfn_support import EVERYTHING, everything; "
        "from genai_obs.tools.cfn.template import render_template; "
        "sys.stdout.write(render_template(everything(), EVERYTHING))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert texts == {render_template(everything(), EVERYTHING)}


def test_yaml_and_json_are_the_same_template() -> None:
    """Short forms and blocks of text are another spelling, nothing else."""
    assert deployed(everything(), form="yaml") == deployed(everything(), form="json")
    assert json.loads(render_template(everything(), EVERYTHING, "json")) == build_template(everything(), EVERYTHING)


def test_all_that_is_referred_to_is_there_and_all_parameters_are_used() -> None:
    """No reference leads nowhere, and a deployment asks for nothing in vain."""
    for options in (TemplateOptions(), EVERYTHING, NOTHING):
        template: dict[str, Any] = build_template(everything(), options)
        used = references_in([template["Resources"], template["Conditions"], template["Outputs"]])

        known = {*template["Parameters"], *template["Resources"]}

        assert {name for name in used if not name.startswith("AWS::")} <= known
        assert set(template["Parameters"]) <= used


def test_every_alarm_is_one_that_cloudwatch_takes() -> None:
    """Our own rules find no error, for cfn-lint lets most of them pass."""
    errors = [p for alarm in everything().alarms for p in problems_of(alarm) if p.severity == "error"]

    assert errors == []


def test_an_alarm_that_cloudwatch_would_refuse_is_not_written() -> None:
    """The sentence names the alarm and the rule."""
    alarm = next(alarm for alarm in everything().alarms if isinstance(alarm, MetricAlarm))
    wrong = replace(alarm, datapoints_to_alarm=9)

    with pytest.raises(GenaiObsError, match=r"error-rate: .*9") as raised:
        render_template(Definitions(SETTINGS, (wrong,), ()), EVERYTHING)

    assert raised.value.slug == "bad-alarm"


def test_every_row_of_maths_says_whether_it_returns_data() -> None:
    """The default is true, and then CloudFormation fails."""
    alarms = of_kind(deployed(everything()), "AWS::CloudWatch::Alarm")
    rows = [row for alarm in alarms.values() for row in alarm.get("Metrics", ())]

    assert rows
    assert all(isinstance(row["ReturnData"], bool) for row in rows)
    assert all(alarm["TreatMissingData"] for alarm in alarms.values())


def test_who_pages_reports_to_one_topic_and_who_tells_to_another() -> None:
    """Alarms for which a composite speaks report nowhere."""
    definitions = everything()
    resources = deployed(definitions)
    topics = {"page": "PageTopic", "tell": "AlertTopic"}

    for alarm in definitions.alarms:
        [found] = [p for p in (r["Properties"] for r in resources.values()) if p.get("AlarmName") == alarm.name]
        topic = topics.get(definitions.notification(alarm.name))
        expected = None if topic is None else [f"arn:aws:sns:us-east-1:{ACCOUNT}:{topic}"]
        assert (found.get("AlarmActions"), found.get("OKActions")) == (expected, expected)


def test_only_alarms_of_this_account_may_publish() -> None:
    """Each topic has its statement: service, action and both conditions."""
    [policy] = of_kind(deployed(everything(), NOTHING), "AWS::SNS::TopicPolicy").values()

    assert [statement["Resource"].rpartition(":")[2] for statement in policy["PolicyDocument"]["Statement"]] == [
        "PageTopic",
        "AlertTopic",
    ]
    for statement in policy["PolicyDocument"]["Statement"]:
        assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
        assert statement["Action"] == "sns:Publish"
        assert statement["Condition"] == {
            "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:*"},
            "StringEquals": {"aws:SourceAccount": ACCOUNT},
        }


def test_topics_are_encrypted_only_with_a_key_that_cloudwatch_can_use() -> None:
    """Never with alias/aws/sns, whose policy nobody can change."""
    plain = of_kind(deployed(everything(), NOTHING), "AWS::SNS::Topic")
    resources = deployed(everything(), replace(NOTHING, with_key=True, with_budget=True))
    [key] = of_kind(resources, "AWS::KMS::Key").values()
    [grant] = [s for s in key["KeyPolicy"]["Statement"] if "Service" in s["Principal"]]

    assert all("KmsMasterKeyId" not in topic for topic in plain.values())
    assert all("KmsMasterKeyId" in topic for topic in of_kind(resources, "AWS::SNS::Topic").values())
    assert grant["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert grant["Principal"]["Service"] == ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    assert grant["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_mail_goes_out_only_if_there_is_an_address() -> None:
    """The condition is false without one, and the address is a parameter either way."""
    template: dict[str, Any] = build_template(everything(), NOTHING)
    mails = [r for r in template["Resources"].values() if r["Type"] == "AWS::SNS::Subscription"]

    assert template["Parameters"]["AlertEmail"]["Default"] == ""
    assert [mail["Condition"] for mail in mails] == ["HasAlertEmail"] * 2
    assert template["Conditions"]["HasAlertEmail"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlertEmail"}, ""]}]}


def test_the_role_of_log_alarms_may_query_their_groups_and_nothing_else() -> None:
    """StartQuery reads logs, so it is confined; the rest of the four actions follows a query."""
    [role] = of_kind(deployed(everything()), "AWS::IAM::Role").values()
    [policy] = role["Policies"]
    start, follow = policy["PolicyDocument"]["Statement"]
    [trust] = role["AssumeRolePolicyDocument"]["Statement"]

    group = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/support:*"
    assert (start["Action"], start["Resource"]) == ("logs:StartQuery", [group])
    assert follow["Action"] == ["logs:DescribeLogGroups", "logs:GetQueryResults", "logs:StopQuery"]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_without_log_alarms_there_is_no_role() -> None:
    """Nobody gets a role that nothing uses."""
    alarms = tuple(alarm for alarm in everything().alarms if not isinstance(alarm, LogAlarm))

    resources = deployed(Definitions(SETTINGS, alarms, ()), NOTHING)

    assert of_kind(resources, "AWS::IAM::Role") == {}


def test_each_band_has_a_detector_of_exactly_what_it_is_drawn_around() -> None:
    """A single metric is named; of maths all rows are given, and one returns data."""
    detectors = of_kind(deployed(everything(), NOTHING), "AWS::CloudWatch::AnomalyDetector")

    assert detectors["CostAnomalyDetector"] == {
        "SingleMetricAnomalyDetector": {
            "Namespace": "AI/LLMMetrics",
            "MetricName": "AICost",
            "Dimensions": [{"Name": "Environment", "Value": "production"}],
            "Stat": "Sum",
        },
        "Configuration": {"MetricTimeZone": "UTC"},
    }


def test_the_detector_of_maths_has_the_rows_that_the_band_needs_and_no_others() -> None:
    """Exactly one of them returns data, although the alarm's own rows differ."""
    stat = MetricStat(MetricId.of("AI/LLMMetrics", "InputTokens", {}), "Sum", 3600)
    rows = (
        MetricQuery("a", stat, return_data=False),
        MetricQuery("unused", stat, return_data=False),
        MetricQuery("b", stat, return_data=False),
        MetricQuery("both", expression="a + b"),
        MetricQuery("band", expression="ANOMALY_DETECTION_BAND( both , 2.5)"),
    )
    base = next(alarm for alarm in everything().alarms if isinstance(alarm, MetricAlarm) and alarm.band_id)
    alarm = replace(base, name="shop-production-maths", queries=rows, band_id="band", timezone="Europe/Berlin")

    detectors: dict[str, Any] = detector_resources([alarm], parameters_of(everything(), NOTHING), "shop-production-")

    [detector] = detectors.values()
    assert detector["Properties"]["Configuration"] == {"MetricTimeZone": "Europe/Berlin"}
    found = detector["Properties"]["MetricMathAnomalyDetector"]["MetricDataQueries"]
    assert [(row["Id"], row["ReturnData"]) for row in found] == [("a", False), ("b", False), ("both", True)]


def test_every_saved_query_is_one_that_cloudwatch_takes() -> None:
    """The linters of templates look at no query, so our parser does."""
    definitions = everything()
    queries = of_kind(deployed(definitions), "AWS::Logs::QueryDefinition")

    assert [query["Name"] for query in queries.values()] == [
        f"shop/production/{query.name}" for query in definitions.queries
    ]
    for query, saved in zip(queries.values(), definitions.queries, strict=True):
        assert query["QueryString"] == f"# {saved.title}\n{saved.text}"
        assert check_query(parse_query(query["QueryString"])) == check_query(parse_query(saved.text))
        assert query["LogGroupNames"] == list(EVERYTHING.log_groups)


def test_a_wrong_query_is_refused() -> None:
    """Its mistake is shown with its place."""
    definitions = Definitions(Settings(), (), (SavedQuery("wrong", "t", "fieldz @message"),))

    with pytest.raises(TextError, match="fieldz"):
        render_template(definitions, NOTHING)


def test_log_groups_are_made_only_when_asked_and_outlive_the_stack() -> None:
    """The records are the only copy of what was spent."""
    resources = deployed(everything())

    assert of_kind(deployed(everything(), NOTHING), "AWS::Logs::LogGroup") == {}
    groups = [found for found in resources.values() if found["Type"] == "AWS::Logs::LogGroup"]
    assert [group["Properties"]["LogGroupName"] for group in groups] == list(EVERYTHING.log_groups)
    for group in groups:
        assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("Retain", "Retain")
        assert group["Properties"]["RetentionInDays"] == 90
        assert group["Properties"]["LogGroupClass"] == "STANDARD"


def test_each_log_group_has_a_detector_of_its_own() -> None:
    """CloudWatch takes one log group for a detector."""
    with_groups = of_kind(deployed(everything()), "AWS::Logs::LogAnomalyDetector")
    without = of_kind(
        deployed(everything(), replace(NOTHING, with_log_anomalies=True)), "AWS::Logs::LogAnomalyDetector"
    )

    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/support"
    assert len(with_groups) == 2
    assert without["LogAnomalies"]["LogGroupArnList"] == [arn]
    assert with_groups["LogAnomalies"]["LogGroupArnList"] == [arn]


def test_the_budget_watches_bedrock_and_shares_the_parameter_of_the_alarm() -> None:
    """It reports to the topic for mornings, which lets it publish first."""
    resources = deployed(everything(), parameters={"DailyBudgetUsd": 7})
    budget = resources["BedrockBudget"]
    [notified] = budget["Properties"]["NotificationsWithSubscribers"]

    assert budget["DependsOn"] == "TopicPolicy"
    assert budget["Properties"]["Budget"]["BudgetLimit"] == {"Amount": 7, "Unit": "USD"}
    assert budget["Properties"]["Budget"]["CostFilters"] == {"Service": ["Amazon Bedrock"]}
    assert notified["Subscribers"] == [
        {"SubscriptionType": "SNS", "Address": f"arn:aws:sns:us-east-1:{ACCOUNT}:AlertTopic"}
    ]
    assert "BedrockBudget" not in deployed(everything(), NOTHING)


def test_two_thresholds_of_one_parameter_must_agree() -> None:
    """Otherwise one of them would not be what its definition says."""
    first = next(a for a in everything().alarms if isinstance(a, MetricAlarm) and a.threshold_parameter)
    second = replace(first, name="second", threshold=1.0)

    with pytest.raises(GenaiObsError, match="two alarms set the parameter") as raised:
        render_template(Definitions(SETTINGS, (first, second), ()), NOTHING)

    assert raised.value.slug == "threshold-twice"


@pytest.mark.parametrize("environment", ["it's", 'a"b', "a\\b"])
def test_an_environment_that_would_end_a_quoted_text_is_refused(environment: str) -> None:
    """It stands in queries, in SEARCH and in the JSON of the dashboard."""
    definitions = Definitions(Settings(environment=environment), (), ())

    with pytest.raises(GenaiObsError) as raised:
        render_template(definitions, NOTHING)

    assert raised.value.slug == "unfit-name"


def test_alarms_whose_names_differ_in_signs_only_have_ids_of_their_own() -> None:
    """Logical ids have letters and digits only."""
    first = next(alarm for alarm in everything().alarms if isinstance(alarm, MetricAlarm))
    alarms = tuple(replace(first, name=f"shop-production-{name}") for name in ("a-b", "a_b", "aB", "ä"))

    resources = deployed(Definitions(SETTINGS, alarms, ()), NOTHING)

    assert len(of_kind(resources, "AWS::CloudWatch::Alarm")) == 4


def test_definitions_of_one_name_are_refused() -> None:
    """In a template the second would silently replace the first."""
    alarm = everything().alarms[0]
    query = everything().queries[0]

    for twice in (Definitions(SETTINGS, (alarm, alarm), ()), Definitions(SETTINGS, (), (query, query))):
        with pytest.raises(GenaiObsError) as raised:
            render_template(twice, NOTHING)
        assert raised.value.slug == "same-name"


@pytest.mark.parametrize(
    "name", ["Environment", "AlertEmail", "LogGroupName", "ErrorRateAlarm", "PageTopic", "a-b", ""]
)
def test_a_threshold_cannot_take_the_name_of_something_else(name: str) -> None:
    """Parameters and resources share their names."""
    definitions = everything()
    first = next(alarm for alarm in definitions.alarms if isinstance(alarm, MetricAlarm))
    alarms = tuple(replace(a, threshold_parameter=name) if a is first else a for a in definitions.alarms)

    with pytest.raises(GenaiObsError) as raised:
        render_template(replace(definitions, alarms=alarms), NOTHING)

    assert raised.value.slug == "unfit-name"


def test_bands_of_alarms_with_like_names_have_a_detector_each() -> None:
    """Unless they are drawn around the same thing."""
    base = next(alarm for alarm in everything().alarms if isinstance(alarm, MetricAlarm) and alarm.band_id)
    other = replace(base, name="shop-production-a_b", timezone="Europe/Berlin")
    same = replace(base, name="shop-production-same")
    alarms = (replace(base, name="shop-production-a-b"), other, same)

    detectors = of_kind(deployed(Definitions(SETTINGS, alarms, ()), NOTHING), "AWS::CloudWatch::AnomalyDetector")

    assert list(detectors) == ["ABDetector", "ABDetector2"]


@pytest.mark.parametrize("threshold", [math.nan, math.inf])
def test_a_threshold_that_is_no_number_is_refused(threshold: float) -> None:
    """Neither JSON nor CloudWatch has one."""
    first = next(alarm for alarm in everything().alarms if isinstance(alarm, MetricAlarm))
    alarm = replace(first, threshold=threshold)

    with pytest.raises(GenaiObsError) as raised:
        render_template(Definitions(SETTINGS, (alarm,), ()), NOTHING)

    assert raised.value.slug == "bad-alarm"


def test_too_many_resources_are_refused() -> None:
    """CloudFormation takes 500."""
    queries = tuple(SavedQuery(f"q{number}", "t", "fields @message") for number in range(500))

    with pytest.raises(GenaiObsError) as raised:
        render_template(Definitions(Settings(), (), queries), TemplateOptions())

    assert raised.value.slug == "too-many-resources"


def test_the_default_template_fits_into_a_request() -> None:
    """51,200 bytes go without a bucket."""
    settings = Settings(function_name="support", log_group="/aws/lambda/support")

    assert len(render_template(default_definitions(settings), TemplateOptions()).encode()) <= 51_200


def test_the_transform_of_sam_is_there_when_asked() -> None:
    """Functions can then stand beside."""
    assert "Transform" not in build_template(everything(), NOTHING)
    with_sam = build_template(everything(), replace(NOTHING, with_sam=True))
    assert with_sam["Transform"] == "AWS::Serverless-2016-10-31"
