"""A handler under the real awslambdaric: what it is told, what its log says, and how it can end."""

import json
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from genai_obs.tools.local.runtime_api import RuntimeApi

_RUNTIME_ARN = "arn:aws:lambda:us-east-1::runtime:local"
_REPORT = "REPORT RequestId: ID\tDuration: N\tBilled Duration: N\tMemory Size: N\tMax Memory Used: N\t"
_ECHO = """
import os, sys

calls = 0

def handler(event, context):
    global calls
    calls += 1
    print("a line of mine")
    print("and one on stderr", file=sys.stderr)
    return {
        "event": event,
        "calls": calls,
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "left_ms": context.get_remaining_time_in_millis(),
        "trace": os.environ.get("_X_AMZN_TRACE_ID"),
        "home": os.environ.get("HOME"),
        "stage": os.environ.get("STAGE"),
        "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
    }
"""


def _uuid_free(text: str) -> str:
    """Return a log without what differs from run to run."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    return re.sub(r"\d+(\.\d+)? (ms|MB)", "N", text)


def test_a_handler_gets_its_event_and_its_context(start_function: Any) -> None:
    """All that Lambda tells a function is there, and nothing of this machine."""
    function = start_function(_ECHO, environ={"STAGE": "test"}, timeout_s=5, memory_mb=256, function_name="echo")

    result = function.invoke({"a": [1, None]}, trace_id="Root=1-0-0;Parent=0;Sampled=0")

    told = result.json()
    assert result.status == "success"
    assert 4000 < told.pop("left_ms") <= 5000
    assert told == {
        "event": {"a": [1, None]},
        "calls": 1,
        "request_id": result.request_id,
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:echo",
        "memory": "256",
        "trace": "Root=1-0-0;Parent=0;Sampled=0",
        "home": None,
        "stage": "test",
        "function": "echo",
    }


def test_the_text_log_is_as_cloudwatch_shows_it(start_function: Any) -> None:
    """The platform's lines stand around the function's own, which are whole and in order."""
    function = start_function(_ECHO)

    function.invoke({})
    function.invoke({})

    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert _uuid_free(function.log_text()).splitlines() == [
        f"INIT_START Runtime Version: python:{version}.local\tRuntime Version ARN: {_RUNTIME_ARN}",
        "START RequestId: ID Version: $LATEST",
        "a line of mine",
        "and one on stderr",
        "END RequestId: ID",
        f"{_REPORT}Init Duration: N\t",
        "START RequestId: ID Version: $LATEST",
        "a line of mine",
        "and one on stderr",
        "END RequestId: ID",
        _REPORT,
    ]


def test_the_json_log_has_platform_events(start_function: Any) -> None:
    """Lambda's JSON format: the function's own JSON stays as it is."""
    function = start_function("def handler(event, context):\n    print('{\"mine\": 1}')\n", log_format="JSON")

    result = function.invoke({})

    events = [json.loads(line) for line in function.log_text().splitlines()]
    assert [event.get("type", event) for event in events] == [
        "platform.initStart",
        "platform.start",
        {"mine": 1},
        "platform.report",
    ]
    assert events[-1]["record"]["requestId"] == result.request_id
    assert events[-1]["record"]["status"] == "success"


def test_the_level_filter_drops_what_lambda_would(start_function: Any) -> None:
    """Above INFO only lines that say their level and time get through."""
    source = (
        "def handler(event, context):\n"
        '    print(\'{"metric": "lost"}\')\n'
        '    print(\'{"metric": "kept", "level": "ERROR", "timestamp": "2026-01-01T00:00:00.000Z"}\')\n'
    )
    function = start_function(source, log_format="JSON", log_level="WARN")

    function.invoke({})

    assert '"kept"' in function.log_text()
    assert '"lost"' not in function.log_text()


def test_an_exception_is_an_error_and_the_process_goes_on(start_function: Any) -> None:
    """The runtime reports it, and the next invocation finds the same process."""
    function = start_function(
        "calls = 0\n"
        "def handler(event, context):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    if event.get('fail'):\n"
        "        raise ValueError('no')\n"
        "    return calls\n"
    )

    failed = function.invoke({"fail": True})
    after = function.invoke({})

    assert (failed.status, failed.error_type, failed.json()["errorMessage"]) == ("error", "ValueError", "no")
    assert after.json() == 2
    assert "\tStatus: error\tError Type: ValueError\t" in function.log_text()


def test_a_handler_that_is_too_slow_is_killed_at_its_deadline(start_function: Any) -> None:
    """What it wrote before is in the log, its finally blocks do not run, and the next call gets a new process."""
    function = start_function(
        "import time\n"
        "calls = 0\n"
        "def handler(event, context):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    try:\n"
        "        print('before', flush=True)\n"
        "        time.sleep(event['sleep'])\n"
        "    finally:\n"
        "        print('after')\n"
        "    return calls\n",
        timeout_s=0.3,
    )

    slow = function.invoke({"sleep": 60})
    quick = function.invoke({"sleep": 0})

    assert (slow.status, slow.error_type) == ("timeout", "Sandbox.Timedout")
    assert 300 <= slow.duration_ms < 1000
    assert quick.json() == 1
    lines = _uuid_free(function.log_text()).splitlines()
    assert lines[2:6] == [
        "before",
        "TIME ID Task timed out after 0.30 seconds",
        "END RequestId: ID",
        f"{_REPORT}Init Duration: N\tStatus: timeout\t",
    ]
    # Lambda does not report the second initialisation.
    assert lines[6] == "START RequestId: ID Version: $LATEST"


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("os._exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 11)", "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_a_process_that_ends_is_an_exit_error(start_function: Any, how: str, reason: str) -> None:
    """Its last line is kept, even without a line end, and the log says how it went."""
    function = start_function(
        "import os, sys\n"
        "def handler(event, context):\n"
        "    if event:\n"
        "        sys.stdout.write('last words')\n"
        f"        {how}\n"
    )

    result = function.invoke({"end": 1})
    after = function.invoke({})

    assert (result.status, result.error_type) == ("error", "Runtime.ExitError")
    assert f"last words\nRequestId: {result.request_id} Error: {reason}\nRuntime.ExitError\n" in function.log_text()
    assert after.status == "success"


def test_a_handler_that_cannot_be_loaded_is_tried_twice(start_function: Any) -> None:
    """Once when the environment starts, once more at the invocation, as Lambda does."""
    function = start_function("import nothing_of_that_name\n")

    result = function.invoke({})

    assert (result.status, result.error_type) == ("error", "Runtime.ImportModuleError")
    phases = re.findall(r"INIT_REPORT .*\tPhase: (\w+)\tStatus: error\tError Type: (\S+)", function.log_text())
    assert phases == [("init", "Runtime.ImportModuleError"), ("invoke", "Runtime.ImportModuleError")]


def test_a_process_that_ends_while_it_loads_is_reported(start_function: Any) -> None:
    """There is no runtime to say why, so the platform does."""
    function = start_function("import os\nos._exit(7)\n")

    result = function.invoke({})

    assert result.error_type == "Runtime.ExitError"
    assert "exit status 7" in result.json()["errorMessage"]


def _state_of(pid: int) -> str:
    """Return the letter of a process's state: T is stopped, Z is dead and unburied."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]


def _reaches(pid: int, state: str) -> bool:
    """Tell whether a process comes into a state (or to its end) soon: signals take a moment to work."""
    for _ in range(200):
        try:
            if _state_of(pid) == state:
                return True
        except FileNotFoundError:
            return state == "Z"
        time.sleep(0.01)
    return False


def test_a_function_is_frozen_between_its_invocations(start_function: Any) -> None:
    """A thread of the function stands still, and goes on in the next invocation."""
    function = start_function(
        "import threading, time\n"
        "ticks = 0\n"
        "def tick():\n"
        "    global ticks\n"
        "    while True:\n"
        "        ticks += 1\n"
        "        time.sleep(0.005)\n"
        "threading.Thread(target=tick, daemon=True).start()\n"
        "def handler(event, context):\n"
        "    time.sleep(0.02)\n"
        "    return ticks\n"
    )

    first = function.invoke({}).json()
    stopped = _reaches(function.pid, "T")
    time.sleep(0.3)
    second = function.invoke({}).json()

    assert stopped
    # Sixty ticks fit into the wait alone.
    assert second - first < 30


def test_freezing_can_be_left_out(start_function: Any) -> None:
    """For a look at what a function does when nobody looks."""
    function = start_function("def handler(event, context):\n    return 1\n", freeze=False)

    function.invoke({})

    state = _state_of(function.pid)
    assert state != "T"


def test_lines_written_at_the_last_moment_are_there(start_function: Any) -> None:
    """A large line, written right before the return, is whole and before END."""
    function = start_function("import sys\ndef handler(event, context):\n    sys.stdout.write('x' * 300_000 + '\\n')\n")

    function.invoke({})

    texts = [event.text for event in function.log]
    assert texts[2] == "x" * 300_000
    assert texts[3].startswith("END ")


def test_log_events_know_their_invocation(start_function: Any) -> None:
    """What was said before the first invocation belongs to none."""
    function = start_function("print('loading')\ndef handler(event, context):\n    print('working')\n")

    result = function.invoke({})

    owners = {event.text: event.request_id for event in function.log}
    assert owners["loading"] == ""
    assert owners["working"] == result.request_id


def test_nothing_is_left_running(start_function: Any) -> None:
    """Closing ends the process and its children."""
    function = start_function(
        "import subprocess\n"
        "child = subprocess.Popen(['sleep', '60'])\n"
        "def handler(event, context):\n"
        "    return child.pid\n"
    )
    child = function.invoke({}).json()
    parent = function.pid

    function.close()

    assert function.pid is None
    assert _reaches(parent, "Z")
    assert _reaches(child, "Z")


def test_a_stopped_process_can_still_be_killed(start_function: Any) -> None:
    """A handler that stops itself runs into its deadline like any other."""
    function = start_function(
        f"import os\ndef handler(event, context):\n    os.kill(os.getpid(), {int(signal.SIGSTOP)})\n", timeout_s=0.2
    )

    assert function.invoke({}).status == "timeout"


def test_without_the_runtime_client_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A missing library is one sentence, not a traceback of a child process."""
    import importlib.util

    from genai_obs.errors import MissingExtraError
    from genai_obs.tools.local.lambda_runtime import LambdaProcess

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(MissingExtraError, match="awslambdaric"):
        LambdaProcess("app.handler", tmp_path)


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/2018-06-01/runtime/other")])
def test_the_runtime_api_has_no_other_paths(method: str, path: str) -> None:
    """A runtime of another version is told so."""
    import http.client

    api = RuntimeApi().start()
    connection = http.client.HTTPConnection(api.address)

    connection.request(method, path, body=b"{}")
    status = connection.getresponse().status

    connection.close()
    api.close()
    assert status == 404
