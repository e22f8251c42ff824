"""One look at every line: bytes, times, and what fields would do as dimensions."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from bill_lines import HOUR_MS, NOON_MS, as_inputs, count_plainly, emf_line
from hypothesis import given
from hypothesis import strategies as st

from genai_obs.tools.bill import survey as survey_module
from genai_obs.tools.bill.cardinality import FieldCost, fields_as_dimensions
from genai_obs.tools.bill.month import Basis, Span
from genai_obs.tools.bill.price_file import load_prices
from genai_obs.tools.bill.survey import MOST_VALUES, Survey, survey_lines
from genai_obs.tools.logs.inputs import find_inputs

DAY = Basis(NOON_MS // 1000, NOON_MS // 1000 + 86_399, 730)
PRICE = load_prices().price("custom-metric", "us-east-1")


def surveyed(*lines: str, most_values: int = MOST_VALUES) -> Survey:
    """Return what a look at lines of noon finds."""
    return survey_lines(as_inputs(*((NOON_MS, line) for line in lines)), most_values=most_values)


def costs(survey: Survey, basis: Basis = DAY) -> dict[str, FieldCost]:
    """Return the costs of fields by name, beside one metric in every hour."""
    return {cost.field: cost for cost in fields_as_dimensions(survey, basis, 24, PRICE)}


def test_bytes_are_those_of_the_messages() -> None:
    """As UTF-8 and without line breaks; every line counts, whatever it holds."""
    survey = surveyed("START RequestId: 1", "prix: 3 €", emf_line(NOON_MS, ["A"], A="x", M=1))

    assert survey.lines == 3
    assert survey.bytes == 18 + 11 + len(emf_line(NOON_MS, ["A"], A="x", M=1))


def test_times_are_those_of_the_first_and_the_last_line() -> None:
    """In whatever order they come; lines outside the range asked for do not count."""
    lines = as_inputs((NOON_MS + 5000, "late"), (NOON_MS, "early"), (NOON_MS + 9000, "after"))

    survey = survey_lines(lines, start_ms=NOON_MS, end_ms=NOON_MS + 5000)

    assert (survey.first_ms, survey.last_ms, survey.lines) == (NOON_MS, NOON_MS + 5000, 2)


def test_hours_with_lines_are_counted() -> None:
    """Two in one hour, one in the next but one; a line without a time is in none."""
    lines = as_inputs(*((NOON_MS + minute * 60_000, "line") for minute in (0, 59, 120)))

    assert len(survey_lines(lines).hours) == 2


def test_lines_without_a_time_count_only_where_all_do(tmp_path: Path) -> None:
    """Nothing tells whether they are in the range."""
    file = tmp_path / "a.log"
    file.write_text("no time at all\n", "utf-8")

    assert survey_lines(find_inputs([str(file)])).lines == 1
    assert survey_lines(find_inputs([str(file)]), start_ms=0).lines == 0
    assert survey_lines(find_inputs([str(file)])).first_ms is None


def test_a_field_makes_each_metric_once_for_each_value_and_hour() -> None:
    """Two metrics, three users in one hour and one of them again in the next: eight metric-hours instead of four."""
    lines = [emf_line(NOON_MS, ["A"], metrics=("M", "N"), A="x", M=1, N=2, user=user) for user in ("u", "v", "w", "u")]
    lines.append(emf_line(NOON_MS + HOUR_MS, ["A"], metrics=("M", "N"), A="x", M=1, N=2, user="u"))

    survey = surveyed(*lines)

    assert survey.finest_metric_hours() == 4
    assert survey.metric_hours_with("user") == 8
    assert survey.values_of("user") == 3


def test_the_field_joins_the_finest_set_only() -> None:
    """The set on which alarms stand stays as it is."""
    survey = surveyed(*(emf_line(NOON_MS, ["A"], ["B", "A"], A="x", B="y", M=1, user=user) for user in "uv"))

    assert survey.finest_metric_hours() == 1
    assert survey.metric_hours_with("user") == 2


def test_lines_without_the_field_stay_as_they_are() -> None:
    """They go on to publish what they do now."""
    survey = surveyed(emf_line(NOON_MS, ["A"], A="x", M=1), emf_line(NOON_MS, ["A"], A="x", M=1, user="u"))

    assert survey.metric_hours_with("user") == 2


@pytest.mark.parametrize("value", ["", " ", "ü", "a\nb", "x" * 1025])
def test_a_value_that_no_dimension_has_makes_no_metric(value: str) -> None:
    """CloudWatch drops a set with such a value."""
    survey = surveyed(*(emf_line(NOON_MS, ["A"], A="x", M=1, user=user) for user in (value, value, "u", "v")))

    assert survey.metric_hours_with("user") == 2


def test_dimensions_and_numbers_are_no_fields() -> None:
    """Only texts can be dimensions, and those that are need not become one."""
    survey = surveyed(emf_line(NOON_MS, ["A"], A="x", M=1, seen=True, size=3, names=["a"], user="u"))

    assert set(survey.stored) == {"user"}


def test_a_document_without_a_time_takes_that_of_its_line() -> None:
    """As its metrics do."""
    line = emf_line(NOON_MS, ["A"], A="x", M=1, user="u").replace(f'"Timestamp": {NOON_MS}, ', "")

    survey = survey_lines(as_inputs((NOON_MS, line)))

    assert [key[0] for key in survey.groups] == [NOON_MS // HOUR_MS]


def test_beyond_a_number_values_are_no_longer_told_apart() -> None:
    """And the field says so; the others are counted on."""
    lines = [emf_line(NOON_MS, ["A"], A="x", M=1, user=f"u{number}", kind="k") for number in range(6)]

    survey = surveyed(*lines, most_values=4)

    assert survey.overflowing == {"user"}
    assert survey.values_of("user") == 4
    assert costs(survey)["user"].is_at_least
    assert costs(survey)["user"].metric_months.most is None


def test_made_up_field_names_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of names, new ones are not counted."""
    monkeypatch.setattr(survey_module, "MOST_FIELDS", 3)

    survey = surveyed(*(emf_line(NOON_MS, ["A"], A="x", M=1, **{f"f{number}": "v"}) for number in range(9)))

    assert list(survey.stored) == ["f0", "f1", "f2"]


_TEXTS = st.sampled_from(["u", "v", "w", "", "ü", "x" * 2000])
_LINES = st.lists(
    st.tuples(
        st.integers(0, 3 * HOUR_MS),
        st.sampled_from([(["A"],), (["A"], ["A", "B"]), ([], ["B"])]),
        st.fixed_dictionaries(
            {"A": st.sampled_from("xy"), "B": st.sampled_from("pq")},
            optional={"user": _TEXTS, "kind": _TEXTS, "M": st.integers(0, 9), "N": st.integers(0, 9)},
        ),
    ),
    max_size=30,
)


@given(_LINES)
def test_the_count_is_that_of_writing_every_metric_down(
    found: list[tuple[int, tuple[list[str], ...], dict[str, Any]]],
) -> None:
    """Bits and hashes give what sets of tuples give."""
    lines = [
        (NOON_MS + at, emf_line(NOON_MS + at, *sets, metrics=("M", "N"), **members)) for at, sets, members in found
    ]

    survey = survey_lines(as_inputs(*lines))

    assert survey.finest_metric_hours() == count_plainly(lines, None)
    for name in survey.stored:
        assert survey.metric_hours_with(name) == count_plainly(lines, name)


def test_the_worst_field_comes_first_with_its_cost() -> None:
    """A day with one metric in every hour; twelve users in one of them make it 35 metric-hours of 24."""
    users = [emf_line(NOON_MS, ["A"], A="x", M=1, user=f"u{number}", kind=f"k{number % 2}") for number in range(12)]

    found = costs(surveyed(*users, emf_line(NOON_MS, ["A"], A="x", M=1, user="u0", kind="k0", stage="s")))

    assert list(found) == ["user", "kind", "stage"]
    assert found["user"] == FieldCost(
        field="user",
        values=12,
        metric_months=Span.exactly(Fraction(24 + 11, 24)),
        usd=Span.exactly(Fraction(24 + 11, 24) * Fraction("0.30")),
        times=Fraction(35, 24),
        is_at_least=False,
    )
    assert found["kind"].times == Fraction(25, 24)


def test_a_field_with_one_value_changes_nothing() -> None:
    """So it is not in the list."""
    assert costs(surveyed(emf_line(NOON_MS, ["A"], A="x", M=1, stage="s"))) == {}


def test_of_less_than_an_hour_nothing_bounds_a_field() -> None:
    """Request ids are new all the time."""
    survey = surveyed(*(emf_line(NOON_MS, ["A"], A="x", M=1, user=user) for user in "uvw"))

    cost = costs(survey, Basis(NOON_MS // 1000, NOON_MS // 1000 + 60, 730))["user"]

    assert cost.metric_months == Span(Fraction(26, 730), None)
    assert cost.usd == Span(Fraction(26, 730) * Fraction("0.30"), None)


def test_without_a_price_the_metrics_are_counted_all_the_same() -> None:
    """Only the amount is not known."""
    survey = surveyed(*(emf_line(NOON_MS, ["A"], A="x", M=1, user=user) for user in "uv"))

    (cost,) = fields_as_dimensions(survey, DAY, 24, "no price")

    assert cost.usd is None
    assert cost.values == 2
