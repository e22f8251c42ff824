"""Composite alarms: their rules as data, their mistakes with places, and their states over time."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from composite_oracle import NAMES, STATES, Meaning, rules
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.errors import GenaiObsError
from genai_obs.tools.alarms.composite import order_composites, parse_rule, replay_composite
from genai_obs.tools.alarms.rule import CompositeAlarm
from genai_obs.tools.alarms.state import State, StateHistory
from genai_obs.tools.text.diagnostics import TextError

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "compliance" / "composite_alarms.json").read_text(encoding="utf-8")
)
JUDGED = [pytest.param(case, id=case["name"]) for case in CASES if "state" in case]
REFUSED = [pytest.param(case, id=case["name"]) for case in CASES if "errors" in case]

OK, ALARM, UNKNOWN = State.OK, State.ALARM, State.INSUFFICIENT_DATA


def history(name: str, *moments: tuple[int, State]) -> StateHistory:
    """Return the history of a child."""
    times = np.array([time for time, _ in moments], dtype=np.int64)
    return StateHistory(name, times, np.array([state for _, state in moments], dtype=np.int8))


def composite(rule: str, name: str = "both") -> CompositeAlarm:
    """Return a composite alarm."""
    return CompositeAlarm(name, "", rule)


@pytest.mark.parametrize("case", JUDGED)
def test_the_rule_gives_the_state_that_cloudwatch_gives(case: dict[str, Any]) -> None:
    """Each documented rule, and each that we decided on, gives its state."""
    children = {name: history(name, (60, State[state])) for name, state in case["states"].items()}

    found = replay_composite(composite(case["rule"]), children or {"other": history("other", (60, OK))})

    assert [State(state).name for state in found.states] == [case["state"]]


@pytest.mark.parametrize("case", REFUSED)
def test_each_mistake_of_a_rule_is_told_with_its_place(case: dict[str, Any]) -> None:
    """A rule that is none is refused, and each of its mistakes is marked."""
    with pytest.raises(TextError) as caught:
        parse_rule(case["rule"])

    found = [
        [problem.slug, case["rule"][problem.span.start : problem.span.end]] for problem in caught.value.diagnostics
    ]
    assert found == case["errors"]


def test_a_child_keeps_its_state_until_it_is_evaluated_again() -> None:
    """The composite is judged at every moment of any child; before its first evaluation a child has no data."""
    children = {
        "a": history("a", (60, ALARM), (180, OK), (300, ALARM)),
        "b": history("b", (120, ALARM), (300, OK)),
    }

    found = replay_composite(composite("ALARM(a) AND (ALARM(b) OR INSUFFICIENT_DATA(b))"), children)

    assert found.times_s.tolist() == [60, 120, 180, 300]
    assert found.states.tolist() == [ALARM, ALARM, OK, OK]
    assert found.values is None


def test_a_rule_without_children_has_the_moments_of_all_alarms() -> None:
    """TRUE and FALSE are states at any time, so they are shown whenever something else is."""
    found = replay_composite(composite("TRUE"), {"a": history("a", (60, OK), (120, OK))})

    assert found.times_s.tolist() == [60, 120]
    assert found.states.tolist() == [ALARM, ALARM]
    assert replay_composite(composite("TRUE"), {}).times_s.size == 0


def test_a_child_without_states_is_never_guessed() -> None:
    """A child that nobody judged ends the composite, with all such children and the nearest name."""
    with pytest.raises(TextError) as caught:
        replay_composite(composite("OK(latncy) OR ALARM(spend) OR ALARM(x)"), {"latency": history("latency", (0, OK))})

    problems = caught.value.diagnostics
    assert [problem.slug for problem in problems] == ["unknown-alarm"] * 3
    assert problems[0].hint == "did you mean latency?"
    assert problems[2].hint is None


@pytest.mark.parametrize(
    ("rule", "slug"),
    [
        (" OR ".join(f"ALARM(a{number})" for number in range(101)), "too-many-children"),
        (" OR ".join(["TRUE"] * 501), "too-many-elements"),
        ("(ALARM(a)) AND " + " OR ".join(["TRUE"] * 498), "too-many-elements"),
        ("ALARM(" + "a" * 10_234 + ")", "rule-too-long"),
        ("(" * 61 + "TRUE" + ")" * 61, "rule-too-deep"),
    ],
    ids=["children", "elements", "brackets", "characters", "depth"],
)
def test_a_rule_over_a_limit_is_refused(rule: str, slug: str) -> None:
    """CloudWatch's limits on children, elements and characters hold, and ours on depth."""
    with pytest.raises(TextError) as caught:
        parse_rule(rule)

    assert [problem.slug for problem in caught.value.diagnostics] == [slug]


@pytest.mark.parametrize(
    "rule",
    [
        " OR ".join(f"ALARM(a{number})" for number in range(100)),
        " OR ".join(["ALARM(a)"] * 500),
        "(ALARM(a)) AND " + " OR ".join(["TRUE"] * 497),
        "ALARM(" + "a" * 10_233 + ")",
        "(" * 60 + "TRUE" + ")" * 60,
    ],
    ids=["children", "elements", "brackets", "characters", "depth"],
)
def test_a_rule_at_a_limit_is_taken(rule: str) -> None:
    """The last rule within each limit parses."""
    assert parse_rule(rule).source.text == rule


def test_children_are_listed_once_under_their_names() -> None:
    """A child counts once, whether named or given as an ARN."""
    rule = parse_rule("ALARM(a) OR OK(arn:aws:cloudwatch:eu-west-1:1:alarm:a) OR NOT AT_LEAST(1, OK, (b:alarm:c, a))")

    assert [child.name for child in rule.children()] == ["a", "b:alarm:c"]


def test_composites_stand_behind_those_they_watch() -> None:
    """Composites may watch composites, so they are put in order before they are judged."""
    top, middle, low = composite("OK(middle)", "top"), composite("ALARM(low)", "middle"), composite("TRUE", "low")

    assert order_composites([top, middle, low]) == (low, middle, top)


@pytest.mark.parametrize(
    ("rules", "circle"),
    [
        ({"a": "ALARM(b)", "b": "OK(c)", "c": "NOT OK(a)"}, '"a" watches "b" watches "c" watches "a"'),
        ({"a": "ALARM(a)"}, '"a" watches "a"'),
    ],
    ids=["three", "itself"],
)
def test_composites_in_a_circle_are_refused(rules: dict[str, str], circle: str) -> None:
    """CloudWatch stops to evaluate composites that watch each other; the error names the way round."""
    with pytest.raises(GenaiObsError, match="in a circle") as caught:
        order_composites([composite(rule, name) for name, rule in rules.items()])

    assert caught.value.slug == "composite-cycle"
    assert circle in str(caught.value)


@given(rules(), st.data())
@settings(max_examples=60)
def test_a_rule_means_what_plain_python_makes_of_it(rule: tuple[str, Meaning], data: st.DataObject) -> None:
    """Any rule, over any states of its children at any moments, has the states that walking through them gives."""
    text, meaning = rule
    moments = st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(STATES)), max_size=4, unique_by=lambda pair: pair[0]
    )
    told = {name: sorted(data.draw(moments)) for name in NAMES}
    children = {name: history(name, *((time, State[state]) for time, state in pairs)) for name, pairs in told.items()}

    found = replay_composite(composite(text), children)

    watched = [child.name for child in parse_rule(text).children()] or NAMES
    times = sorted({time for name in watched for time, _ in told[name]})
    expected = []
    for now in times:
        states = {name: ([UNKNOWN.name] + [s for time, s in told[name] if time <= now])[-1] for name in NAMES}
        expected.append(ALARM if meaning(states) else OK)
    assert found.times_s.tolist() == times
    assert found.states.tolist() == expected


@given(st.text(alphabet='ALRMOKNTD_TES%(),"\\ abFU50\n', max_size=40))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    """No text makes the parser fail in any other way, and every mistake lies within it."""
    try:
        rule = parse_rule(text)
    except TextError as error:
        spans = [problem.span for problem in error.diagnostics]
    else:
        spans = [child.span for child in rule.children()]
    assert all(0 <= span.start <= span.end <= len(text) for span in spans)
