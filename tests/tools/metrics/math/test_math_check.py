"""Checks of requests: mistakes with hints, warnings, and what alarms do not take."""

import pytest
from metric_math_world import expression_row, metric_row

from genai_obs.errors import GenaiObsError
from genai_obs.tools.metrics.math.check import check_queries
from genai_obs.tools.metrics.math.functions import FUNCTIONS, NEEDS_AWS
from genai_obs.tools.metrics.math.kinds import Kind
from genai_obs.tools.metrics.queries import MetricQuery
from genai_obs.tools.text.diagnostics import TextError

METRICS = [metric_row("m1"), metric_row("m2"), metric_row("err_a")]


def warnings_of(text: str, *, for_alarm: bool) -> list[tuple[str, str]]:
    """Return the slugs of the warnings of an expression, with the text each one marks."""
    found = check_queries([*METRICS, expression_row(text)], for_alarm=for_alarm)
    assert all(row_id == "answer" for row_id, _ in found)
    return [(warning.slug, text[warning.span.start : warning.span.end]) for _, warning in found]


@pytest.mark.parametrize(
    ("text", "slug", "hint"),
    [
        ("err + 1", "math-unknown-id", "did you mean err_a?"),
        ("M1 + 1", "math-unknown-id", "did you mean m1?"),
        ("SUM + m1", "math-unknown-id", "write SUM(…)"),
        ("sum([m1])", "math-lower-case-function", "write SUM()"),
        ("Fill(m1, 0)", "math-lower-case-function", "write FILL()"),
        ("AVERAGE([m1])", "math-unknown-function", "did you mean AVG()?"),
        ("P90(m1)", "math-unknown-function", "statistic"),
        ("STDEV([m1])", "math-unknown-function", "did you mean STDDEV()?"),
        ("m1 = 3", "math-operator", "write =="),
        ("m1 ** 2", "math-operator", "write ^"),
        ("m1 % 2", "math-operator", "FLOOR"),
        ("m1 and m2", "math-operator", "write AND"),
        ("!m1", "math-operator", "IF(x, 0, 1)"),
        ("FILL(m1, repeat)", "math-word", "write REPEAT"),
        ("SORT(METRICS(), SUM, DSC)", "math-word", "write DESC"),
        ("SORT(METRICS(), SUM, DESC, 1.5)", "math-literal", None),
        ("SLICE(METRICS(), m1)", "math-wrong-kind", None),
        ("RATE(5)*m1", "math-wrong-kind", "TIME_SERIES(…)"),
        ("FIRST(m1)", "math-wrong-kind", "[m1, m2]"),
        ("IF(METRICS(), m1)", "math-wrong-kind", None),
        ("IF(m1)", "math-arguments", "IF(condition, then, [otherwise])"),
        ("PERIOD(m1, m2) * m1", "math-arguments", "PERIOD(metric)"),
        ("TIME_SERIES('a')", "math-wrong-kind", None),
        ("m1 + 'a'", "math-wrong-kind", None),
        ("5", "math-scalar-result", "TIME_SERIES"),
        ("MAX(m1) - 1", "math-scalar-result", "statistic Maximum"),
        ("'open", "unterminated-text", "same quote"),
        ("m1 + 1e999", "math-number", None),
        ("m1 + 2x", "math-number", "lower-case letter"),
        ("m1.sum", "math-bad-id", "m1"),
        ("m1 § 2", "unexpected-character", None),
        ("m1 × 2", "unexpected-character", "write *"),  # noqa: RUF001 - the wrong sign is the point
        ("MAX(m1, m2)", "math-arguments", "write MAX([m1, m2])"),
        ("m1 +", "unexpected-token", None),
        ("", "unexpected-token", None),
        ("[]", "math-wrong-kind", None),
    ],
)
def test_mistakes_have_hints(text: str, slug: str, hint: str | None) -> None:
    """Each mistake has a name, and a hint where something is likely meant."""
    with pytest.raises(TextError) as raised:
        check_queries([*METRICS, expression_row(text)], for_alarm=False)

    first = raised.value.diagnostics[0]
    assert first.slug == slug, str(raised.value)
    assert hint is None or hint in str(first.hint)


@pytest.mark.parametrize("name", sorted(NEEDS_AWS))
def test_functions_that_only_aws_can_answer_are_refused(name: str) -> None:
    """A function whose data is in the account is refused with a sentence, whatever its arguments."""
    with pytest.raises(TextError, match=f"{name} needs AWS"):
        check_queries([*METRICS, expression_row(f"{name}('x', m1)")], for_alarm=False)


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("-m1 ^ 2", "-"),
        ("m1 ^ 2 ^ 3", "^"),
        ("m1 OR m2 AND m1", "OR"),
        ("m1 < m2 < 3", "<"),
    ],
)
def test_undocumented_precedence_is_a_warning(text: str, marked: str) -> None:
    """Where the grouping hangs on what CloudWatch does not document, parentheses are asked for."""
    assert warnings_of(text, for_alarm=False) == [("math-precedence", marked)]


@pytest.mark.parametrize(
    "text", ["-(m1 ^ 2)", "m1 ^ (2 ^ 3)", "m1 OR (m2 AND m1)", "(m1 < m2) < 3", "m1 + m2 * 3 > 4 AND m1", "m1 - m2 - 3"]
)
def test_parentheses_and_common_usage_need_no_warning(text: str) -> None:
    """What every language groups alike, and what is grouped by hand, is not warned of."""
    assert warnings_of(text, for_alarm=False) == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("m1 / SUM(m1)", ["SUM(m1)"]),
        ("m1 - AVG(m1)", ["AVG(m1)"]),
        ("m1 * DATAPOINT_COUNT(m2) + RUNNING_SUM(m1)", ["DATAPOINT_COUNT(m2)", "RUNNING_SUM(m1)"]),
        ("SUM(REMOVE_EMPTY(METRICS()))", ["REMOVE_EMPTY(METRICS())"]),
        ("FILL(m1, 0)", ["FILL(m1, 0)"]),
        ("RATE(m1)", ["RATE(m1)"]),
        ("SUM(METRICS())", []),
        ("IF(m2 > 0, 100 * m1 / m2, 0)", []),
        ("DATAPOINT_COUNT([m1, m2])", []),
    ],
)
def test_discouraged_functions_are_marked_in_alarms(text: str, marked: list[str]) -> None:
    """Functions whose result hangs on the length of the range are warned of in alarms, and only there."""
    assert warnings_of(text, for_alarm=True) == [("math-in-alarm", part) for part in marked]
    assert warnings_of(text, for_alarm=False) == []


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("SUM(SEARCH('{N}', 'Sum'))", "math-search-in-alarm"),
        ("SEARCH('{N}', 'Sum')", "math-search-in-alarm"),
        ("METRICS()", "math-many-series"),
        ("[m1, m2] * 2", "math-many-series"),
        ("SELECT SUM(m1) FROM SCHEMA(N, a) GROUP BY a", "math-alarm-order"),
    ],
)
def test_what_alarms_do_not_take_is_refused(text: str, slug: str) -> None:
    """An alarm watches one series; only a Metrics Insights query may give several, in order."""
    check_queries([*METRICS, expression_row(text)], for_alarm=False)

    with pytest.raises(TextError) as raised:
        check_queries([*METRICS, expression_row(text)], for_alarm=True)

    assert [problem.slug for problem in raised.value.diagnostics] == [slug]


@pytest.mark.parametrize(
    "rows",
    [
        [MetricQuery("ad1", expression="ANOMALY_DETECTION_BAND(m1, 2)")],
        [MetricQuery("q1", expression="SELECT SUM(x) FROM SCHEMA(N, a) GROUP BY a ORDER BY SUM() DESC", period_s=60)],
        [MetricQuery("e1", expression="METRICS()", return_data=False), MetricQuery("e2", expression="SUM(e1)")],
    ],
)
def test_alarms_take_bands_groups_and_arrays_on_the_way(rows: list[MetricQuery]) -> None:
    """A band is two series, ordered groups are contributors, and an array may be an intermediate result."""
    assert check_queries([*METRICS, *rows], for_alarm=True) == ()


@pytest.mark.parametrize(
    ("rows", "slug"),
    [
        ([metric_row(f"m{n}") for n in range(11)], "math-alarm-metrics"),
        ([metric_row("m1"), metric_row("m2", period_s=300)], "math-alarm-periods"),
    ],
)
def test_alarms_take_ten_metrics_of_one_period(rows: list[MetricQuery], slug: str) -> None:
    """An alarm has at most ten metrics, all with the same period (documented)."""
    text = expression_row("m1 + m2")
    check_queries([*rows, text], for_alarm=False)

    with pytest.raises(GenaiObsError) as raised:
        check_queries([*rows, text], for_alarm=True)

    assert raised.value.slug == slug


def test_ten_metrics_are_not_too_many() -> None:
    """The tenth metric is taken."""
    assert check_queries([*(metric_row(f"m{n}") for n in range(10)), expression_row("m1")], for_alarm=True) == ()


def test_every_function_is_described() -> None:
    """Each row of the table says what it gives, and optional parameters stand at the end."""
    for function in FUNCTIONS.values():
        optional = [parameter.optional for parameter in function.parameters]
        assert function.doc
        assert optional == sorted(optional)
        assert all(Kind.WORD not in parameter.kinds or parameter.words for parameter in function.parameters)
