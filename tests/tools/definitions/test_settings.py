"""Settings as texts and as TOML: strict, all mistakes at once, each with what would be right."""

from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_obs._runtime.settings import is_namespace
from genai_obs.errors import GenaiObsError
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.definitions.settings import check_settings, describe_settings, settings_from, with_settings
from genai_obs.tools.insights.language import syntax
from genai_obs.tools.insights.language.parser import parse_query

DESCRIBED = {setting.name: setting for setting in describe_settings()}


def test_every_setting_is_described() -> None:
    """With kind, default and a sentence that says what it is."""
    assert [setting.name for setting in describe_settings()] == [field.name for field in fields(Settings)]
    assert all(setting.meaning.endswith((".", "…")) for setting in describe_settings())
    assert {name: setting.default for name, setting in DESCRIBED.items()} == asdict(Settings())
    assert (DESCRIBED["quiet_minutes"].kind, DESCRIBED["quiet_minutes"].optional) == ("whole number", True)
    assert (DESCRIBED["daily_budget_usd"].kind, DESCRIBED["daily_budget_usd"].unit) == ("number", "USD")


def test_the_defaults_are_in_their_own_ranges() -> None:
    """Otherwise nothing could be built without saying everything."""
    check_settings(Settings())


def test_texts_become_values_of_their_kind() -> None:
    """As the command line gives them."""
    changed = with_settings(
        Settings(), {"daily_budget_usd": "20", "least_calls": "5", "environment": "eu 1", "quiet_minutes": "none"}
    )

    assert changed == Settings(daily_budget_usd=20.0, least_calls=5, environment="eu 1", quiet_minutes=None)
    assert isinstance(changed.daily_budget_usd, float)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("daily_budget_usd", "20 USD", 'daily_budget_usd takes a number above 0, not "20 USD"'),
        ("daily_budget_usd", "0", "daily_budget_usd takes a number above 0, not 0.0"),
        ("daily_budget_usd", "nan", "daily_budget_usd takes a number above 0"),
        ("daily_budget_usd", "inf", "daily_budget_usd takes a number above 0"),
        ("daily_budget_usd", "none", "daily_budget_usd takes a number above 0"),
        ("daily_budget_usd", "1_000", "daily_budget_usd takes a number above 0"),
        ("daily_budget_usd", "٣", "daily_budget_usd takes a number above 0"),
        ("least_calls", "2.5", "least_calls takes a whole number from 1"),
        ("least_calls", "0", "least_calls takes a whole number from 1"),
        ("error_rate_percent", "101", "error_rate_percent takes a number from 0 to 100"),
        ("busy_hours", "24.5", "busy_hours takes a number above 0, at most 24"),
        ("quiet_minutes", "10081", "quiet_minutes takes a whole number from 1 to 10080, or none"),
        ("tenant_field", "a b", "tenant_field takes the name of a record field"),
        ("environment", 'a" or "b', "environment takes 1 to 100 printable ASCII characters without quotes"),
        ("application", "my app", "application takes 1 to 100 letters, digits"),
        ("namespace", "AWS/Lambda", "namespace takes 1 to 255 of"),
        ("budget", "20", 'there is no setting "budget"; known are application'),
        ("dayly_budget_usd", "20", 'there is no setting "dayly_budget_usd"; did you mean daily_budget_usd?'),
    ],
)
def test_a_wrong_text_is_answered_with_what_would_be_right(name: str, text: str, said: str) -> None:
    """One sentence, and nothing is guessed."""
    with pytest.raises(GenaiObsError) as wrong:
        with_settings(Settings(), {name: text})

    assert wrong.value.slug == "bad-setting"
    assert str(wrong.value).startswith(said)


def test_all_wrong_texts_are_told_at_once() -> None:
    """So that nobody mends them one by one."""
    with pytest.raises(GenaiObsError) as wrong:
        with_settings(Settings(), {"throttles": "many", "no_such": "1", "least_calls": "x"})

    assert [line.split(" ")[0] for line in str(wrong.value).splitlines()] == ["throttles", "there", "least_calls"]


def test_a_table_is_taken_by_type() -> None:
    """Whole numbers serve as numbers; a truth value is no number, although Python thinks so."""
    settings, problems = settings_from(
        {"daily_budget_usd": 20, "least_calls": True, "quiet_minutes": "none", "application": 3, "throttles": "5"}
    )

    assert settings == Settings(daily_budget_usd=20.0, quiet_minutes=None)
    assert problems == (
        "least_calls takes a whole number from 1, not true",
        "application takes 1 to 100 letters, digits and _ . -, first a letter or digit, not 3",
        'throttles takes a number from 1, not "5"',
    )


def test_a_wrong_value_leaves_the_old_one() -> None:
    """What follows can still be read, so that its mistakes are told too."""
    settings, problems = settings_from({"daily_budget_usd": -1}, Settings(daily_budget_usd=9.0))

    assert settings.daily_budget_usd == 9.0
    assert problems == ("daily_budget_usd takes a number above 0, not -1",)


@given(text=st.text(max_size=40))
def test_no_environment_gets_out_of_its_quotes(text: str) -> None:
    """Whatever is taken as an environment stands in queries as exactly this text."""
    try:
        settings = with_settings(Settings(), {"environment": text})
    except GenaiObsError:
        return
    for alarm in default_definitions(settings).alarms:
        for query in [alarm.query] if hasattr(alarm, "query") else []:
            (command,) = parse_query(query).commands
            assert isinstance(command, syntax.Filter)
            assert f'"{text}"' in query


@given(text=st.text(alphabet='aA0:/#. _-é"\n', max_size=12))
def test_namespaces_are_those_that_the_runtime_takes(text: str) -> None:
    """An alarm can watch every namespace that lines can have, and no other."""
    try:
        with_settings(Settings(), {"namespace": text})
        taken = True
    except GenaiObsError:
        taken = False

    assert taken == is_namespace(text)


@given(name=st.sampled_from(sorted(DESCRIBED)), text=st.text(max_size=20))
def test_any_text_is_taken_or_refused_in_our_words(name: str, text: str) -> None:
    """It never fails otherwise, and what is taken makes alarms."""
    try:
        settings = with_settings(Settings(), {name: text})
    except GenaiObsError:
        return

    assert default_definitions(settings).alarms
