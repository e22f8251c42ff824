"""What importing the package loads: little, and nothing of others that Lambda would not load anyway."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SHOW = """
import json, sys
print(json.dumps(sorted(sys.modules)))
"""


def modules(code: str, *options: str) -> set[str]:
    """Return the modules that a fresh interpreter has after some code."""
    script = textwrap.dedent(code) + SHOW
    done = subprocess.run(
        [sys.executable, *options, "-c", script], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_import_adds_the_package_and_orjson_to_boto3() -> None:
    """After ``import boto3`` only modules of ours, orjson, and what orjson itself loads are new."""
    boto3 = modules("import boto3")
    orjson = modules("import boto3, orjson")

    ours = modules("import boto3, genai_obs") - boto3

    others = {name for name in ours if name != "genai_obs" and not name.startswith("genai_obs.")}
    assert others <= orjson - boto3
    assert not [name for name in ours if name.startswith("genai_obs.tools")]


def test_decorating_adds_nothing_more_of_others() -> None:
    """A decorated function, with options, needs nothing but what the import may load."""
    boto3 = modules("import boto3, orjson")

    code = """
        import boto3
        from genai_obs import annotate, configure, log_metric, observe_inference

        configure(service="s")

        @observe_inference(fields={"feature": "f"})
        def handler(event, context): ...
    """
    ours = modules(code) - boto3

    assert not [name for name in ours if not name.startswith("genai_obs")]


def test_record_loads_no_more_than_it_needs() -> None:
    """Not even the first priced record loads anything but our own modules."""
    boto3 = modules("import boto3, orjson")

    code = """
        import boto3
        from genai_obs import observe_inference

        with observe_inference() as block:
            block.record_usage(model_id="amazon.nova-lite-v1:0", input_tokens=1, output_tokens=1, region="us-east-1")
    """
    ours = modules(code) - boto3

    assert not [name for name in ours if not name.startswith("genai_obs")]


def test_package_works_without_boto3() -> None:
    """boto3 is an extra: without it everything else is there."""
    code = """
        import sys
        sys.modules["boto3"] = sys.modules["botocore"] = None
        from genai_obs import observe_inference

        @observe_inference
        def handler(): return 5

        assert handler() == 5
    """
    loaded = modules(code)

    assert "genai_obs" in loaded
    assert not [name for name in loaded if name.startswith(("botocore.", "aws_lambda_powertools", "pydantic"))]


def test_client_that_is_imported_later_is_observed() -> None:
    """The order of the imports does not matter: boto3 may come after the decoration."""
    code = """
        import sys
        from genai_obs import observe_inference

        @observe_inference
        def handler(): ...

        assert "botocore" not in sys.modules
        import boto3
        from botocore.client import BaseClient

        assert BaseClient._make_api_call._genai_obs
    """

    assert "botocore.client" in modules(code)


def test_heavy_modules_are_not_loaded() -> None:
    """Modules that cost a cold start dearly are loaded by those only who use them."""
    loaded = modules("import genai_obs\n@genai_obs.observe_inference\ndef handler(): ...\nhandler()\n")

    assert not (loaded - modules("import orjson")) & {"asyncio", "decimal", "dataclasses", "logging", "re", "json"}
