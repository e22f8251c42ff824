"""The commands that ask, on log groups: real boto3 against a CloudWatch Logs-shaped server on loopback."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from genai_obs.tools.cli import main, query, spend
from genai_obs.tools.local.logs_server import LogsServer
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input

LOG = Path(__file__).parent / "logs" / "day.log"
GROUP = "/aws/lambda/support"
# The evening of the day of the log: 2026-11-21 20:00 UTC.
EVENING_MS = 1_795_291_200_000


def call_lines() -> list[str]:
    """Return the lines of the log that record an inference."""
    return [line for line in LOG.read_text("utf-8").splitlines() if line.startswith('{"metric":"AICost"')]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LogsServer]:
    """Return a server that holds the log, with every client of this process sent to it."""
    monkeypatch.setattr(query, "now_in_ms", lambda: EVENING_MS)
    monkeypatch.setattr(spend, "now_in_ms", lambda: EVENING_MS)
    with LogsServer() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", server.url)
        server.add(GROUP, events_input(LogEvent(line, None, stream="s") for line in call_lines()).events)
        yield server


def test_the_same_text_gives_the_same_rows_as_on_files(server: LogsServer, capsys: pytest.CaptureFixture[str]) -> None:
    """What differs is where it is asked."""
    assert main(["query", "@tokens-by-model", "--log-group", GROUP, "--since", "24h", "--json"]) == 0
    there = json.loads(capsys.readouterr().out)
    main(["query", "@tokens-by-model", str(LOG), "--json"])
    here = json.loads(capsys.readouterr().out)

    assert [row for row in here if "model_id" in row] == there


def test_the_last_hour_is_asked_and_said_so(server: LogsServer, capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch bills what it scans, so nobody asks for everything by accident."""
    code = main(["query", 'filter metric = "AICost" | stats count(*) as calls', "--log-group", GROUP, "--json"])

    captured = capsys.readouterr()
    started = next(call.body for call in server.calls if call.operation == "StartQuery")
    assert code == 0
    assert json.loads(captured.out) == [{"calls": "1"}]
    assert captured.err == "genai-obs: asking the last hour of CloudWatch; --since says otherwise\n"
    assert (started["startTime"], started["endTime"]) == (EVENING_MS // 1000 - 3600, EVENING_MS // 1000)


def test_spend_asks_cloudwatch_too(server: LogsServer, capsys: pytest.CaptureFixture[str]) -> None:
    """Today, as for files."""
    main(["spend", "--log-group", "/aws/lambda/*", "--json"])
    there = json.loads(capsys.readouterr().out)
    main(["spend", str(LOG), "--json"])
    here = json.loads(capsys.readouterr().out)

    assert there == here
    assert there["calls"] == 19


def test_a_group_that_is_not_there_is_one_sentence(server: LogsServer, capsys: pytest.CaptureFixture[str]) -> None:
    """And exit code 2."""
    code = main(["query", "@daily-spend", "--log-group", "/none", "--since", "1h"])

    captured = capsys.readouterr()
    assert (code, captured.out) == (2, "")
    assert captured.err.startswith("error[")
    assert "/none" in captured.err


def test_a_query_may_name_its_log_groups_itself(server: LogsServer, capsys: pytest.CaptureFixture[str]) -> None:
    """SOURCE without files means CloudWatch."""
    main(["query", f"SOURCE '{GROUP}' | stats count(*) as n", "--since", "24h", "--json"])
    by_name = capsys.readouterr().out
    prefix = f"SOURCE logGroups(namePrefix: ['{GROUP[:5]}'])"
    main(["query", f"{prefix} | stats count(*) as n", "--since", "24h", "--json"])

    assert server.calls[0].operation == "StartQuery"
    assert int(json.loads(by_name)[0]["n"]) > 1
    assert capsys.readouterr().out == by_name


def test_tail_follows_a_log_group(server: LogsServer) -> None:
    """By live tail, in a process of its own; Ctrl-C ends it with the sum."""
    first, second = call_lines()[:2]
    command = [sys.executable, "-m", "genai_obs", "tail", "--log-group", GROUP, "--json"]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    other = LogEvent('{"note": "AICost"}', EVENING_MS)
    calls = [LogEvent(line, EVENING_MS) for line in (first, second)]
    server.live.on_open = lambda: server.add(GROUP, [calls[0], other, calls[1]])

    with subprocess.Popen(command, text=True, env=environment, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == first + "\n"
        assert process.stdout.readline() == second + "\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert process.returncode == 0
    assert err.startswith("genai-obs: 2 calls, 1 unpriced, ")
    assert server.calls[-1].body["logEventFilterPattern"] == "AICost"
