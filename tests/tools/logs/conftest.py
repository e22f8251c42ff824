"""What the tests of log files share."""

import importlib
import shutil
import subprocess
from collections.abc import Callable

import pytest


@pytest.fixture
def zstd() -> Callable[[bytes], bytes]:
    """Return a packer of zstd, by a module or by the program; a machine with neither skips."""
    try:
        module = importlib.import_module("compression.zstd")
    except ImportError:
        program = shutil.which("zstd")
        if program is None:
            pytest.skip("nothing here packs zstd")
        return lambda content: subprocess.run([program, "-qc"], input=content, capture_output=True, check=True).stdout
    packer: Callable[[bytes], bytes] = module.compress
    return packer
