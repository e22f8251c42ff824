"""What the tests of templates share: definitions with everything in them, and a template as it would be deployed."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from genai_obs.tools.cfn.load import load_template
from genai_obs.tools.cfn.nodes import LoadedTemplate
from genai_obs.tools.cfn.options import TemplateOptions
from genai_obs.tools.cfn.resolve import resolve_template
from genai_obs.tools.cfn.template import render_template
from genai_obs.tools.definitions.defaults import default_definitions
from genai_obs.tools.definitions.model import Definitions, Settings

SETTINGS = Settings(
    application="shop", function_name="support", log_group="/aws/lambda/support", quality_metric="Faithfulness"
)
STATE_MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:tickets"
EVERYTHING = TemplateOptions(
    log_groups=("/aws/lambda/support", "/aws/lambda/triage"),
    functions=("support", "triage"),
    state_machines=(STATE_MACHINE,),
    apis=("front",),
    queues=("tickets",),
    email="alerts@example.com",
    retention_days=90,
    with_budget=True,
    with_log_anomalies=True,
    with_key=True,
)


@cache
def everything() -> Definitions:
    """Return the default set with all that settings can add."""
    return default_definitions(SETTINGS)


def deployed(
    definitions: Definitions,
    options: TemplateOptions = EVERYTHING,
    parameters: Mapping[str, object] | None = None,
    form: str = "yaml",
) -> dict[str, Any]:
    """Return the resources of a template that was written, read and resolved."""
    is_usual = definitions is everything() and options == EVERYTHING
    loaded = _usual(form) if is_usual else load_template(render_template(definitions, options, form))
    resources = resolve_template(loaded.plain(), parameters)["Resources"]
    assert isinstance(resources, dict)
    return resources


@cache
def _usual(form: str) -> LoadedTemplate:
    return load_template(render_template(everything(), EVERYTHING, form))


def of_kind(resources: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the properties of the resources of one type, by id."""
    return {name: found["Properties"] for name, found in resources.items() if found["Type"] == kind}
