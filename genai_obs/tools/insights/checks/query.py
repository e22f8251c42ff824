"""
What a query must obey beyond grammar.

Errors stop it; warnings say where CloudWatch documents something else, or where the meaning is probably not meant.
"""

from genai_obs.tools.insights.checks.calls import check_expressions
from genai_obs.tools.insights.checks.commands import check_commands
from genai_obs.tools.insights.checks.habits import find_habits
from genai_obs.tools.insights.checks.names import check_names
from genai_obs.tools.insights.checks.normalise import normalise, rearrange
from genai_obs.tools.insights.checks.order import check_order
from genai_obs.tools.insights.language.findings import Findings, text_error
from genai_obs.tools.insights.language.syntax import Query
from genai_obs.tools.text.diagnostics import Diagnostic

__all__ = ["check_query", "normalise"]


def check_query(query: Query) -> tuple[Diagnostic, ...]:
    """
    Return the warnings about a query as it was parsed, in the order of the text.

    Raises:
        TextError: It makes no sense, or CloudWatch refuses it; with every mistake found.
    """
    findings = Findings(query.text, warnings=list(query.notes))
    rearranged, moved = rearrange(query)
    findings.warnings.extend(moved)
    check_order(query, findings)
    check_commands(query, findings)
    check_expressions(rearranged, findings)
    check_names(rearranged, findings)
    find_habits(rearranged, findings)
    if findings.errors:
        raise text_error(query.text, findings.errors)
    return tuple(sorted(findings.warnings, key=lambda warning: warning.span))
