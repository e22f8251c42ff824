"""What the demo says of its alarms."""

import gzip
from pathlib import Path

from genai_obs.tools.demo.watch import watch

DAY = Path(__file__).parents[2] / "data" / "demo_day.log.gz"


def test_the_demo_shows_the_alarms_that_are_over_the_line(tmp_path: Path) -> None:
    """Those in ALARM come with their reason, the others by name, under the command that says the same."""
    log = tmp_path / "a day.log"
    log.write_bytes(gzip.decompress(DAY.read_bytes()))

    said = watch(log).splitlines()

    assert said[0].startswith(f"genai-obs alarms '{log}' --set daily_budget_usd=0.05")
    assert said[1] == "ALARM  daily-spend"
    assert said[2].endswith("above 0.05 USD")
    assert said[-1].startswith("OK  error-rate, ")


def test_a_log_without_metrics_has_no_alarms_to_show(tmp_path: Path) -> None:
    """There is nothing to judge, and nothing is said."""
    log = tmp_path / "empty.log"
    log.write_text("START\n", encoding="utf-8")

    assert watch(log) == ""
