"""Functions of numbers, presence, choice, JSON, hashes and the query's own time, each on real rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insights_oracle.functions import FUNCTIONS as ORACLE
from insights_oracle.functions import MOMENT_FUNCTIONS
from insights_oracle.values import shown as oracle_shown
from insights_sql import END_MS, NOW_MS, START_MS, RowScope, expression_of, shown

from genai_obs.tools.insights.functions.calls import CompileProblem
from genai_obs.tools.insights.functions.table import FUNCTIONS
from genai_obs.tools.insights.language.names import canonical
from genai_obs.tools.insights.sql.expressions import compile_expression

ROW = {"n": -2.5, "t": "7", "w": "word", "e": "", "ok": True}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("abs(n)", "2.5"),
        ("abs(t)", "7"),
        ("abs(w)", None),
        ("abs(missing)", None),
        ("ceil(n)", "-2"),
        ("ceil(t)", "7"),
        ("floor(n)", "-3"),
        ("floor(1e300)", "1e+300"),
        ("greatest(1, 9, t)", "9"),
        ("greatest(t, missing)", "7"),
        ("greatest(t, w)", None),
        ("greatest(missing, missing)", None),
        ("least(4, 2, t)", "2"),
        ("least(n)", "-2.5"),
        ("log(1)", "0"),
        ("log(0)", None),
        ("log(n)", None),
        ("sqrt(9)", "3"),
        ("sqrt(n)", None),
        ("round(2.71)", "3"),
        ("round(2.5)", "3"),
        ("round(n)", "-3"),
        ("round(2.345, 1)", "2.3"),
        ("round(1234, -2)", "1200"),
        ("round(2.5, missing)", None),
        ("round(1e300, 5)", "1e+300"),
        ("round(2.5, 1e300)", "2.5"),
        ("round(2.5, -1e300)", "0"),
        ("toNumber(t)", "7"),
        ("toNumber(w)", None),
        ("toDouble(e)", None),
        ("toInt(n)", "-2"),
        ("toInt(2147483647.9)", "2147483647"),
        ("toInt(2147483648)", None),
        ("toInt(-2147483648)", "-2147483648"),
        ("toLong(3000000000)", "3000000000"),
        ("toLong(1e19)", None),
        ("haversine(0, 0, 0, 0)", "0"),
        ("haversine(0, 0, missing, 0)", None),
    ],
)
def test_numeric_functions(text: str, result: str | None) -> None:
    """Numbers in, a number out; what is no number, or has no result, is absent."""
    assert shown(text, **ROW) == result


def test_haversine_is_in_kilometres() -> None:
    """Berlin to Paris is about 878 km."""
    assert float(shown("haversine(52.52, 13.405, 48.8566, 2.3522)") or "") == pytest.approx(878, rel=0.01)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("ispresent(t)", "1"),
        ("ispresent(e)", "1"),
        ("ispresent(missing)", "0"),
        ("coalesce(missing, t, 9)", "7"),
        ("coalesce(missing, 9)", "9"),
        ("coalesce(missing, missing)", None),
        ("coalesce(e, 9)", ""),
        ("coalesce(missing, 9) + 1", "10"),
        ("coalesce(w, 9) + 1", None),
        ('coalesce(missing, jsonParse("[1]"))', "[1]"),
        ('coalesce(missing, jsonParse("[1]"))[0]', "1"),
        ("coalesce(fromMillis(0), 5)", "1970-01-01 00:00:00.000"),
        ('if(t > 5, "slow", "fast")', "slow"),
        ('if(missing > 5, "slow", "fast")', "fast"),
        ("if(t > 5, 1, 2) + 1", "2"),
        ('if(t > 5, 1, "x")', "1"),
        ("if(w, 1, 0)", "0"),
        ("if(ok, t, n) * 2", "14"),
        ("if(1, t = 7, n = 1)", "1"),
        ("if(1, fromMillis(0), fromMillis(1))", "1970-01-01 00:00:00.000"),
        ('case(t > 10, "x", t > 5, "y", "z")', "y"),
        ('case(t > 10, "x", missing > 5, "y", "z")', "z"),
        ('case(t > 10, "x")', None),
        ("case(t > 5, 1, t > 6, 2)", "1"),
        ("isNumeric(t)", "1"),
        ("isNumeric(w)", "0"),
        ("isNumeric(n)", "1"),
        ("isNumeric(missing)", None),
        ('messageSize("é")', "2"),
        ("messageSize(e)", "0"),
        ("messageSize(missing)", None),
        ("unmask(w)", "word"),
        ("now()", str(NOW_MS // 1000)),
        ("queryStartTime()", str(START_MS)),
        ("queryEndTime()", str(END_MS)),
        ("queryTimeRange()", str(END_MS - START_MS)),
        ('md5("é")', "66ddcd97cfdeabb2f6fb8a999b4bc76f"),
        ("md5(missing)", None),
        ('sha256("")', "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("sha256(missing)", None),
    ],
)
def test_general_functions(text: str, result: str | None) -> None:
    """Presence, choice, the query's time range, hashes."""
    assert shown(text, **ROW) == result


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("jsonParse(j)", '{"a":[1,2.50,true,null,"x"]}'),
        ("jsonParse(j).a[4]", "x"),
        ('jsonParse("5")', None),
        ('jsonParse("{")', None),
        ('jsonParse("")', None),
        ('jsonParse("{}")', "{}"),
        ("jsonParse(missing)", None),
        ("jsonParse(jsonParse(j))", '{"a":[1,2.50,true,null,"x"]}'),
        ("jsonParse(jsonParse(inner).k)", '{"x":1}'),
        ("jsonStringify(jsonParse(j).a)", '[1,2.50,true,null,"x"]'),
        ("jsonStringify(w)", "word"),
        ("jsonStringify(missing)", None),
        ('jsonArraySize("[1,2]")', "2"),
        ('jsonArraySize("[]")', "0"),
        ('jsonArraySize("{}")', None),
        ('jsonArraySize("[")', None),
        ("jsonArraySize(jsonParse(j).a)", "5"),
        ("jsonArraySize(missing)", None),
        ('jsonArrayContains("[1, 2.0]", 2)', "1"),
        ('jsonArrayContains(jsonParse(j).a, "x")', "1"),
        ("jsonArrayContains(jsonParse(j).a, 1)", "1"),
        ('jsonArrayContains(jsonParse(j).a, "X")', "0"),
        ('jsonArrayContains("[]", 1)', "0"),
        ('jsonArrayContains("nope", 1)', "0"),
        ("jsonArrayContains(missing, 1)", None),
        ('split("a,b,,c", ",")', '["a","b","","c"]'),
        ('split("a,b", ",")[1]', "b"),
        ('split("a", ",")', '["a"]'),
        ('split(missing, ",")', None),
    ],
)
def test_json_functions(text: str, result: str | None) -> None:
    """Maps and lists come out of texts; anything else is absent."""
    row = {"j": '{"a": [1, 2.50, true, null, "x"]}', "inner": '{"k": "{\\"x\\": 1}"}', "w": "word"}

    got = shown(text, **row)

    assert (got.replace("2.50", "2.5") if got else got) == (result.replace("2.50", "2.5") if result else result)


def test_every_function_of_the_reference_is_there() -> None:
    """The table, and an evaluator written apart from it, know the same names."""
    assert set(FUNCTIONS) - {"bin", "datefloor", "dateceil"} == set(ORACLE) | MOMENT_FUNCTIONS


def test_rows_are_well_formed() -> None:
    """Names are canonical and unique, arities make sense, every row says what it gives."""
    for name, row in FUNCTIONS.items():
        assert name == canonical(row.shown)
        assert row.maximum is None or row.minimum <= row.maximum
        assert row.doc
        assert row.group


def test_functions_without_arguments_are_constants() -> None:
    """The range's ends are known when the query is compiled, so they can be compared cheaply."""
    assert compile_expression(expression_of("queryStartTime()"), RowScope()).literal == START_MS


@pytest.mark.parametrize("text", ["queryStartTime()", "queryEndTime()", "queryTimeRange()"])
def test_a_query_without_a_range_has_no_start(text: str) -> None:
    """A guess would be a plausible wrong number."""
    with pytest.raises(CompileProblem) as problem:
        compile_expression(expression_of(text), RowScope(start_ms=None, end_ms=None))

    assert problem.value.slug == "no-time-range"


NUMERIC = ["abs", "ceil", "floor", "toInt", "toLong", "toNumber", "toDouble", "sqrt", "isNumeric", "strlen"]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(NUMERIC), st.floats(allow_nan=False, allow_infinity=False) | st.text("0159.-e+ x", max_size=5))
def test_functions_of_a_field_agree_with_plain_python(name: str, value: float | str) -> None:
    """On any number and on texts that nearly are numbers."""
    text = value if isinstance(value, str) else oracle_shown(value)

    assert shown(f"{name}(f)", f=text) == oracle_shown(ORACLE[name.lower()](text))
