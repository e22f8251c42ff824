"""Saved queries as ``AWS::Logs::QueryDefinition``."""

from genai_obs.tools.cfn.intrinsics import Properties
from genai_obs.tools.cfn.parameters import Parameters
from genai_obs.tools.insights.checks.query import check_query
from genai_obs.tools.insights.language.parser import parse_query
from genai_obs.tools.queries import SavedQuery


def query_resource(query: SavedQuery, application: str, parameters: Parameters) -> Properties:
    """
    Return the resource of a saved query; CloudWatch shows ``/`` in its name as folders.

    Raises:
        TextError: CloudWatch would refuse the query; its linters look at no query.
    """
    check_query(parse_query(query.text))
    return {
        "Type": "AWS::Logs::QueryDefinition",
        "Properties": {
            "Name": parameters.name(f"{application}/{parameters.environment}/{query.name}"),
            # The title travels along as a comment, which the language knows.
            "QueryString": parameters.quoted(f"# {query.title}\n{query.text}"),
            "LogGroupNames": parameters.log_group_identifiers(()),
        },
    }
