"""The functions of the query language, one row each, from the tables of their groups."""

from genai_obs.tools.insights.functions import general, ip, json, number, text, time
from genai_obs.tools.insights.functions.calls import Function

FUNCTIONS: dict[str, Function] = (
    number.FUNCTIONS | general.FUNCTIONS | time.FUNCTIONS | text.FUNCTIONS | json.FUNCTIONS | ip.FUNCTIONS
)
