"""``genai-obs import`` as people type it: records on stdout, what became of the entries on stderr."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tools.invocation_logs.entries import entry

from genai_obs._runtime import settings
from genai_obs.tools.cli import main, telling
from genai_obs.tools.insights.engine import run_query
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.queries import saved_query


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Three calls, one of them delivered twice, in an S3 object."""
    path = tmp_path / "invocations.json.gz"
    lines = (json.dumps(entry(number)) for number in (1, 2, 3, 1))
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


def lines_of(text: str) -> list[dict[str, Any]]:
    """Return the records of an output."""
    return [json.loads(line) for line in text.splitlines()]


def numbers(records: list[dict[str, Any]]) -> list[str]:
    """Return the last digits of the request ids."""
    return [record["bedrock_request_id"][-1] for record in records]


def test_records_come_on_stdout_and_the_summary_on_stderr(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every call once, without metrics: these are lines to ask, not to publish."""
    code = main(["import", str(log)])

    out, err = capsys.readouterr()
    assert code == 0
    assert numbers(lines_of(out)) == ["1", "2", "3"]
    assert "_aws" not in out
    assert "PRIVATE" not in out
    assert err == "genai-obs: 3 records imported; 1 delivered again\n"


def test_joined_calls_are_left_out(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What our own lines hold does not come again, and neither does what was imported before."""
    ours, earlier = tmp_path / "ours.log", tmp_path / "earlier"
    ours.write_text(json.dumps({"metric": "AICost", "bedrock_request_id": entry(2)["requestId"]}) + "\n", "utf-8")
    earlier.mkdir()
    (earlier / "part.log").write_text(json.dumps({"bedrock_request_id": entry(3)["requestId"]}) + "\n", "utf-8")

    main(["import", str(log), "--join", str(ours), "--join", str(earlier), "--json"])

    out, err = capsys.readouterr()
    assert numbers(lines_of(out)) == ["1"]
    assert json.loads(err) == {
        "imported": 1,
        "already_recorded": 2,
        "duplicates": 1,
        "without_id": 0,
        "unpriced": 0,
        "unreadable": 0,
        "other_lines": 0,
        "cost_status": {"ok": 1},
    }


def test_importing_again_into_the_same_logs_adds_nothing(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Imported lines count as recorded."""
    out = tmp_path / "records.ndjson"
    main(["import", str(log), "--out", str(out)])

    main(["import", str(log), "--join", str(out)])

    assert capsys.readouterr().out == ""


def test_out_writes_a_whole_file_and_the_summary_goes_to_stdout(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With a file for the records, programs read the summary from stdout."""
    out = tmp_path / "records.ndjson"

    main(["import", str(log), "--out", str(out), "--json"])

    assert numbers(lines_of(out.read_text("utf-8"))) == ["1", "2", "3"]
    assert json.loads(capsys.readouterr().out)["imported"] == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["invocations.json.gz", "records.ndjson"]


def test_a_failed_import_leaves_the_file_as_it_was(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half a result never takes the place of a whole one."""
    out, cut = tmp_path / "records.ndjson", tmp_path / "z.json.gz"
    out.write_text("before\n", "utf-8")
    cut.write_bytes(log.read_bytes()[:-9])

    code = main(["import", str(log), str(cut), "--out", str(out)])

    assert code == 2
    assert "error[bad-file]" in capsys.readouterr().err
    assert out.read_text("utf-8") == "before\n"
    assert not list(tmp_path.glob("*.part"))


def test_out_that_cannot_be_written_is_said(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there is the user's mistake."""
    code = main(["import", str(log), "--out", str(tmp_path / "no" / "where")])

    assert code == 2
    assert "error[cannot-write]" in capsys.readouterr().err


def test_out_may_be_a_pipe(log: Path, tmp_path: Path) -> None:
    """What has no content to take the place of is written to directly, and stays what it is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True)

    main(["import", str(log), "--out", str(pipe)])

    out, _ = reader.communicate(timeout=10)
    assert numbers(lines_of(out)) == ["1", "2", "3"]
    assert pipe.is_fifo()


def test_out_may_be_a_link(log: Path, tmp_path: Path) -> None:
    """A link goes on leading where it led."""
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "records", tmp_path / "link"
    target.write_text("before\n", "utf-8")
    link.symlink_to(target)

    main(["import", str(log), "--out", str(link)])

    assert link.is_symlink()
    assert numbers(lines_of(target.read_text("utf-8"))) == ["1", "2", "3"]


def test_stdin_is_read(log: Path) -> None:
    """Whatever fetched the object may pipe it in, packed as it is."""
    shown = subprocess.run(
        [sys.executable, "-m", "genai_obs", "import", "-"], input=log.read_bytes(), capture_output=True, check=True
    )

    assert numbers(lines_of(shown.stdout.decode())) == ["1", "2", "3"]


def test_emf_adds_metrics_and_warns_of_old_lines(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudWatch takes nothing that is older than two weeks, and says so nowhere."""
    monkeypatch.setenv("GENAI_OBS_ENVIRONMENT", "prod")
    monkeypatch.setattr(telling, "now_in_ms", lambda: 1_793_588_645_000 + 15 * 86_400_000)

    main(["import", str(log), "--emf"])

    out, err = capsys.readouterr()
    assert all(line["_aws"]["Timestamp"] == 1_793_588_645_000 for line in lines_of(out))
    assert {line["Environment"] for line in lines_of(out)} == {"prod"}
    assert "older than two weeks" in err


def test_a_configured_environment_is_on_every_line(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log does not know the stage; who sets it gets it, with metrics or without."""
    main(["import", str(log)])
    unset = lines_of(capsys.readouterr().out)
    monkeypatch.setenv("GENAI_OBS_ENVIRONMENT", "prod")
    settings.reset()

    main(["import", str(log)])

    assert {line.get("environment") for line in unset} == {None}
    assert {line["environment"] for line in lines_of(capsys.readouterr().out)} == {"prod"}


def test_service_from_role_is_a_choice(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who called is left out unless it is asked for, and then without the session."""
    main(["import", str(log), "--service-from-role"])

    assert {line["service"] for line in lines_of(capsys.readouterr().out)} == {"shop-role"}


def test_prices_of_a_file_count(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The user's own rates precede the list prices."""
    prices = tmp_path / "prices.json"
    model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    prices.write_text(json.dumps({"prices": {model: {"input": 1, "output": 2}}}), "utf-8")

    main(["import", str(log), "--prices", str(prices)])

    first = lines_of(capsys.readouterr().out)[0]
    assert (first["cost_usd"], first["cost_status"]) == (0.00002, "overridden")


def test_prices_that_are_none_are_refused(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in the file must not cost every cost."""
    prices = tmp_path / "prices.json"
    prices.write_text('{"price": {}}', "utf-8")

    code = main(["import", str(log), "--prices", str(prices)])

    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith(f'error[bad-prices]: {prices}: unknown member "price"')


def test_a_wrong_price_variable_is_said_and_costs_only_costs(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in the runtime: a bad override leaves no cost, never the list price, and says so."""
    monkeypatch.setenv("GENAI_OBS_PRICES", "{")

    main(["import", str(log)])

    out, err = capsys.readouterr()
    assert {(line["cost_usd"], line["cost_status"]) for line in lines_of(out)} == {(None, "error")}
    assert "warning: GENAI_OBS_PRICES: cannot be read" in err


def test_files_without_entries_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines of a function are no invocation log."""
    path = tmp_path / "a.log"
    path.write_text("START\n", "utf-8")

    code = main(["import", str(path)])

    assert code == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "0 records imported; 1 of another kind" in said.err
    assert "no entry of Bedrock's model invocation log" in said.err


def test_imported_records_answer_the_questions_that_ours_answer(log: Path, tmp_path: Path) -> None:
    """The query language, saved queries and the spend read them as they read any record."""
    out = tmp_path / "records.ndjson"
    main(["import", str(log), "--out", str(out)])
    inputs = find_inputs([str(out)])

    answers = [
        run_query(text, inputs, start_ms=None, end_ms=None, now_ms=1_795_291_200_000).as_objects()
        for text in (saved_query("spend-by-model").text, 'filter source = "invocation_log" | stats count(*) as calls')
    ]

    model = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert [{name: str(value) for name, value in row.items()} for (row,) in answers] == [
        {"model_id": model, "usd": "0.0003465", "calls": "3", "priced": "3"},
        {"calls": "3"},
    ]


def test_the_summary_tells_what_is_doubtful(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Estimates and calls without a cost are told by number, and why."""
    path = tmp_path / "a.log"
    bare: dict[str, Any] = {"input": {"inputTokenCount": 9}, "output": {"outputTokenCount": 1}}
    entries = [
        entry(1, **bare),
        entry(2, modelId="acme.x"),
        entry(3, modelId="acme.y", requestId=None),
        entry(4, timestamp="x"),
        entry(5, errorCode="ThrottlingException", output=None),
    ]
    path.write_text("\n".join(map(json.dumps, entries)) + "\nREPORT\n", "utf-8")

    main(["import", str(path)])

    assert capsys.readouterr().err == (
        "genai-obs: 4 records imported; 1 of them with an estimated cost; "
        "3 of them without a cost (no_usage: 1, unknown_model: 2); 1 of them without a request id; 1 not readable; "
        "1 of another kind\n"
    )


def test_spend_reads_them(log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``genai-obs spend`` needs no word about where a record comes from."""
    out = tmp_path / "records.ndjson"
    main(["import", str(log), "--out", str(out)])
    capsys.readouterr()

    main(["spend", str(out), "--since", "all", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert (found["calls"], found["unpriced"], found["cost_usd"]) == (3, 0, 0.0003465)
