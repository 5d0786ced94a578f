"""The files of the page: its own few, and those of its npm packages, unchanged."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

FOLDER: Final = Path(__file__).resolve().parent.parent.parent / "graphiql"
PREFIX: Final = "/_graphiql/"
_PACKAGES: Final = {
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
}
_OWN: Final = frozenset({"page.js", "modes.js", "realtime.js", "page.css"})
_KINDS: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}
_MISSING: Final = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>GraphiQL</title>
<h1>GraphiQL is not installed</h1>
<p>Everything else runs. To have it here, with Node 20 or newer: <code>python tools/graphiql.py</code>
in the checkout, then install the local cloud again if it is not run from there, and load this page.</p>
<p>The API itself is at <code>/graphql</code>.</p>
</html>
"""


class File(NamedTuple):
    """A file as it is sent."""

    body: bytes
    kind: str


def page(folder: Path = FOLDER) -> File:
    """Return the page; where its packages are not installed, one that says what to do."""
    if all((folder / "node_modules" / path).is_file() for path in _PACKAGES.values()):
        return _read(folder / "page" / "index.html")
    return File(_MISSING.encode(), "text/html; charset=utf-8")


def part(name: str, folder: Path = FOLDER) -> File | None:
    """Return one of the page's parts by its name; None when it has none of that name."""
    if name in _OWN:
        path = folder / "page" / name
    elif name in _PACKAGES:
        path = folder / "node_modules" / _PACKAGES[name]
    else:
        return None
    return _read(path) if path.is_file() else None


def _read(path: Path) -> File:
    return _cached(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _cached(path: Path, _changed: int) -> File:
    return File(path.read_bytes(), f"{_KINDS[path.suffix]}; charset=utf-8")
