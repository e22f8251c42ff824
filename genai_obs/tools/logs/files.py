"""Files to read that a user names: opened and checked, with one sentence for what the system refuses."""

from pathlib import Path
from typing import BinaryIO

from genai_obs.errors import GenaiObsError


def check_exists(name: str) -> None:
    """
    See that something of this name is there.

    Raises:
        GenaiObsError: There is nothing, or it is out of reach.
    """
    try:
        Path(name).stat()
    except (OSError, ValueError) as error:
        raise cannot_read(name, error) from None


def open_to_read(name: str) -> BinaryIO:
    """
    Open a file or a pipe by its name.

    Raises:
        GenaiObsError: There is none, it is a folder, or it may not be read.
    """
    try:
        return Path(name).open("rb")
    except (OSError, ValueError) as error:
        raise cannot_read(name, error) from None


def cannot_read(name: str, error: OSError | ValueError) -> GenaiObsError:
    """Return the error that says why a file cannot be read."""
    shown = shown_name(name)
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return GenaiObsError("no-file", f"there is no file {shown}")
    if isinstance(error, IsADirectoryError):
        return GenaiObsError("bad-file", f"{shown} is a folder; name its files")
    # A ValueError is a name with a NUL in it.
    reason = (error.strerror if isinstance(error, OSError) else None) or error
    return GenaiObsError("bad-file", f"cannot read {shown}: {reason}")


def shown_name(name: str) -> str:
    """Return a name for a sentence of one line: breaks and other unprintable characters are escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogateescape").decode() for c in name)
