"""
What a store holds: parts, each the events of some files as they were when they were read.

A part is a folder ``part-…`` with one Parquet file a day and ``part.json``. It is written under another name and
renamed when it is whole, so a store that lost its process holds whole parts only. A file that has changed since is
read again; its events in the old part are passed over.
"""

import json
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from genai_obs.errors import GenaiObsError

# Written into each part; parts of another version are not read.
_VERSION = 1

_PART = "part-"
_UNFINISHED = "unfinished-"

# No part takes a day to write: an older one that is not whole has lost its process.
_LONGEST_WORK_S = 86_400

# How the values of a key are kept: as numbers or texts where all of them are, else as JSON.
ColumnKind = Literal["number", "string", "json"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """
    A file as it was when it was read.

    Args:
        path: Its absolute path.

        size: Its bytes.

        mtime_ns: When it was last written.

        inode: Its number, so that a file put in the place of another is not taken for it.

        events: Events in it.

        broken: Lines of it that begin like JSON and are not.

        timeless: Lines of it that took a neighbour's time.
    """

    path: str
    size: int
    mtime_ns: int
    inode: int
    events: int = 0
    broken: int = 0
    timeless: int = 0

    @property
    def identity(self) -> tuple[str, int, int, int]:
        """What tells whether it is still the same."""
        return self.path, self.size, self.mtime_ns, self.inode


@dataclass(frozen=True, slots=True)
class StoredColumn:
    """The values of one top-level key of the JSON objects, as a column of the Parquet files."""

    name: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True)
class Part:
    """
    Events of some files.

    Args:
        folder: Where it lies.

        files: The files; the place of one in this tuple is the number of its events' ``src``.

        columns: Top-level keys with a column of their own.

        all_keys: Whether every key has one; otherwise a key without one is read out of the JSON.

        days: Parquet file → its first and last millisecond; None where events have no time.
    """

    folder: Path
    files: tuple[StoredFile, ...]
    columns: dict[str, StoredColumn]
    all_keys: bool
    days: dict[str, tuple[int, int] | None]


def identify(path: Path) -> StoredFile:
    """Return a file as it is now."""
    state = path.stat()
    return StoredFile(str(path.resolve()), state.st_size, state.st_mtime_ns, state.st_ino)


def read_parts(store: Path) -> Iterator[Part]:
    """Yield the whole parts of a store; one that cannot be understood is passed over."""
    for folder in sorted(store.glob(_PART + "*")) if store.is_dir() else []:
        try:
            yield _read_part(folder)
        except (OSError, ValueError, KeyError, TypeError):
            continue


def _read_part(folder: Path) -> Part:
    document = json.loads((folder / "part.json").read_text("utf-8"))
    if document["version"] != _VERSION:
        raise ValueError(document["version"])
    return Part(
        folder,
        tuple(StoredFile(**file) for file in document["files"]),
        {key: StoredColumn(**column) for key, column in document["columns"].items()},
        document["all_keys"],
        {name: None if span is None else (span[0], span[1]) for name, span in document["days"].items()},
    )


def new_folder(store: Path) -> Path:
    """
    Return a new folder for a part that is not whole yet.

    Raises:
        GenaiObsError: The store cannot be written.
    """
    folder = store / f"{_UNFINISHED}{uuid.uuid4().hex}"
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise GenaiObsError("cannot-write", f"cannot write {store}: {error.strerror or error}") from None
    return folder


def finish(part: Part) -> Part:
    """Write down what a part holds, and give it its final name."""
    document: dict[str, Any] = {
        "version": _VERSION,
        "files": [asdict(file) for file in part.files],
        "columns": {key: asdict(column) for key, column in part.columns.items()},
        "all_keys": part.all_keys,
        "days": part.days,
    }
    (part.folder / "part.json").write_text(json.dumps(document), "utf-8")
    final = part.folder.with_name(part.folder.name.replace(_UNFINISHED, _PART))
    part.folder.rename(final)
    return Part(final, part.files, part.columns, part.all_keys, part.days)


def drop_outdated(store: Path, parts: list[Part]) -> None:
    """Remove parts none of whose files is still as it was, and what a killed process began long ago."""
    for part in parts:
        if part.folder.parent == store and not any(_is_current(file) for file in part.files):
            shutil.rmtree(part.folder, ignore_errors=True)
    for folder in store.glob(_UNFINISHED + "*"):
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    try:
        return time.time() - folder.stat().st_mtime > _LONGEST_WORK_S
    except OSError:
        return False


def _is_current(file: StoredFile) -> bool:
    try:
        return identify(Path(file.path)).identity == file.identity
    except OSError:
        return False
