"""Templates that deploy and then never work, as far as the tools' other tests do not look at them already."""

import json
import textwrap

import pytest

from genai_obs.tools.check.finding import Finding
from genai_obs.tools.check.published import Published
from genai_obs.tools.check.template import check_template
from genai_obs.tools.metrics.identity import MetricId
from genai_obs.tools.text.diagnostics import TextError


def findings(resources: str, published: Published | None = None) -> tuple[Finding, ...]:
    """Check a template with these resources."""
    text = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n" + textwrap.indent(textwrap.dedent(resources), "  ")
    return check_template(text, published or Published())[1]


def slugs(resources: str, published: Published | None = None) -> list[str]:
    """Return what is found, by name."""
    return [finding.slug for finding in findings(resources, published)]


ALARM = """
    Spend:
      Type: AWS::CloudWatch::Alarm
      Properties:
        AlarmDescription: The day costs too much.
        Namespace: AI/LLMMetrics
        MetricName: AICost
        Dimensions: [{Name: Environment, Value: production}]
        Statistic: Sum
        Period: 86400
        EvaluationPeriods: 1
        Threshold: 50
        ComparisonOperator: GreaterThanThreshold
        TreatMissingData: notBreaching
"""

COUNT_CALLED_RATE = """
    ErrorRate:
      Type: AWS::CloudWatch::Alarm
      Properties:
        AlarmName: ai-handler-error-rate-high
        AlarmDescription: Lambda error rate exceeded 5%
        MetricName: Errors
        Namespace: AWS/Lambda
        Statistic: Sum
        Period: 300
        EvaluationPeriods: 2
        Threshold: 10
        ComparisonOperator: GreaterThanThreshold
        Dimensions:
          - {Name: FunctionName, Value: ai-handler}
          - {Name: Resource, Value: "ai-handler:production"}
        TreatMissingData: notBreaching
"""

TOKEN_BUDGET = """
    TokenBudget:
      Type: AWS::CloudWatch::Alarm
      Properties:
        AlarmName: ai-daily-token-budget-warning
        AlarmDescription: Daily token spend approaching budget
        Metrics:
          - Id: input_tokens
            MetricStat:
              Metric:
                Namespace: AI/LLMMetrics
                MetricName: InputTokens
                Dimensions:
                  - {Name: Environment, Value: production}
              Period: 86400
              Stat: Sum
          - Id: cost
            Expression: input_tokens * 0.000003
            Label: Daily Cost (USD)
        ComparisonOperator: GreaterThanThreshold
        Threshold: 50.0
        EvaluationPeriods: 1
"""


def test_a_good_alarm_has_no_findings() -> None:
    """What is right is left alone."""
    assert findings(ALARM) == ()


def test_the_first_alarm_of_the_seed_counts_instead_of_rating() -> None:
    """It is said that the Sum of Errors is no rate, and that the alias may have no data."""
    found = {finding.slug: finding for finding in findings(COUNT_CALLED_RATE)}

    assert set(found) == {"count-called-rate", "lambda-resource"}
    assert "100 * errors / calls" in found["count-called-rate"].sentence


def test_the_second_alarm_of_the_seed_cannot_be_created() -> None:
    """Two rows return data, and missing data is left at its default."""
    assert set(slugs(TOKEN_BUDGET)) == {"return-data", "missing-data-default"}


def test_the_second_alarm_of_the_seed_watches_what_its_own_code_never_publishes() -> None:
    """Beside lines that publish the seed's only set of dimensions, the alarm's set is said to be without data."""
    theirs = MetricId.of("AI/LLMMetrics", "InputTokens", {"ModelId": "m", "Environment": "production"})

    found = [finding for finding in findings(TOKEN_BUDGET, Published([theirs])) if finding.slug == "never-published"]

    assert len(found) == 1
    assert "{Environment, ModelId}, never with {Environment}" in found[0].sentence


def test_a_metric_that_lines_do_not_have_is_named() -> None:
    """A misspelt metric of a namespace that the lines know has no data either."""
    other = MetricId.of("AI/LLMMetrics", "Cost", {"Environment": "production"})

    assert slugs(ALARM, Published([other])) == ["never-published"]


def test_what_a_day_of_lines_does_not_have_may_be_rare() -> None:
    """Lines are a sample: a metric of one's own that is not in them is doubted, and not called impossible."""
    other = MetricId.of("Shop", "Orders", {"Environment": "production"})

    (found,) = findings(ALARM.replace("AI/LLMMetrics", "Shop").replace("AICost", "Refunds"), Published([other]))

    assert (found.slug, found.severity) == ("never-published", "warning")


def test_metrics_of_the_record_are_expected_where_one_of_them_is() -> None:
    """A day without a failure of the library has no ObservationErrors, and the alarm on them is right."""
    other = MetricId.of("AI/LLMMetrics", "InferenceErrors", {"Environment": "production"})

    assert slugs(ALARM.replace("AICost", "ObservationErrors"), Published([other])) == []


def test_findings_point_at_their_place() -> None:
    """The dimensions of the second row of metrics are marked, not the resource."""
    text = "Resources:\n" + textwrap.indent(textwrap.dedent(TOKEN_BUDGET.replace("Environment,", "Env,")), "  ")

    source, found = check_template(text)
    span = next(finding.span for finding in found if finding.slug == "unpublished-dimensions")

    assert span is not None
    assert source.text[span.start : span.end] == "Dimensions"


def test_aws_publishes_no_cost_by_tenant() -> None:
    """A dimension that a service does not have means silence."""
    alarm = (
        ALARM.replace("AI/LLMMetrics", "AWS/Bedrock").replace("AICost", "Invocations").replace("Environment", "Tenant")
    )

    assert slugs(alarm) == ["never-published"]


TOPIC = (
    ALARM
    + """
        AlarmActions: [!Ref Topic]
    Topic:
      Type: AWS::SNS::Topic
"""
)


def test_a_plain_topic_is_fine() -> None:
    """SNS lets the account's own alarms in by default."""
    assert slugs(TOPIC) == []


@pytest.mark.parametrize(
    ("key", "severity"), [("alias/aws/sns", "error"), ("arn:aws:kms:us-east-1:123456789012:key/1", "warning")]
)
def test_keys_of_alarm_topics_are_looked_at(key: str, severity: str) -> None:
    """The AWS-managed key cannot work; of others only their policy tells."""
    found = findings(f"{TOPIC}      Properties: {{KmsMasterKeyId: '{key}'}}\n")

    assert [(finding.slug, finding.severity) for finding in found] == [("topic-key", severity)]


KEY = """
    Key:
      Type: AWS::KMS::Key
      Properties:
        KeyPolicy:
          Statement:
            - {Effect: Allow, Principal: {Service: cloudwatch.amazonaws.com}, Action: %s, Resource: "*"}
"""


@pytest.mark.parametrize(
    ("reference", "actions", "expected"),
    [
        ("!GetAtt Key.Arn", "[kms:Decrypt, 'kms:GenerateDataKey*']", []),
        ("!Ref Key", "'kms:*'", []),
        ("!Ref Key", "kms:Decrypt", ["error"]),
        ("!GetAtt Key.Arn", "'kms:GenerateDataKey*'", ["error"]),
        ("!ImportValue key", "'kms:*'", ["warning"]),
    ],
)
def test_a_key_of_the_same_template_is_looked_into(reference: str, actions: str, expected: list[str]) -> None:
    """Its policy must let CloudWatch both decrypt and make data keys; of a key elsewhere nobody here can tell."""
    found = findings(f"{TOPIC}      Properties: {{KmsMasterKeyId: {reference}}}\n{KEY % actions}")

    assert [finding.severity for finding in found if finding.slug == "topic-key"] == expected


def test_a_key_of_a_topic_that_no_alarm_uses_is_not_our_matter() -> None:
    """Other topics may be encrypted as they like."""
    assert slugs("Topic:\n  Type: AWS::SNS::Topic\n  Properties: {KmsMasterKeyId: alias/aws/sns}\n") == []


POLICY = """
    Policy:
      Type: AWS::SNS::TopicPolicy
      Properties:
        Topics: [!Ref Topic]
        PolicyDocument:
          Statement:
            - {Effect: Allow, Principal: {Service: %s}, Action: %s, Resource: "*"}
"""


@pytest.mark.parametrize(
    ("principal", "action", "expected"),
    [
        ("cloudwatch.amazonaws.com", "sns:Publish", []),
        ("[events.amazonaws.com, cloudwatch.amazonaws.com]", "[SNS:Publish]", []),
        ("events.amazonaws.com", "sns:Publish", ["topic-policy"]),
        ("cloudwatch.amazonaws.com", "sns:Subscribe", ["topic-policy"]),
        ("cloudwatch.amazonaws.com", "'sns:Pub*'", []),
        ("cloudwatch.amazonaws.com", "'SNS:*'", []),
        ("cloudwatch.amazonaws.com", "!ImportValue actions", []),
        ("!ImportValue service", "sns:Publish", []),
    ],
)
def test_a_policy_must_let_cloudwatch_publish(principal: str, action: str, expected: list[str]) -> None:
    """A policy of one's own replaces the default that let alarms in; what is only known later may do so too."""
    assert slugs(TOPIC + POLICY % (principal, action)) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("{Effect: Allow, Principal: '*', Action: sns:Publish}", []),
        ("{Effect: Allow, Principal: {AWS: ['*']}, Action: sns:Publish}", []),
        ("{Effect: Deny, Principal: '*', Action: sns:Publish}", ["topic-policy"]),
        ("{Effect: Allow, Principal: {AWS: '123456789012'}, Action: sns:Publish}", ["topic-policy"]),
        ("{Effect: Allow, Principal: {Service: cloudwatch.amazonaws.com}, NotAction: sns:Subscribe}", []),
        ("{Effect: Allow, Principal: {Service: cloudwatch.amazonaws.com}, NotAction: 'sns:*'}", ["topic-policy"]),
        ("!If [Unknown, {Effect: Deny}, {Effect: Allow}]", []),
        ("just a text", ["topic-policy"]),
    ],
)
def test_statements_are_read_as_iam_reads_them(statement: str, expected: list[str]) -> None:
    """Everybody, lists, exceptions, and whole statements that hang on a condition."""
    whole = POLICY.partition("            - ")[0] + f"            - {statement}\n"

    assert slugs(TOPIC + whole) == expected


FUNCTION = """
    Function:
      Type: AWS::Serverless::Function
      Properties:
        LoggingConfig: {LogFormat: %s, ApplicationLogLevel: %s}
"""


@pytest.mark.parametrize(
    ("log_format", "level", "expected"),
    [
        ("JSON", "INFO", []),
        ("JSON", "DEBUG", []),
        ("JSON", "WARN", ["level-drops-lines"]),
        ("JSON", "FATAL", ["level-drops-lines"]),
        ("Text", "INFO", ["level-without-json"]),
    ],
)
def test_levels_that_drop_lines_are_named(log_format: str, level: str, expected: list[str]) -> None:
    """Lambda takes a line without a level for INFO; a level without JSON means nothing."""
    assert slugs(FUNCTION % (log_format, level)) == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("{RetentionInDays: 30}", []),
        ("{}", ["no-retention"]),
        ("{RetentionInDays: 30, LogGroupClass: STANDARD}", []),
        ("{RetentionInDays: 30, LogGroupClass: INFREQUENT_ACCESS}", ["log-class"]),
    ],
)
def test_log_groups_are_looked_at(properties: str, expected: list[str]) -> None:
    """A class without EMF makes no metrics; no retention keeps lines for ever."""
    assert slugs(f"Logs:\n  Type: AWS::Logs::LogGroup\n  Properties: {properties}\n") == expected


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        ("AWS::Logs::LogGroup", "{RetentionInDays: 30, LogGroupClass: [INFREQUENT_ACCESS]}"),
        ("AWS::Lambda::Function", "{LoggingConfig: {ApplicationLogLevel: WARN, LogFormat: {a: b}}}"),
        ("AWS::Lambda::Function", "{LoggingConfig: {ApplicationLogLevel: [], LogFormat: JSON}}"),
    ],
)
def test_values_of_the_wrong_type_stop_nothing(kind: str, properties: str) -> None:
    """The schema's linters say so; here the rest of the template is looked at."""
    broken = f"Odd:\n  Type: {kind}\n  Properties: {properties}\n"

    assert "count-called-rate" in slugs(broken + textwrap.dedent(COUNT_CALLED_RATE))


def test_saved_queries_are_parsed() -> None:
    """A query that no engine takes is an error with the place inside it."""
    found = findings(
        "Q:\n  Type: AWS::Logs::QueryDefinition\n  Properties: {Name: q, QueryString: 'fieldz @x | statz'}\n"
    )

    assert [finding.slug for finding in found] == ["bad-query"]
    assert "did you mean stats?" in found[0].sentence


def test_dashboards_are_looked_into() -> None:
    """A body is a text for CloudFormation, and broken JSON for us."""
    body = "D:\n  Type: AWS::CloudWatch::Dashboard\n  Properties: {DashboardBody: '%s'}\n"

    assert findings(body % '{"widgets": []}') == ()
    assert [finding.severity for finding in findings(body % '{"widgets": [')] == ["error"]


def test_a_composite_of_alarms_that_are_not_there_is_named() -> None:
    """A child that no alarm of the template is called by is a warning: it may be elsewhere."""
    composite = "C:\n  Type: AWS::CloudWatch::CompositeAlarm\n  Properties: {AlarmRule: 'ALARM(nowhere)'}\n"

    assert slugs(composite) == ["unknown-alarm"]


def test_a_dimension_that_only_a_deployment_knows_hides_nothing() -> None:
    """Which resource is watched does not matter to what is wrong with watching it."""
    alarm = ALARM.replace("Value: production", "Value: !GetAtt Cluster.Name")

    assert findings(alarm) == ()
    assert slugs(alarm.replace("EvaluationPeriods: 1", "EvaluationPeriods: 8")) == ["alarm-window"]


def test_missing_data_that_is_chosen_is_no_default() -> None:
    """The trap is what nobody wrote; AWS's own recommended alarms write it out."""
    assert slugs(ALARM.replace("        TreatMissingData: notBreaching\n", "")) == ["missing-data-default"]
    assert slugs(ALARM.replace("notBreaching", "missing")) == []


@pytest.mark.parametrize(
    ("expressions", "severities"),
    [
        (["SERVICE_QUOTA(m)"], []),
        (["SERVICE_QUOTA(m)", "m +"], ["error"]),
        (["DB_PERF_INSIGHTS('RDS', 'db-A', ['os.memory.free.avg', 'os.cpuUtilization.user.avg'])"], []),
    ],
)
def test_what_only_aws_can_compute_is_no_error_and_hides_none(expressions: list[str], severities: list[str]) -> None:
    """A row that needs AWS is shown there; a broken one beside it is not."""
    rows = [["N", "M", {"id": "m"}], *([{"expression": text, "id": f"e{n}"}] for n, text in enumerate(expressions))]
    properties = {"region": "us-east-1", "metrics": rows}
    body = {"widgets": [{"type": "metric", "x": 0, "y": 0, "width": 6, "height": 6, "properties": properties}]}
    resource = {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": json.dumps(body)}}

    found = check_template(json.dumps({"Resources": {"D": resource}}))[1]

    assert [finding.severity for finding in found] == severities


def test_what_only_a_deployment_knows_is_said_not_guessed() -> None:
    """An alarm whose period is imported from another stack is not judged."""
    assert slugs(ALARM.replace("86400", "!ImportValue period")) == ["alarm-not-checked"]


def test_a_text_that_is_no_template_is_refused() -> None:
    """With its place."""
    with pytest.raises(TextError, match="not-a-template"):
        check_template("hello: world\n")
