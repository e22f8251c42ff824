"""Queries that somebody saved in CloudWatch."""

from dataclasses import dataclass
from typing import Any

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.patience import Patience


@dataclass(frozen=True, slots=True)
class Definition:
    """A saved query: its name, its text, the log groups it was saved with."""

    name: str
    text: str
    log_groups: tuple[str, ...]


def find_definition(name: str, *, client: Any, patience: Patience | None = None) -> Definition:
    """
    Return the query that is saved in CloudWatch under a name.

    Raises:
        GenaiObsError: When there is none, or it is not in Logs Insights QL.
    """
    waiting = patience or Patience()
    parameters: dict[str, Any] = {"queryDefinitionNamePrefix": name}
    while True:
        answer = waiting.call(client.describe_query_definitions, **parameters)
        for found in answer.get("queryDefinitions", ()):
            if found.get("name") == name:
                return _definition(found)
        if not answer.get("nextToken"):
            raise GenaiObsError("no-saved-query", f"no query named {name} is saved in this account and Region")
        parameters["nextToken"] = answer["nextToken"]


def _definition(found: dict[str, Any]) -> Definition:
    language = found.get("queryLanguage", "CWLI")
    if language != "CWLI":
        raise GenaiObsError("other-language", f"the saved query {found['name']} is in {language}, not Logs Insights QL")
    return Definition(found["name"], found.get("queryString", ""), tuple(found.get("logGroupNames", ())))
