"""``genai-obs template`` as a person or a pipeline runs it."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.cfn.load import load_template
from genai_obs.tools.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the command and gives exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["template", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def template_of(text: str) -> dict[str, Any]:
    """Return a template as data."""
    return load_template(text).plain()


def defaults_of(text: str) -> dict[str, Any]:
    """Return the parameters with their defaults; None where a deployment must say it."""
    return {name: member.get("Default") for name, member in template_of(text)["Parameters"].items()}


def test_without_options_it_is_the_default_set(run: Run) -> None:
    """The one thing that a deployment must say is where the records are."""
    code, out, err = run()

    assert (code, err) == (0, "")
    unknown = [name for name, default in defaults_of(out).items() if default is None]
    assert unknown == ["LogGroupName"]
    assert "ErrorRateAlarm" in template_of(out)["Resources"]


def test_a_function_brings_its_log_group_and_an_alarm_of_its_own(run: Run) -> None:
    """One name is enough for everything."""
    _, out, err = run("--function", "support")

    defaults = defaults_of(out)
    assert err == ""
    assert (defaults["FunctionName"], defaults["LogGroupName"]) == ("support", "/aws/lambda/support")
    assert {"LambdaErrorRateAlarm", "EmfProblemsAlarm"} <= set(template_of(out)["Resources"])


def test_a_log_group_that_is_named_is_the_one(run: Run) -> None:
    """A function can write elsewhere."""
    _, out, _ = run("--function", "support", "--log-group", "/records")

    assert defaults_of(out)["LogGroupName"] == "/records"
    assert "LogGroupName2" not in defaults_of(out)


def test_with_several_log_groups_log_alarms_look_at_all(run: Run) -> None:
    """None of them is the one whose lines are counted."""
    _, out, _ = run("--log-group", "/a", "--log-group", "/b", "--log-group", "/a")

    resources = template_of(out)["Resources"]
    query = resources["ThrottlesAlarm"]["Properties"]["ScheduledQueryConfiguration"]
    assert query["LogGroupIdentifiers"] == [{"Ref": "LogGroupName"}, {"Ref": "LogGroupName2"}]
    assert "EmfProblemsAlarm" not in resources
    assert "LogGroupName3" not in defaults_of(out)


def test_settings_become_defaults(run: Run) -> None:
    """By name, or the environment by its own option."""
    _, out, _ = run("--set", "daily_budget_usd=7.5", "--set", "application = shop", "--environment", "staging")

    template = template_of(out)
    assert template["Parameters"]["DailyBudgetUsd"]["Default"] == 7.5
    assert template["Parameters"]["Environment"]["Default"] == "staging"
    assert template["Resources"]["DailySpendAlarm"]["Properties"]["AlarmName"] == {
        "Fn::Sub": "shop-${Environment}-daily-spend"
    }


def test_definitions_come_from_a_file_and_options_beat_it(run: Run, tmp_path: Path) -> None:
    """What the file says of the log group, a function's default does not change."""
    file = tmp_path / "watch.toml"
    file.write_text('[settings]\nenvironment = "file"\nlog_group = "/from/file"\ndaily_budget_usd = 3\n', "utf-8")

    code, out, err = run("--definitions", str(file), "--environment", "option", "--function", "support")

    defaults = defaults_of(out)
    assert (code, err) == (0, "")
    assert (defaults["Environment"], defaults["DailyBudgetUsd"]) == ("option", 3)
    assert defaults["LogGroupName"] == "/from/file"


def test_everything_that_is_opted_into_is_there(run: Run) -> None:
    """And nothing of it otherwise."""
    kinds = {
        "AWS::Budgets::Budget": "--budget",
        "AWS::KMS::Key": "--encrypt",
        "AWS::Logs::LogAnomalyDetector": "--log-anomalies",
        "AWS::Logs::LogGroup": "--retention",
    }
    _, plain, _ = run("--function", "f")
    _, full, _ = run("--function", "f", "--budget", "--encrypt", "--log-anomalies", "--retention", "30", "--sam")

    assert not set(kinds) & {resource["Type"] for resource in template_of(plain)["Resources"].values()}
    assert set(kinds) <= {resource["Type"] for resource in template_of(full)["Resources"].values()}
    assert "Transform" in template_of(full)


def test_named_services_are_on_the_dashboard(run: Run) -> None:
    """Each by a parameter of its own."""
    arn = "arn:aws:states:us-east-1:123456789012:stateMachine:x"
    _, out, _ = run("--state-machine", arn, "--api", "front", "--queue", "in", "--queue", "out")

    body = template_of(out)["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    defaults = defaults_of(out)
    assert (defaults["StateMachineArn"], defaults["ApiName"]) == (arn, "front")
    assert (defaults["QueueName"], defaults["QueueName2"]) == ("in", "out")
    assert all(f"${{{name}}}" in body for name in ("StateMachineArn", "ApiName", "QueueName", "QueueName2"))


def test_without_a_dashboard_nothing_asks_for_what_only_it_shows(run: Run) -> None:
    """A parameter that nothing uses is a question in vain."""
    _, out, _ = run("--queue", "in", "--no-dashboard")

    assert "Dashboard" not in template_of(out)["Resources"]
    assert "QueueName" not in defaults_of(out)


@pytest.mark.parametrize("words", [("--json",), ("--format", "json")])
def test_json_is_json(run: Run, words: tuple[str, ...]) -> None:
    """The same template in the long form."""
    _, out, _ = run(*words)
    _, yaml, _ = run()

    assert json.loads(out) == template_of(yaml)


def test_it_can_be_written_to_a_file(run: Run, tmp_path: Path) -> None:
    """Then stdout is empty, and the bytes are the same."""
    file = tmp_path / "t.yaml"

    code, out, _ = run("--out", str(file))

    assert (code, out) == (0, "")
    assert file.read_text("utf-8") == run()[1]


def test_a_large_template_says_that_it_needs_a_bucket(run: Run) -> None:
    """On stderr: the template is right."""
    words = [word for number in range(20) for word in ("--queue", f"q{number}")]

    code, _, err = run(*words)

    assert code == 0
    assert "51,200 bytes" in err


def test_alarms_of_ones_own_are_warned_of(run: Run, tmp_path: Path) -> None:
    """With the rule's name; ours have their reasons in the docs."""
    file = tmp_path / "watch.toml"
    file.write_text(
        '[[alarm]]\nname = "calls"\ndescription = "d"\nmetric = "InferenceErrors"\nstatistic = "SampleCount"\n'
        'period_s = 86400\nthreshold = 1\ncomparison = "LessThanThreshold"\n'
        'evaluation_periods = 3\nmissing_data = "missing"\n',
        "utf-8",
    )
    code, _, err = run("--definitions", str(file))

    assert code == 0, err
    assert err.startswith("warning[")
    assert "calls" in err


def test_a_file_that_is_not_there_is_named(run: Run) -> None:
    """In one sentence."""
    code, out, err = run("--definitions", "/nowhere/at/all.toml")

    assert (code, out) == (2, "")
    assert "/nowhere/at/all.toml" in err


def test_without_pyyaml_it_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both libraries of it are in one extra."""
    for name in [name for name in sys.modules if name.startswith("genai_obs.tools.cfn")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "yaml", None)

    code, out, err = run()

    assert (code, out) == (2, "")
    assert "PyYAML" in err
    assert "genai-obs[tools]" in err


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        (("--set", "daily_budget_usd"), "bad-setting"),
        (("--set", "daily_budget_usd=much"), "bad-setting"),
        (("--set", "dayly_budget_usd=3"), "bad-setting"),
        (("--retention", "31"), "bad-retention"),
        (("--out", "/nowhere/at/all.yaml"), "cannot-write"),
        (("--queue", 'a"b'), "unfit-name"),
        (("--environment", "it's"), "unfit-name"),
    ],
)
def test_mistakes_end_in_one_sentence(run: Run, words: tuple[str, ...], slug: str) -> None:
    """Nothing is on stdout then."""
    code, out, err = run(*words)

    assert (code, out) == (2, "")
    assert err.startswith(f"error[{slug}]: ")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--email", "oncall"),
        ("--function", "arn:aws:lambda:us-east-1:123456789012:function:support"),
        ("--state-machine", "tickets"),
        ("--queue", "https://sqs.us-east-1.amazonaws.com/123456789012/people"),
        ("--log-group", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/support"),
    ],
)
def test_what_no_deployment_has_a_use_for_is_refused(run: Run, option: str, value: str) -> None:
    """An ARN where a name is asked for would deploy, and the graph would stay empty for ever."""
    code, out, err = run(option, value)

    assert (code, out) == (2, "")
    assert err.startswith(f"error[unfit-name]: {option} takes ")
    assert repr(value) in err
