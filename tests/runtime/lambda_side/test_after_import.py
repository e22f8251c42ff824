"""Acting on a module once it is imported, whoever imports it and however."""

import importlib
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from genai_obs._runtime import after_import
from genai_obs._runtime.after_import import when_imported


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path with a module in it that nobody has imported."""
    (tmp_path / "some_module.py").write_text("value = 5\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(after_import, "_waiting", {})
    yield tmp_path
    for name in ("some_module", "zipped_module", "broken_module"):
        sys.modules.pop(name, None)
    if after_import._finder in sys.meta_path:
        sys.meta_path.remove(after_import._finder)


def test_module_that_is_loaded_is_acted_on_at_once() -> None:
    """There is nothing to wait for."""
    seen: list[ModuleType] = []

    when_imported("json", seen.append)

    assert seen == [sys.modules["json"]]


@pytest.mark.usefixtures("folder")
def test_module_is_acted_on_after_its_import() -> None:
    """The action sees the complete module, once; then nothing of ours is left in the way of imports."""
    seen: list[int] = []
    when_imported("some_module", lambda module: seen.append(module.value))
    assert seen == []

    module = importlib.import_module("some_module")
    importlib.reload(module)

    assert seen == [5]
    assert after_import._finder not in sys.meta_path


@pytest.mark.usefixtures("folder")
def test_action_that_fails_does_not_stop_the_import(capsys: pytest.CaptureFixture[str]) -> None:
    """The user's import goes on."""

    def fail(module: ModuleType) -> None:
        raise ValueError

    when_imported("some_module", fail)

    assert importlib.import_module("some_module").value == 5
    assert "ValueError" in capsys.readouterr().err


def test_module_that_fails_to_import_fails_as_ever(folder: Path) -> None:
    """Its own exception arrives, and a later import may still succeed and be acted on."""
    broken = folder / "broken_module.py"
    broken.write_text("raise KeyError('own')\n")
    seen: list[ModuleType] = []
    when_imported("broken_module", seen.append)

    with pytest.raises(KeyError, match="own"):
        importlib.import_module("broken_module")
    broken.write_text("value = 'a longer text, so that no cache of the first is taken'\n")
    importlib.invalidate_caches()
    module = importlib.import_module("broken_module")

    assert seen == [module]


def test_module_that_does_not_exist_is_not_found(folder: Path) -> None:
    """Waiting for a module does not make it."""
    when_imported("broken_module", lambda _: None)

    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("broken_module")


def test_module_in_a_zip_file_is_acted_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loaders of other kinds work too, or are left alone."""
    archive = folder / "lib.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("zipped_module.py", "value = 7\n")
    monkeypatch.syspath_prepend(archive)
    seen: list[int] = []
    when_imported("zipped_module", lambda module: seen.append(module.value))

    assert importlib.import_module("zipped_module").value == 7
    assert seen == [7]
