"""Files that a user names: checked and written, with one sentence for what the system refuses."""

from pathlib import Path

from genai_obs.errors import GenaiObsError
from genai_obs.tools.logs.files import cannot_read, check_exists, open_to_read

__all__ = ["cannot_read", "check_exists", "check_writable", "open_to_read", "write_file"]


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
