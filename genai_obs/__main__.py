"""``python -m genai_obs`` and the console script; the command line loads only when it is run."""

import sys


def main() -> int:
    """Run the command line and return its exit code."""
    from genai_obs.tools.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
