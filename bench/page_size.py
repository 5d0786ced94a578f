"""How much the page loads, compressed as a browser gets it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path

from bench.model import Figure, Target
from bench.sides import Side

SIZE = Target(below=120.0)


def page_sizes(side: Side) -> list[Figure]:
    """Return the sizes of what the page loads first, and of what it loads when a view wants it."""
    folder = side.root / "web" / "dist"
    document = (folder / "index.html").read_text(encoding="utf-8")
    first = {folder / path for path in re.findall(r'(?:src|href)="\./([^"]+\.js)"', document)}
    scripts = set(folder.rglob("*.js"))
    later = f"{len(scripts - first)} file(s), each with the view that wants it"
    return [
        Figure("JavaScript, gzipped", _gzipped(first), "KB", SIZE, note="what index.html names"),
        Figure("JavaScript loaded later, gzipped", _gzipped(scripts - first), "KB", note=later),
        Figure("style sheets, gzipped", _gzipped(folder.rglob("*.css")), "KB"),
    ]


def _gzipped(files: Iterable[Path]) -> float:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in files) / 1000
