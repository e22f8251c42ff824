"""``genai-obs prices``: look at the price book, quote a call, build or refresh the snapshot, price old lines again."""

import argparse
from collections.abc import Callable

from genai_obs.tools.cli import prices_build, prices_quote, prices_recost, prices_show


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for module in (prices_show, prices_quote, prices_build, prices_recost):
        module.add_actions(actions)


def run(arguments: argparse.Namespace) -> int:
    """Do what the chosen sub-command says."""
    act: Callable[[argparse.Namespace], int] = arguments.act
    return act(arguments)
