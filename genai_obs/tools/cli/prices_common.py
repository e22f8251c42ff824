"""What the sub-commands of ``genai-obs prices`` share: the price book, and how they speak."""

import os
import sys
from typing import Any

import orjson

from genai_obs._runtime.prices import PriceBook


def warn(sentence: str) -> None:
    """Say one sentence on stderr."""
    print(f"genai-obs: {sentence}", file=sys.stderr)


def open_book() -> PriceBook:
    """Return the prices in force, overrides of the environment included; what is wrong with those is said."""
    return PriceBook(environ=os.environ, report=warn)


def print_json(document: Any) -> None:
    """Print a document, indented."""
    sys.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() + "\n")
