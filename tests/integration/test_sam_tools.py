"""
AWS's own tools on the sample: ``sam``, ``cfn-lint``, and the Lambda emulator that comes with them.

They live in an environment of their own (342 MB, and boto3 pins that are not ours): ``GENAI_OBS_SAM_VENV`` names it, or
``.venv-sam`` beside the project. Without one these tests are skipped.
"""

import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.local.bedrock import BedrockServer
from genai_obs.tools.local.replies import Silence, stream_reply
from genai_obs.tools.local.world import World

pytest.importorskip("aws_xray_sdk", reason="the sample uses Powertools' Tracer: pip install aws-xray-sdk")

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sam-example"
SAM_VENV = Path(os.environ.get("GENAI_OBS_SAM_VENV") or ROOT / ".venv-sam")
_HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"

pytestmark = [
    pytest.mark.skipif(
        not (SAM_VENV / "bin" / "sam").exists(),
        reason=f"no aws-sam-cli in {SAM_VENV}; GENAI_OBS_SAM_VENV may name another place",
    ),
    # These are whole programs, not functions: seconds, not milliseconds.
    pytest.mark.timeout(300),
]


def _run(*command: str | Path, cwd: Path = SAMPLE, **environ: str) -> str:
    """Run a tool offline and without credentials, and return what it said; it must succeed."""
    clean = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "SAM_CLI_TELEMETRY": "0", **environ}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_sam_finds_nothing_wrong_with_the_template() -> None:
    """`sam validate --lint`, offline."""
    said = _run(SAM_VENV / "bin" / "sam", "validate", "--lint", "--template", SAMPLE / "template.yaml")

    assert "is a valid SAM Template" in said


def test_cfn_lint_finds_nothing_wrong_with_the_template() -> None:
    """cfn-lint alone, warnings and informational rules included."""
    said = _run(SAM_VENV / "bin" / "cfn-lint", "--include-checks", "I", "--template", SAMPLE / "template.yaml")

    assert said == ""


def test_sam_builds_the_sample_with_this_package(tmp_path: Path, bedrock_server: BedrockServer) -> None:
    """`sam build` resolves the requirements, and the built directory runs under AWS's emulator by itself."""
    wheels, sample = tmp_path / "wheels", tmp_path / "sample"
    _run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", wheels, ROOT)
    shutil.copytree(SAMPLE, sample, ignore=shutil.ignore_patterns("__pycache__", ".aws-sam"))
    _use_own_python(sample / "template.yaml")
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))

    _run(SAM_VENV / "bin" / "sam", "build", cwd=sample, PATH=path, PIP_FIND_LINKS=str(wheels))

    built = sample / ".aws-sam" / "build" / "AssistantFunction"
    bedrock_server.respond_with(World(speed_up=1000))
    with _emulate(built, _environ(bedrock_server)) as emulator:
        answer = emulator.invoke(_event("triage"))
    [record] = emulator.records()
    assert "label" in answer
    assert record["operation"] == "InvokeModel"
    assert (built / "genai_obs" / "_runtime" / "prices.json").is_file()


def test_the_handler_leaves_its_records_under_aws_own_emulator(bedrock_server: BedrockServer) -> None:
    """Every event once: the same lines between AWS's own START, END and REPORT."""
    bedrock_server.respond_with(World(speed_up=1000))
    names = ("answer", "summarise", "preview", "triage")

    with _emulate(SAMPLE / "src", _environ(bedrock_server)) as emulator:
        for name in names:
            emulator.invoke(_event(name))

    assert [record["operation"] for record in emulator.records()] == [
        "Converse",
        "ConverseStream",
        "ConverseStream",
        "InvokeModel",
    ]
    kinds = [line.split()[0] for line in emulator.lines if line.startswith(("START ", "END ", "REPORT "))]
    assert kinds == ["START", "END", "REPORT"] * len(names)


def test_a_record_is_out_before_the_emulators_deadline(bedrock_server: BedrockServer) -> None:
    """The model goes silent, the emulator kills the function, and the record says why."""
    bedrock_server.script(stream_reply([Silence()]))

    with _emulate(SAMPLE / "src", _environ(bedrock_server), timeout_s=2) as emulator:
        answer = emulator.invoke(_event("summarise"))

    assert answer == "Task timed out after 2.00 seconds"
    [record] = emulator.records()
    assert (record["status"], record["operation"]) == ("timeout", "ConverseStream")


class Emulator:
    """AWS's runtime interface emulator around a handler, on loopback."""

    def __init__(self, port: int) -> None:
        self.lines: list[str] = []
        self._url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"

    def invoke(self, event: object) -> Any:
        """Return the handler's result, or the emulator's plain text."""
        with urllib.request.urlopen(self._url, json.dumps(event).encode(), timeout=30) as answer:
            body = answer.read().decode()
        return json.loads(body) if body.startswith(("{", "[", '"')) else body

    def records(self) -> list[dict[str, Any]]:
        """Return the inference records, in order; complete once the emulator has ended."""
        documents = [json.loads(line) for line in self.lines if line.startswith("{")]
        return [document for document in documents if document.get("metric") == "AICost"]


@contextmanager
def _emulate(code: Path, environ: Mapping[str, str], *, timeout_s: int = 20) -> Iterator[Emulator]:
    machine = {"aarch64": "arm64", "arm64": "arm64"}.get(platform.machine(), "x86_64")
    [program] = SAM_VENV.glob(f"lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{machine}")
    port, api_port = _free_ports()
    process = subprocess.Popen(
        [
            program,
            # Left out, this address would be all interfaces.
            *("--runtime-interface-emulator-address", f"127.0.0.1:{port}"),
            *("--runtime-api-address", f"127.0.0.1:{api_port}"),
            *("--log-level", "error"),
            *(sys.executable, "-m", "awslambdaric", "app.handler"),
        ],
        cwd=code,
        env={**environ, "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout_s)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    emulator = Emulator(port)
    assert process.stdout is not None
    output = process.stdout
    reader = threading.Thread(target=lambda: emulator.lines.extend(line.rstrip("\n") for line in output))
    reader.start()
    try:
        _wait_for_port(port)
        yield emulator
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join()
        output.close()


def _environ(server: BedrockServer) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
        "AWS_LAMBDA_FUNCTION_NAME": "sample",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9",
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": server.url,
        "PRO_MODEL_ID": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "ECONOMY_MODEL_ID": "us.amazon.nova-lite-v1:0",
        "SUMMARY_MODEL_ID": _HAIKU,
        "TRIAGE_MODEL_ID": "us.amazon.nova-micro-v1:0",
    }


def _event(name: str) -> Any:
    return json.loads((SAMPLE / "events" / f"{name}.json").read_text(encoding="utf-8"))


def _use_own_python(template: Path) -> None:
    """Let the copy name the Python that runs the tests: building needs that very version on the PATH."""
    text = template.read_text(encoding="utf-8")
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    assert "Runtime: python3.13" in text
    template.write_text(text.replace("Runtime: python3.13", f"Runtime: {version}"), encoding="utf-8")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _wait_for_port(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError("the emulator does not listen")
