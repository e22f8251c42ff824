"""Events out of files of every kind that AWS's tools write."""

import codecs
import contextlib
import gzip
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs.events import LogEvent
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.logs.lines import MOST_BYTES
from genai_obs.tools.logs.reader import Counts, read_events

T = 1_795_262_400_000  # 2026-11-21T12:00:00Z
STREAM = "2026/11/21/[$LATEST]0123456789abcdef0123456789abcdef"
RECORD = '{"metric":"AICost","value":0.5,"timestamp":"2026-11-21T12:00:00.000Z"}'
PRETTY = json.dumps(json.loads(RECORD), indent=4)


def read(path: Path, content: bytes | str) -> tuple[list[LogEvent], Counts]:
    """Write a file, read it, and return its events and what was counted."""
    file = path / "a.log"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    counts = Counts()
    return list(read_events(find_inputs([str(file)]), None, counts)), counts


FORMS = {
    "plain": RECORD + "\n",
    "without the last break": RECORD,
    "CRLF": RECORD + "\r\n",
    "blank lines": f"\n  \n{RECORD}\n\n",
    "byte order mark": "\ufeff" + RECORD + "\n",
    "sam local with colours": f"\x1b[32m{RECORD}\x1b[0m\n",
    "tail": f"2026-11-21T12:00:00.000000+00:00 {STREAM} {RECORD}\n",
    "tail of a stream of any name": f"2026-11-21T12:00:00.000000+00:00 main {RECORD}\n",
    "tail on the second": f"2026-11-21T12:00:00+00:00 {STREAM} {RECORD}\n",
    "tail in colour": f"\x1b[32m2026-11-21T12:00:00.000000+00:00\x1b[0m \x1b[36m{STREAM}\x1b[0m {RECORD}\n",
    "tail --format short": f"2026-11-21T12:00:00 {RECORD}\n",
    "tail --format json": f"2026-11-21T12:00:00.000000+00:00 {STREAM} \n{PRETTY}\n",
    "sam logs": f"{STREAM} 2026-11-21T12:00:00.000000 {json.dumps(json.loads(RECORD), indent=2)}\n",
    "sam logs --output json": json.dumps(
        {"logStreamName": STREAM, "timestamp": T, "message": RECORD + "\n", "ingestionTime": T + 1, "eventId": "1"}
    ),
    "export": f"2026-11-21T12:00:00.000Z {RECORD}\n",
    "filter-log-events": json.dumps(
        {
            "events": [{"logStreamName": STREAM, "timestamp": T, "message": RECORD + "\n", "eventId": "1"}],
            "searchedLogStreams": [],
        },
        indent=4,
    ),
    "get-log-events on one line": json.dumps(
        {"events": [{"timestamp": T, "message": RECORD, "ingestionTime": T}], "nextForwardToken": "f/1"}
    ),
    "events alone": json.dumps([{"timestamp": T, "message": RECORD, "ingestionTime": T}]),
    "events alone, indented": json.dumps([{"timestamp": T, "message": RECORD}], indent=2),
    "subscription": json.dumps(
        {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": "/aws/lambda/f",
            "logStream": STREAM,
            "subscriptionFilters": ["x"],
            "logEvents": [{"id": "1", "timestamp": T, "message": RECORD}],
        }
    ),
}


@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS.keys())
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["", "gzip"])
def test_the_same_event_is_read_from_every_form(tmp_path: Path, content: str, pack: Callable[[bytes], bytes]) -> None:
    """Message, JSON and time do not depend on the tool that fetched the log."""
    events, counts = read(tmp_path, pack(content.encode()))

    (event,) = events
    assert (event.message, event.json_text, event.timestamp_ms) == (RECORD, RECORD, T)
    assert (counts.events, counts.broken, counts.timeless, counts.too_long) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "form", ["tail", "tail --format json", "sam logs", "sam logs --output json", "filter-log-events", "subscription"]
)
def test_the_stream_of_an_envelope_is_kept(tmp_path: Path, form: str) -> None:
    """So that one can group by it as in CloudWatch."""
    events, _ = read(tmp_path, FORMS[form])

    assert events[0].stream == STREAM


def test_a_subscription_names_account_and_group(tmp_path: Path) -> None:
    """As @log has them; a plain file has its own name there."""
    delivered, _ = read(tmp_path, FORMS["subscription"])
    plain, _ = read(tmp_path, FORMS["plain"])

    assert delivered[0].log == "123456789012:/aws/lambda/f"
    assert (plain[0].log, plain[0].stream) == (f"local:{tmp_path}/a.log", f"{tmp_path}/a.log")


def test_ingestion_time_is_kept(tmp_path: Path) -> None:
    """Where the API gives it."""
    events, _ = read(tmp_path, FORMS["sam logs --output json"])

    assert events[0].ingested_ms == T + 1


def test_lines_without_an_envelope_continue_the_event_before(tmp_path: Path) -> None:
    """A traceback is one event of several lines, blank ones too."""
    content = (
        f"2026-11-21T12:00:00.000Z {RECORD}\n"
        "2026-11-21T12:00:01.000Z Traceback\n  File x\n\nKeyError: 1\n"
        "2026-11-21T12:00:02.000Z end\n"
    )

    events, _ = read(tmp_path, content)

    assert [event.message for event in events] == [RECORD, "Traceback\n  File x\n\nKeyError: 1", "end"]
    assert [event.timestamp_ms for event in events] == [T, T + 1000, T + 2000]


def test_pages_that_follow_each_other_are_one_log(tmp_path: Path) -> None:
    """A loop over --next-token appends whole answers, indented or not; Firehose puts nothing between payloads."""
    page = json.dumps({"events": [{"timestamp": T, "message": "a"}], "nextToken": "t"}, indent=4)
    payload = FORMS["subscription"]

    pages, _ = read(tmp_path, page + "\n" + page + page)
    payloads, counts = read(tmp_path, payload + payload)

    assert [event.message for event in pages] == ["a"] * 3
    assert [event.message for event in payloads] == [RECORD] * 2
    assert counts.broken == 0


def test_a_subscription_check_is_no_event(tmp_path: Path) -> None:
    """CloudWatch sends a control message to see whether the receiver is there."""
    control = FORMS["subscription"].replace("DATA_MESSAGE", "CONTROL_MESSAGE")

    events, _ = read(tmp_path, control + "\n" + FORMS["subscription"])

    assert len(events) == 1


def test_a_document_cut_at_any_place_gives_the_events_before(tmp_path: Path) -> None:
    """A download that broke off is counted, not fatal."""
    whole = json.dumps({"events": [{"timestamp": T + n, "message": f"m{n}"} for n in range(3)]}, indent=1)
    places = range(whole.index("m0") + 10, len(whole) - 1)

    found = [read(tmp_path, whole[:place]) for place in places]

    assert all(counts.broken == 1 for _, counts in found)
    assert [len(events) for events, _ in found] == sorted(len(events) for events, _ in found)
    assert {len(events) for events, _ in found} == {1, 2, 3}


def test_text_between_documents_is_counted_and_passed(tmp_path: Path) -> None:
    """Such as what a tool printed when it was refused half-way."""
    page = json.dumps({"events": [{"timestamp": T, "message": "a"}]})

    events, counts = read(tmp_path, f"{page}\nAn error occurred (ThrottlingException)\n{page}\n")

    assert (len(events), counts.broken) == (2, 1)


def test_a_traceback_of_the_lambda_runtime_is_one_event(tmp_path: Path) -> None:
    r"""It has ``\r`` where its lines break."""
    events, _ = read(tmp_path, f"{RECORD}\n[ERROR] KeyError: 1\rTraceback:\r  File x\r\n")

    assert events[1].message == "[ERROR] KeyError: 1\rTraceback:\r  File x"


@pytest.mark.parametrize("after", [RECORD, "END RequestId: 8da16041", "INIT_START Runtime"])
def test_a_time_in_the_first_line_alone_is_no_envelope(tmp_path: Path, after: str) -> None:
    """A log may begin with the platform's sentence about a time-out."""
    first = "2026-11-21T12:00:00.000Z 8da16041 Task timed out after 3.00 seconds"

    events, _ = read(tmp_path, f"{first}\n{after}\n")

    assert [event.message for event in events] == [first, after]
    assert events[0].timestamp_ms == T


@pytest.mark.parametrize("start", ["2026-11-21T12:00:00+00:00 INFO", "[INFO] 2026-11-21T12:00:00"])
def test_times_of_other_loggers_are_no_envelope(tmp_path: Path, start: str) -> None:
    """What stands beside the time is no stream there."""
    events, _ = read(tmp_path, f"{start} text\n")

    assert events[0].message == f"{start} text"


def test_lines_take_the_time_of_their_neighbours(tmp_path: Path) -> None:
    """What begins an invocation belongs to what follows, all else to what came before."""
    lines = [
        "INIT_START Runtime",
        "START RequestId: 1",
        '{"timestamp":"2026-11-21T12:00:01Z"}',
        "END RequestId: 1",
        "REPORT RequestId: 1",
        "START RequestId: 2",
        "text",
        '{"time":1795262402000}',
        "START RequestId: 3",
        "END RequestId: 3",
    ]

    events, counts = read(tmp_path, "\n".join(lines))

    seconds = [None if e.timestamp_ms is None else (e.timestamp_ms - T) // 1000 for e in events]
    assert seconds == [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]
    assert counts.timeless == 8


def test_a_file_without_any_time_has_none(tmp_path: Path) -> None:
    """The file's own date is no time of its events."""
    events, counts = read(tmp_path, "START RequestId: 1\na\nb\n")

    assert [event.timestamp_ms for event in events] == [None] * 3
    assert counts.timeless == 3


@pytest.mark.parametrize("last", [b"", b'{"timestamp":1795262400}\n'], ids=["no time at all", "a time at the end"])
def test_many_lines_wait_for_a_time_in_bounded_memory(tmp_path: Path, last: bytes) -> None:
    """More than is held is given the file's first time, found by reading ahead."""
    events, counts = read(tmp_path, b"x" * 99 + b"\n" + (b"y" * 99 + b"\n") * 60_000 + last)

    assert {event.timestamp_ms for event in events} == {T if last else None}
    assert counts.bytes_read == 100 * 60_001 + len(last)


@pytest.mark.parametrize(
    ("line", "time_ms"),
    [
        ('{"timestamp":"x","time":"2026-11-21T12:00:00Z"}', T),
        ('{"@timestamp":"2026-11-21 12:00:00,000"}', T),
        ('{"_aws":{"Timestamp":1795262400000}}', T),
        ('{"_aws":{"Timestamp":1795262400999},"timestamp":1795262400}', T),
        ('[INFO]\t2026-11-21T12:00:00.000Z\t8da16041\t{"timestamp":1}', T),
        ("2026-11-21T12:00:00.000Z\t8da16041\tINFO\thello", T),
        ('cost: {"timestamp":"2026-11-21T12:00:00Z"}', T),
        ('{"timestamp":1795262400,"timestamp":1}', T),
        ('{"time":"x","time":1,"x":{"time":2},"@timestamp":1795262400}', T),
        ('{"x":{"timestamp":2},"timestamp":1795262400}', T),
        ('{"a":{"timestamp":"2026-11-21T12:00:00Z"}}', None),
    ],
)
def test_where_a_time_is_looked_for(tmp_path: Path, line: str, time_ms: int | None) -> None:
    """In the members that loggers use, in EMF, and before the message of the runtimes' loggers; never deeper."""
    events, _ = read(tmp_path, line)

    assert events[0].timestamp_ms == time_ms


@pytest.mark.parametrize("depth", [900, 990, 1000, 1010, 1020, 1030])
def test_deep_json_is_read_or_counted(tmp_path: Path, depth: int) -> None:
    """At the edge of what parsers take, with all that makes a reader look twice."""
    wide = "[" + "1," * 300 + "1]"
    line = '{"timestamp":1,"x":' + '{"a":' * depth + wide + "}" * depth + ',"timestamp":1795262400}'

    events, counts = read(tmp_path, f"{line}\ntext {line}\n")

    assert len(events) == 2
    assert counts.broken == (events[0].json_text is None)


BROKEN = {
    "cut by a crash": '{"a":1,"b":{"c":2}',
    "text after it": '{"a":1} and text',
    "half a surrogate pair": '{"a":"\\ud800"}',
    "nested too deeply": '{"a":' * 100_000,
    "nested and closed": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
    "not a number": '{"a":NaN}',
}


@pytest.mark.parametrize("line", BROKEN.values(), ids=BROKEN.keys())
def test_a_line_that_only_begins_like_json_is_text(tmp_path: Path, line: str) -> None:
    """It stays in @message, has no fields, and is counted."""
    events, counts = read(tmp_path, f"{line}\n{RECORD}\n")

    assert (events[0].message, events[0].json_text) == (line, None)
    assert (len(events), counts.broken) == (2, 1)


@pytest.mark.parametrize("line", ['{"a":1e400}', '{"a":' + "9" * 5000 + "}", '{"a":1,"a":2}', ' {"a":1}', "{}"])
def test_unusual_json_is_json(tmp_path: Path, line: str) -> None:
    """Endless numbers, duplicate names and blanks in front are valid."""
    events, counts = read(tmp_path, line)

    assert (events[0].json_text, counts.broken) == (line, 0)


def test_what_is_no_utf8_is_kept_and_counted(tmp_path: Path) -> None:
    """With replacement characters, the lines around it untouched."""
    events, counts = read(tmp_path, b"caf\xe9\n" + b'{"a":"\xff"}\n' + "café\n".encode())

    assert [event.message for event in events] == ["caf\ufffd", '{"a":"\ufffd"}', "café"]
    assert events[1].json_text == '{"a":"\ufffd"}'
    assert counts.broken == 2


def test_bytes_of_any_kind_are_read_as_lines(tmp_path: Path) -> None:
    """NULs, as a crash leaves them, and noise."""
    events, _ = read(tmp_path, RECORD.encode() + b"\n" + b"\0" * 5000 + b"\n" + bytes(range(256)) * 3)

    assert events[0].message == RECORD
    assert events[1].message == "\0" * 5000


@pytest.mark.parametrize("length", [MOST_BYTES, MOST_BYTES + 1, 5 * MOST_BYTES])
@pytest.mark.parametrize("end", [b"", b"\nlast\n"])
def test_a_line_longer_than_an_event_is_cut(tmp_path: Path, length: int, end: bytes) -> None:
    """CloudWatch takes no event over a megabyte; the next line is whole."""
    events, counts = read(tmp_path, b"first\n" + b"x" * length + end)

    assert [len(event.message) for event in events] == [5, MOST_BYTES, *([4] if end else [])]
    assert counts.too_long == (length > MOST_BYTES)
    assert counts.broken == 0


def test_a_cut_goes_through_no_character(tmp_path: Path) -> None:
    """Whole characters only, so that the cut alone makes nothing broken."""
    events, counts = read(tmp_path, "x" + "é" * MOST_BYTES)

    assert (set(events[0].message), counts.broken, counts.too_long) == ({"x", "é"}, 0, 1)


def test_an_event_of_many_lines_is_cut_too(tmp_path: Path) -> None:
    """A tail's continuation lines are bounded like one long line."""
    events, counts = read(tmp_path, "2026-11-21T12:00:00.000Z a\n" + ("y" * 999 + "\n") * 3000)

    assert [len(event.message) for event in events] == [MOST_BYTES]
    assert counts.too_long == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_what_powershell_writes_is_read(tmp_path: Path, encoding: str) -> None:
    """UTF-16 with its mark, as `aws logs tail … > file` gives there."""
    mark = codecs.BOM_UTF16_LE if encoding.endswith("le") else codecs.BOM_UTF16_BE

    events, _ = read(tmp_path, mark + (FORMS["tail"].replace("\n", "\r\n") * 2).encode(encoding))

    assert [event.message for event in events] == [RECORD] * 2


def test_gzip_of_several_members_is_one_file(tmp_path: Path) -> None:
    """Appended to, filled up with zeros, with an empty member."""
    member = gzip.compress(RECORD.encode() + b"\n")

    events, _ = read(tmp_path, member + gzip.compress(b"") + member + b"\0" * 512)

    assert [event.message for event in events] == [RECORD] * 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "is no whole gzip file"),
        (gzip.compress(b"x" * 1000, mtime=0) + b"tail", "is no whole gzip file"),
        (b"PK\x03\x04" + b"x" * 100, "is a zip archive, not a log file"),
    ],
    ids=["cut", "something after it", "zip"],
)
def test_what_cannot_be_unpacked_is_one_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    """Half a file would give half the cost."""
    with pytest.raises(GenaiObsError, match=sentence) as raised:
        read(tmp_path, content)

    assert raised.value.slug == "bad-file"


def test_zstd_is_read(tmp_path: Path, zstd: Callable[[bytes], bytes]) -> None:
    """By what this machine has for it; a cut file is refused."""
    packed = zstd(RECORD.encode() + b"\n")

    events, counts = read(tmp_path, packed)
    with pytest.raises(GenaiObsError, match="is no whole zstd file"):
        read(tmp_path, packed[:-5])

    assert [event.message for event in events] == [RECORD]
    assert counts.bytes_read >= len(packed)


@pytest.mark.parametrize(
    "content",
    [b"x" * 80 * MOST_BYTES, b"2026-11-21T12:00:00.000Z a\n" + (b"y" * 10_000 + b"\n") * 8000],
    ids=["one line", "one event of many lines"],
)
def test_a_little_file_that_unpacks_to_a_large_one_is_read_in_pieces(tmp_path: Path, content: bytes) -> None:
    """One event without end, packed: no more of it is held than an event may have."""
    packed = gzip.compress(content, 1)
    tracemalloc.start()

    events, counts = read(tmp_path, packed)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (len(events), counts.too_long) == (1, 1)
    assert most < 16 * MOST_BYTES


LINES = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.text(max_size=40).map(str.encode),
        st.sampled_from(
            [
                RECORD.encode(),
                b"{",
                b"}",
                b"[",
                b'"',
                b"",
                b"\r",
                b"START RequestId: 1",
                FORMS["tail"].encode(),
                FORMS["events alone"].encode(),
                FORMS["export"].encode(),
                FORMS["subscription"].encode(),
                b'{"events": [',
            ]
        ),
    ),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(lines=LINES, separator=st.sampled_from([b"\n", b"\r\n", b""]))
def test_any_bytes_are_events_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], separator: bytes
) -> None:
    """Nothing that a file may hold raises anything but our own error, and every event can be written as UTF-8."""
    with contextlib.suppress(GenaiObsError):
        events, counts = read(tmp_path_factory.getbasetemp(), separator.join(lines))
        assert counts.events == len(events)
        assert all(event.message.encode() is not None and event.message != "" for event in events)
        assert all(event.json_text is None or isinstance(json.loads(event.json_text), dict) for event in events)
