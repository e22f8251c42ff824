"""Where the handler is that the demo runs: the sample application's, shipped in the wheel or beside the package."""

from pathlib import Path


def find_sample() -> Path:
    """
    Return the directory of the sample's handler.

    Raises:
        FileNotFoundError: The installation is broken.
    """
    shipped = Path(__file__).with_name("sample")
    checkout = Path(__file__).parents[3] / "sam-example" / "src"
    # The wheel holds a copy that its build takes from sam-example/src; a checkout has only the original.
    for place in (shipped, checkout):
        if (place / "app.py").is_file():
            return place
    raise FileNotFoundError(f"neither {shipped} nor {checkout} holds the sample's handler")
