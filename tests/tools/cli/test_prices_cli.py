"""``genai-obs prices`` as a person or a program runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.cli import main
from genai_obs.tools.cli.files import check_writable
from genai_obs.tools.prices import build as building

SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run one command and return exit code, stdout and stderr."""
    code = main(["prices", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def quote(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Run ``quote --json`` and return the document."""
    code, out, _ = run(capsys, "quote", *arguments, "--json")
    assert code == 0
    document: dict[str, Any] = json.loads(out)
    return document


def test_a_quote_is_one_json_object(capsys: pytest.CaptureFixture[str]) -> None:
    """Cost, status and the rates' origin, with what was asked."""
    found = quote(capsys, SONNET, "--region", "us-east-1", "--input-tokens", "1000", "--output-tokens", "500")

    assert (found["cost_usd"], found["cost_status"]) == (0.01155, "ok")
    assert found["price"]["key"] == f"{SONNET}|us-east-1|default"
    assert (found["model_id"], found["region"], found["input_tokens"]) == (SONNET, "us-east-1", 1000)


def test_tiny_costs_are_written_without_exponent(capsys: pytest.CaptureFixture[str]) -> None:
    """35 billionths of a dollar stay readable."""
    arguments = ("amazon.nova-micro-v1:0", "--region", "us-east-1", "--input-tokens", "1", "--output-tokens", "0")

    _, out, _ = run(capsys, "quote", *arguments, "--json")
    _, text, _ = run(capsys, "quote", *arguments)

    assert '"cost_usd":0.000000035,' in out
    assert text.startswith("0.000000035 USD (ok)\n")


def test_cache_writes_on_the_command_line_are_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """Five-minute and one-hour writes are two counts, neither part of the other."""
    found = quote(
        capsys,
        *(SONNET, "--region", "us-east-1", "--input-tokens", "0", "--output-tokens", "0"),
        *("--cache-read-tokens", "10000", "--cache-write-tokens", "2000", "--cache-write-1h-tokens", "1000"),
    )

    assert found["cost_usd"] == 0.01815


def test_every_option_reaches_the_price(capsys: pytest.CaptureFixture[str]) -> None:
    """Tier, latency, processing, day and units each change the quote."""
    counts = ("--region", "us-east-1", "--input-tokens", "1000", "--output-tokens", "1000")

    assert quote(capsys, "amazon.nova-pro-v1:0", *counts, "--tier", "flex")["cost_usd"] == 0.002
    assert quote(capsys, "amazon.nova-pro-v1:0", *counts, "--latency", "optimized")["cost_usd"] == 0.005
    assert quote(capsys, SONNET, *counts, "--processing", "batch")["cost_usd"] == 0.0099
    assert quote(capsys, "openai.gpt-5.6-sol", *counts, "--on", "2026-08-20")["cost_usd"] == 0.0385
    assert quote(capsys, "openai.gpt-5.6-sol", *counts, "--on", "2026-08-21T00:00:00Z")["cost_usd"] == 0.0264
    assert quote(capsys, "openai.gpt-5.6-sol", *counts, "--on", "2026-08-21T01:00:00+02:00")["cost_usd"] == 0.0385
    assert (
        quote(capsys, "amazon.rerank-v1:0", "--region", "us-west-2", "--units", "search_units=3")["cost_usd"] == 0.003
    )


def test_no_number_comes_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    """Null is an answer, not an error."""
    arguments = ("amazon.nova-pro-v2:0", "--region", "us-east-1", "--input-tokens", "1", "--output-tokens", "1")

    found = quote(capsys, *arguments)
    code, text, _ = run(capsys, "quote", *arguments)

    assert (found["cost_usd"], found["cost_status"], found["price"]) == (None, "unknown_model", None)
    assert code == 0
    assert text == "no cost: unknown_model (the price book has no such model id)\n"


def test_the_region_may_come_from_the_environment_or_an_arn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a client: the ARN's Region first, then AWS_REGION."""
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    counts = ("--input-tokens", "1000", "--output-tokens", "1000")
    arn = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0"

    assert quote(capsys, "amazon.nova-pro-v1:0", *counts)["cost_usd"] == 0.0059
    assert quote(capsys, arn, *counts)["cost_usd"] == 0.004


def test_a_quote_names_the_region_that_it_priced(capsys: pytest.CaptureFixture[str]) -> None:
    """The Region beside the key is the ARN's, also where --region says another."""
    arn = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"

    found = quote(capsys, arn, "--region", "us-east-1", "--input-tokens", "1", "--output-tokens", "1")

    assert found["region"] == "eu-west-1"
    assert "|eu-west-1|" in found["price"]["key"]


def test_overrides_hold_on_the_command_line_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the function would log is what is quoted."""
    monkeypatch.setenv("GENAI_OBS_PRICES", '{"multiplier": 0.5}')

    found = quote(capsys, SONNET, "--region", "us-east-1", "--input-tokens", "1000", "--output-tokens", "0")

    assert (found["cost_usd"], found["cost_status"]) == (0.00165, "overridden")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--input-tokens", "-1"), "--input-tokens must be a whole number"),
        (("--input-tokens", "1.5"), "--input-tokens must be a whole number"),
        (("--output-tokens", "many"), "--output-tokens must be a whole number"),
        (("--input-tokens", "9" * 30), "--input-tokens must be a whole number"),
        (("--tier", "turbo"), "--tier must be one of"),
        (("--latency", "fast"), "--latency must be one of"),
        (("--processing", "sync"), "--processing must be one of"),
        (("--on", "yesterday"), "--on must be a day"),
        (("--units", "images"), "--units must be KIND=N"),
        (("--units", "images=x"), "--units images must be a whole number"),
        (("--region", "mars"), "--region must be a Region"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, str], sentence: str
) -> None:
    """A person sees what is wrong and what would be right."""
    code, out, err = run(capsys, "quote", SONNET, "--region", "us-east-1", *arguments)

    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.splitlines()) == 1


def test_a_quote_needs_a_region(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one the price cannot be known, and nobody guesses."""
    monkeypatch.delenv("AWS_DEFAULT_REGION")

    code, _, err = run(capsys, "quote", SONNET, "--input-tokens", "1", "--output-tokens", "1")

    assert code == 2
    assert "--region us-east-1" in err


def test_show_lists_models(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a model and scope, in USD per million."""
    code, out, _ = run(capsys, "show")

    line = next(each for each in out.splitlines() if each.startswith("anthropic.claude-opus-5-5 ") and "global" in each)
    assert code == 0
    assert line.split()[1:] == ["global", "4", "20", "0.2", "5", "8"]


def test_show_lists_every_row_of_a_model(capsys: pytest.CaptureFixture[str]) -> None:
    """Tiers, Regions, long context, first days and sources, by any id of the model."""
    code, out, _ = run(capsys, "show", "us.openai.gpt-5.6-sol")
    _, units, _ = run(capsys, "show", "cohere.rerank-v3-5:0")
    _, disputed, _ = run(capsys, "show", SONNET)

    assert code == 0
    assert "2026-08-21" in out
    assert "default >272000" in out
    assert "0.002 each" in units
    assert "?" in disputed


def test_show_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    """The rows as they are stored, Region sets written out."""
    _, one, _ = run(capsys, "show", "openai.gpt-oss-120b", "--json")
    _, every, _ = run(capsys, "show", "--json")

    model = json.loads(one)
    assert model["model"] == "openai.gpt-oss-120b-1:0"
    assert ["us-east-1", "us-east-2", "us-west-2"] in [row["regions"] for row in model["rows"]]
    assert "amazon.nova-pro-v1:0" in json.loads(every)["models"]


def test_show_suggests_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    """A near miss names its neighbours, and prices none of them."""
    code, out, err = run(capsys, "show", "amazon.nova-pro-v2:0")

    assert (code, out) == (2, "")
    assert "did you mean amazon.nova-pro-v1:0" in err


def test_build_proves_the_packaged_snapshot(capsys: pytest.CaptureFixture[str]) -> None:
    """The check writes nothing; it says that the shipped file is what the sources make."""
    code, out, err = run(capsys, "build", "--check")

    assert code == 0
    assert "OPEN" not in out
    assert "prices.json is what these sources make" in err


def test_build_writes_a_file_and_notices_a_stale_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A snapshot that somebody edited is found by the check and made anew by the build."""
    path = tmp_path / "prices.json"
    path.write_text("{}")

    stale, _, said = run(capsys, "build", "--output", str(path), "--check")
    written, report, _ = run(capsys, "build", "--output", str(path), "--json")
    fresh, _, _ = run(capsys, "build", "--output", str(path), "--check")

    assert (stale, written, fresh) == (1, 0, 0)
    assert "is stale" in said
    assert json.loads(report)["suspicious"] == []


def test_refresh_writes_a_file_that_the_runtime_reads(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file it names is a snapshot for GENAI_OBS_PRICES_FILE."""
    path = tmp_path / "prices.json"

    code, _, err = run(capsys, "refresh", "--output", str(path))
    monkeypatch.setenv("GENAI_OBS_PRICES_FILE", str(path))
    found = quote(capsys, SONNET, "--region", "us-east-1", "--input-tokens", "1000", "--output-tokens", "500")

    assert code == 0
    assert f"GENAI_OBS_PRICES_FILE={path}" in err
    assert (found["cost_usd"], found["cost_status"]) == (0.01155, "ok")
    assert found["price"]["version"] == json.loads(path.read_text())["version"]


@pytest.mark.parametrize("command", ["build", "refresh"])
def test_a_file_that_cannot_be_written_is_said_before_the_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, command: str
) -> None:
    """One sentence, and no report of a build that was for nothing."""
    path = tmp_path / "gone" / "prices.json"

    code, out, err = run(capsys, command, "--output", str(path))

    assert (code, out) == (2, "")
    assert err == f"error[cannot-write]: cannot write {path}: No such file or directory\n"


def test_a_package_that_cannot_be_written_is_said_before_the_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --output the target lies in the package; only looking at it needs no leave to write."""
    monkeypatch.setattr(building, "SNAPSHOT_PATH", tmp_path)

    code, out, err = run(capsys, "build")
    checked, _, stale = run(capsys, "build", "--check")

    assert (code, out) == (2, "")
    assert err == f"error[cannot-write]: cannot write {tmp_path}: Is a directory\n"
    assert checked == 1
    assert "is stale" in stale


def test_extracts_that_cannot_be_written_are_said_before_the_work(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the sources may be read-only too."""
    monkeypatch.setattr(building, "DATA_DIRECTORY", tmp_path / "gone")

    code, out, err = run(capsys, "build", "--extract", "--output", str(tmp_path / "prices.json"))

    assert (code, out) == (2, "")
    assert "error[cannot-write]" in err


def test_looking_whether_a_file_can_be_written_leaves_no_trace(tmp_path: Path) -> None:
    """What is there stays as it was, and what was not there is not there afterwards."""
    present, absent = tmp_path / "present", tmp_path / "absent"
    present.write_bytes(b"kept")

    check_writable(present)
    check_writable(absent)

    assert present.read_bytes() == b"kept"
    assert not absent.exists()


def test_a_quote_needs_orjson_only() -> None:
    """Neither the price sources nor boto3 nor anything else third-party is loaded."""
    program = (
        "import sys; before = set(sys.modules)\n"
        "from genai_obs.tools.cli import main\n"
        f"main('prices quote {SONNET} --region us-east-1 --input-tokens 1 --output-tokens 1'.split())\n"
        "added = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(added - set(sys.stdlib_module_names) - {'genai_obs', 'orjson'}))\n"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)

    assert found.stdout.splitlines()[-1] == "[]"
