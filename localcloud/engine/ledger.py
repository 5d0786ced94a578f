"""Which names of MiniStack's the engine reads and patches, and what needs them.

``python -m localcloud.engine.ledger`` puts an engine together, serves nothing, and prints them as JSON.
``tools/mends.py`` writes `mends.lock` from that.
"""

from __future__ import annotations

import ast
import inspect
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from localcloud.engine import ministack, patching
from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.resource_types import patched_verbs
from localcloud.engine.settings import Settings

PACKAGE = "ministack"
OURS = "localcloud.engine"
NONE_FILED = "none filed"
_ENVIRONMENT = {
    "LOCALCLOUD_ENGINE_PORT": "4566",
    "LOCALCLOUD_ACCOUNT": "000000000000",
    "LOCALCLOUD_REGION": "us-east-1",
    "LOCALCLOUD_LAMBDA_URL": "http://127.0.0.1:9",
    "LOCALCLOUD_CONTROL_URL": "http://127.0.0.1:9",
    "LOCALCLOUD_IAM": "warn",
    "LOCALCLOUD_XRAY": "127.0.0.1:9",
}


def collect() -> dict[str, Any]:
    """Return the names of all facades as a JSON document, and the first line of each mend's docstring."""
    from localcloud.engine.assembly import assemble  # noqa: PLC0415 - patches what it imports

    for module in iter_modules(ministack.__path__, f"{ministack.__name__}."):
        import_module(module.name)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.read({**_ENVIRONMENT, "LOCALCLOUD_DATA": str(Path(folder) / "data")})
        engine = assemble(settings)
        if engine.durable is not None:
            engine.durable.close()
    readers = _readers()
    names = sorted(
        (facade.module, name.name, name) for facade in Facade.every for name in facade.names.values()
    )
    described = [_described(name, sorted(readers.get(name, ()))) for _module, _text, name in names]
    return {
        "names": sorted([*described, *_verbs()], key=lambda each: (each["module"], each["name"])),
        "mends": {
            name: {"why": _first_line(mend), "upstream": patching.UPSTREAM.get(name, NONE_FILED)}
            for name, mend in sorted(patching.MENDS.items())
        },
        "idle": [
            f"{name.facade.__name__}.{name.attribute}: {link}"
            for name in (*(name for _module, _text, name in names), *patched_verbs())
            if isinstance(name, Patch)
            for link in name.chain
            if link not in name.links
        ],
        "version": version(PACKAGE),
        "sources": _sources(),
    }


def _described(name: Name[Any], readers: list[str]) -> dict[str, Any]:
    """Return a name with the facade's attribute that patches it, and what that consists of, in order."""
    document: dict[str, Any] = {"module": name.facade.module, "name": name.name, "read_by": readers}
    if not isinstance(name, Patch):
        return {**document, "patched_by": [], "chain": [], "why": "", "upstream": ""}
    filed = (patching.UPSTREAM[link] for link in name.chain if link in patching.UPSTREAM)
    return {
        **document,
        "read_by": [reader for reader in readers if reader not in name.chain],
        "patched_by": [f"{name.facade.__name__}.{name.attribute}"] if name.assigned else [],
        "chain": name.links,
        "why": " | ".join(map(_reason, name.links)),
        "upstream": next(filed, NONE_FILED),
    }


def _verbs() -> Iterator[dict[str, Any]]:
    """Yield MiniStack's functions that carry verbs of resource types out, which mends stand before."""
    for verb in patched_verbs():
        module = str(getattr(verb.original, "__module__", ""))
        if module.partition(".")[0] == PACKAGE:
            document = {**_described(verb, []), "module": module, "patched_by": [verb.name]}
            yield {**document, "name": str(getattr(verb.original, "__qualname__", ""))}


def _reason(link: str) -> str:
    """Return what a mend, or a module of the engine, is there for."""
    return _first_line(patching.MENDS.get(link) or import_module(f"{OURS}.{link}"))


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def _readers() -> dict[Name[Any], set[str]]:
    """Return which modules of the engine mention each name, by their source."""
    root = Path(__file__).parent
    readers: dict[Name[Any], set[str]] = {}
    for path in root.rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        if parts[0] == PACKAGE:
            continue
        tree = ast.parse(path.read_bytes())
        attributes = _mentioned(tree)
        for facade in _imported(tree):
            for name in facade.names.values():
                if name.attribute in attributes:
                    readers.setdefault(name, set()).add(".".join(parts).removesuffix(".__init__"))
    return readers


def _mentioned(tree: ast.Module) -> set[str]:
    """Return the attributes that are more than patched, and texts: some stores are read by their names."""
    nodes = list(ast.walk(tree))
    patched = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Attribute) and node.attr in {"wrap", "replace"}
    }
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute) and id(node) not in patched}
    return attributes | {str(node.value) for node in nodes if isinstance(node, ast.Constant)}


def _imported(tree: ast.Module) -> Iterator[type[Facade]]:
    """Yield the facades that a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{ministack.__name__}."):
            for facade in Facade.every:
                if facade.__module__ == node.module:
                    yield facade


def _sources() -> str:
    spec = find_spec(PACKAGE)
    return str(Path(spec.origin).parent.parent) if spec is not None and spec.origin else ""


if __name__ == "__main__":
    print(json.dumps(collect()))  # noqa: T201 - to be read by tools/mends.py
    sys.stdout.flush()
    os._exit(0)  # MiniStack's own threads may sit in waits that a normal exit would join
