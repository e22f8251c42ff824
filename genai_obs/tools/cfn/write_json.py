"""A template as JSON."""

import json

from genai_obs.tools.cfn.intrinsics import Value


def write_json(template: Value) -> str:
    """Return the text; the same template gives the same bytes."""
    return json.dumps(template, indent=2, ensure_ascii=False) + "\n"
