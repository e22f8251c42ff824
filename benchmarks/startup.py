"""What a cold start pays: the import after boto3's, and the first record, which reads the price snapshot."""

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import scenario
from benchmarks.table import Row, Section
from benchmarks.timing import spread

ROOT = Path(__file__).resolve().parent.parent

# Each child prints milliseconds and the modules that were loaded meanwhile, as JSON.
_IMPORT = """
import json, sys, time
import boto3
before = set(sys.modules)
started = time.perf_counter_ns()
{statement}
ms = (time.perf_counter_ns() - started) / 1e6
print(json.dumps([ms, sorted(set(sys.modules) - before)]))
"""
_FIRST_CALL = """
import json, os, sys, time
import boto3
from benchmarks import scenario
from genai_obs._runtime import output
output.write = lambda line: None
observation = scenario.new_observation()
facts = {name: value for name, value in scenario.FACTS.items() if not name.startswith("guardrail")}
unpriced = dict(facts, cost_status="disabled")
def write(facts):
    started = time.perf_counter_ns()
    scenario.write_record(observation, facts)
    return (time.perf_counter_ns() - started) / 1e6
# Without a price first: what remains in the second is the loading of prices and nothing else.
first = write(unpriced)
print(json.dumps([first, write(facts), write(facts)]))
"""

OURS = "import genai_obs"
IMPORTS = {
    OURS: ("genai_obs", "import genai_obs"),
    "Powertools Metrics and Logger": ("aws_lambda_powertools", "from aws_lambda_powertools import Logger, Metrics"),
    "aws-embedded-metrics": ("aws_embedded_metrics", "import aws_embedded_metrics"),
    "OpenTelemetry SDK and botocore instrumentation": (
        "opentelemetry.instrumentation.botocore",
        "import opentelemetry.sdk.trace, opentelemetry.instrumentation.botocore",
    ),
}


def run(rounds: int) -> list[Section]:
    """Measure in fresh interpreters, in turns."""
    # A folder of its own, so that old byte code beside the sources, or none, changes nothing.
    with tempfile.TemporaryDirectory() as folder:
        warm = Interpreter(folder)
        return [_imports(warm, rounds), _first_call(warm, rounds)]


class Interpreter:
    """
    Runs programs in fresh interpreters in Lambda's environment.

    Args:
        byte_code: Folder that keeps byte code from run to run; None compiles every module anew, as happens in a
            package that was built without byte code.
    """

    def __init__(self, byte_code: str | None) -> None:
        self._environment = {**os.environ, **scenario.LAMBDA_ENVIRONMENT, "PYTHONPATH": str(ROOT)}
        if byte_code is not None:
            self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
            self._environment["PYTHONPYCACHEPREFIX"] = byte_code

    def run(self, program: str) -> list[Any]:
        """Return the JSON list that a program prints."""
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=self._environment, cwd=ROOT)
        found: list[Any] = json.loads(done.stdout)
        return found


def _imports(interpreter: Interpreter, rounds: int) -> Section:
    programs = {
        name: _IMPORT.format(statement=statement)
        for name, (module, statement) in IMPORTS.items()
        if _is_installed(module)
    }
    times: dict[str, list[float]] = {name: [] for name in programs}
    loaded: dict[str, list[str]] = {}
    for program in programs.values():
        interpreter.run(program)
    for _ in range(rounds):
        for name, program in programs.items():
            milliseconds, loaded[name] = interpreter.run(program)
            times[name].append(milliseconds)
    rows = []
    for name in IMPORTS:
        if name in programs:
            modules = loaded[name]
            foreign = [module for module in modules if module.split(".")[0] not in ("genai_obs", "orjson")]
            note = f"{len(modules)} modules, {len(foreign)} of them neither genai_obs nor orjson"
            rows.append(Row(name, f"{statistics.median(times[name]):.2f} ms", note=note))
        else:
            rows.append(Row(name, "not installed", note="python -m benchmarks --install"))
    title = f"Import after boto3, fresh interpreters; aim: under 2 ms; noise {spread(times[OURS]):.0%}"
    return Section(title, rows)


def _first_call(interpreter: Interpreter, rounds: int) -> Section:
    interpreter.run(_FIRST_CALL)
    runs = [interpreter.run(_FIRST_CALL) for _ in range(rounds)]
    unpriced, priced, warm = ([run[column] for run in runs] for column in range(3))
    extra = [first - later for first, later in zip(priced, warm, strict=True)]
    rows = [
        Row("first record of a process, not priced", f"{statistics.median(unpriced):.2f} ms", note="imports pricing"),
        Row("extra of the first priced record", f"{statistics.median(extra):.2f} ms", note="aim: under 2 ms"),
        Row("any later record", f"{statistics.median(warm):.3f} ms"),
    ]
    return Section(f"First priced call, fresh interpreters; noise {spread(extra):.0%}", rows)


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
