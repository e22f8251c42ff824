"""``genai-obs prices recost``: what it reads, and how it refuses what it cannot."""

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genai_obs.tools.cli import main
from genai_obs.tools.prices import build as building

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"

RECORD = {
    "metric": "AICost",
    "value": None,
    "timestamp": "2026-11-20T10:00:00.000Z",
    "model_id": SONNET,
    "region": "us-east-1",
    "input_tokens": 1000,
    "output_tokens": 500,
    "cost_usd": None,
    "cost_status": "unknown_model",
}


@pytest.mark.parametrize("zipped", [False, True])
def test_recost_prints_lines_and_a_summary(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, zipped: bool
) -> None:
    """Plain or gzip, told by the content; data on stdout, the summary on stderr."""
    path = tmp_path / "log.ndjson"
    content = b"START RequestId: 1\n" + json.dumps(RECORD).encode() + b"\n"
    path.write_bytes(gzip.compress(content) if zipped else content)

    code = main(["prices", "recost", str(path)])
    captured = capfdbinary.readouterr()

    first, second = captured.out.splitlines()
    assert code == 0
    assert first == b"START RequestId: 1"
    assert json.loads(second)["cost_usd"] == 0.01155
    assert b"1 records in 2 lines, 1 changed: 0 USD before, 0.01155 USD after (ok 1)" in captured.err


def test_recost_takes_other_prices(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    """--prices names a snapshot or overrides."""
    log, prices = tmp_path / "log.ndjson", tmp_path / "prices.toml"
    log.write_text(json.dumps(RECORD))
    prices.write_text(f'[prices."{SONNET}"]\ninput = 1\noutput = 1\n')

    code = main(["prices", "recost", str(log), "--prices", str(prices), "--json"])
    captured = capfdbinary.readouterr()

    assert code == 0
    assert json.loads(captured.out)["cost_usd"] == 0.0015
    assert json.loads(captured.err)["cost_usd_after"] == 0.0015


@pytest.mark.parametrize("arguments", [("gone.ndjson",), ("-", "--prices", "gone.json")])
def test_recost_names_a_missing_file(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """A misspelt path is the user's mistake."""
    code = main(["prices", "recost", *arguments])
    out, err = capsys.readouterr()

    assert (code, out) == (2, "")
    assert "there is no file gone" in err


def test_a_snapshot_may_be_named(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    """An old one says that it is old, after the file was accepted."""
    log, prices = tmp_path / "log.ndjson", tmp_path / "prices.json"
    log.write_text(json.dumps(RECORD))
    packaged = json.loads(building.SNAPSHOT_PATH.read_text("utf-8"))
    prices.write_text(json.dumps({**packaged, "version": "2020-01-01"}))

    code = main(["prices", "recost", str(log), "--prices", str(prices)])
    captured = capfdbinary.readouterr()

    assert code == 0
    assert json.loads(captured.out)["price"]["version"] == "2020-01-01"
    assert b"the price snapshot of 2020-01-01 is" in captured.err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"{bad", "cannot be read (JSONDecodeError: "),
        (b'{"multiplier":"x"}', "the multiplier must be a number"),
        (gzip.compress(b'{"multiplier":1}', mtime=0), "cannot be read (JSONDecodeError: "),
        (b'{"prices":{"a.b":{"input":-1,"output":1}}}', 'input of "a.b" must not be negative'),
        (b'{"format":"genai-obs-prices/1"}', "cannot be read (KeyError: 'version')"),
    ],
    ids=["no JSON", "no number", "gzip", "negative", "half a snapshot"],
)
def test_bad_prices_that_were_named_end_the_command(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, content: bytes, sentence: str
) -> None:
    """Before a line is written, by the name that was typed; lenient is only what the environment holds."""
    log, prices = tmp_path / "log.ndjson", tmp_path / "prices.json"
    log.write_text(json.dumps(RECORD))
    prices.write_bytes(content)

    code = main(["prices", "recost", str(log), "--prices", str(prices)])
    captured = capfdbinary.readouterr()

    assert (code, captured.out) == (2, b"")
    assert captured.err.decode().startswith(f"error[bad-prices]: {prices}: {sentence}")
    assert b"GENAI_OBS" not in captured.err
    assert b"every call is left without a cost" not in captured.err


def test_a_bad_environment_is_named_beside_good_prices(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes before the file, so it would take every cost away; alone it stays a warning."""
    log, prices = tmp_path / "log.ndjson", tmp_path / "prices.json"
    log.write_text(json.dumps(RECORD))
    prices.write_text('{"multiplier": 1}')
    monkeypatch.setenv("GENAI_OBS_PRICES", '{"multiplier": "x"}')

    strict = main(["prices", "recost", str(log), "--prices", str(prices)])
    refused = capfdbinary.readouterr()
    lenient = main(["prices", "recost", str(log)])
    warned = capfdbinary.readouterr()

    assert (strict, lenient) == (2, 0)
    assert refused.err.startswith(b"error[bad-prices]: GENAI_OBS_PRICES: the multiplier must be")
    assert warned.err.startswith(b"genai-obs: GENAI_OBS_PRICES: the multiplier must be")


def damaged(content: bytes) -> bytes:
    """Return gzip whose header is right and whose data is not."""
    packed = bytearray(gzip.compress(content))
    packed[10:14] = b"\xff\xff\xff\xff"
    return bytes(packed)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (damaged(b"x" * 1000), "is no whole gzip file: Error -3"),
        (gzip.compress(b"x" * 1000, mtime=0)[:-9], "is no whole gzip file: it ends too early"),
        (
            b"\x1f\x8bxxxxxxxxxxxxxxx",
            "is no whole gzip file: Error -3 while decompressing data: unknown compression method",
        ),
    ],
    ids=["damaged", "cut", "no gzip"],
)
def test_damaged_gzip_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, content: bytes, sentence: str
) -> None:
    """Whatever way it broke on."""
    path = tmp_path / "log.gz"
    path.write_bytes(content)

    code = main(["prices", "recost", str(path)])
    _, err = capsys.readouterr()

    assert code == 2
    assert err.startswith(f"error[bad-file]: {path} {sentence}")
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_file_that_cannot_be_read_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """The system opens a process's own memory and refuses its first page."""
    code = main(["prices", "recost", "/proc/self/mem"])
    _, err = capsys.readouterr()

    assert code == 2
    assert err == "error[bad-file]: cannot read /proc/self/mem: Input/output error\n"


def test_an_empty_folder_is_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Nothing to read is no total of 0 USD."""
    code = main(["prices", "recost", str(tmp_path)])
    _, err = capsys.readouterr()

    assert code == 2
    assert err == f"error[no-file]: there is no log file in the folder {tmp_path}\n"


@pytest.mark.parametrize("argument", ["", "/*.log", "/a.log"], ids=["folder", "pattern", "file"])
def test_folders_and_patterns_are_read(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, argument: str
) -> None:
    """As everywhere else."""
    (tmp_path / "a.log").write_text(json.dumps(RECORD))

    code = main(["prices", "recost", f"{tmp_path}{argument}"])
    captured = capfdbinary.readouterr()

    assert code == 0
    assert json.loads(captured.out)["cost_usd"] == 0.01155


ENVELOPED = {
    "tail": "2026-11-20T10:00:00.000000+00:00 2026/11/20/[$LATEST]0123 {}\n",
    "export": "2026-11-20T10:00:00.000Z {}\n",
    "filter-log-events": '{{"events": [{{"timestamp": 1, "message": {}}}]}}',
}


@pytest.mark.parametrize("form", ENVELOPED)
def test_recost_prints_the_messages_of_what_carries_them(
    capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path, form: str
) -> None:
    """So that its output is always lines that it can read again."""
    path = tmp_path / "log"
    message = json.dumps(RECORD)
    path.write_text(ENVELOPED[form].format(json.dumps(message) if form == "filter-log-events" else message))

    code = main(["prices", "recost", str(path)])
    captured = capfdbinary.readouterr()

    assert code == 0
    assert json.loads(captured.out)["cost_usd"] == 0.01155
    assert captured.out.endswith(b"}\n")


def test_a_traceback_of_the_runtime_stays_one_line(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    r"""It has ``\r`` where its lines break, and passes byte for byte like any foreign line."""
    path = tmp_path / "log"
    content = b"[ERROR] KeyError: 1\rTraceback:\r  File x\r\n\n\xff last"
    path.write_bytes(content)

    main(["prices", "recost", str(path)])
    captured = capfdbinary.readouterr()

    assert captured.out == content
    assert b"0 records in 3 lines" in captured.err


def test_zstd_is_refused_where_python_cannot_read_it(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lines would pass as foreign ones, and the file would seem to hold no record."""
    for module in ("compression.zstd", "backports.zstd", "pyzstd"):
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setenv("PATH", "")
    path = tmp_path / "log.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + b"\n" * 20)

    code = main(["prices", "recost", str(path)])
    out, err = capsys.readouterr()

    assert (code, out) == (2, "")
    assert err.startswith(f"error[bad-file]: {path} is packed with zstd")


@pytest.mark.skipif(shutil.which("zstd") is None, reason="packs with the program")
def test_zstd_is_read(capfdbinary: pytest.CaptureFixture[bytes], tmp_path: Path) -> None:
    """By Python from 3.14 on, else by the program; a file that is cut is refused."""
    whole, cut = tmp_path / "log.zst", tmp_path / "cut.zst"
    line = json.dumps(RECORD).encode() + b"\n"
    packed = subprocess.run(["zstd", "-qc"], input=line, capture_output=True, check=True).stdout
    whole.write_bytes(packed)
    cut.write_bytes(packed[:-5])

    code = main(["prices", "recost", str(whole)])
    read = capfdbinary.readouterr()
    refused = main(["prices", "recost", str(cut)])

    assert (code, refused) == (0, 2)
    assert json.loads(read.out)["cost_usd"] == 0.01155


@pytest.mark.parametrize(
    "content",
    ["", "START RequestId: 1\n", f"cost: {json.dumps(RECORD)}\n"],
    ids=["empty", "platform line", "text before the record"],
)
def test_no_record_at_all_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path, content: str) -> None:
    """A total of 0 USD over a file of another form would look like an answer."""
    path = tmp_path / "log.txt"
    path.write_text(content)

    code = main(["prices", "recost", str(path)])
    _, err = capsys.readouterr()

    assert code == 0
    expected = "genai-obs: no inference record found; a record is a whole message, never a part of a line of text"
    assert err.splitlines()[-1] == expected


def test_a_summary_as_json_stays_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Its `records` says that there were none."""
    path = tmp_path / "log.txt"
    path.write_text("START\n")

    main(["prices", "recost", str(path), "--json"])
    _, err = capsys.readouterr()

    assert json.loads(err)["records"] == 0


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_recost_reads_standard_input(pack: Callable[[bytes], bytes]) -> None:
    """As the end of a pipe, packed or not; a real process."""
    found = subprocess.run(
        [sys.executable, "-m", "genai_obs", "prices", "recost", "-"],
        input=pack(json.dumps(RECORD).encode()),
        capture_output=True,
        check=True,
    )

    assert json.loads(found.stdout)["cost_usd"] == 0.01155
