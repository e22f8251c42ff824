"""What can be said of a regular expression before it is run (dialect: RE2; nobody documents CloudWatch's)."""

import re

_GROUP = re.compile(r"\\[\s\S]|\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]|\(\?P?<([A-Za-z_]\w*)>")


def group_names(pattern: str) -> list[str]:
    """Return the names of a pattern's groups, in order."""
    return [found[1] for found in _GROUP.finditer(pattern) if found[1]]
