"""What MiniStack's own way of keeping its state over a stop leaves out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from localcloud.engine.mends.patching import Record, original, replace

ATTEMPTS = 5


def keep_state() -> None:
    """Save a state that is at rest."""
    from ministack import app  # noqa: PLC0415

    save = original(app, "save_all")

    def save_at_rest(services: Mapping[str, Callable[[], Record | None]]) -> None:
        save({name: _settled(get_state) for name, get_state in services.items()})

    replace(app, "save_all", save_at_rest)


def _settled(get_state: Callable[[], Record | None]) -> Callable[[], Record | None]:
    """Read a service's state again when a thread changed it meanwhile; else the service is lost."""

    def read() -> Record | None:
        for _ in range(ATTEMPTS - 1):
            try:
                return get_state()
            except RuntimeError:  # "dictionary changed size during iteration"
                time.sleep(0.05)
        return get_state()

    return read
