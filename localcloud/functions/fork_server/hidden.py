"""Modules that are loaded already, and still look as if they had not been imported.

A fork begins with everything that its parent imported. A function must not be able to notice: a
module that it forgot to import has to be missing, one of its own has to win over a provided one,
and an import hook has to see each import. So the fork takes those modules out of ``sys.modules``,
and a finder gives each back when it is imported, together with what it had imported itself.
"""

from __future__ import annotations

import builtins
import importlib
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import FrozenImporter, ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import TYPE_CHECKING, cast

from localcloud.functions.fork_server.registered import Registered

if TYPE_CHECKING:
    from importlib.abc import Loader

ALIAS = "__mp_main__"  # set by `multiprocessing` when it is loaded


class ImportRecord:
    """Notes, while modules are loaded, what each of them imports, and what was not to be had.

    Attributes
    ----------
    before : frozenset of str
        The modules of a fresh interpreter, which a fork keeps.
    missing : set of str
        Top-level packages that a module tried, and went on without.
    """

    def __init__(self) -> None:
        self.before = frozenset(sys.modules)
        self.missing: set[str] = set()
        self._imports: defaultdict[str, dict[str, None]] = defaultdict(dict)

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note every import that happens meanwhile."""
        original = builtins.__import__

        def noted(
            name: str,
            globals: Mapping[str, object] | None = None,
            locals: Mapping[str, object] | None = None,
            fromlist: Sequence[str] | None = (),
            level: int = 0,
        ) -> ModuleType:
            importer = _loading(globals)
            try:
                module = original(name, globals, locals, fromlist or (), level)
            except ModuleNotFoundError as error:
                package = (error.name or "").partition(".")[0]
                if importer and package not in sys.modules:
                    self.missing.add(package)
                raise
            if importer and globals is not None:
                absolute = _absolute(name, str(globals.get("__package__")), level)
                submodules = [f"{absolute}.{item}" for item in fromlist or ()]
                noted_here = self._imports[importer]
                noted_here.update(
                    dict.fromkeys(module for module in [absolute, *submodules] if module in sys.modules)
                )
            return module

        builtins.__import__ = noted
        try:
            yield
        finally:
            builtins.__import__ = original

    def imports(self, name: str) -> Collection[str]:
        """Return the modules that a module imported while it was loaded, in that order."""
        return self._imports.get(name, {})


def _loading(importer: Mapping[str, object] | None) -> str | None:
    """Return the importing module's name while it is being loaded itself."""
    spec = importer.get("__spec__") if importer else None
    return spec.name if isinstance(spec, ModuleSpec) and getattr(spec, "_initializing", False) else None


def _absolute(name: str, package: str, level: int) -> str:
    if level == 0:
        return name
    base = package.rsplit(".", level - 1)[0]
    return f"{base}.{name}" if name else base


class HiddenModules:
    """Hides what a record noted, and finds it again: the first finder on ``sys.meta_path``.

    Parameters
    ----------
    record : ImportRecord
        Of the parent.
    provided : collection of str
        The top-level packages that the runtime brings; all others are the standard library's.

    Attributes
    ----------
    bundled : collection of str
        Those of them of which the function brings the same files itself.
    """

    def __init__(self, record: ImportRecord, provided: Collection[str]) -> None:
        self.bundled: Collection[str] = ()
        self._record = record
        self._registered = Registered()
        self._provided = provided
        self._modules: dict[str, ModuleType] = {}
        self._origins: dict[str, str | None] = {}
        self._checked: list[str] | None = None

    def hide(self) -> None:
        """Take every module out of sight that was loaded since the record's beginning.

        Not extension modules: those keep their state for the process's life, however often they
        are imported. To do this again, in a fork, does nothing.
        """
        if self in sys.meta_path:
            return
        self._registered.hide()
        for name, module in list(sys.modules.items()):
            loader = getattr(getattr(module, "__spec__", None), "loader", None)
            if (
                name in self._record.before
                or name.startswith("encodings.")  # the codecs' own cache holds them
                or not (isinstance(loader, SourceFileLoader) or loader is FrozenImporter)
            ):
                continue
            del sys.modules[name]
            package, _, child = name.rpartition(".")
            owner = self._modules.get(package) or sys.modules.get(package)
            if owner is not None and owner.__dict__.get(child) is module:
                delattr(owner, child)
            self._modules[name] = module
            if not package and isinstance(loader, SourceFileLoader):
                self._origins[name] = loader.path
        sys.modules.pop(ALIAS, None)
        sys.meta_path.insert(0, self)

    def loaded(self, name: str) -> ModuleType | None:
        """Return a module that the parent has loaded, without any trace of that."""
        return self._modules.get(name) or sys.modules.get(name)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a hidden module, unless an import now would load something else."""
        module = self._modules.get(name)
        if module is None:
            return None
        if not self._as_imported():
            self._forget()
            return None
        assert module.__spec__ is not None
        loader = cast("Loader", _Provided(self, module))
        spec = ModuleSpec(name, loader, origin=module.__spec__.origin)
        spec.submodule_search_locations = module.__spec__.submodule_search_locations
        return spec

    def give(self, name: str) -> None:
        """Let a module be imported, and import what it had imported itself."""
        self._modules.pop(name, None)
        self._registered.give(name)
        if name == "multiprocessing":
            sys.modules[ALIAS] = sys.modules["__main__"]
        for imported in self._record.imports(name):
            if imported not in self._modules:
                continue
            if sys.meta_path[0] is self:
                self._place(imported)
            else:  # there is an observer: an import hook
                importlib.import_module(imported)

    def _place(self, name: str) -> None:
        """Do what an import does, without a search for the module."""
        package, _, child = name.rpartition(".")
        if package in self._modules:
            self._place(package)
        if name in self._modules:
            module = sys.modules[name] = self._modules[name]
            self.give(name)
            if package in sys.modules:
                setattr(sys.modules[package], child, module)

    def _as_imported(self) -> bool:
        """Return whether the import path, as it is now, leads to the modules that are hidden."""
        if sys.path != self._checked:
            if any(self._location(name) is not None for name in self._record.missing):
                return False
            for name, origin in self._origins.items():
                if name in self._provided:
                    if name not in self.bundled and self._location(name) is not None:
                        return False
                elif self._location(name) != origin:
                    return False
            self._checked = list(sys.path)
        return True

    def _location(self, name: str) -> str | None:
        spec = PathFinder.find_spec(name)
        return None if spec is None else spec.origin or ""

    def _forget(self) -> None:
        """Give nothing any more: what is imported from now on is loaded from its file."""
        for name in [module for module in sys.modules if module.partition(".")[0] in self._origins]:
            if name not in self._record.before and name.partition(".")[0] in self._modules:
                del sys.modules[name]
        self._modules.clear()


class _Provided:
    """The loader of a module that is loaded already; its own loader has its files."""

    def __init__(self, hidden: HiddenModules, module: ModuleType) -> None:
        self._hidden = hidden
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._spec
        self._hidden.give(module.__name__)

    def __getattr__(self, name: str) -> object:
        assert self._spec is not None
        return getattr(self._spec.loader, name)
