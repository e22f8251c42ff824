"""Check a template: what deploys and then never works, or not as it says."""

from collections.abc import Callable, Iterator, Sequence

from genai_obs.tools.cfn.load import load_template
from genai_obs.tools.check.alarm_rules import check_alarms
from genai_obs.tools.check.content_rules import check_contents
from genai_obs.tools.check.finding import Finding
from genai_obs.tools.check.log_rules import check_logs
from genai_obs.tools.check.published import Published
from genai_obs.tools.check.resources import Resource, resources_of
from genai_obs.tools.check.topic_rules import check_topics
from genai_obs.tools.text.source import Source

NOTHING = Published()

_RULES: tuple[Callable[[Sequence[Resource]], Iterator[Finding]], ...] = (
    check_topics,
    check_logs,
    check_contents,
)


def check_template(text: str, published: Published = NOTHING) -> tuple[Source, tuple[Finding, ...]]:
    """
    Return the template's text as its places count it, and what is wrong with it, in the order of the text.

    Args:
        text: YAML or JSON.

        published: Which metrics lines publish, where some are at hand.

    Raises:
        TextError: It is no template.
    """
    template = load_template(text)
    resources = resources_of(template)
    found = [*check_alarms(resources, published), *(finding for rule in _RULES for finding in rule(resources))]
    return template.source, tuple(sorted(found, key=lambda finding: finding.span.start if finding.span else -1))
