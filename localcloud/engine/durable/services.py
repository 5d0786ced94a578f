"""Control planes: what changed in a service is written before its answer leaves."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from localcloud.engine.durable.leaves import (
    UNREADABLE,
    Path,
    fingerprint,
    key_of,
    leaves,
    path_of,
    records,
    tree,
)
from localcloud.engine.durable.plain import NotPlain, plain
from localcloud.engine.ministack.app import app
from localcloud.engine.patching import Record
from localcloud.journal import Journal

SPACE = "service/"
Mark = tuple[int, dict[Path, int]]
ATTEMPTS = 50

logger = logging.getLogger(__name__)


class Special(NamedTuple):
    """A service's state in another form than its own."""

    state: Callable[[], Record]
    load: Callable[[Record], None]


class DurableServices:
    """Writes what changed in MiniStack's services, and gives it back to them.

    Parameters
    ----------
    special
        For services whose own ``get_state`` returns too much or too little: what to take instead,
        and who takes it back.
    """

    def __init__(self, journal: Journal, special: Mapping[str, Special]) -> None:
        self._journal = journal
        self._states = {name: part.state for name, part in special.items()}
        self._loads = {name: part.load for name, part in special.items()}
        self._modules: dict[str, str] = dict(app.state_map)
        self._get_module: Callable[[str], Any] = app.get_module
        # Per service and record: the record's fingerprint, and those of its leaves.
        self._marks: dict[str, dict[Path, Mark]] = {}
        self._reported: set[str] = set()
        self._lock = threading.Lock()

    def restore(self) -> None:
        """Give each service what the journal holds of it."""
        for name, module_name in self._modules.items():
            entries = self._journal.take(SPACE + name)
            if not entries:
                continue
            state = tree(entries)
            module = self._get_module(module_name)
            self._loads.get(module_name, module.load_persisted_state)(state)
            written = {path_of(key) for key in entries}
            for path, record in self._records(name, module):
                marks = {part: fingerprint(value) for part, value in leaves(path, record)}
                if marks.keys() <= written:
                    self._marks.setdefault(name, {})[path] = (fingerprint(record), marks)

    def check(self, *modules: str) -> bool:
        """Write what changed in some modules; return whether anything did."""
        changed_services = [(name, module) for name, module in self._all() if self._modules[name] in modules]
        return self._write(changed_services)

    def check_all(self) -> bool:
        """Write what changed anywhere, as one frame."""
        return self._write(self._all())

    def _write(self, services: list[tuple[str, Any]]) -> bool:
        changed = False
        with self._lock, self._journal.batch():
            for name, module in services:
                changed |= self._write_changes(name, module)
        return changed

    def _write_changes(self, name: str, module: Any) -> bool:
        before = self._marks.get(name, {})
        after: dict[Path, Mark] = {}
        changed = False
        for path, record in self._records(name, module):
            mark = fingerprint(record)
            previous = before.get(path)
            if previous is None or previous[0] != mark or mark == UNREADABLE:
                written = previous[1] if previous else {}
                previous = (mark, self._write_record(SPACE + name, path, record, written))
                changed |= previous[1] != written
            after[path] = previous
        for path in before.keys() - after.keys():
            changed = True
            for part in before[path][1]:
                self._journal.delete(SPACE + name, key_of(part))
        self._marks[name] = after
        return changed

    def _write_record(self, space: str, path: Path, record: Any, before: dict[Path, int]) -> dict[Path, int]:
        """Write the leaves of a record that have changed; return the fingerprints of all."""
        after: dict[Path, int] = {}
        for part, value in leaves(path, record):
            mark = after[part] = fingerprint(value)
            if before.get(part) != mark:
                self._put(space, part, value)
        for part in before.keys() - after.keys():
            self._journal.delete(space, key_of(part))
        return after

    def _put(self, space: str, path: Path, value: Any) -> None:
        try:
            self._journal.put(space, key_of(path), plain(value))
        except NotPlain as error:
            name = f"{space.removeprefix(SPACE)}: {path[0]}"
            if name not in self._reported:
                self._reported.add(name)
                logger.error("--data does not keep %s, which holds %s", name, error)

    def _all(self) -> list[tuple[str, Any]]:
        """Return the services that have been used, as MiniStack's own way of saving does."""
        services: list[tuple[str, Any]] = []
        for name, module_name in self._modules.items():
            module = app.loaded(module_name)
            if module is not None and hasattr(module, "get_state"):
                services.append((name, module))
        return services

    def _records(self, name: str, module: Any) -> list[tuple[Path, Any]]:
        """Return a service's records; once more where a thread changed something meanwhile."""
        get_state = self._states.get(self._modules[name]) or module.get_state
        for attempt in range(ATTEMPTS):
            try:
                state = get_state()
                return list(records(state)) if state else []
            except RuntimeError:  # "dictionary changed size during iteration"
                if attempt == ATTEMPTS - 1:
                    raise
                time.sleep(0.001)
        return []
