"""The table of what is dropped for the docs, made from the rules that the extraction uses."""

from genai_obs.tools.metrics.rules import COUNTED_ONLY, RULES, Rule

_LOST = {
    "line": "all metrics of the line",
    "directive": "the directive",
    "set": "the dimension set",
    "metric": "the metric",
}


def render_drops() -> str:
    """Return the rules by which CloudWatch publishes no values as a Markdown table; a limit of ours is none of them."""
    head = ["| slug | what is wrong | what is lost | counted as | mark |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(_render(rule) for rule in RULES.values() if rule.slug != COUNTED_ONLY)])


def _render(rule: Rule) -> str:
    cells = [f"`{rule.slug}`", rule.sentence, _LOST[rule.lost], rule.counted or "silent", rule.mark]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


TABLES = {"drops": render_drops}
