"""A folder that is served: which file a URL's path names, and that nothing outside of it is ever one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote_to_bytes

# What build tools put into a file's name: its content decides it, so it never changes under its name.
_HASHED: Final = re.compile(r"/assets/(?:.*/)?[^/]+[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+")
_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Served:
    """A file as it is served."""

    path: Path
    kind: str
    immutable: bool


class Folder:
    """A folder, read-only; it need not be there yet.

    Examples
    --------
    >>> Folder(Path("web/dist")).find("/../secret") is None
    True
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def find(self, raw_path: str) -> Served | None:
        """Return the file that a path names, as it stands in the request line; None when there is none.

        A folder's own path names its ``index.html``. Links may lead anywhere within the folder and nowhere
        else; what starts with a dot is never served.
        """
        names = _names(raw_path)
        if names is None:
            return None
        if names[-1] == "":
            names[-1] = "index.html"
        try:
            root = self.path.resolve(strict=True)
            # Where links lead is what counts, and what it is called there.
            real = root.joinpath(*names).resolve(strict=True)
            inside = real.relative_to(root)
            if not real.is_file() or any(name.startswith(".") for name in inside.parts):
                return None
        except (OSError, ValueError, RuntimeError):  # none, outside, not a name, or links in a circle
            return None
        kind = _TYPES.get(real.suffix.lower(), "application/octet-stream")
        return Served(real, kind, _HASHED.fullmatch("/" + "/".join(names)) is not None)

    def documents(self) -> dict[str, str]:
        """Return the names of the JSON files at the folder's top, each by its stem."""
        try:
            names = sorted(path.name for path in self.path.glob("*.json"))
        except OSError:
            return {}
        return {name.removesuffix(".json"): name for name in names if self.find(f"/{quote(name)}")}


def _names(raw_path: str) -> list[str] | None:
    """Return the path's segments, decoded once; None when one of them is no plain file name."""
    try:
        path = unquote_to_bytes(raw_path).decode("utf-8")
    except UnicodeError:
        return None
    if not path.startswith("/"):
        return None
    names = path[1:].split("/")
    plain = (_plain(name) for name in names[:-1])
    return names if all(plain) and (names[-1] == "" or _plain(names[-1])) else None


def _plain(name: str) -> bool:
    return name != "" and not name.startswith(".") and "\\" not in name and name.isprintable()
