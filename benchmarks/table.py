"""The one table that all benchmarks add to, and the machine that it was made on."""

import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

WIDTH = 58


@dataclass(frozen=True, slots=True)
class Row:
    """
    One line of the table.

    ``figure`` is the measured number with its unit; ``ratio`` compares it with the section's base; ``note`` says what
    a reader must know to judge it.
    """

    name: str
    figure: str
    ratio: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that belong together because they were measured against each other."""

    title: str
    rows: Sequence[Row]


def render(sections: Sequence[Section]) -> str:
    """Return the table as text."""
    lines: list[str] = []
    for section in sections:
        lines += ["", section.title, "-" * len(section.title)]
        for row in section.rows:
            line = f"{row.name:<{WIDTH}} {row.figure:>13} {row.ratio:>9}  {row.note}"
            lines.append(line.rstrip())
    return "\n".join(lines)


def describe_machine() -> str:
    """Return where the figures were made: they say little without it."""
    packages = ("boto3", "botocore", "orjson", "aws-lambda-powertools", "aws-embedded-metrics", "opentelemetry-sdk")
    versions = ", ".join(f"{name} {_version(name)}" for name in packages)
    load = os.getloadavg()[0]
    return (
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}, {_processor()}, "
        f"{os.cpu_count()} cores, load {load:.1f} at the start\n{versions}"
    )


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
