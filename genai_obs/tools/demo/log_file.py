"""Write the demo's log whole or not at all: until then, what stood there before stays as it was."""

import os
import shutil
import tempfile
from pathlib import Path

from genai_obs.errors import GenaiObsError


def check_writable(path: Path) -> None:
    """
    Try whether a log can be written there, and leave everything as it is.

    Raises:
        GenaiObsError: It cannot.
    """
    try:
        if _is_special(path):
            _require_access(path)
        else:
            _file_beside(path.resolve()).unlink()
    except OSError as error:
        raise _cannot_write(path, error) from error


def write_whole(path: Path, text: str) -> None:
    """
    Put a text in the place of a file, or write it to a device or a pipe.

    Raises:
        GenaiObsError: It cannot be written; a file that was there is unchanged.
    """
    try:
        if _is_special(path):
            path.write_text(text, encoding="utf-8")
        else:
            _replace(path.resolve(), text)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _replace(path: Path, text: str) -> None:
    temporary = _file_beside(path)
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _file_beside(path: Path) -> Path:
    """Make an empty file in the same folder, with the permissions that the file itself has or would get."""
    if path.exists():
        _require_access(path)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(descriptor)
    made = Path(name)
    try:
        if path.exists():
            shutil.copymode(path, made)
        else:
            made.chmod(0o666 & ~_umask())
    except BaseException:
        made.unlink()
        raise
    return made


def _is_special(path: Path) -> bool:
    """Tell whether something is there that must not be replaced by a file: a device, a pipe, a folder."""
    return path.exists() and not path.is_file()


def _require_access(path: Path) -> None:
    # Opening says more than os.access does: which error it is, and that a folder is none to write to.
    os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


def _umask() -> int:
    # There is no way to read it but to set it.
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _cannot_write(path: Path, error: OSError) -> GenaiObsError:
    return GenaiObsError("cannot-write", f"cannot write {path}: {error.strerror}")
