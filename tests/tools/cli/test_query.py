"""``genai-obs query`` as a person or a program runs it."""

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_obs.tools.cli import main
from genai_obs.tools.queries import load_saved_queries

LOG = str(Path(__file__).parent / "logs" / "day.log")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs a query and gives exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["query", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def records() -> list[dict[str, object]]:
    """Return the inference records of the log, by a plain loop."""
    lines = Path(LOG).read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.startswith('{"metric":"AICost"')]


def test_a_saved_query_is_asked_by_its_name(run: Run) -> None:
    """The table is for people: the time of day is left out, the number has no dust."""
    code, out, err = run("@daily-spend", LOG)

    assert (code, err) == (0, "")
    assert out.splitlines() == ["bin(1d)     Total_USD", "2026-11-20  -", "2026-11-21  0.0170275"]


def test_json_has_every_digit(run: Run) -> None:
    """Texts, as GetQueryResults gives them, and the sum that a plain loop gives."""
    _, out, _ = run("@daily-spend", LOG, "--json")

    rows = json.loads(out)
    total = sum(float(str(record["cost_usd"])) for record in records() if record["cost_usd"] is not None)
    assert rows[0] == {"bin(1d)": "2026-11-20 00:00:00.000"}
    assert rows[1]["bin(1d)"] == "2026-11-21 00:00:00.000"
    assert float(rows[1]["Total_USD"]) == pytest.approx(total, rel=1e-12)


def test_options_may_stand_anywhere(run: Run) -> None:
    """Before, between and after the files."""
    words = ("--format", "ndjson", "fields request_id | filter ispresent(request_id)", "--limit", "2", LOG)

    code, out, _ = run(*words, "--since", "all")

    assert code == 0
    assert len(out.splitlines()) == 2


def test_csv_is_for_spreadsheets(run: Run) -> None:
    """One line a row, titles first."""
    _, out, _ = run("@stop-reasons", LOG, "--format", "csv")

    rows = list(csv.reader(io.StringIO(out, newline="")))
    assert rows[0] == ["model_id", "stop_reason", "calls"]
    assert len(rows) > 4


def test_a_query_may_stand_in_a_file(run: Run, tmp_path: Path) -> None:
    """By -f or by @ and a path; comments and breaks included."""
    path = tmp_path / "mine.cwli"
    path.write_text('# mine\nfilter metric = "AICost" # calls\n| stats count(*) as calls\n')

    by_option = run("-f", str(path), LOG, "--json")
    by_name = run(f"@{path}", LOG, "--json")

    assert json.loads(by_option[1]) == [{"calls": str(len(records()))}]
    assert by_name == by_option


def test_several_files_and_folders_are_one_log(run: Run, tmp_path: Path) -> None:
    """A folder gives its files, a pattern that no shell expanded what it matches."""
    for name in ("a.log", "b.log"):
        (tmp_path / name).write_bytes(Path(LOG).read_bytes())
    count = 'filter metric = "AICost" | stats count(*) as calls'

    _, folder, _ = run(count, str(tmp_path), "--json")
    _, pattern, _ = run(count, str(tmp_path / "*.log"), "--json")
    _, both, _ = run(count, LOG, str(tmp_path / "a.log"), "--json")

    assert folder == pattern == both
    assert json.loads(both) == [{"calls": str(2 * len(records()))}]


def test_a_time_range_leaves_out_what_lies_outside(run: Run) -> None:
    """In UTC, the end of a day included."""
    count = 'filter metric = "AICost" | stats count(*) as calls'
    late = [record for record in records() if str(record["timestamp"]) >= "2026-11-21T12"]

    _, since, _ = run(count, LOG, "--since", "2026-11-21 12:00", "--json")
    _, day, _ = run(count, LOG, "--start", "2026-11-20", "--end", "2026-11-20", "--json")

    assert json.loads(since) == [{"calls": str(len(late))}]
    assert json.loads(day) == [{"calls": "1"}]


def test_no_rows_are_an_answer(run: Run) -> None:
    """Exit code 0: nothing was wrong."""
    assert run("filter model_id = 'none' | fields request_id", LOG, "--json") == (0, "[]\n", "")


def test_every_mistake_of_a_query_is_marked(run: Run) -> None:
    """Each with its own slug, once, and exit code 2."""
    code, out, err = run("filter percentile(x, 9) > 1\n| stats cuont(*)", LOG)

    assert (code, out) == (2, "")
    assert re.findall(r"^error\[[a-z-]+\]: ", err, re.MULTILINE) == ["error[unknown-function]: "] * 2
    assert "]: error[" not in err
    assert "  filter percentile(x, 9) > 1\n         ^^^^^^^^^^ did you mean pct()?" in err


def test_what_cloudwatch_might_refuse_is_said(run: Run) -> None:
    """On stderr, so that a program's data stay whole; the portable form needs no warning."""
    _, bare, warned = run("filter guardrail_triggered = true | stats count(*)", LOG, "--json")
    _, portable, silent = run("filter guardrail_triggered = 1 | stats count(*)", LOG, "--json")

    assert bare == portable
    assert warned.startswith("warning[bare-boolean]: ")
    assert silent == ""


def test_broken_lines_are_always_told(run: Run, tmp_path: Path) -> None:
    """They are counted and stop nothing."""
    path = tmp_path / "broken.log"
    path.write_text('{"a": 1}\n{"a": \n{"a": 2}\n')

    code, out, err = run("stats sum(a) as a", str(path), "--json")

    assert (code, json.loads(out)) == (0, [{"a": "3"}])
    assert err == "genai-obs: warning: 1 line could not be read\n"


def test_what_was_read_is_told_to_those_who_ask(run: Run) -> None:
    """One line: rows, events, bytes, seconds."""
    _, _, err = run("@daily-spend", LOG, "-v")

    assert re.fullmatch(r"genai-obs: 2 rows; 87 events; 43\.9 kB read in \d+\.\d s; .*neighbour's time\n", err)


def test_a_bin_is_drawn_when_asked(run: Run) -> None:
    """Blocks instead of a table."""
    _, out, _ = run("@spend-per-hour", LOG, "--plot")

    assert out.startswith("usd\n")
    assert "█" in out
    assert "2026-11-20 23:00" in out


def test_nothing_to_draw_is_a_mistake(run: Run) -> None:
    """Not an empty picture."""
    code, out, err = run("fields request_id", LOG, "--plot")

    assert (code, out) == (2, "")
    assert err.startswith("error[cannot-plot]: --plot needs a column of numbers")


def test_explain_shows_tree_and_sql(run: Run) -> None:
    """With files, or without any."""
    code, out, _ = run("@daily-spend", "--explain")

    assert code == 0
    assert "Filter" in out
    assert "SELECT" in out


def test_explain_shows_the_query_as_the_options_would_run_it(run: Run) -> None:
    """`--limit` and `--exact` change what DuckDB gets."""
    _, out, _ = run("@daily-spend", LOG, "--explain", "--limit", "7", "--exact")

    assert out.endswith("LIMIT 8\n")
    assert "-- each line is read: it was asked for" in out


def test_the_list_shows_every_saved_query(run: Run) -> None:
    """Name, title and text; as JSON for programs."""
    _, out, _ = run("--list")
    _, document, _ = run("--list", "--json")

    assert all(f"@{name}: {query.title}" in out for name, query in load_saved_queries().items())
    assert [row["name"] for row in json.loads(document)] == list(load_saved_queries())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "error[no-query]: give a query"),
        (("@daily-spend",), "error[no-place]: name the log to ask"),
        (("@daily-spend", "none.log"), "error[no-file]: there is no file none.log"),
        (
            ("@dayly-spend", LOG),
            "error[unknown-query]: there is no saved query @dayly-spend; did you mean @daily",
        ),
        (("@./none.cwli", LOG), "error[no-file]: there is no file ./none.cwli"),
        (("@daily-spend", LOG, "--log-group", "g"), "error[two-places]: give files or --log-group, not both"),
        (("@daily-spend", LOG, "--since", "soon"), "error[bad-time]: 'soon' is no time"),
        (("@daily-spend", LOG, "--region", "eu-west-1"), "error[two-places]: --region is for CloudWatch"),
        (("@daily-spend", "--log-group", "g", "--store", "d"), "error[two-places]: --store is for files"),
        (("@daily-spend", "--log-group", "g", "--since", "all"), "error[bad-time]: CloudWatch needs a start"),
        (("@daily-spend", "--log-group", "g", "--explain"), "error[two-places]: --explain shows how files are asked"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    run: Run, words: tuple[str, ...], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what is wrong and what would be right."""
    monkeypatch.chdir(tmp_path)

    code, out, err = run(*words)

    assert (code, out) == (2, "")
    assert err.startswith(sentence)
    assert len(err.splitlines()) == 1


def test_the_demo_s_log_is_named_where_it_lies(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is suggested, not taken: a program must know what it asks."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "genai-obs-demo.log").write_text("x\n")

    _, _, err = run("@daily-spend")

    assert "such as genai-obs-demo.log" in err


def test_a_store_gives_the_same_answer_again(run: Run, tmp_path: Path) -> None:
    """Out of what was kept, and without it."""
    words = ("@tokens-by-model", LOG, "--json")

    plain = run(*words)
    first = run(*words, "--store", str(tmp_path / "store"))
    second = run(*words, "--store", str(tmp_path / "store"))

    assert plain == first == second
    assert any((tmp_path / "store").rglob("*.parquet"))


def test_stdin_is_a_file_like_any_other() -> None:
    """Through a pipe, in a process of its own, and a reader that goes away is no failure."""
    command = [sys.executable, "-m", "genai_obs", "query", "fields @message", "-", "--format", "ndjson"]

    with Path(LOG).open("rb") as log:
        process = subprocess.Popen(command, stdin=log, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    process.stdout.close()

    assert "@message" in json.loads(first)
    assert process.wait(timeout=60) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


def test_a_terminal_gets_colour_a_fitting_width_and_what_was_read() -> None:
    """A pseudo-terminal of 60 columns stands in for a person's."""
    primary, secondary = pty.openpty()
    environment = {**os.environ, "COLUMNS": "60", "TERM": "xterm"} | {"PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-m", "genai_obs", "query", "fields @timestamp, @message | limit 3", LOG]

    process = subprocess.Popen(command, stdin=secondary, stdout=secondary, stderr=secondary, env=environment)
    os.close(secondary)
    shown = b""
    try:
        while chunk := os.read(primary, 4096):
            shown += chunk
    except OSError:
        # Linux says so when the last writer is gone.
        pass
    os.close(primary)

    lines = shown.decode().splitlines()
    assert process.wait(timeout=60) == 0
    assert lines[0].startswith("\x1b[1m@timestamp")
    assert [len(line) for line in lines[1:4]] == [60, 60, 60]
    assert lines[4].startswith("genai-obs: 3 rows; 87 events")


def test_programs_get_utf8_and_old_terminals_something_readable(tmp_path: Path) -> None:
    """Whatever encoding the environment asks for."""
    path = tmp_path / "utf8.log"
    path.write_text('{"name":"Zoë"}\n', encoding="utf-8")
    command = [sys.executable, "-m", "genai_obs", "query", "fields name", str(path)]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}

    document = subprocess.run([*command, "--json"], capture_output=True, check=True, env=environment).stdout
    table = subprocess.run(command, capture_output=True, check=True, env=environment).stdout

    assert json.loads(document) == [{"name": "Zoë"}]
    assert table == b"name\nZo\\xeb\n"


def test_plain_output_loads_no_rich() -> None:
    """Nor boto3: neither is needed, and both are slow to load."""
    program = (
        "import sys\nfrom genai_obs.tools.cli import main\n"
        f"main(['query', '@daily-spend', {LOG!r}])\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'rich', 'boto3', 'botocore', 'polars', 'pandas'}))"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)

    assert found.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (
            ("stats", "count(*)", "by", "model", LOG),
            "there is no file count(*); a query of several words stands in quotes",
        ),
        ((LOG, "stats count(*)"), "there is no file stats count(*); the query stands before the files"),
        (("stats count(*)", "nowhere.log"), "there is no file nowhere.log"),
    ],
)
def test_a_missing_file_that_is_part_of_a_query_is_told_so(run: Run, words: tuple[str, ...], hint: str) -> None:
    """Forgotten quotes and exchanged words look like missing files."""
    code, out, err = run(*words)

    assert (code, out, err) == (2, "", f"error[no-file]: {hint}\n")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ('filter modle_id = "x"', ["no event has a field modle_id; did you mean model_id?"]),
        ("stats sum(cost) by status", ["no event has a field cost; did you mean cost_usd?"]),
        ('filter modle_id = "x" | stats count(*)', ["no event has a field modle_id; did you mean model_id?"]),
        ("fields mesage", ["no event has a field mesage; did you mean @message?"]),
        ("filter status = unheard", ["no event has a field unheard; a text would stand in quotes"]),
        ("filter status.deep > 1 and model_id = 'x'", ["no event has a field status.deep"]),
        ('filter status = "unheard"', []),
        ("stats count(*) by nowhere", ["no event has a field nowhere; a text would stand in quotes"]),
        ("stats count(*) by status", []),
    ],
)
def test_an_empty_answer_names_the_fields_that_no_event_has(run: Run, query: str, said: list[str]) -> None:
    """A name mistyped must not look like a bill of nothing; an answer that says something is left alone."""
    code, _, err = run(query, LOG)

    assert code == 0
    assert err.splitlines() == [f"genai-obs: warning: {sentence}" for sentence in said]


def test_absent_fields_are_not_looked_for_where_no_event_was_asked_about(run: Run) -> None:
    """A range without events says nothing about fields."""
    _, _, err = run('filter modle_id = "x"', LOG, "--end", "2020-01-01")

    assert err == ""
