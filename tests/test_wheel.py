"""The wheel holds all that the package needs, and nothing of the tests."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

CHECK = """
import json, sys
sys.path.insert(0, sys.argv[1])
import genai_obs
from genai_obs import observe_inference
from genai_obs.testing import capture_records

with capture_records() as records, observe_inference() as block:
    block.record_usage(model_id="amazon.nova-lite-v1:0", input_tokens=1000, output_tokens=1, region="us-east-1")
print(json.dumps([genai_obs.__file__, records[0]["cost_status"]]))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this working tree."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    if importlib.util.find_spec("hatchling") is not None:
        command.insert(4, "--no-build-isolation")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_the_package(wheel: Path) -> None:
    """Types, prices and every module are in it; tests, examples and documents are not."""
    names = set(zipfile.ZipFile(wheel).namelist())

    package = {name for name in names if not name.split("/")[0].endswith(".dist-info")}
    sources = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "genai_obs").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert {"genai_obs/py.typed", "genai_obs/_runtime/prices.json"} <= package
    assert sources <= package
    # The demo runs the sample application wherever the package is installed.
    assert {name.rpartition("/")[0] for name in package - sources} <= {"genai_obs/tools/demo/sample"}


def test_wheel_says_what_it_needs(wheel: Path) -> None:
    """Without extras orjson and Powertools are required and nothing else; command and pytest plugin are declared."""
    archive = zipfile.ZipFile(wheel)
    info = next(name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name)

    metadata = archive.read(f"{info}/METADATA").decode()
    entries = archive.read(f"{info}/entry_points.txt").decode()

    needed = [line.partition(": ")[2] for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    without_extras = [requirement for requirement in needed if "extra ==" not in requirement]
    assert sorted(name.partition(">")[0] for name in without_extras) == ["aws-lambda-powertools", "orjson"]
    assert "genai-obs = genai_obs.__main__:main" in entries
    assert "genai_obs = genai_obs.pytest_plugin" in entries
    assert any(name.startswith(f"{info}/licenses/") for name in archive.namelist())


def test_package_runs_out_of_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere it imports, and finds its prices."""
    zipfile.ZipFile(wheel).extractall(tmp_path)

    command = [sys.executable, "-c", CHECK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert done.returncode == 0, done.stderr
    file, status = json.loads(done.stdout)
    assert Path(file).is_relative_to(tmp_path)
    assert status == "ok"
