"""Writing the log whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from genai_obs.errors import GenaiObsError
from genai_obs.tools.demo.log_file import check_writable, write_whole


def test_a_check_leaves_the_file_and_the_folder_as_they_are(tmp_path: Path) -> None:
    """The old log may be all there is."""
    path = tmp_path / "x.log"
    path.write_text("old", encoding="utf-8")

    check_writable(path)
    check_writable(tmp_path / "new.log")

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_text_takes_the_old_ones_place_and_permissions(tmp_path: Path) -> None:
    """Nothing is left beside it."""
    path = tmp_path / "x.log"
    path.write_text("old and longer", encoding="utf-8")
    path.chmod(0o640)

    write_whole(path, "new\n")

    assert path.read_text(encoding="utf-8") == "new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_permissions_of_any_other(tmp_path: Path) -> None:
    """Not those of a private temporary file."""
    other = tmp_path / "other"
    other.touch()

    write_whole(tmp_path / "x.log", "new\n")

    assert (tmp_path / "x.log").stat().st_mode == other.stat().st_mode


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(28, "No space left on device")], ids=repr)
def test_a_write_that_fails_changes_nothing(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Even at the last moment."""
    path = tmp_path / "x.log"
    path.write_text("old", encoding="utf-8")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(Path, "replace", fail)

    with pytest.raises((KeyboardInterrupt, GenaiObsError)):
        write_whole(path, "new")

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Its target is what is written."""
    target, link = tmp_path / "target.log", tmp_path / "link.log"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)

    check_writable(link)
    write_whole(link, "new")

    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == "new"


def test_a_device_is_written_to_and_not_replaced() -> None:
    """Whoever wants no log says /dev/null."""
    path = Path(os.devnull)

    check_writable(path)
    write_whole(path, "new")

    assert path.is_char_device()


def test_a_folder_is_no_log(tmp_path: Path) -> None:
    """Said before the work."""
    with pytest.raises(GenaiObsError, match=r"cannot write .*: Is a directory"):
        check_writable(tmp_path)
