"""The functions of the query language, one row each, from the tables of their groups."""

from genai_obs.tools.insights import (
    functions_general,
    functions_ip,
    functions_json,
    functions_number,
    functions_text,
    functions_time,
)
from genai_obs.tools.insights.calls import Function

FUNCTIONS: dict[str, Function] = (
    functions_number.FUNCTIONS
    | functions_general.FUNCTIONS
    | functions_time.FUNCTIONS
    | functions_text.FUNCTIONS
    | functions_json.FUNCTIONS
    | functions_ip.FUNCTIONS
)
