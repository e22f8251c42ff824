"""``genai-obs metrics`` as a person or a program runs it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from bill_lines import HOUR_MS, NOON_MS, emf_line

from genai_obs.tools.cli import main
from genai_obs.tools.metrics import families

LOG = str(Path(__file__).parent / "logs" / "day.log")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the command and gives exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["metrics", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def records() -> list[dict[str, Any]]:
    """Return the EMF documents of the day, by a plain loop."""
    lines = Path(LOG).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith("{") and '"_aws"' in line]


def write(folder: Path, *lines: str) -> str:
    """Return the name of a file of lines."""
    file = folder / "lines.log"
    file.write_text("".join(line + "\n" for line in lines), "utf-8")
    return str(file)


def hourly(folder: Path, **members: str) -> str:
    """Return a file with one document in each of three hours and a line at the end of the last."""
    lines = [emf_line(NOON_MS + hour * HOUR_MS, ["A"], A="x", M=hour, **members) for hour in range(3)]
    return write(folder, *lines, emf_line(NOON_MS + 3 * HOUR_MS - 60_000, ["A"], A="x", M=3, **members))


def document(out: str) -> dict[str, Any]:
    """Return what --json prints, with exact numbers."""
    found: dict[str, Any] = json.loads(out, parse_float=Decimal)
    return found


def test_counts_come_first(run: Run) -> None:
    """How many lines are EMF, and how many metrics they make from when to when."""
    code, out, err = run(LOG)

    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == f"{len(records())} EMF lines of {len(Path(LOG).read_text('utf-8').splitlines())} lines"
    assert re.fullmatch(
        r"\d+ custom metrics from 2026-11-20 23:43 to 2026-11-21 19:11 UTC: \d+ metric-hours in 21 hours", lines[1]
    )


def test_metrics_stand_with_the_statistic_that_fits(run: Run) -> None:
    """Tokens as a sum, latency as p90, errors as a rate, as the record's table says; others as an average."""
    out = run(LOG, "--match", "Environment=staging", "--json")[1]

    fitting = {row["name"]: row["statistic"] for row in document(out)["metrics"]}
    assert fitting["InputTokens"] == "Sum"
    assert fitting["InferenceLatencyMs"] == "p90"
    assert fitting["InferenceErrors"] == "Average"
    assert fitting["Faithfulness"] == "Average"


def test_sums_are_those_of_the_lines(run: Run) -> None:
    """Added up again by a plain loop."""
    found = [each for each in records() if each.get("Environment") == "production" and "InputTokens" in each]

    out = run(LOG, "--match", "inputtokens", "--json")[1]

    (row,) = (row for row in document(out)["metrics"] if row["dimensions"] == {"Environment": "production"})
    assert row["statistics"]["Sum"] == sum(each["InputTokens"] for each in found)
    assert row["statistics"]["SampleCount"] == len(found)


def test_statistics_that_are_asked_for_are_columns(run: Run) -> None:
    """In their order; each once."""
    out = run(LOG, "--match", "Latency", "--stat", "p50, Maximum,p50")[1]

    assert re.search(r"metric +Environment +ModelId +unit +p50 +Maximum\n", out)


def test_only_what_is_asked_for_is_shown(run: Run) -> None:
    """A namespace, or a text in name or dimensions; all the lines are counted all the same."""
    everything, some = document(run(LOG, "--json")[1]), document(run(LOG, "--match", "FAITH", "--json")[1])

    assert {row["name"] for row in some["metrics"]} == {"Faithfulness"}
    assert some["custom_metrics"] == everything["custom_metrics"] == len(everything["metrics"])
    assert len(document(run(LOG, "--namespace", "AI/LLMMetrics", "--json")[1])["metrics"]) == len(everything["metrics"])


def test_a_range_of_time_leaves_the_rest_out(run: Run) -> None:
    """By the time of the documents."""
    out = run(LOG, "--start", "2026-11-21 12:00", "--end", "2026-11-21 15:00", "--json")[1]

    times = [each["_aws"]["Timestamp"] for each in records()]
    noon = 1_795_262_400_000
    assert document(out)["emf_lines"] == sum(noon <= time <= noon + 3 * HOUR_MS for time in times)


def test_what_is_dropped_is_told_with_its_trace(run: Run, tmp_path: Path) -> None:
    """Where CloudWatch counts it, and where the loss is silent."""
    good = emf_line(NOON_MS, ["A"], A="x", M=1)
    file = write(tmp_path, good, f"INFO {good}", emf_line(NOON_MS, ["A"], A="x", M="text"))

    out = run(file)[1]

    assert "2 dropped, 1 of them without a trace in CloudWatch" in out
    assert re.search(r"1  line +silent +\S+:2 ", out)
    assert re.search(r"1  metric +EMFValidationErrors +\S+:3 M ", out)


def test_metrics_beyond_the_limit_of_memory_are_not_called_dropped(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudWatch publishes what is only counted here, and nobody should look for it among the losses."""
    monkeypatch.setattr(families, "MOST_METRICS", 1)
    lines = [emf_line(NOON_MS, ["A"], metrics=[name], A="x", **{name: 1}) for name in ("M", "N")]

    out = run(write(tmp_path, *lines))[1]

    assert "without a trace" not in out
    assert re.search(r"1  metric +published +\S+:2 N ", out)


def test_a_unit_that_varies_is_a_warning(run: Run, tmp_path: Path) -> None:
    """Who reads one of them misses the others."""
    line = emf_line(NOON_MS, ["A"], A="x", M=1)
    file = write(tmp_path, line, line.replace('{"Name": "M"}', '{"Name": "M", "Unit": "Count"}'))

    out = run(file)[1]

    assert "warning: Space M {A=x} was published in Count and None: who reads one unit misses the others" in out


def test_high_resolution_is_shown_where_it_is(run: Run, tmp_path: Path) -> None:
    """In a column that is not there otherwise."""
    line = emf_line(NOON_MS, ["A"], A="x", M=1)
    file = write(tmp_path, line.replace('{"Name": "M"}', '{"Name": "M", "StorageResolution": 1}'))

    assert "1 s" in run(file)[1]
    assert "every" not in run(LOG)[1]


def test_the_bill_names_quantity_driver_and_price(run: Run, tmp_path: Path) -> None:
    """One metric in every hour is 30 cents, and the figure's source stands below."""
    code, out, err = run(hourly(tmp_path), "--bill", "--no-alarms")

    assert (code, err) == (0, "")
    assert re.search(r"0\.3\d+ USD a month in us-east-1 at list prices, without log storage\n", out)
    assert re.search(r"custom metrics +1 +metric-month +0\.300000 +3 metric-hours of 1 metric in 3 h\n", out)
    assert re.search(r"custom metrics +0\.30, 0\.10, 0\.05, 0\.02 +2026-02-15 +observed: signoz", out)
    assert "the free tier, which all of the account shares, may take off: up to 0.300000 USD of custom metrics" in out
    assert "log storage: billed for the compressed bytes" in out
    assert "made of 3 hours of the clock" in out
    assert "of less than a day, the busy or the quiet hours count too much" in out


def test_the_bill_has_the_alarms_of_the_default_set(run: Run, tmp_path: Path) -> None:
    """Each by itself; an unknown price is said to be unknown."""
    out = run(hourly(tmp_path), "--bill")[1]

    assert re.search(r"genai-production-cost-anomaly +3 alarm metrics +0\.300000\n", out)
    assert re.search(r"genai-production-unwell +1 composite +0\.500000\n", out)
    assert re.search(r"genai-production-spend-per-tenant +1 log alarm, [\d.]+ GB scanned +unknown *\n", out)
    assert re.search(r"dashboards +1 +dashboard-month +3\.000000", out)


def test_alarms_may_come_from_a_file(run: Run, tmp_path: Path) -> None:
    """Those of a team in the place of the default set."""
    file = tmp_path / "alarms.toml"
    file.write_text('[settings]\napplication = "mine"\n', "utf-8")

    out = run(hourly(tmp_path), "--bill", "--definitions", str(file))[1]

    assert "mine-production-error-rate" in out


def test_fields_that_would_explode_the_bill_are_listed(run: Run, tmp_path: Path) -> None:
    """The worst first, with the advice to keep them fields."""
    lines = [
        emf_line(NOON_MS + minute * 60_000, ["A"], A="x", M=1, user=f"u{minute}", kind=f"k{minute // 10 % 2}")
        for minute in range(0, 180, 10)
    ]

    out = run(write(tmp_path, *lines), "--bill", "--no-alarms")[1]

    assert re.search(r"user +18 +6 +6\.00 +1\.800000\nkind +2 +2 +2\.00 +0\.600000\nkeep it a field: .* log alarm", out)


def test_a_short_file_gives_bounds(run: Run, tmp_path: Path) -> None:
    """A few minutes say nothing of a month."""
    lines = [emf_line(NOON_MS + second, ["A"], A="x", M=1) for second in (0, 120_000)]

    out = run(write(tmp_path, *lines), "--bill", "--no-alarms")[1]

    assert "at least 0.0004" in out
    assert "the lines span 2 minutes, too little to tell what a month is like" in out
    assert re.search(r"custom metrics +0\.00136986 to 1 +metric-month +0\.0004110 to 0\.300000", out)


def test_a_time_far_away_is_a_warning(run: Run, tmp_path: Path) -> None:
    """It makes a month look cheap; a range leaves it out."""
    lines = [emf_line(NOON_MS + hour * HOUR_MS, ["A"], A="x", M=1) for hour in range(3)]
    file = write(tmp_path, *lines, emf_line(NOON_MS + 100 * HOUR_MS, ["A"], A="x", M=1))

    warned = run(file, "--bill")[1]
    ranged = run(file, "--bill", "--end", "2024-10-04 14:00")[1]

    assert "warning: only 4 of these hours have any line" in warned
    assert "warning" not in ranged
    assert re.search(r"custom metrics +1 +metric-month", ranged)


def test_too_many_datapoints_are_refused(run: Run, tmp_path: Path) -> None:
    """A time far away would make millions of periods."""
    line = emf_line(NOON_MS, ["A"], A="x", M=1)
    file = write(tmp_path, line, line.replace(str(NOON_MS), str(NOON_MS + 9000 * 24 * HOUR_MS)))

    code, out, err = run(file, "--plot", "M", "--period", "60s", "--json")

    assert (code, out) == (2, "")
    assert err.startswith("error[too-many-datapoints]: 12,960,001 periods of 1 series are too many")


def test_in_another_region_the_bill_says_that_it_does_not_know(run: Run, tmp_path: Path) -> None:
    """And what would help."""
    out = run(hourly(tmp_path), "--bill", "--no-alarms", "--region", "eu-west-1")[1]

    assert "what a month costs in eu-west-1 is not known: custom metrics, log ingestion, log storage" in out
    assert "give those of eu-west-1 with --prices FILE" in out
    assert "USD a month in" not in out


def test_prices_may_come_from_a_file(run: Run, tmp_path: Path) -> None:
    """They are laid over ours."""
    file = tmp_path / "own.toml"
    file.write_text(
        '[[price]]\ndriver = "custom-metric"\nregion = "eu-west-1"\ntiers = [{ usd = "0.25" }]\n'
        'as_of = 2026-11-01\nsource = "our contract"\n',
        "utf-8",
    )

    out = run(hourly(tmp_path), "--bill", "--no-alarms", "--region", "eu-west-1", "--prices", str(file), "--json")[1]

    bill = document(out)["bill"]
    assert bill["usd"] == Decimal("0.25")
    assert bill["items"][0]["price"]["source"] == "our contract"


def test_json_has_numbers_bounds_and_nulls(run: Run, tmp_path: Path) -> None:
    """What is known, in fixed notation; what is not, with its reason."""
    bill = document(run(hourly(tmp_path), "--bill", "--json")[1])["bill"]

    items = {item["driver"]: item for item in bill["items"]}
    assert items["custom-metric"]["quantity"] == 1
    assert items["custom-metric"]["usd"] == Decimal("0.3")
    assert items["log-storage"]["usd"] is None
    assert "compressed" in items["log-storage"]["reason"]
    assert items["log-alarm"]["price"] is None
    assert bill["unknown"] == ["log-storage", "log-alarm"]
    assert bill["basis"]["hours"] == 3
    assert bill["alarms"][0]["charges"][0]["driver"] == "standard-alarm"
    known = sum(item["usd"] for item in items.values() if item["usd"] is not None)
    # Each is written to twelve decimals, and so is their sum.
    assert abs(known - bill["usd"]) <= Decimal("1e-11")


def test_json_of_a_short_file_has_bounds(run: Run, tmp_path: Path) -> None:
    """Where nothing bounds an amount from above, that is null."""
    bill = document(run(write(tmp_path, emf_line(NOON_MS, ["A"], A="x", M=1)), "--bill", "--json")[1])["bill"]

    assert bill["items"][0]["quantity"] == {"least": Decimal("0.001369863014"), "most": 1}
    assert bill["items"][1]["usd"]["most"] is None


def test_a_metric_can_be_drawn(run: Run) -> None:
    """A graph for each combination of its dimensions."""
    code, out, _ = run(LOG, "--plot", "InputTokens", "--period", "1h", "--match", "Environment=production, Model")

    assert code == 0
    assert "Sum of InputTokens · Environment=production, ModelId=us.amazon.nova-lite-v1:0" in out
    assert "2026-11-20 23:00" in out
    assert "█" in out


def test_datapoints_come_as_json_too(run: Run, tmp_path: Path) -> None:
    """One object a period; a period without data has no value."""
    lines = [emf_line(NOON_MS + minute * 60_000, ["A"], A="x", M=minute) for minute in (1, 4, 11)]

    out = run(write(tmp_path, *lines), "--plot", "M", "--stat", "Sum,p50", "--json")[1]

    assert json.loads(out) == [
        {"time": "2024-10-04 12:00:00.000", "dimensions": "A=x", "Sum of M": "5.0", "p50 of M": "2.5"},
        {"time": "2024-10-04 12:05:00.000", "dimensions": "A=x"},
        {"time": "2024-10-04 12:10:00.000", "dimensions": "A=x", "Sum of M": "11.0", "p50 of M": "11.0"},
    ]


@pytest.mark.parametrize(
    ("words", "slug", "sentence"),
    [
        (["--stat", "p101"], "unknown-statistic", "p101"),
        (["--stat", "Sum,"], "unknown-statistic", "no statistic ''"),
        (["--period", "soon"], "bad-period", "'soon' is no period: give 60s, 5m, 1h or 1d"),
        (["--period", "90s"], "bad-period", "not 90 seconds"),
        (["--period", "0"], "bad-period", "not 0 seconds"),
        (["--plot", "InputToken"], "no-metric", "did you mean InputTokens?"),
        (["--plot", "AICost", "--period", "30s"], "period-too-short", "no periods of 30 seconds"),
        (["--namespace", "Mine"], "no-metric", "no metric of the namespace 'Mine': there are AI/LLMMetrics"),
        (["--match", "nothing"], "no-metric", "no metric is left"),
        (["--region", "eu-west-1"], "needs-bill", "--region is for the monthly bill: add --bill"),
        (["--no-alarms"], "needs-bill", "--no-alarms is for the monthly bill: add --bill"),
        (["--bill", "--prices", "missing.toml"], "bad-file", "cannot read missing.toml"),
        (["--since", "once"], "bad-time", "'once' is no time"),
    ],
)
def test_a_mistake_is_one_sentence(words: list[str], slug: str, sentence: str, run: Run) -> None:
    """With exit code 2, and nothing on stdout."""
    code, out, err = run(LOG, *words)

    assert (code, out) == (2, "")
    assert err.startswith(f"error[{slug}]: ")
    assert sentence in err
    assert err.count("\n") == 1


def test_lines_without_metrics_are_no_mistake(run: Run, tmp_path: Path) -> None:
    """There is nothing to show, and the bill has the alarms."""
    file = write(tmp_path, "START", "END")

    assert run(file)[:2] == (0, "0 EMF lines of 2 lines\n")
    assert "no line has a time, so nothing tells what a month is like" in run(file, "--bill")[1]
    assert run(file, "--plot", "M")[0] == 2


def test_what_strangers_write_reaches_no_terminal(run: Run, tmp_path: Path) -> None:
    """Names of metrics and fields may hold escape sequences and direction overrides; they are shown, not obeyed."""
    evil = "B\x1b]0;pwned\x07\u202e"
    lines = [
        emf_line(NOON_MS + minute * 60_000, ["A"], metrics=(evil,), A="x", **{evil: 1, f"{evil}f": f"{minute}"})
        for minute in range(3)
    ]
    file = write(tmp_path, *lines, emf_line(NOON_MS, ["A"], metrics=(evil,), A="x", **{evil: "text"}))

    shown = "".join(run(file, *words)[1] for words in ([], ["--bill"], ["--plot", evil]))

    assert "B\\x1b]0;pwned\\x07\\u202e" in shown
    assert all(character.isprintable() or character == "\n" for character in shown)


def test_without_its_library_it_names_the_extra(tmp_path: Path) -> None:
    """One sentence instead of a traceback; in a process of its own, because modules that are loaded stay so."""
    code = "import sys; sys.modules['numpy'] = None; from genai_obs.tools.cli import main; sys.exit(main(sys.argv[1:]))"

    ended = subprocess.run(
        [sys.executable, "-c", code, "metrics", write(tmp_path, "line")], capture_output=True, text=True, check=False
    )

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("error[missing-extra]: this needs numpy")


def test_a_set_with_many_metrics_is_shown_in_part(run: Run, tmp_path: Path) -> None:
    """Nobody reads thousands of rows; programs get all."""
    file = write(tmp_path, *(emf_line(NOON_MS, ["A"], A=f"x{number}", M=1) for number in range(230)))

    out = run(file)[1]

    assert "and 30 more: --match TEXT shows fewer, --json all" in out
    assert len(document(run(file, "--json")[1])["metrics"]) == 230


def test_lines_without_metrics_say_how_they_get_some(run: Run, tmp_path: Path) -> None:
    """Records without EMF are the first thing that somebody wonders about."""
    code, out, err = run(write(tmp_path, '{"metric": "AICost", "value": 1.0}'))

    assert (code, out) == (0, "0 EMF lines of 1 line\n")
    assert "no line is an EMF document, so CloudWatch makes no metric" in err
    assert "GENAI_OBS_EMF=1" in err


def test_a_range_without_documents_says_nothing_of_how_to_write_them(run: Run) -> None:
    """The lines have metrics, at another time."""
    code, out, err = run(LOG, "--start", "2030-01-01")

    assert code == 0
    assert out.startswith("0 EMF lines of ")
    assert err == ""
