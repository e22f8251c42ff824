"""Do something once a module has been imported, without importing it."""

import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from genai_obs._runtime import guard

_waiting: dict[str, Callable[[ModuleType], None]] = {}


def when_imported(name: str, action: Callable[[ModuleType], None]) -> None:
    """Call ``action`` with the module: at once if it is loaded, else right after its import."""
    module = sys.modules.get(name)
    if module is not None and not getattr(getattr(module, "__spec__", None), "_initializing", False):
        action(module)
        return
    _waiting[name] = action
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)


class _Finder:
    """Stands first on ``sys.meta_path`` and lets the others do the finding."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a module that is waited for, its loader followed by our action; None for all others."""
        if name not in _waiting:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find is not None else None
            if spec is not None:
                try:
                    _follow(spec, name)
                except Exception as own:
                    guard.failed(own)
                return spec
        return None


def _follow(spec: ModuleSpec, name: str) -> None:
    loader = spec.loader
    execute = getattr(loader, "exec_module", None)
    if execute is None:
        return

    def exec_module(module: ModuleType) -> None:
        execute(module)
        try:
            action = _waiting.pop(name, None)
            if not _waiting and _finder in sys.meta_path:
                sys.meta_path.remove(_finder)
            if action is not None:
                action(module)
        except Exception as error:
            guard.failed(error)

    try:
        loader.exec_module = exec_module  # type: ignore[union-attr,method-assign]
    except (AttributeError, TypeError) as error:
        # A loader that takes no attributes (zipimport's is one): its module loads as ever, only unobserved.
        guard.failed(error)


_finder = _Finder()
