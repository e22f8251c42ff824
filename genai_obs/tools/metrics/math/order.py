"""The order in which the rows of a request are evaluated: each behind the rows that it refers to."""

from collections.abc import Iterator, Mapping, Sequence

from genai_obs.tools.metrics.math.problems import Findings
from genai_obs.tools.metrics.math.syntax import Name, Node, postorder
from genai_obs.tools.text.diagnostics import Diagnostic


def references(tree: Node) -> list[Name]:
    """Return the names of a tree in the order of the text, words like ``REPEAT`` among them."""
    return sorted((node for node in postorder(tree) if isinstance(node, Name)), key=lambda name: name.span)


def in_order(ids: Sequence[str], trees: Mapping[str, Node], findings: Findings) -> list[str]:
    """Return the ids in order; a row that refers to itself by a detour is an error."""
    done: dict[str, None] = {}
    for row_id in ids:
        _visit(row_id, frozenset(ids), trees, done, findings)
    return list(done)


def _visit(
    root: str, ids: frozenset[str], trees: Mapping[str, Node], done: dict[str, None], findings: Findings
) -> None:
    """Add a row behind those it needs. Rows may hang on each other 500 deep, so nothing here calls itself."""
    path: dict[str, Iterator[Name]] = {}

    def enter(row_id: str) -> None:
        path[row_id] = iter(references(trees[row_id]) if row_id in trees else ())

    if root not in done:
        enter(root)
    while path:
        current = next(reversed(path))
        name = next(path[current], None)
        if name is None:
            del path[current]
            done[current] = None
        elif name.text in path:
            route = [*list(path)[list(path).index(name.text) :], name.text]
            problem = Diagnostic("math-cycle", f"the rows go round in a circle: {_shown(route)}", name.span)
            findings.error(current, problem)
        elif name.text in ids and name.text not in done:
            enter(name.text)


def _shown(route: Sequence[str]) -> str:
    shown = [*route[:3], "…", *route[-2:]] if len(route) > 6 else route
    return " → ".join(shown)
