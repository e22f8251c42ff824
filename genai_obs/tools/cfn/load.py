"""From the text of a template, YAML or JSON, to its nodes: any text is read, or refused in a sentence."""

import re

from genai_obs.tools.cfn.intrinsics import Value
from genai_obs.tools.cfn.load_json import read_json
from genai_obs.tools.cfn.load_yaml import read_yaml
from genai_obs.tools.cfn.nodes import LoadedTemplate, Node
from genai_obs.tools.text.diagnostics import Diagnostic, TextError
from genai_obs.tools.text.source import Source, Span

# AWS: "CloudFormation quotas", documented: bytes of a template in S3.
LONGEST = 1_000_000

_JSON = re.compile(r'\s*\{\s*["}]')
_SECTIONS = ("Resources", "AWSTemplateFormatVersion", "Transform", "Parameters", "Outputs", "Conditions", "Mappings")


def load_template(text: str) -> LoadedTemplate:
    """
    Read a template.

    Raises:
        TextError: It is neither YAML nor JSON, or no template.
    """
    source = Source(text.removeprefix("\ufeff"))
    if len(source.text) > LONGEST:
        message = f"a template has at most {LONGEST:,} bytes, this text {len(source.text):,} characters"
        raise TextError(source, [Diagnostic("template-too-large", message, Span(LONGEST, LONGEST))])
    root = read_json(source) if _JSON.match(source.text) else read_yaml(source)
    _require_template(source, root)
    return LoadedTemplate(source, root)


def _require_template(source: Source, root: Node) -> None:
    value: Value = root.value
    if isinstance(value, dict) and any(section in value for section in _SECTIONS):
        return
    message = "this is no template: a mapping with Resources is expected"
    raise TextError(source, [Diagnostic("not-a-template", message, Span(root.span.start, root.span.start + 1))])
