"""Names on the command line become files to read."""

import gzip
import io
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import events_input, find_inputs
from genai_obs.tools.logs.reader import Counts, read_events


def names(folder: Path, *arguments: str) -> list[str]:
    """Return the paths found, relative to a folder."""
    return [str(file.path.relative_to(folder)) for file in find_inputs(arguments).files]


def test_a_folder_gives_its_logs_first(tmp_path: Path) -> None:
    """Log-like names sorted, then the others sorted, from all depths."""
    for name in ("z.txt", "b/a.log", "a.log.gz", "readme", "b/app"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x\n")

    assert names(tmp_path, str(tmp_path)) == ["a.log.gz", "b/a.log", "z.txt", "b/app", "readme"]


def test_a_folder_leaves_out_what_holds_no_lines(tmp_path: Path) -> None:
    """Hidden, empty and binary files are passed over, packed ones looked into."""
    contents = {
        "a.log": b"x\n",
        ".hidden": b"x\n",
        ".git/a.log": b"x\n",
        "empty.log": b"",
        "core": bytes(range(32)) * 100,
        "b.zip": b"PK\x03\x04" + b"text",
        "tar.gz": gzip.compress(b"\0" * 1000),
        "crash.log": b"x\n" * 2000 + b"\0" * 50,
        "aws-logs-write-test": b"Permission Check Successful",
        "damaged.gz": b"\x1f\x8b\x08damaged",
    }
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)

    assert names(tmp_path, str(tmp_path)) == ["a.log", "crash.log", "damaged.gz"]


def test_links_are_followed_once(tmp_path: Path) -> None:
    """A loop ends, and a file that two names lead to is one file."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/a.log").write_text("x\n")
    (tmp_path / "logs/loop").symlink_to(tmp_path)
    (tmp_path / "logs/same.log").symlink_to("a.log")
    (tmp_path / "current").symlink_to("logs")
    os.link(tmp_path / "logs/a.log", tmp_path / "hard.log")

    found = find_inputs([str(tmp_path), str(tmp_path / "logs/a.log")]).files

    assert len(found) == 1


def test_a_link_that_leads_nowhere_is_passed_over_in_a_folder(tmp_path: Path) -> None:
    """It holds no lines; named itself it is a mistake."""
    (tmp_path / "a.log").write_text("x\n")
    (tmp_path / "gone").symlink_to("nothing")

    assert names(tmp_path, str(tmp_path)) == ["a.log"]
    with pytest.raises(GenaiObsError, match="there is no file"):
        find_inputs([str(tmp_path / "gone")])


def test_patterns_are_expanded(tmp_path: Path) -> None:
    """As a shell would, when none did; a name that has such characters is taken as it is."""
    for name in ("b.log", "a.log", "c.txt", "[x].log", "d/e.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)

    assert names(tmp_path, f"{tmp_path}/?.log") == ["a.log", "b.log"]
    assert names(tmp_path, f"{tmp_path}/**/e.log") == ["d/e.log"]
    assert names(tmp_path, f"{tmp_path}/[x].log") == ["[x].log"]


@pytest.mark.parametrize("name", ["gone.log", "gone*.log", "nul\0.log", "a\nb.log"])
def test_what_is_not_there_is_one_sentence(name: str) -> None:
    """Whatever the name holds."""
    with pytest.raises(GenaiObsError) as raised:
        find_inputs([name])

    assert raised.value.slug in ("no-file", "bad-file")
    assert len(str(raised.value).splitlines()) == 1


def test_an_empty_folder_is_a_mistake(tmp_path: Path) -> None:
    """Nothing to read is not the answer 0."""
    with pytest.raises(GenaiObsError, match="there is no log file in the folder"):
        find_inputs([str(tmp_path)])


def test_odd_names_are_read(tmp_path: Path) -> None:
    """Quotes, breaks, blanks, and bytes that are no UTF-8."""
    for name in ('it\'s "one".log', "two\nlines.log", os.fsdecode(b"\xff.log")):
        (tmp_path / name).write_text("x\n")

    inputs = find_inputs([str(tmp_path)])
    events = list(read_events(inputs, None, Counts()))

    assert len(events) == 3
    assert all((event.stream or "").encode() and "\n" not in inputs.describe() for event in events)


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_ends_the_search(tmp_path: Path) -> None:
    """Passing over it would lose its costs in silence."""
    (tmp_path / "a.log").write_text("x\n")
    (tmp_path / "a.log").chmod(0)

    with pytest.raises(GenaiObsError, match="cannot read"):
        find_inputs([str(tmp_path)])


def test_standard_input_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """It can be read twice, and its copy goes with the inputs."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\n")))

    inputs = find_inputs(["-"])
    first = list(read_events(inputs, None, Counts()))
    second = list(read_events(inputs, None, Counts()))
    path = inputs.files[0].path
    del inputs

    assert [event.message for event in first] == ["a", "b"]
    assert (first, first[0].stream, first[0].log) == (second, "stdin", "local:stdin")
    assert not path.exists()


def test_no_standard_input_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a service manager may start a program."""
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(GenaiObsError, match="standard input is closed"):
        find_inputs(["-"])


def test_a_pipe_with_a_name_is_read(tmp_path: Path) -> None:
    """As `<(command)` of a shell gives it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"a\n" * 100_000))
    writer.start()

    inputs = find_inputs([str(pipe)])
    writer.join()

    assert inputs.bytes_total == 200_000
    assert len(list(read_events(inputs, None, Counts()))) == 100_000


def test_a_pipe_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    """Nobody may ever write to it."""
    (tmp_path / "a.log").write_text("x\n")
    os.mkfifo(tmp_path / "pipe")

    assert names(tmp_path, str(tmp_path)) == ["a.log"]


def test_a_file_that_grows_while_it_is_read(tmp_path: Path) -> None:
    """Whole lines that are there when the end is reached are events; nothing is read twice."""
    path = tmp_path / "a.log"
    path.write_text("a\n" * 300_000)

    events = read_events(find_inputs([str(path)]), None, Counts())
    next(events)
    with path.open("a") as file:
        file.write("b\n")

    assert sum(1 for _ in events) == 300_000


def test_a_file_that_went_is_one_sentence(tmp_path: Path) -> None:
    """Between being found and being read."""
    path = tmp_path / "a.log"
    path.write_text("a\n")
    inputs = find_inputs([str(path)])
    path.unlink()

    with pytest.raises(GenaiObsError, match="there is no file"):
        list(read_events(inputs, None, Counts()))


def test_finding_many_files_takes_linear_time(tmp_path: Path) -> None:
    """Four times the files take about four times as long."""
    (tmp_path / "few").mkdir()
    (tmp_path / "many").mkdir()
    for number in range(1200):
        (tmp_path / "many" / f"{number}.log").write_text("x\n")
        if number % 4 == 0:
            (tmp_path / "few" / f"{number}.log").write_text("x\n")

    def seconds(folder: str) -> float:
        started = time.process_time()
        find_inputs([str(tmp_path / folder)])
        return time.process_time() - started

    few = min(seconds("few") for _ in range(3))
    many = min(seconds("many") for _ in range(3))

    assert many < few * 12


def test_events_in_memory_are_completed() -> None:
    """Their JSON and their own time are found as in a file; what is given stays."""
    message = '{"timestamp":1000,"a":1}'

    inputs = events_input([LogEvent(message, None), LogEvent('text {"b":2}', 5, "s", "l")])
    counts = Counts()
    first, second = read_events(inputs, None, counts)

    assert (first.json_text, first.timestamp_ms) == (message, 1_000_000)
    assert (second.json_text, second.timestamp_ms, second.stream, second.log) == ('{"b":2}', 5, "s", "l")
    assert counts.events == 2


def test_inputs_are_described(tmp_path: Path) -> None:
    """For the progress and the plan."""
    (tmp_path / "a.log").write_text("x" * 1500)
    (tmp_path / "b.log").write_text("x")

    one, two = find_inputs([f"{tmp_path}/a.log"]), find_inputs([str(tmp_path)])

    assert one.describe() == f"{tmp_path}/a.log (1.5 kB)"
    assert two.describe() == "2 files (1.5 kB)"
    assert (two.bytes_total, events_input([]).describe()) == (1501, "0 events")
