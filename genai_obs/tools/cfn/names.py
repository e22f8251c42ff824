"""Logical ids: CloudFormation's names for the parts of a template, letters and digits only."""

import re
from collections.abc import Iterable

_WORD = re.compile(r"[A-Za-z0-9]+")
# AWS: "Resources section structure": at most 255 alphanumeric characters, documented. The rest is room for a number.
_LONGEST = 200


def logical_id(text: str) -> str:
    """Return a text in camel case; characters that no id can have are left out."""
    words = _WORD.findall(text)
    return "".join(word[0].upper() + word[1:] for word in words)[:_LONGEST]


def logical_ids(texts: Iterable[str], suffix: str) -> dict[str, str]:
    """Return an id for each text, all different: those that would be the same are numbered in the order given."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for text in texts:
        base = f"{logical_id(text)}{suffix}"
        chosen, number = base, 1
        while chosen in taken:
            number += 1
            chosen = f"{base}{number}"
        taken.add(chosen)
        found[text] = chosen
    return found
