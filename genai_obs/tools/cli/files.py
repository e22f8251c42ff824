"""Files that a user names: opened, checked and written, with one sentence for what the system refuses."""

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
    except OSError as error:
        raise cannot_read(name, error) from None


def open_to_read(name: str) -> BinaryIO:
    """
    Open a file or a pipe by its name.

    Raises:
        GenaiObsError: There is none, it is a folder, or it may not be read.
    """
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise cannot_read(name, error) from None


def cannot_read(name: str, error: OSError) -> GenaiObsError:
    """Return the error that says why a file cannot be read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return GenaiObsError("no-file", f"there is no file {name}")
    if isinstance(error, IsADirectoryError):
        return GenaiObsError("bad-file", f"{name} is a folder; name its files")
    return GenaiObsError("bad-file", f"cannot read {name}: {error.strerror or error}")


def check_writable(path: Path) -> None:
    """
    See that a file can be written, before the work whose result goes there; its content stays as it is.

    Raises:
        GenaiObsError: It cannot.
    """
    try:
        # Only opening it tells: permission bits say nothing of a read-only file system or of root.
        existed = path.exists()
        with path.open("ab"):
            pass
        if not existed:
            path.unlink()
    except OSError as error:
        raise _cannot_write(path, error) from None


def write_file(path: Path, content: bytes) -> None:
    """
    Write a whole file.

    Raises:
        GenaiObsError: It cannot be written.
    """
    try:
        path.write_bytes(content)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _cannot_write(path: Path, error: OSError) -> GenaiObsError:
    return GenaiObsError("cannot-write", f"cannot write {path}: {error.strerror or error}")
