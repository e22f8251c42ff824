"""Judge the default alarms on the demo's log, with budgets of cents so that some are over the line."""

import shlex
from pathlib import Path

from genai_obs.tools.alarms.state import State
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Settings
from genai_obs.tools.definitions.settings import with_settings
from genai_obs.tools.logs.inputs import find_inputs
from genai_obs.tools.watch.judge import Judged, judge, read_lines

# A day of a hundred calls costs cents, and seldom has more than one call in a few minutes.
_CHANGES = {
    "daily_budget_usd": "0.05",
    "tenant_budget_usd": "0.02",
    "least_calls": "1",
    "quality_metric": "Faithfulness",
}


def watch(path: Path) -> str:
    """Return the command that judges a log, and what it says: alarms with their reasons, the others by name."""
    definitions = default_definitions(with_settings(Settings(), _CHANGES))
    lines = read_lines(find_inputs([str(path)]), definitions.alarms)
    if lines.first_s is None or lines.end_s is None:
        return ""
    judged = judge(definitions, lines, start_s=lines.first_s, at_s=lines.end_s)
    changes = " ".join(f"--set {name}={value}" for name, value in _CHANGES.items())
    return "\n".join([f"genai-obs alarms {shlex.quote(str(path))} {changes}", *_said(judged)]) + "\n"


def _said(judged: Judged) -> list[str]:
    said, calm = [], []
    for verdict in judged.verdicts:
        key = judged.definitions.key(verdict.alarm)
        if verdict.state is State.OK:
            calm.append(key)
        else:
            state = "not judged" if verdict.state is None else verdict.state.name
            said += [f"{state}  {key}", f"  {verdict.reason}"]
    return [*said, f"OK  {', '.join(calm)}"]
