"""
Saved queries: one file each in this folder, its name the query's, its first line a comment that says what it answers.

They stand in one place so that what is asked on a laptop is what is saved in CloudWatch.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from genai_obs.errors import GenaiObsError
from genai_obs.tools.text.near import nearest

_FOLDER = Path(__file__).parent
_SUFFIX = ".cwli"


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """
    A query with a name.

    Args:
        name: What follows the ``@`` on the command line.

        title: One sentence: what it answers.

        text: The query, without its title and without a final line break.
    """

    name: str
    title: str
    text: str


@cache
def load_saved_queries() -> dict[str, SavedQuery]:
    """Return the saved queries by name, in alphabetical order."""
    found = (_read(path) for path in sorted(_FOLDER.glob(f"*{_SUFFIX}")))
    return {query.name: query for query in found}


def saved_query(name: str) -> SavedQuery:
    """
    Return the saved query of this name.

    Raises:
        GenaiObsError: There is none; the sentence names the nearest.
    """
    saved = load_saved_queries()
    if name in saved:
        return saved[name]
    near = nearest(name, saved)
    hint = f"did you mean @{near}?" if near else "genai-obs query --list shows them"
    raise GenaiObsError("unknown-query", f"there is no saved query @{name}; {hint}")


def _read(path: Path) -> SavedQuery:
    title, _, text = path.read_text(encoding="utf-8").partition("\n")
    return SavedQuery(path.stem, title.removeprefix("#").strip(), text.strip())
