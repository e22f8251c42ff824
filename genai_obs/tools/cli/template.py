"""``genai-obs template``: what watches the model calls, as a CloudFormation template."""

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cli.defining import add_definition_arguments, load, missing_library, read_changes
from genai_obs.tools.cli.telling import say, tell_warning

if TYPE_CHECKING:
    from genai_obs.tools.cfn.options import TemplateOptions
    from genai_obs.tools.definitions.model import Definitions

_FORMATS = ("yaml", "json")

# What each option takes, where the other form of the same thing would deploy and show nothing for ever.
_SHAPES = {
    "--email": (r"[^@\s]+@[^@\s]+", "an address"),
    "--log-group": (r"[\w.\-/#]{1,512}", "the name of a log group"),
    "--function": (r"[\w-]{1,64}", "the name of a function"),
    "--state-machine": (r"arn:[^:\s]+:states:[^:\s]+:[^:\s]+:stateMachine:\S+", "the ARN of a state machine"),
    "--queue": (r"[\w-]{1,80}(\.fifo)?", "the name of a queue"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_definition_arguments(parser)
    _add_watched_arguments(parser)
    _add_resource_arguments(parser)
    ways = parser.add_mutually_exclusive_group()
    ways.add_argument("--format", choices=_FORMATS, default="yaml", help="default: yaml")
    ways.add_argument("--json", action="store_true", help="the same as --format json")
    parser.add_argument("--out", metavar="FILE", help="write to a file; default: stdout")


def _add_watched_arguments(parser: argparse.ArgumentParser) -> None:
    several = {
        "--log-group": ("NAME", "log group that holds the records; default: that of the function"),
        "--function": ("NAME", "Lambda function on the dashboard; the first one's errors have an alarm"),
        "--state-machine": ("ARN", "Step Functions state machine on the dashboard"),
        "--api": ("NAME", "API Gateway REST API on the dashboard"),
        "--queue": ("NAME", "SQS queue on the dashboard"),
    }
    for option, (metavar, meaning) in several.items():
        parser.add_argument(option, action="append", default=[], metavar=metavar, help=f"{meaning}; may be repeated")


def _add_resource_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--email", metavar="ADDRESS", help="who gets mail of alarms; a stack can say it too")
    parser.add_argument("--retention", type=int, metavar="DAYS", help="create the log groups, keeping lines so long")
    switches = {
        "--no-dashboard": "no dashboard",
        "--budget": "also an AWS budget on Bedrock's bill",
        "--log-anomalies": "also detectors of unusual messages in the log groups",
        "--encrypt": "encrypt the topics, with a key of their own",
        "--sam": "name SAM's transform, so that functions can stand beside",
    }
    for option, meaning in switches.items():
        parser.add_argument(option, action="store_true", help=meaning)


def run(arguments: argparse.Namespace) -> int:
    """
    Write the template.

    Raises:
        TextError: A query or an expression of the definitions is wrong.
        GenaiObsError: The arguments or the definitions make no template.
    """
    try:
        from genai_obs.tools.cfn.template import MOST_BYTES_IN_REQUEST, render_template
    except ModuleNotFoundError as error:
        raise missing_library(error) from None
    _check_shapes(arguments)
    form = "json" if arguments.json else arguments.format
    definitions = _definitions(arguments)
    text = render_template(definitions, _options(arguments), form)
    _write(text, arguments.out)
    _warn(definitions)
    if len(text.encode()) > MOST_BYTES_IN_REQUEST:
        say(
            f"note: more than {MOST_BYTES_IN_REQUEST:,} bytes go through S3: "
            "sam deploy does that by itself, aws cloudformation deploy takes --s3-bucket"
        )
    return 0


def _warn(definitions: "Definitions") -> None:
    """Say what is doubtful about alarms that somebody wrote; ours have their reasons in the docs."""
    from genai_obs.tools.cfn.template import alarm_problems
    from genai_obs.tools.definitions.defaults import default_definitions

    ours = default_definitions(definitions.settings).alarms
    theirs = replace(definitions, alarms=tuple(alarm for alarm in definitions.alarms if alarm not in ours))
    for key, problem in alarm_problems(theirs):
        tell_warning(f"warning[{problem.slug}]: {key}: {problem.sentence}")


def _definitions(arguments: argparse.Namespace) -> "Definitions":
    """Return the definitions; the function's own log group is that of the records where nothing else is said."""
    changes = _changes(arguments)
    definitions = load(arguments, changes)
    unsaid = "log_group" not in changes and definitions.settings.log_group is None and not arguments.log_group
    if unsaid and len(arguments.function) == 1:
        return load(arguments, {**changes, "log_group": f"/aws/lambda/{arguments.function[0]}"})
    return definitions


def _changes(arguments: argparse.Namespace) -> dict[str, str]:
    """Return what the options say of settings."""
    said = read_changes(arguments)
    if arguments.function:
        said.setdefault("function_name", arguments.function[0])
    # With several groups, none is the one: log alarms then look at all of the stack's.
    if len(set(arguments.log_group)) == 1:
        said.setdefault("log_group", arguments.log_group[0])
    return said


def _check_shapes(arguments: argparse.Namespace) -> None:
    """Refuse what no deployment could have a use for: names where ARNs are asked for, and the other way round."""
    for option, (pattern, takes) in _SHAPES.items():
        said = getattr(arguments, option.removeprefix("--").replace("-", "_"))
        for name in [said] if isinstance(said, str) else said or ():
            if not re.fullmatch(pattern, name, re.ASCII):
                raise GenaiObsError("unfit-name", f"{option} takes {takes}, not {name!r}")


def _options(arguments: argparse.Namespace) -> "TemplateOptions":
    from genai_obs.tools.cfn.options import RETENTION_DAYS, TemplateOptions

    if arguments.retention is not None and arguments.retention not in RETENTION_DAYS:
        listed = ", ".join(map(str, RETENTION_DAYS))
        raise GenaiObsError(
            "bad-retention", f"CloudWatch keeps logs for one of {listed} days, not {arguments.retention}"
        )
    return TemplateOptions(
        log_groups=_distinct(arguments.log_group),
        functions=_distinct(arguments.function),
        state_machines=_distinct(arguments.state_machine),
        apis=_distinct(arguments.api),
        queues=_distinct(arguments.queue),
        email=arguments.email,
        retention_days=arguments.retention,
        with_dashboard=not arguments.no_dashboard,
        with_budget=arguments.budget,
        with_log_anomalies=arguments.log_anomalies,
        with_key=arguments.encrypt,
        with_sam=arguments.sam,
    )


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _write(text: str, name: str | None) -> None:
    if name is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    try:
        Path(name).write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise GenaiObsError("cannot-write", f"cannot write {name}: {reason}") from None
