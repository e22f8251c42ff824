"""Who may import whom, drawn from the source."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "genai_obs"


def _tools(*names: str) -> set[str]:
    """Return rooms of tools."""
    return {f"genai_obs.tools.{name}" for name in names}


# What every tool may import besides other tools.
_BASE = {"genai_obs.schema", "genai_obs.errors", "genai_obs._version"}

# Rooms, the innermost first, and the rooms of ours that each may import.
MAY_IMPORT = {
    "genai_obs.schema": set[str](),
    "genai_obs._version": set[str](),
    "genai_obs.errors": set[str](),
    "genai_obs._runtime": {"genai_obs.schema"},
    "genai_obs.testing": {"genai_obs._runtime", "genai_obs.schema"},
    "genai_obs.pytest_plugin": {"genai_obs.testing"},
    "genai_obs.tools": _BASE | {"genai_obs._runtime"},
    # Makes tables of the docs out of the tables of the code.
    "genai_obs.tools.reference": _BASE | _tools("insights", "metrics", "definitions"),
    "genai_obs.tools.text": {"genai_obs.errors"},
    "genai_obs.tools.logs": {"genai_obs.errors"},
    "genai_obs.tools.store": {"genai_obs.errors"},
    "genai_obs.tools.queries": {"genai_obs.errors", "genai_obs.tools.text"},
    "genai_obs.tools.insights": _BASE | _tools("text", "logs", "store"),
    "genai_obs.tools.output": _BASE | _tools("text", "insights"),
    "genai_obs.tools.spend": _BASE | _tools("text", "insights"),
    "genai_obs.tools.tail": _BASE | _tools("text", "insights", "logs", "output"),
    "genai_obs.tools.cloudwatch": _BASE | _tools("text", "insights", "logs"),
    "genai_obs.tools.local": _BASE | {"genai_obs._runtime", "genai_obs.tools"} | _tools("text", "insights", "logs"),
    "genai_obs.tools.prices": _BASE | {"genai_obs._runtime", "genai_obs.tools"} | _tools("logs"),
    # Statistics and metric math over what EMF lines publish.
    "genai_obs.tools.metrics": _BASE | _tools("text", "logs", "insights"),
    "genai_obs.tools.alarms": _BASE | _tools("text", "logs", "insights", "metrics"),
    "genai_obs.tools.definitions": _BASE | _tools("text", "queries", "insights", "metrics", "alarms"),
    "genai_obs.tools.cfn": _BASE | _tools("text", "queries", "insights", "metrics", "alarms", "definitions"),
    "genai_obs.tools.bill": _BASE | _tools("text", "logs", "metrics", "alarms", "definitions"),
    "genai_obs.tools.check": _BASE | _tools("text", "queries", "logs", "insights", "metrics", "alarms", "cfn"),
    # Judges whole sets of alarms on lines.
    "genai_obs.tools.watch": _BASE | _tools("text", "queries", "logs", "insights", "metrics", "alarms", "definitions"),
    # Runs in Lambda too, behind a subscription filter: nothing of it may need the tools' libraries.
    "genai_obs.tools.invocation_logs": _BASE | {"genai_obs._runtime"} | _tools("logs"),
    "genai_obs.tools.demo": _BASE
    | {"genai_obs._runtime", "genai_obs.tools"}
    | _tools("local", "logs", "insights", "queries", "output", "metrics", "alarms", "definitions", "watch"),
    "genai_obs.tools.cli": _BASE
    | {"genai_obs._runtime", "genai_obs.tools"}
    | _tools(
        "text",
        "logs",
        "store",
        "queries",
        "insights",
        "output",
        "spend",
        "tail",
        "cloudwatch",
        "local",
        "prices",
        "demo",
        "metrics",
        "alarms",
        "definitions",
        "cfn",
        "bill",
        "check",
        "invocation_logs",
        "watch",
    ),
    "genai_obs.__main__": {"genai_obs.tools.cli", "genai_obs.errors", "genai_obs._version"},
    "genai_obs": {"genai_obs._runtime", "genai_obs._version"},
}


def modules() -> dict[str, Path]:
    """Return every module of the package with its file."""
    found = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def imports(tree: ast.AST, *, only_at_load: bool) -> Iterator[str]:
    """Yield what a module imports; functions are passed over for what it loads."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES else str(node.module)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        elif not (only_at_load and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            yield from imports(node, only_at_load=only_at_load)


def imported(name: str, *, only_at_load: bool = False) -> set[str]:
    """Return what one module imports."""
    return set(imports(ast.parse(MODULES[name].read_text("utf-8")), only_at_load=only_at_load))


def room(name: str) -> str:
    """Return the room that a module of ours lies in."""
    return max((r for r in MAY_IMPORT if name == r or name.startswith(f"{r}.")), key=len)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_module_imports_only_from_where_it_may(name: str) -> None:
    """Each room imports the rooms below it, and nothing of ours but those."""
    here = room(name)

    wrong = {
        f"{name} imports {other}"
        for other in imported(name)
        if other.split(".")[0] == "genai_obs" and room(other) not in MAY_IMPORT[here] | {here}
    }

    assert wrong == set()


@pytest.mark.parametrize("name", sorted(n for n in MODULES if n.startswith("genai_obs._runtime")))
def test_runtime_imports_the_standard_library_and_orjson(name: str) -> None:
    """Nothing else at all runs in Lambda because of us, not even inside a function."""
    allowed = {"genai_obs", "orjson", *sys.stdlib_module_names}
    heavy = {"asyncio", "dataclasses", "decimal", "logging", "re"}

    others = {other for other in imported(name) if other.split(".")[0] not in allowed}
    at_load = imported(name, only_at_load=True)

    assert others <= {"botocore", "botocore.eventstream", "botocore.exceptions"}
    assert not at_load & heavy
    assert not [other for other in at_load if other.startswith("botocore")]


def test_nothing_imports_itself_by_a_detour() -> None:
    """There is no cycle among what modules load when they are imported."""
    graph = {name: {o for o in imported(name, only_at_load=True) if o in MODULES} - {name} for name in MODULES}
    while leaves := {name for name, others in graph.items() if not others}:
        graph = {name: others - leaves for name, others in graph.items() if name not in leaves}

    assert graph == {}
