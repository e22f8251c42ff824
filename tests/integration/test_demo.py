"""`genai-obs demo` from end to end: everything that can go wrong goes wrong once, and is on record."""

import json
import shlex
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.cli import main
from genai_obs.tools.demo import play
from genai_obs.tools.demo.scenario import OPAQUE_PROFILE, plan_day
from genai_obs.tools.demo.show import next_commands
from genai_obs.tools.demo.summary import read_records, summarise

pytest.importorskip("aws_xray_sdk", reason="the sample uses Powertools' Tracer: pip install aws-xray-sdk")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log of one short demo, spread over a day."""
    path = tmp_path_factory.mktemp("demo") / "demo.log"
    assert main(["demo", "--invocations", "30", "--out", str(path)]) == 0
    return path


def _records(log: Path) -> list[Any]:
    return read_records(log.read_text(encoding="utf-8").splitlines())


def test_every_accident_leaves_its_record(log: Path) -> None:
    """Throttles, guardrails, errors of every kind, an abandoned stream, a deadline."""
    outcomes = Counter((record["status"], record.get("error_type")) for record in _records(log))

    for outcome in (
        ("throttled", "ThrottlingException"),
        ("error", "ModelErrorException"),
        ("error", "ServiceUnavailableException"),
        ("error", "ValidationException"),
        ("error", "ProtocolError"),
        ("timeout", None),
    ):
        assert outcomes[outcome] == 1, outcome
    assert outcomes["abandoned", None] >= 1
    assert {record.get("guardrail_action") for record in _records(log)} >= {"BLOCKED", "ANONYMIZED"}
    assert max(record.get("attempts", 1) for record in _records(log)) == 2


def test_the_cache_is_written_before_it_is_read(log: Path) -> None:
    """By each model that caches."""
    by_model: dict[str, list[tuple[int, int]]] = {}
    for record in _records(log):
        counts = (record.get("cache_write_tokens") or 0, record.get("cache_read_tokens") or 0)
        if any(counts):
            by_model.setdefault(record["model_id"], []).append(counts)

    assert by_model
    for first, *later in by_model.values():
        assert first[0] > 0
        assert all(written == 0 and read > 0 for written, read in later)


def test_what_has_no_price_is_said_to_have_none(log: Path) -> None:
    """An opaque profile has no cost, and a reason."""
    opaque = [record for record in _records(log) if record["model_id"] == OPAQUE_PROFILE]

    assert {(record["cost_usd"], record["cost_status"]) for record in opaque} == {(None, "unresolved_model")}


def test_platform_lines_stand_around_ours(log: Path) -> None:
    """Every record lies between the START and the END of its own invocation."""
    open_id = ""
    for line in log.read_text(encoding="utf-8").splitlines():
        if line.startswith("START "):
            open_id = line.split()[2]
        elif line.startswith("END "):
            assert line.split()[2] == open_id
            open_id = ""
        elif '"metric":' in line:
            assert json.loads(line)["request_id"] == open_id


def test_times_lie_in_the_last_day_and_agree(log: Path) -> None:
    """The record's own time is its metrics' time, and it ascends with the log."""
    now = time.time()

    moments = []
    for record in _records(log):
        moment = datetime.fromisoformat(record["timestamp"]).timestamp()
        moments.append(moment)
        assert round(moment * 1000) == record["_aws"]["Timestamp"]
        assert now - 86_400 - 60 < moment <= now
    assert moments == sorted(moments)
    assert datetime.fromtimestamp(moments[-1], UTC) != datetime.fromtimestamp(moments[0], UTC)


def test_the_summary_says_what_the_log_says(log: Path) -> None:
    """The sum of the table is the sum of the lines."""
    records = _records(log)

    summary = summarise(records)

    assert summary.cost_usd == pytest.approx(sum(record["cost_usd"] or 0 for record in records))
    assert summary.calls == len(records)


def test_the_next_commands_work_as_they_stand(log: Path) -> None:
    """The first one computes the cost that the log says."""
    records = _records(log)
    quote, *others = next_commands(records, log)
    priced = next(record for record in records if record.get("cost_usd"))

    # The program's name stands for this interpreter, because the scripts may not be on the PATH.
    quoted = subprocess.run(
        [sys.executable, "-m", "genai_obs", *shlex.split(quote)[1:]], capture_output=True, text=True, check=True
    )
    outputs = [subprocess.run(command, shell=True, capture_output=True, text=True, check=False) for command in others]

    assert json.loads(quoted.stdout)["cost_usd"] == priced["cost_usd"]
    # A shell without jq says 127; every other failure would be ours.
    assert all(output.returncode in (0, 127) and (output.stdout or output.returncode) for output in outputs)


def test_json_on_stdout_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every call the servers saw is on record, in Lambda's JSON format and at its real time too."""
    path = tmp_path / "demo.log"
    started = time.time()

    code = main(["demo", "--invocations", "1", "--json", "--no-backdate", "--log-format", "JSON", "--out", str(path)])

    told = json.loads(capsys.readouterr().out)
    records = _records(path)
    assert code == 0
    assert told["model_calls"] == told["calls"] == len(records)
    assert all(datetime.fromisoformat(record["timestamp"]).timestamp() >= started - 1 for record in records)
    assert all(line.startswith("{") for line in path.read_text(encoding="utf-8").splitlines())


def test_a_handler_that_does_not_load_shows_its_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A day of failed invocations would tell nobody anything."""
    (tmp_path / "app.py").write_text("import nothing_of_that_name\n", encoding="utf-8")
    monkeypatch.setattr(play, "find_sample", lambda: tmp_path)

    with pytest.raises(play.SampleFailedError, match="nothing_of_that_name"):
        play.play(plan_day(1))
