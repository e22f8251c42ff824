"""
What a query means must make sense: the rules that need more than grammar.

(First part: more rules follow.)
"""

from genai_obs.tools.insights.syntax import Query
from genai_obs.tools.text.diagnostics import Diagnostic


def check_query(query: Query) -> tuple[Diagnostic, ...]:
    """Return warnings about a query; raises TextError when it makes no sense."""
    return query.notes
