"""Templates are read with their places, whatever the text; and what is written is read back."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from genai_obs.tools.cfn.load import load_template
from genai_obs.tools.cfn.load_yaml import TAGS
from genai_obs.tools.cfn.write_json import write_json
from genai_obs.tools.cfn.write_yaml import write_yaml
from genai_obs.tools.text.diagnostics import TextError

YAML = """\
Resources:
  Topic: {Type: "AWS::SNS::Topic"}
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: !Sub "${Topic}-x"
      AlarmActions:
        - !Ref Topic
        - !GetAtt Topic.Arn
      Threshold: 5
"""
JSON = """\
{
\t"Resources": {
\t\t"Alarm": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Threshold": 5e0, "Name": "\\ud83d\\ude00"}}
\t}
}
"""


def slug_of(text: str) -> str:
    """Return the slug with which a text is refused."""
    with pytest.raises(TextError) as raised:
        load_template(text)
    assert str(raised.value)
    return raised.value.slug


def marked(text: str, *path: str | int) -> str:
    """Return what a path of a template marks."""
    template = load_template(text)
    span = template.root.place(*path)
    return template.source.text[span.start : span.end]


def test_short_forms_become_long_ones() -> None:
    """GetAtt's dot parts a resource from its attribute."""
    properties = load_template(YAML).plain()["Resources"]["Alarm"]["Properties"]  # type: ignore[index]

    assert properties == {
        "AlarmName": {"Fn::Sub": "${Topic}-x"},
        "AlarmActions": [{"Ref": "Topic"}, {"Fn::GetAtt": ["Topic", "Arn"]}],
        "Threshold": 5,
    }


@pytest.mark.parametrize("tag", sorted(TAGS))
def test_every_short_form_is_known(tag: str) -> None:
    """Those that take a list take it; the texts of others are texts, not numbers."""
    assert load_template(f"Resources: {tag} 07").plain() == {
        "Resources": {TAGS[tag]: ["07", ""] if tag == "!GetAtt" else "07"}
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("Resources", "Alarm"), "Alarm"),
        (("Resources", "Alarm", "Properties", "Threshold"), "Threshold"),
        (("Resources", "Alarm", "Properties", "AlarmActions", 1), "!GetAtt Topic.Arn"),
        (("Resources", "Alarm", "Properties", "Nothing"), "Properties"),
        (("Resources", "Alarm", "Properties", "AlarmActions", 7), "AlarmActions"),
        (("Resources", "Alarm", "Properties", "AlarmName", "Fn::Sub"), "!Sub"),
    ],
)
def test_a_path_leads_to_its_place(path: tuple[str | int, ...], expected: str) -> None:
    """To the key; where there is none, to the last thing on the way that is there."""
    assert marked(YAML, *path) == expected


def test_json_has_places_too_and_may_be_indented_by_tabs() -> None:
    """YAML forbids them, so JSON has a reader of its own."""
    template = load_template(JSON)

    assert marked(JSON, "Resources", "Alarm", "Properties", "Threshold") == '"Threshold"'
    assert template.source.line_column(template.root.place("Resources", "Alarm").start) == (3, 3)
    assert template.plain() == json.loads(JSON)


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("", "not-a-template"),
        ("just words", "not-a-template"),
        ("[1, 2]", "not-a-template"),
        ("Ressources: {}", "not-a-template"),
        ("{}", "not-a-template"),
        ("Resources: {}\n---\nResources: {}", "yaml-broken"),
        ("Resources: [", "yaml-broken"),
        ("Resources:\n\t- a", "yaml-broken"),
        ("Resources: \x00", "yaml-broken"),
        ("Resources: *nowhere", "yaml-broken"),
        ("Resources: {A: 1, A: 2}", "duplicate-key"),
        ("Resources: {A: !Reff B}", "unknown-tag"),
        ("Resources: !!python/object/apply:os.system [echo]", "unknown-tag"),
        ("Resources: !!binary aGk=", "unknown-tag"),
        ("Resources: {[a]: b}", "bad-key"),
        ("A: &a {b: c}\nResources: {<<: *a}", "merge-key"),
        ("Resources: &a [*a]", "template-too-deep"),
        ("Resources: " + "[" * 5_000, "template-too-deep"),
        ("Resources: " + "[" * 70 + "]" * 70, "template-too-deep"),
        ("Resources: " + "x" * 1_000_001, "template-too-large"),
        ('{"Resources": {}', "json-broken"),
        ('{"Resources": {},}', "json-broken"),
        ('{"Resources": [1,]}', "json-broken"),
        ('{"Resources": {}} x', "json-broken"),
        ('{"Resources": nothing}', "json-broken"),
        ('{"Resources": "open', "json-broken"),
        ('{"Resources": {"A": 1, "A": 2}}', "duplicate-key"),
        ('{"Resources": ' + "[" * 5_000, "template-too-deep"),
        ('{"Resources": 01}', "json-broken"),
    ],
)
def test_what_is_no_template_is_refused_in_a_sentence(text: str, slug: str) -> None:
    """Hostile texts among them: no tag makes an object, no alias fills the memory."""
    assert slug_of(text) == slug


def test_a_bomb_of_aliases_is_refused() -> None:
    """Ten lines that would be ten thousand million values."""
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 10)]

    assert slug_of("\n".join([*lines, "Resources: *l9"])) == "template-too-large"


def test_an_alias_within_bounds_is_what_it_names() -> None:
    """CloudFormation takes them today."""
    assert load_template("Mappings: &m {a: 1}\nResources: *m").plain() == {"Mappings": {"a": 1}, "Resources": {"a": 1}}


def test_a_near_tag_is_named() -> None:
    """And its place is marked."""
    with pytest.raises(TextError, match=r"did you mean !Sub\?"):
        load_template("Resources: {A: !Subb x}")


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("2012-10-17", "2012-10-17"),
        ("0755", 493),
        ("yes", True),
        ("~", None),
        ("1.5", 1.5),
        ("!!int x", "x"),
        ("9" * 5_000, "9" * 5_000),
        ("12:30:45", 45_045),
    ],
)
def test_scalars_are_what_yaml_says_but_dates_stay_text(scalar: str, value: object) -> None:
    """The version of a policy is no day."""
    assert load_template(f"Resources: {scalar}").plain() == {"Resources": value}


def test_a_byte_order_mark_is_no_part_of_it() -> None:
    """Editors of Windows write one."""
    assert load_template("\ufeffResources: {}").plain() == {"Resources": {}}


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)
FUNCTIONS = st.one_of(
    st.builds(lambda name: {"Ref": name}, TEXTS),
    st.builds(lambda name: {"Fn::Sub": name}, TEXTS),
    st.builds(lambda one, two: {"Fn::GetAtt": [one, two]}, st.from_regex(r"[A-Za-z0-9]+", fullmatch=True), TEXTS),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**18), 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | FUNCTIONS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(TEXTS, inner, max_size=4)
        | st.builds(lambda a, b: {"Fn::If": ["C", a, b]}, inner, inner)
        | st.builds(lambda a: {"Fn::Not": [a]}, inner)
    ),
    max_leaves=12,
)


@given(VALUES)
@example({"a": " leading\nand trailing \n", "b": "x" * 90 + " " + "y" * 90, "c": "- a\n  - b", "d": "\u2028"})
@example({"Fn::Sub": {"Ref": "x"}})
@example({"\x85": "a\x85b", "\u2028c": {"Fn::Sub": "\u2029"}})
@example(["", " ", "\n", "#", "- x", "!Ref x", "{", "=", "<<", "1e3", "0x1f", "on", "2012-10-17", "a: b", "\U0001f600"])
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read_back(value: object) -> None:
    """In both spellings, to the last character."""
    template: dict[str, Any] = {"Resources": value}

    assert load_template(write_json(template)).plain() == template
    assert load_template(write_yaml(template)).plain() == template


@given(st.text(max_size=80))
@example("{")
@example('{"')
@example("? ? a")
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else ever happens."""
    for whole in (text, f"Resources: {text}", f'{{"Resources": {text}}}'):
        try:
            loaded = load_template(whole)
        except TextError:
            continue
        assert isinstance(loaded.plain(), dict)
