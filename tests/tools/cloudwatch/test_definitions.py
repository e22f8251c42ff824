"""Queries saved in CloudWatch."""

from typing import Any

import pytest
from tools.cloudwatch.support import needs_new_botocore

from genai_obs.errors import GenaiObsError
from genai_obs.tools.cloudwatch.definitions import Definition, find_definition
from genai_obs.tools.local.logs_server import LogsServer


def test_saved_query_is_found_by_its_whole_name(server: LogsServer, client: Any) -> None:
    """A name is not taken for its beginning."""
    server.definitions += [
        {"name": "spend by day", "queryString": "fields b"},
        {"name": "spend", "queryString": "fields a", "logGroupNames": ["/a"]},
    ]

    assert find_definition("spend", client=client) == Definition("spend", "fields a", ("/a",))


def test_query_that_nobody_saved_is_an_error(server: LogsServer, client: Any) -> None:
    """The error has the name."""
    server.definitions.append({"name": "spend by day", "queryString": "fields b"})

    with pytest.raises(GenaiObsError, match="no query named spend ") as missing:
        find_definition("spend", client=client)

    assert missing.value.slug == "no-saved-query"


@needs_new_botocore
def test_query_in_another_language_is_refused(server: LogsServer, client: Any) -> None:
    """PPL and SQL are other languages."""
    server.definitions.append({"name": "spend", "queryString": "SELECT 1", "queryLanguage": "SQL"})

    with pytest.raises(GenaiObsError, match="is in SQL") as refused:
        find_definition("spend", client=client)

    assert refused.value.slug == "other-language"
