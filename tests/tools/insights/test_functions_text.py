"""Functions of texts, each on real rows."""

import urllib.parse

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from insights_sql import shown

from genai_obs.tools.insights.functions.calls import CompileProblem

ROW = {"s": "Straße é👍", "e": "", "b": " \t\n", "n": 12.5, "path": "eu/app/eu"}


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("isempty(e)", "1"),
        ("isempty(b)", "0"),
        ("isempty(missing)", "1"),
        ("isempty(s)", "0"),
        ("isblank(b)", "1"),
        ("isblank(missing)", "1"),
        ("isblank(s)", "0"),
        ('concat(s, "-", n, "-", missing, ok)', "Straße é👍-12.5-1"),
        ("concat(missing)", ""),
        ('concat(@timestamp, "")', "2026-01-01 00:00:01.250"),
        ('trim("--=mid=-", "-=")', "mid"),
        ('ltrim("--=k=-", "-=")', "k=-"),
        ('rtrim("-k=--", "-=")', "-k"),
        ("trim(b)", ""),
        ('trim("  a b  ")', "a b"),
        ('trim("éaé", "é")', "a"),
        ('trim("a", "")', "a"),
        ("trim(missing)", None),
        ("trim(s, missing)", None),
        ("strlen(s)", "9"),
        ('strlen("👨‍👩‍👧")', "5"),
        ("strlen(n)", "4"),
        ("strlen(missing)", None),
        ('toupper("é1a")', "É1A"),
        ('tolower("É1A")', "é1a"),
        ("toupper(missing)", None),
        ('substr("longtail", 4, 3)', "tai"),
        ('substr("abc", 1)', "bc"),
        ("substr(s, 8)", "👍"),
        ('substr("abc", -5)', "abc"),
        ('substr("abc", 0, -1)', ""),
        ('substr("abc", 7)', ""),
        ('substr("abc", 1e300)', ""),
        ('substr("abc", 0, 1e300)', "abc"),
        ('substr("abc", n - 11.5, 1)', "b"),
        ('substr("abc", missing)', None),
        ('substr("abc", 1, missing)', None),
        ("substr(n, 0, 2)", "12"),
        ('replace(path, "eu", "us")', "us/app/us"),
        ('replace(path, "", "x")', "eu/app/eu"),
        ('replace(path, "eu", missing)', None),
        ('strcontains(s, "aß")', "1"),
        ('strcontains(s, "AS")', "0"),
        ('strcontains(s, "STRA", true)', "1"),
        ('strcontains(s, "STRA", 0)', "0"),
        ('strcontains(missing, "x")', None),
        ('regexReplace(path, "e.", "us")', "us/app/us"),
        ('regexReplace("aB", "(?i)b", "$1")', "a$1"),
        ('regexReplace(missing, "a", "b")', None),
        ('startsWith(path, "eu")', "1"),
        ('startsWith(path, "app")', "0"),
        ('endsWith(path, "/eu")', "1"),
        ("endsWith(path, missing)", None),
        ('urlencode("a b/é&~")', "a%20b%2F%C3%A9%26~"),
        ('urldecode("a%20b%2F%C3%A9")', "a b/é"),
        ('urldecode("100%")', "100%"),
        ('urldecode("%ff")', None),
        ('base64encode("hi é")', "aGkgw6k="),
        ('base64decode("aGkgw6k=")', "hi é"),
        ('base64decode("a*")', None),
        ('base64decode("/w==")', None),
        ("base64decode(missing)", None),
        ('hexToAscii("6869")', "hi"),
        ('hexToAscii("0x6869")', "hi"),
        ('hexToAscii("686")', None),
        ('hexToAscii("zz")', None),
        ('hexToAscii("ff")', None),
        ('hexToDec("0xff")', "255"),
        ('hexToDec("FF")', "255"),
        ('hexToDec("-0x10")', "-16"),
        ('hexToDec("0x1fffffffffffffffffff")', "1.5111572745182865e+23"),
        ('hexToDec("xyz")', None),
        ('hexToDec("")', None),
        ("decToHex(255)", "0xff"),
        ("decToHex(-1)", "-0x1"),
        ("decToHex(255.9)", "0xff"),
        ("decToHex(-0.5)", "0x0"),
        ("decToHex(1e300)", None),
        ('decToHex("x")', None),
        ("decToHex(missing)", None),
    ],
)
def test_text_functions(text: str, result: str | None) -> None:
    """Texts count by code points; an absent argument gives an absent result, except where a page says otherwise."""
    assert shown(text, ok=True, **ROW) == result


def test_a_map_is_no_text() -> None:
    """Documented: functions of texts see a map or a list as absent."""
    assert shown("strlen(jsonParse(j))", j="{}") is None
    assert shown('concat(jsonParse(j), "x")', j="{}") == "x"
    assert shown("strlen(jsonParse(j).k)", j='{"k":"abc"}') == "3"


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ('regexReplace(s, "(", "")', "invalid-regex"),
        ('regexReplace(s, pattern, "")', "constant-expected"),
        ('regexReplace(s, "a", pattern)', "constant-expected"),
        ('regexReplace(s, "a", "\\\\1")', "unsupported-replacement"),
    ],
)
def test_patterns_stand_in_the_query(text: str, slug: str) -> None:
    """A pattern out of the data could end the query half-way."""
    with pytest.raises(CompileProblem) as problem:
        shown(text, s="x", pattern="(")

    assert problem.value.slug == slug


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_encodings_go_there_and_back(text: str) -> None:
    """Any text survives URL encoding and base64."""
    assert shown("urldecode(urlencode(f))", f=text) == text
    assert shown("base64decode(base64encode(f))", f=text) == text
    assert shown("urlencode(f)", f=text) == urllib.parse.quote(text, safe="")
