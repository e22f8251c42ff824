"""The lines of a file as they are written."""

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.tail.follow import FollowedFile, follow_file, follow_stream


def new(file: FollowedFile) -> list[str]:
    """Return the lines written since the last look."""
    return [line for lines in file.new_lines() for line in lines]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a log with two lines."""
    path = tmp_path / "app.log"
    path.write_bytes(b"one\ntwo\r\n")
    return path


def append(path: Path, content: bytes) -> None:
    """Write at the end of a file."""
    with path.open("ab") as file:
        file.write(content)


def test_lines_come_once(path: Path) -> None:
    """What is there first, then what is added, then nothing."""
    file = FollowedFile(str(path))

    assert new(file) == ["one", "two"]
    append(path, b"three\n\nfive\n")
    assert new(file) == ["three", "", "five"]
    assert new(file) == []


def test_a_line_waits_for_its_end(path: Path) -> None:
    """A writer may stop in the middle of a line, and of a character."""
    file = FollowedFile(str(path))
    new(file)

    append(path, b'{"a": "\xc3')
    assert new(file) == []
    append(path, b"\xa9")
    assert new(file) == []
    append(path, b'"}\nnext')
    assert new(file) == ['{"a": "é"}']
    assert file.last_line() == ["next"]
    assert file.last_line() == []


def test_a_file_cut_short_is_read_from_its_start(path: Path) -> None:
    """`> app.log` and copytruncate keep the file and drop its content."""
    file = FollowedFile(str(path))
    new(file)
    append(path, b"half")
    new(file)

    path.write_bytes(b"new\n")

    assert new(file) == ["new"]


def test_a_renamed_file_is_read_to_its_end_and_then_the_new_one(path: Path) -> None:
    """Rotation loses no line, not even a last one without its break."""
    file = FollowedFile(str(path))
    new(file)
    append(path, b"three\nlast")

    path.rename(path.with_suffix(".1"))
    path.write_bytes(b"four\n")

    assert new(file) == ["three", "last", "four"]
    append(path, b"five\n")
    assert new(file) == ["five"]


def test_a_removed_file_may_come_back(path: Path) -> None:
    """While there is none nothing comes; the next one is read whole."""
    file = FollowedFile(str(path))
    new(file)

    path.unlink()
    assert new(file) == []
    assert new(file) == []
    path.write_bytes(b"back\n")
    assert new(file) == ["back"]


def test_the_end_of_a_large_file_begins_at_a_line(tmp_path: Path) -> None:
    """Of the line in the middle of which the last bytes begin, nothing is shown."""
    path = tmp_path / "large.log"
    path.write_bytes(b"".join(b"line %03d\n" % number for number in range(100)))

    assert new(FollowedFile(str(path), tail_bytes=20)) == ["line 098", "line 099"]
    # Two lines of nine bytes: the window begins just where a line does.
    assert new(FollowedFile(str(path), tail_bytes=18)) == ["line 098", "line 099"]
    assert len(new(FollowedFile(str(path), tail_bytes=10**6))) == 100


def test_a_line_without_end_takes_no_more_memory_than_an_event(path: Path) -> None:
    """Of a line longer than CloudWatch takes, the beginning is kept."""
    path.write_bytes(b"x" * (3 << 20))
    file = FollowedFile(str(path))

    assert new(file) == []
    append(path, b"\nnext\n")
    lines = new(file)

    assert [len(line) for line in lines] == [1 << 20, 4]


def test_bytes_that_are_no_text_stop_nothing(path: Path) -> None:
    """They are replaced, and the next line is as it was."""
    path.write_bytes(b"\xff\xfe\nok\n")

    assert new(FollowedFile(str(path))) == ["\ufffd\ufffd", "ok"]


def test_following_ends_after_one_look_without_a_pause(path: Path) -> None:
    """`--no-follow` shows also the line that has no end yet."""
    append(path, b"half")

    assert list(follow_file(FollowedFile(str(path)), None)) == [["one", "two"], ["half"]]


def test_following_says_when_all_is_read(path: Path) -> None:
    """An empty list comes before each pause."""
    looks: list[Callable[[], None]] = [lambda: append(path, b"three\n"), lambda: append(path, b"four\n")]

    def pause() -> None:
        looks.pop(0)()

    batches = follow_file(FollowedFile(str(path)), pause)

    assert [next(batches) for _ in range(5)] == [["one", "two"], [], ["three"], [], ["four"]]


def test_a_pipe_is_read_until_it_ends() -> None:
    """What comes together is taken together, and the last line needs no break."""
    reader, writer = os.pipe()

    with os.fdopen(reader, "rb") as stream:
        lines = follow_stream(stream)
        os.write(writer, b"one\ntwo\nth")
        together = next(lines)
        os.write(writer, b"ree")
        os.close(writer)
        rest = list(lines)

    assert together == ["one", "two"]
    assert rest == [[], ["three"]]


def test_a_packed_file_is_refused(path: Path) -> None:
    """Nobody writes the next line into it; query reads it."""
    path.write_bytes(gzip.compress(b"one\n"))

    with pytest.raises(GenaiObsError, match="is packed; tail follows plain text, query reads both"):
        FollowedFile(str(path))


def test_no_file_is_one_sentence(tmp_path: Path) -> None:
    """As for every other command."""
    with pytest.raises(GenaiObsError, match="there is no file") as caught:
        FollowedFile(str(tmp_path / "none"))

    assert caught.value.slug == "no-file"
