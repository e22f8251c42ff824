"""One whole line in one write, whatever stands around it."""

import io
import json
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from runtime.lambda_side.emf_lines import read_line

from genai_obs import log_metric
from genai_obs._runtime import output


class Stream:
    """A stdout like that of Lambda's runtime client: ``write`` returns nothing."""

    def __init__(self, error: Exception | None = None) -> None:
        self.writes: list[str] = []
        self.flushed = 0
        self._error = error

    def write(self, text: str) -> None:
        """Take one write."""
        if self._error is not None:
            raise self._error
        self.writes.append(text)

    def flush(self) -> None:
        """Count."""
        self.flushed += 1


def test_line_is_one_write_and_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda splits stdout by newline and kills without warning: the newline belongs to the write."""
    stream = Stream()
    monkeypatch.setattr(sys, "stdout", stream)

    log_metric("Answers", 1, properties={"text": "two\nlines\r and ünïcode"})

    assert len(stream.writes) == 1
    assert read_line(stream.writes[0])["text"] == "two\nlines\r and ünïcode"
    assert stream.flushed == 1


@pytest.mark.parametrize(
    "stream", [None, Stream(ValueError("closed")), Stream(OSError(32, "pipe")), Stream(RuntimeError("reentrant"))]
)
def test_line_is_written_to_the_descriptor_where_stdout_is_gone(
    stream: Any, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A closed or missing stdout does not lose the line."""
    monkeypatch.setattr(sys, "stdout", stream)

    log_metric("Answers", 1)

    assert read_line(capfd.readouterr().out)["metric"] == "Answers"


def test_stdout_that_is_not_utf8_gets_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is the same JSON on an ASCII console."""
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="ascii"))

    log_metric("Answers", 1, properties={"text": "ü 𝄞"})

    assert read_line(raw.getvalue())["text"] == "ü 𝄞"


def test_line_is_cut_at_200_kilobytes_and_ours_stays() -> None:
    """Free text goes first; metric definitions and our own fields never do."""
    record: dict[str, object] = {
        "metric": "AICost",
        "timestamp": "2026-01-02T03:04:05.678Z",
        **{f"text{number}": "é" * 4096 for number in range(128)},
        "deep": {"list": ["x" * 4096] * 64},
        "_aws": {"Timestamp": 1, "CloudWatchMetrics": orjson.Fragment(b"[{}]")},
        "value": orjson.Fragment(b"0.00000012"),
    }

    line = output.encode(record)

    read = read_line(line)
    assert (read["_aws"], read["value"]) == ({"Timestamp": 1, "CloudWatchMetrics": [{}]}, 0.00000012)
    assert read["metric"] == "AICost"
    assert read["text0"].startswith("éé")


@pytest.mark.parametrize("value", [object(), 2**70, {1: 2}, {"a": {3}}, "\ud800", b"x", float("nan")])
def test_anything_becomes_a_line(value: object) -> None:
    """What is no JSON is made plain instead of losing the line."""
    line = output.encode({"metric": "M", "timestamp": "2026-01-02T03:04:05.678Z", "any": value})

    assert read_line(line)["metric"] == "M"


SCRIPT = """
import sys, threading, os
sys.path[:0] = {path!r}
from genai_obs import log_metric
text = {{"text%d" % n: "x" * 4000 for n in range(5)}}
def write(name):
    for number in range({lines}):
        log_metric("M", number, properties={{"who": name, **text}})
{body}
"""


def slow_reader(body: str, lines: int) -> list[dict[str, Any]]:
    """Run a script whose stdout is a pipe that is read slowly, and return its lines as JSON."""
    script = SCRIPT.format(path=[str(Path(__file__).parents[3])], lines=lines, body=textwrap.dedent(body))
    process = subprocess.Popen([sys.executable, "-u", "-c", script], stdout=subprocess.PIPE, bufsize=0)
    assert process.stdout is not None
    parts = []
    while part := os.read(process.stdout.fileno(), 8000):
        parts.append(part)
    process.stdout.close()
    assert process.wait() == 0
    return [json.loads(line) for line in b"".join(parts).decode().splitlines()]


def test_threads_write_whole_lines_to_a_slow_pipe() -> None:
    """Eight threads, lines of twenty kilobytes, a pipe that takes four at a time: every line is whole."""
    body = """
        threads = [threading.Thread(target=write, args=(str(n),)) for n in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    """

    records = slow_reader(body, lines=25)

    assert sorted((r["who"], r["value"]) for r in records) == sorted((str(n), i) for n in range(8) for i in range(25))


def test_forked_child_writes_although_a_thread_of_the_parent_was_writing() -> None:
    """The lock of a parent in the middle of a write does not stop its child."""
    body = """
        from genai_obs._runtime import output
        output._lock.acquire()
        threading.Thread(target=lambda: None).start()
        child = os.fork()
        if child == 0:
            threading.Thread(target=write, args=("child",)).start()
        else:
            output._lock.release()
            assert os.waitpid(child, 0)[1] == 0
            write("parent")
    """

    records = slow_reader(body, lines=3)

    assert [r["who"] for r in records] == ["child"] * 3 + ["parent"] * 3


def test_write_within_a_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that is garbage collected while we write leaves its record from within: neither is lost."""
    depth = threading.local()
    stream = Stream()
    write: Callable[[str], None] = stream.write

    def collecting(text: str) -> None:
        if not getattr(depth, "inside", False):
            depth.inside = True
            log_metric("Inner", 1)
        write(text)

    monkeypatch.setattr(stream, "write", collecting)
    monkeypatch.setattr(sys, "stdout", stream)

    log_metric("Outer", 1)

    assert [read_line(text)["metric"] for text in stream.writes] == ["Inner", "Outer"]


def test_too_many_members_go_last_first_and_what_emf_names_stays() -> None:
    """A line of too many small members is cut without one that a metric or dimension is made of."""
    aws = {
        "Timestamp": 1,
        "CloudWatchMetrics": orjson.Fragment(
            b'[{"Namespace":"N","Dimensions":[["Stage"]],"Metrics":[{"Name":"Faithfulness"}]}]'
        ),
    }
    record: dict[str, object] = {"metric": "Faithfulness", "status": "ok"}
    record.update({f"field {number:05d}": "text" for number in range(30_000)})
    record.update({"Faithfulness": 0.5, "Stage": "s" * 1024, "_aws": aws})

    line = output.encode(record)

    kept = orjson.loads(line)
    assert len(line) <= output.MAX_LINE_BYTES
    assert line.endswith(b"\n")
    assert (kept["Faithfulness"], kept["Stage"], kept["status"]) == (0.5, "s" * 1024, "ok")
    assert "field 00000" in kept
    assert "field 29999" not in kept
