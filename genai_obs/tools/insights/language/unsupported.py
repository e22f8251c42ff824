"""Commands that AWS documents and that cannot be right on one machine with the files alone: refused by name."""

from genai_obs.tools.text.cursor import Cursor, ProblemError
from genai_obs.tools.text.tokens import Token

# Name, lower case without underscores -> why it is refused, in words.
UNSUPPORTED: dict[str, str] = {
    "join": "it reads another log group",
    "lookup": "its table is stored at CloudWatch",
    "cidrlookup": "its table is stored at CloudWatch",
    "anomaly": "its model is not published",
    "autoregress": "too little is documented to be right",
    "addtotals": "what it does after stats is contradicted in public",
    "appendcols": "it runs a second query",
    "outlier": "too little is documented to be right",
    "sessionize": "too little is documented to be right",
    "logcompare": "it reads another time range",
    "relevantfields": "its score is not published",
    "estimate": "files cost nothing to scan",
}

HINT = "the query text works on CloudWatch: add --log-group"


def unsupported(cursor: Cursor, token: Token) -> ProblemError:
    """
    Return that a command is not run here, its name being taken.

    All up to the next ``|`` outside brackets belongs to it, and is not looked at.
    """
    start = token.span.start
    name = cursor.take().text if token.kind == "$" and cursor.at("name") else ""
    message = (
        f"saved queries such as ${name}(…) are stored at CloudWatch"
        if token.kind == "$"
        else f"the command {token.text} is not run on a laptop: {UNSUPPORTED[token.text.lower().replace('_', '')]}"
    )
    return cursor.problem("unsupported-command", message, cursor.since(start), HINT)
