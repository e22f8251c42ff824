"""``genai-obs spend`` as a person or a program runs it."""

import json
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.cli import main, spend

LOG = str(Path(__file__).parent / "logs" / "day.log")
# The evening of the day of the log: 2026-11-21 20:00 UTC.
EVENING_MS = 1_795_291_200_000
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs spend on the evening of the log's day and gives exit code, stdout and stderr."""
    monkeypatch.setattr(spend, "now_in_ms", lambda: EVENING_MS)

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["spend", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def records(since: str = "") -> list[dict[str, Any]]:
    """Return the inference records from a time on, by a plain loop."""
    lines = Path(LOG).read_text("utf-8").splitlines()
    found = [json.loads(line, parse_float=Decimal) for line in lines if line.startswith('{"metric":"AICost"')]
    return [record for record in found if record["timestamp"] >= since]


def cost(found: list[dict[str, Any]]) -> Decimal:
    """Return the exact sum of what is priced."""
    return sum((Decimal(record["cost_usd"]) for record in found if record["cost_usd"] is not None), Decimal(0))


def test_the_first_thing_said_is_what_is_missing(run: Run) -> None:
    """Then the sum of today, exactly, then each model."""
    today = records("2026-11-21")
    reasons = Counter(record["cost_status"] for record in today if record["cost_usd"] is None)

    code, out, err = run(LOG)

    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == f"{reasons.total()} of {len(today)} calls unpriced (no_usage: {reasons['no_usage']})"
    assert lines[1] == f"{cost(today):.6f} USD for {len(today)} calls today, 2026-11-21 UTC"
    assert lines[2].startswith("projection: ")
    assert lines[4].split() == ["model", "USD", "share", "calls", "unpriced"]
    assert lines[5].startswith("anthropic.claude-sonnet-4-5-20250929-v1:0")


def test_json_is_exact_to_the_last_digit(run: Run) -> None:
    """The sum of the texts in the log, not of their binary neighbours."""
    found = records()

    code, out, _ = run(LOG, "--since", "all", "--by", "tenant,service", "--json")

    document = json.loads(out, parse_float=Decimal)
    assert code == 0
    assert document["cost_usd"] == cost(found)
    assert (document["calls"], document["unpriced"]) == (len(found), sum(r["cost_usd"] is None for r in found))
    assert document["by"] == ["tenant", "service"]
    for group in document["groups"]:
        own = [record for record in found if record["tenant"] == group["tenant"]]
        assert (group["cost_usd"], group["calls"]) == (cost(own), len(own))
    assert "projected_usd" in document
    assert document["projected_usd"] is None


def test_what_has_no_cost_is_null_in_json(run: Run) -> None:
    """A model that nobody can tell from its name has calls and no cost."""
    _, out, _ = run(LOG, "--since", "all", "--json")

    unknown = [group for group in json.loads(out)["groups"] if group["model"].startswith("arn:")]
    assert unknown == [{"model": unknown[0]["model"], "cost_usd": None, "calls": 1, "unpriced": 1}]


def test_a_budget_is_compared_and_the_day_projected(run: Run) -> None:
    """By 20:00 five sixths of the day are over; the rest is said to be a projection."""
    _, out, _ = run(LOG, "--budget", "0.02")
    _, document, _ = run(LOG, "--budget", "0.02/day", "--json")

    spent = cost(records("2026-11-21"))
    assert f"{spent / Decimal('0.02') * 100:.1f} % of the budget of 0.02 USD\n" in out
    assert f"projection: {spent * 24 / 20:.6f} USD by midnight UTC at this pace, more than the budget\n" in out
    assert json.loads(document)["projected_usd"] == pytest.approx(float(spent) * 24 / 20)


def test_days_and_hours_are_in_order(run: Run) -> None:
    """Not the dearest first."""
    _, out, _ = run(LOG, "--since", "all", "--by", "day")

    assert [line.split()[0] for line in out.splitlines()[3:]] == ["day", "2026-11-20", "2026-11-21"]


def test_a_day_without_calls_says_when_there_were_some(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The log of yesterday is not an empty log."""
    monkeypatch.setattr(spend, "now_in_ms", lambda: EVENING_MS + 86_400_000)
    empty = tmp_path / "empty.log"
    empty.write_text("START\n")

    code, out, err = run(LOG)
    _, _, nothing = run(str(empty))

    assert (code, out) == (0, "no model calls today, 2026-11-22 UTC\n")
    assert err == (
        "genai-obs: the 20 calls in these files are from 2026-11-20 23:43:53.523 to 2026-11-21 19:11:49.054 UTC: "
        "add --since all\n"
    )
    assert nothing == "genai-obs: there are no model calls in these files at all\n"


def test_the_query_can_be_seen_and_asked_by_hand(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """`--show-query` asks nothing; the same text gives the same sums."""
    _, text, _ = run("--show-query", "--by", "tenant")
    _, document, _ = run(LOG, "--by", "tenant", "--json", "--since", "all")

    main(["query", text, LOG, "--json"])
    rows = json.loads(capsys.readouterr().out)

    assert json.loads(document)["query"] == text.strip()
    assert sum(int(row["calls"]) for row in rows) == json.loads(document)["calls"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "error[no-place]: name the log to ask"),
        ((LOG, "--by", "modle"), "error[bad-group]: --by does not know 'modle': did you mean model?"),
        ((LOG, "--budget", "much"), "error[bad-budget]: --budget much is no amount in USD"),
        ((LOG, "--budget", "5/day", "--since", "all"), "error[bad-budget]: a budget per hour, day or week needs"),
        ((LOG, "--since", "soon"), "error[bad-time]: 'soon' is no time"),
        (("none.log",), "error[no-file]: there is no file none.log"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(run: Run, words: tuple[str, ...], sentence: str) -> None:
    """It says what is wrong and what would be right."""
    code, out, err = run(*words)

    assert (code, out) == (2, "")
    assert err.startswith(sentence)
    assert len(err.splitlines()) == 1
