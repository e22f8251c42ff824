"""Lines out of a pipe."""

import os

from genai_obs.tools.local.output_pipe import OutputPipe


def test_lines_are_there_when_drained() -> None:
    """What was written before is delivered, whole lines only."""
    lines: list[str] = []
    pipe = OutputPipe(lines.append)

    os.write(pipe.writer, b"one\ntwo\nthr")
    pipe.drain()
    delivered = list(lines)
    os.close(pipe.writer)
    pipe.finish(1.0)

    assert delivered == ["one", "two"]
    assert lines == ["one", "two", "thr"]


def test_a_line_may_come_in_pieces() -> None:
    """Two writes make one line."""
    lines: list[str] = []
    pipe = OutputPipe(lines.append)

    os.write(pipe.writer, b'{"a":')
    pipe.drain()
    os.write(pipe.writer, b"1}\n")
    pipe.drain()
    os.close(pipe.writer)
    pipe.finish(1.0)

    assert lines == ['{"a":1}']


def test_bytes_that_are_no_text_do_not_stop_it() -> None:
    """A function may print anything."""
    lines: list[str] = []
    pipe = OutputPipe(lines.append)

    os.write(pipe.writer, b"\xff\xfe\nnext\n")
    os.close(pipe.writer)
    pipe.finish(1.0)

    assert lines == ["\ufffd\ufffd", "next"]


def test_a_writer_that_stays_open_is_not_waited_for() -> None:
    """A grandchild may keep the pipe: its parent's lines are delivered all the same."""
    lines: list[str] = []
    pipe = OutputPipe(lines.append)

    os.write(pipe.writer, b"said\n")
    pipe.finish(0.01)

    assert lines == ["said"]
    os.close(pipe.writer)
    pipe.finish(1.0)
