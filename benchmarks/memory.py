"""``python -m benchmarks.memory [CALLS]``: resident memory before and after a million observed calls."""

import argparse
import gc
import os
import sys
import time
from pathlib import Path

from genai_obs import annotate, configure, observe_inference


class Context:
    """Lambda's context object, as far as it is asked."""

    def __init__(self, number: int) -> None:
        self.aws_request_id = f"request-{number}"

    def get_remaining_time_in_millis(self) -> int:
        """Return half a minute."""
        return 30_000


def resident_kb() -> int:
    """Return the resident memory of this process in KiB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit("this system does not say how much memory a process has")


def main() -> None:
    """Observe, and print the memory ten times on the way."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("calls", nargs="?", type=int, default=1_000_000)
    calls = parser.parse_args().calls
    configure(emf=True)

    @observe_inference(fields={"feature": "summary"})
    def handler(event: object, context: object) -> None:  # noqa: ARG001 - as Lambda calls it
        annotate(tenant=f"tenant-{event}")
        with observe_inference() as block:
            block.record_usage(model_id=f"model-{event}", input_tokens=1, output_tokens=1)

    with Path(os.devnull).open("w", encoding="utf-8") as sys.stdout:
        began = time.perf_counter()
        for number in range(calls):
            if number % max(1, calls // 10) == 0:
                gc.collect()
                seconds = time.perf_counter() - began
                print(f"{number:>9} calls  {resident_kb():>8} KiB  {seconds:6.1f} s", file=sys.stderr)
            # The garbage collector has nothing to do here: everything of ours is freed as it is let go.
            if number == 1000:
                gc.disable()
            handler(number % 5000, Context(number))
        print(f"{calls:>9} calls  {resident_kb():>8} KiB", file=sys.stderr)
    sys.stdout = sys.__stdout__


if __name__ == "__main__":
    main()
