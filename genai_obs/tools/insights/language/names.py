"""Names of functions as the tree and the tables keep them."""


def canonical(name: str) -> str:
    """Return a function's name as the tables and the tree keep it: lower case, no underscores."""
    return name.lower().replace("_", "")
