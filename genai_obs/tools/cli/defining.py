"""Which alarms a command is about: the default ones with changes, or those of a team's file."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from genai_obs.errors import GenaiObsError

if TYPE_CHECKING:
    from genai_obs.tools.definitions.model import Definitions


def add_definition_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--definitions``, ``--set`` and ``--environment``."""
    parser.add_argument(
        "--definitions", type=Path, metavar="FILE", help="TOML with settings and alarms of your own; default: ours"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="change a setting, such as daily_budget_usd=20; may be repeated",
    )
    parser.add_argument(
        "--environment", metavar="NAME", help="value of the dimension Environment: --set environment=NAME"
    )


def read_changes(arguments: argparse.Namespace) -> dict[str, str]:
    """
    Return what the options say of settings.

    Raises:
        GenaiObsError: ``--set`` is no pair.
    """
    said = dict(_pair(text) for text in arguments.set)
    if arguments.environment is not None:
        said["environment"] = arguments.environment
    return said


def load(arguments: argparse.Namespace, changes: Mapping[str, str]) -> "Definitions":
    """
    Return the alarms of the file, or the default ones.

    Raises:
        GenaiObsError: The file or a setting is wrong.
    """
    from genai_obs.tools.definitions.defaults import default_definitions
    from genai_obs.tools.definitions.model import Settings
    from genai_obs.tools.definitions.settings import with_settings
    from genai_obs.tools.definitions.user_file import load_definitions

    if arguments.definitions is not None:
        return load_definitions(arguments.definitions, changes)
    return default_definitions(with_settings(Settings(), changes))


def missing_library(error: ModuleNotFoundError) -> Exception:
    """Return the error that names the extra, where a library of the tools is what is missing."""
    from genai_obs.errors import MissingExtraError

    libraries = {"yaml": "PyYAML", "numpy": "numpy", "duckdb": "duckdb"}
    name = (error.name or "").partition(".")[0]
    return MissingExtraError(libraries[name], "tools") if name in libraries else error


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise GenaiObsError("bad-setting", f"--set takes NAME=VALUE, not {text!r}")
    return name.strip(), value.strip()
