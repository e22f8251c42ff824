"""A large log of demo-like lines: the demo's own day, repeated over the days of a month."""

import re
import subprocess
import sys
from pathlib import Path

_STAMP = re.compile(rb'"timestamp":"\d{4}-\d\d-\d\dT')


def make_lines(build: Path, gigabytes: float, *, only_records: bool = False) -> Path:
    """Return a log of about this size, made once; Lambda's platform lines stand between records unless left out."""
    path = build / f"query-{'records' if only_records else 'lines'}-{gigabytes:g}g.log"
    wanted = int(gigabytes * 1e9)
    if path.exists() and path.stat().st_size >= wanted:
        return path
    build.mkdir(exist_ok=True)
    demo = build / "query-demo.log"
    if not demo.exists():
        subprocess.run([sys.executable, "-m", "genai_obs", "demo", "--out", str(demo)], check=True, capture_output=True)
    day = demo.read_bytes()
    if only_records:
        day = b"".join(line for line in day.splitlines(keepends=True) if line.startswith(b"{"))
    written = 0
    with path.open("wb") as log:
        while written < wanted:
            number = 1 + written * 28 // wanted
            written += log.write(_STAMP.sub(b'"timestamp":"2026-11-%02dT' % number, day))
    return path
