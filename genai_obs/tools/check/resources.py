"""The resources of a template as its rules look at them: resolved as far as can be known, with their places."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from genai_obs.tools.cfn.nodes import LoadedTemplate
from genai_obs.tools.cfn.resolve import resolve_template
from genai_obs.tools.check.finding import Finding, Severity
from genai_obs.tools.text.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """
    One resource.

    Args:
        id: Its logical id.

        kind: Its type.

        properties: Resolved with the defaults of the parameters.

        template: The template, for places.
    """

    id: str
    kind: str
    properties: Mapping[str, Any]
    template: LoadedTemplate

    def place(self, *path: str | int) -> Span:
        """Return where a property stands; the resource's id where it is not there."""
        return self.template.root.place("Resources", self.id, "Properties", *path)

    def get(self, *path: str | int) -> Any:
        """Return a property at a path; None where there is none."""
        value: Any = self.properties
        for step in path:
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def finding(
        self, severity: Severity, slug: str, sentence: str, *path: str | int, hint: str | None = None
    ) -> Finding:
        """Return a finding at one of its properties."""
        return Finding(slug, severity, f"{self.id}: {sentence}", hint, self.place(*path))


def resources_of(template: LoadedTemplate) -> tuple[Resource, ...]:
    """Return the resources in the order of the text."""
    found = resolve_template(template.plain()).get("Resources")
    return tuple(_read(found, template)) if isinstance(found, Mapping) else ()


def _read(found: Mapping[str, Any], template: LoadedTemplate) -> Iterator[Resource]:
    for name, declared in found.items():
        if isinstance(declared, Mapping) and isinstance(declared.get("Type"), str):
            properties = declared.get("Properties")
            yield Resource(name, declared["Type"], properties if isinstance(properties, Mapping) else {}, template)
