"""``python -m benchmarks [NAME ...]``: run the benchmarks and print one table."""

import argparse
import importlib
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.table import Section, describe_machine, render

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / "build" / "benchmarks-venv"

# In the order of the table: name, module, what it measures.
BENCHMARKS = (
    ("record", "per_record", "one record against the floor, Powertools and aws-embedded-metrics"),
    ("handler", "handler", "a whole Lambda handler, decorated and not"),
    ("loopback", "loopback", "a Converse call over HTTP: bare, observed, under OpenTelemetry"),
    ("streams", "streams", "one event of a stream"),
    ("startup", "startup", "import and first priced call, in fresh interpreters"),
    ("wire", "wire", "bytes of typical lines and what they cost in log ingestion"),
)


def main() -> int:
    """Run what the command line names, or everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    names = [name for name, _, _ in BENCHMARKS]
    listing = "; ".join(f"{name}: {meaning}" for name, _, meaning in BENCHMARKS)
    parser.add_argument("names", nargs="*", metavar="NAME", help=listing)
    parser.add_argument("--rounds", type=int, default=15, help="turns of each case; the figures are medians of them")
    parser.add_argument(
        "--install", action="store_true", help=f"compare in {VENV.relative_to(ROOT)}, made if it is not there"
    )
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in names]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(names)}")
    if arguments.rounds < 3:
        parser.error("--rounds takes 3 or more: a median needs them")
    if arguments.install:
        return _run_in_venv([*arguments.names, "--rounds", str(arguments.rounds)])
    print(describe_machine())
    for name, module, _ in BENCHMARKS:
        if not arguments.names or name in arguments.names:
            print(render(_run(name, module, arguments.rounds)), flush=True)
    return 0


def _run(name: str, module: str, rounds: int) -> list[Section]:
    print(f"measuring: {name}", file=sys.stderr)
    sections: list[Section] = importlib.import_module(f"benchmarks.{module}").run(rounds)
    return sections


def _run_in_venv(arguments: list[str]) -> int:
    python = VENV / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    if not python.exists():
        venv.create(VENV, with_pip=True)
    requirements = str(ROOT / "benchmarks" / "requirements.txt")
    install = [str(python), "-m", "pip", "install", "--quiet", "--requirement", requirements, "--editable", str(ROOT)]
    subprocess.run(install, check=True, stdout=sys.stderr)
    return subprocess.run([str(python), "-m", "benchmarks", *arguments], check=False, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())
