"""
Which slugs the package can say, read from its own text.

Whatever takes a slug names that parameter, or that field, ``slug``. So every call of such a function or class says
one: a constant, a name of one, or one of either. What passes on somebody else's slug says none of its own.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "genai_obs"

_SLUG = re.compile(r"[a-z]+(-[a-z]+)*")
# Methods of other things too: sets and lists take whatever they are given.
_ANYBODYS = {"add", "append"}


@dataclass(slots=True)
class Said:
    """
    What was read.

    Args:
        slugs: Each slug with a place that says it.

        unread: Calls whose slug cannot be told from the text, which therefore may say anything.
    """

    slugs: dict[str, str] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Module:
    """A module: what takes a slug there and at which place, its texts, and where its imported names come from."""

    name: str
    tree: ast.Module
    takers: dict[str, int] = field(default_factory=dict)
    methods: dict[str, int | None] = field(default_factory=dict)
    texts: dict[str, ast.expr] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)


@cache
def read_slugs(package: Path = PACKAGE) -> Said:
    """Return every slug that calls of the package say, and the calls that cannot be read."""
    modules = {
        module.name: module for module in (_read_module(path, package) for path in sorted(package.rglob("*.py")))
    }
    # A method is known by its name alone: the places that any class of the package gives to its slug.
    methods: dict[str, set[int | None]] = {}
    for module in modules.values():
        for name, place in module.methods.items():
            methods.setdefault(name, set()).add(place)
    said = Said()
    for module in modules.values():
        for call in (node for node in ast.walk(module.tree) if isinstance(node, ast.Call)):
            for place in _places(call, module, modules, methods):
                _take(said, call, place, module, modules, sure=len(methods.get(_name(call.func), ())) < 2)
    return said


def _read_module(path: Path, package: Path) -> _Module:
    parts = path.relative_to(package.parent).with_suffix("").parts
    module = _Module(".".join(parts).removesuffix(".__init__"), ast.parse(path.read_text("utf-8")))
    for node in module.tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            module.texts[node.targets[0].id] = node.value
        elif isinstance(node, ast.FunctionDef):
            _keep(module.takers, node.name, _place(_parameters(node)))
        elif isinstance(node, ast.ClassDef):
            _read_class(module, node)
    for part in ast.walk(module.tree):
        if isinstance(part, ast.ImportFrom) and part.module:
            module.imported |= {alias.asname or alias.name: (part.module, alias.name) for alias in part.names}
    return module


def _read_class(module: _Module, node: ast.ClassDef) -> None:
    declared = (part.target for part in node.body if isinstance(part, ast.AnnAssign))
    fields = [target.id for target in declared if isinstance(target, ast.Name)]
    _keep(module.takers, node.name, _place(fields))
    for method in (part for part in node.body if isinstance(part, ast.FunctionDef)):
        place = _place(_parameters(method)[1:])
        if method.name == "__init__":
            _keep(module.takers, node.name, place)
        else:
            module.methods[method.name] = place


def _keep(takers: dict[str, int], name: str, place: int | None) -> None:
    if place is not None:
        takers[name] = place


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in function.args.posonlyargs + function.args.args]


def _place(names: list[str]) -> int | None:
    return names.index("slug") if "slug" in names else None


def _places(
    call: ast.Call, module: _Module, modules: dict[str, _Module], methods: dict[str, set[int | None]]
) -> Iterator[int]:
    name = _name(call.func)
    if isinstance(call.func, ast.Attribute):
        yield from (place for place in methods.get(name, ()) if place is not None and name not in _ANYBODYS)
    else:
        home, name = _home(name, module, modules)
        if name in home.takers:
            yield home.takers[name]


def _home(name: str, module: _Module, modules: dict[str, _Module]) -> tuple[_Module, str]:
    """Return the module that a name comes from, and its name there; modules may pass on what they import."""
    while name in module.imported and module.imported[name][0] in modules:
        source, name = module.imported[name]
        module = modules[source]
    return module, name


def _take(said: Said, call: ast.Call, place: int, module: _Module, modules: dict[str, _Module], *, sure: bool) -> None:
    given = [keyword.value for keyword in call.keywords if keyword.arg == "slug"] or call.args[place : place + 1]
    for part in (part for argument in given for part in _either(argument, module, modules)):
        where = f"{module.name}:{call.lineno}"
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            if _SLUG.fullmatch(part.value):
                said.slugs.setdefault(part.value, where)
            elif sure:
                said.unread.append(f"{where}: {part.value!r}")
        elif sure and not _is_passed_on(part):
            said.unread.append(f"{where}: {ast.unparse(call)[:80]}")


def _either(argument: ast.expr, module: _Module, modules: dict[str, _Module]) -> Iterator[ast.expr]:
    """Return what an argument may be: both ways of a choice, and what a constant's name stands for."""
    if isinstance(argument, ast.IfExp):
        yield from _either(argument.body, module, modules)
        yield from _either(argument.orelse, module, modules)
    elif isinstance(argument, ast.Name):
        home, name = _home(argument.id, module, modules)
        yield home.texts.get(name, argument)
    else:
        yield argument


def _is_passed_on(argument: ast.expr) -> bool:
    """Return whether an argument is a slug that somebody else said: ``slug`` or ``problem.slug``."""
    return _name(argument) == "slug"


def _name(expression: ast.expr) -> str:
    return expression.attr if isinstance(expression, ast.Attribute) else getattr(expression, "id", "")
