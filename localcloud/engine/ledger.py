"""Which names of MiniStack's the engine reads and replaces, and what needs them.

``python -m localcloud.engine.ledger`` puts an engine together, serves nothing, and prints them as JSON.
``tools/mends.py`` writes `mends.lock` from that.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from localcloud.engine import mends, patching
from localcloud.engine.settings import Settings

PACKAGE = "ministack"
OURS = "localcloud.engine."
_ENVIRONMENT = {
    "LOCALCLOUD_ENGINE_PORT": "4566",
    "LOCALCLOUD_ACCOUNT": "000000000000",
    "LOCALCLOUD_REGION": "us-east-1",
    "LOCALCLOUD_LAMBDA_URL": "http://127.0.0.1:9",
    "LOCALCLOUD_CONTROL_URL": "http://127.0.0.1:9",
    "LOCALCLOUD_IAM": "warn",
    "LOCALCLOUD_XRAY": "127.0.0.1:9",
}


@dataclass
class Use:
    """What needs a name; each once, in the order in which it came."""

    readers: list[str] = field(default_factory=list)
    patchers: list[str] = field(default_factory=list)


class Ledger:
    """Collects the uses of names.

    Examples
    --------
    >>> ledger = Ledger()
    >>> ledger(json, "dumps", False)
    >>> ledger.uses
    {}
    """

    def __init__(self) -> None:
        self.uses: dict[tuple[str, str], Use] = {}
        self.mend = ""

    def __call__(self, owner: Any, name: str, replaced: bool) -> None:
        """Note one use; what is not MiniStack's is nothing to note."""
        place = _place(owner)
        if place is None:
            return
        module, prefix = place
        use = self.uses.setdefault((module, prefix + name), Use())
        user = self.mend or _user()
        names = use.patchers if replaced else use.readers
        if user not in names:
            names.append(user)

    def named(self, name: str, mend: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return a mend that notes its uses under its name."""

        def apply(context: Any) -> None:
            self.mend = name
            try:
                mend(context)
            finally:
                self.mend = ""

        return apply


def _place(owner: Any) -> tuple[str, str] | None:
    """Return MiniStack's module, and the class in it with a dot; None for what is nobody's of it."""
    if isinstance(owner, ModuleType):
        module, prefix = owner.__name__, ""
    elif inspect.isclass(owner):
        module, prefix = owner.__module__, f"{owner.__qualname__}."
    else:
        return None
    return (module, prefix) if module.partition(".")[0] == PACKAGE else None


def _user() -> str:
    """Return the module of the engine that asked."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if module.startswith(OURS) and not module.startswith(f"{OURS}patching"):
            return module.removeprefix(OURS)
        frame = frame.f_back
    return "another"


def collect() -> dict[str, Any]:
    """Return the uses, and the first line of each mend's docstring, as a JSON document."""
    from localcloud.engine.assembly import assemble  # noqa: PLC0415 - patches what it imports

    for module in mends.MODULES:
        import_module(f"{mends.__name__}.{module}")
    reasons = {name: (inspect.getdoc(mend) or "").partition("\n")[0] for name, mend in patching.MENDS.items()}
    ledger = Ledger()
    for name, mend in list(patching.MENDS.items()):
        patching.MENDS[name] = ledger.named(name, mend)
    patching.LEDGER = ledger
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.read({**_ENVIRONMENT, "LOCALCLOUD_DATA": str(Path(folder) / "data")})
        engine = assemble(settings)
        if engine.durable is not None:
            engine.durable.close()
    return {
        "names": [
            {
                "module": module,
                "name": name,
                "patched_by": use.patchers,
                # What replaces a name has read it before.
                "read_by": [reader for reader in use.readers if reader not in use.patchers],
            }
            for (module, name), use in sorted(ledger.uses.items())
        ],
        "mends": {
            name: {"why": why, "upstream": patching.UPSTREAM.get(name, "")}
            for name, why in sorted(reasons.items())
        },
        "version": version(PACKAGE),
        "sources": _sources(),
    }


def _sources() -> str:
    spec = find_spec(PACKAGE)
    return str(Path(spec.origin).parent.parent) if spec is not None and spec.origin else ""


if __name__ == "__main__":
    print(json.dumps(collect()))  # noqa: T201 - to be read by tools/mends.py
    sys.stdout.flush()
    os._exit(0)  # MiniStack's own threads may sit in waits that a normal exit would join
