"""Which module imports which, read from the text: imports for types and within functions count as well."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_IMPORT = re.compile(
    r"^[ \t]*(?:from (?P<module>[\w.]+) import (?P<names>\([^)]*\)|[^\n#]+)|import (?P<whole>[\w.]+))",
    re.MULTILINE,
)
Graph = Mapping[str, set[str]]


def modules(root: Path, packages: Iterable[str]) -> dict[str, Path]:
    """Return the modules of packages, by their full names."""
    paths: dict[str, Path] = {}
    for package in packages:
        base = root / package
        for path in base.rglob("*.py"):
            if not {"vendor", "node_modules"} & set(path.parts):
                parts = path.relative_to(base.parent).with_suffix("").parts
                paths[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return paths


def imports(paths: Mapping[str, Path]) -> dict[str, set[str]]:
    """Return what each module imports of the others."""
    return {name: set(_of_text(path.read_text(), paths)) - {name} for name, path in paths.items()}


def _of_text(text: str, by_name: Mapping[str, Path]) -> Iterator[str]:
    for match in _IMPORT.finditer(text):
        module = match["module"] or match["whole"]
        for name in re.findall(r"\w+", re.sub(r" as \w+", "", match["names"] or "")):
            if f"{module}.{name}" in by_name:
                yield f"{module}.{name}"
            elif module in by_name:
                yield module
        if match["whole"] and module in by_name:
            yield module


def between_siblings(graph: Graph) -> dict[str, dict[str, set[str]]]:
    """Return, by folder, which of its files and folders imports which."""
    folders: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name, targets in graph.items():
        for target in targets:
            source, other = name.split("."), target.split(".")
            depth = next((n for n, (a, b) in enumerate(zip(source, other, strict=False)) if a != b), None)
            if depth is not None:
                folders[".".join(source[:depth])][source[depth]].add(other[depth])
    return folders


def circles(graph: Graph) -> list[list[str]]:
    """Return what imports itself through others: the strongly connected parts of a graph.

    Examples
    --------
    >>> circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}})
    [['b', 'c']]
    """
    remaining = {name: set(targets) for name, targets in graph.items()}
    # What imports nothing that is left, or is imported by nothing, is in no circle.
    while True:
        imported = {target for targets in remaining.values() for target in targets}
        ends = {
            name
            for name, targets in remaining.items()
            if not targets & remaining.keys() or name not in imported
        }
        if not ends:
            break
        remaining = {name: targets - ends for name, targets in remaining.items() if name not in ends}
    reach = {name: _reached(name, remaining) for name in remaining}
    rings = {frozenset(other for other in reach[name] if name in reach.get(other, ())) for name in remaining}
    return sorted(sorted(circle) for circle in rings if circle)


def _reached(name: str, graph: Graph) -> set[str]:
    reached: set[str] = set()
    pending = [name]
    while pending:
        news = graph.get(pending.pop(), set()) - reached
        reached |= news
        pending += news
    return reached
