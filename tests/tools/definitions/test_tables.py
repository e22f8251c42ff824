"""The page on alarms says what the objects say."""

import re
from pathlib import Path

from genai_obs.tools.definitions.defaults import NEEDS, default_definitions
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.definitions.overrides import read_override
from genai_obs.tools.definitions.parts import parameter
from genai_obs.tools.definitions.settings import describe_settings
from genai_obs.tools.definitions.tables import EVERYTHING, alarm_table, settings_of_alarms, settings_table
from genai_obs.tools.definitions.toml_table import TomlTable
from genai_obs.tools.definitions.user_alarms import BAND_COMPARISONS, COMPARISONS, MISSING_DATA, read_alarm
from genai_obs.tools.definitions.words import explain

PAGE = (Path(__file__).parents[3] / "docs" / "alarms.md").read_text("utf-8")
DEFINITIONS = default_definitions(EVERYTHING)


def made(name: str) -> str:
    """Return what stands in the page between the marks of a made table."""
    found = re.search(rf"<!-- made: {name} -->\n(.*?)\n<!-- end -->", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_table_of_alarms_is_fresh() -> None:
    """It is made from the default set, word for word."""
    assert made("alarms") == alarm_table()


def test_the_table_of_settings_is_fresh() -> None:
    """It is made from the settings."""
    assert made("settings") == settings_table()


def test_every_alarm_has_a_row_and_is_explained() -> None:
    """The row is made; the reasons are written, so they must not be forgotten."""
    keys = [DEFINITIONS.key(alarm.name) for alarm in DEFINITIONS.alarms]
    prose = PAGE.replace(made("alarms"), "")

    assert [row.split("`")[1] for row in alarm_table().splitlines()[2:]] == keys
    assert [key for key in keys if f"`{key}`" not in prose] == []


def test_the_settings_of_an_alarm_are_found_by_changing_them() -> None:
    """Those that change it, and no others; what an alarm needs is among them."""
    found = {DEFINITIONS.key(name): names for name, names in settings_of_alarms().items()}

    assert found["error-rate"] == ("error_rate_percent", "least_calls")
    assert found["projected-spend"] == ("daily_budget_usd", "busy_hours")
    assert found["spend-per-tenant"] == ("tenant_budget_usd", "tenant_field", "log_group")
    assert all(setting in found[key] for key, setting in NEEDS.items())


def test_every_setting_changes_some_alarm() -> None:
    """One that changes none would be a knob that turns nothing."""
    used = {name for names in settings_of_alarms().values() for name in names}
    everywhere = {"application", "environment", "namespace"}

    assert used | everywhere == {setting.name for setting in describe_settings()}


def test_the_table_of_other_definitions_is_theirs() -> None:
    """With what the composite and a bar in a text make of a cell."""
    table = alarm_table(default_definitions(Settings(application="shop")))

    rows = table.splitlines()[2:]

    assert all(row.replace("\\|", "").count("|") == 6 for row in rows)
    assert any("any is in ALARM: `error-rate`, `latency-p90`" in row for row in rows)


def test_the_page_explains_what_the_code_explains() -> None:
    """The example at its top is what it prints."""
    alarm = default_definitions(Settings(environment="production", daily_budget_usd=20)).alarms[0]

    assert f"```text\n{explain(alarm)}\n```" in PAGE


def test_the_page_names_every_member_of_the_file() -> None:
    """Each that an alarm of any kind or a change takes, and each of CloudWatch's words."""
    asked: set[str] = set()
    for kind in ("metric", "expression", "query", "rule"):
        table = TomlTable({kind: "x", "metrics": {}}, "", [])
        read_alarm(table, Settings())
        asked.update(table.known)
    for alarm in DEFINITIONS.alarms:
        table = TomlTable({}, "", [])
        read_override(table, alarm)
        asked.update(table.known)
    words = {*COMPARISONS, *BAND_COMPARISONS, *MISSING_DATA, "page", "tell", "none"}

    assert {"statistic", "schedule_s", "band_width", "rule", "low_samples"} <= asked
    assert [name for name in sorted(asked | words) if f"`{name}`" not in PAGE] == []


def test_the_page_says_how_parameters_are_named() -> None:
    """As the template names them."""
    assert f"`daily_budget_usd` is `{parameter('daily_budget_usd')}`" in PAGE
