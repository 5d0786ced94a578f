"""On which line of a template a resource or one of its properties stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import yaml

from localcloud.check.finding import SourcePlace
from localcloud.stack.fragments import source_files

_PLACEHOLDER: Final = re.compile(r"[$&]\{[^}]*\}")
# The one in C is ten times faster, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Source:
    """A file of a template, and what YAML reads in it."""

    path: Path
    root: yaml.Node | None


class Positions:
    r"""The lines of a template that can be read, with its fragments.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
    ...     _ = file.write("Resources:\n  A:\n    Properties:\n      Name: a\n")
    ...     file.flush()
    ...     places = Positions(Path(file.name))
    ...     places.of("A").line, places.of("A", "Name").line, places.of("A", "Absent").line
    (2, 4, 2)
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sources = [
            Source(file, yaml.compose(file.read_text(encoding="utf-8"), Loader=_LOADER))
            for file in source_files(path)
        ]

    def hold(self, place: SourcePlace) -> bool:
        """Return whether a place is in one of the template's own files."""
        return any(source.path == place.path for source in self.sources)

    def of(self, logical_id: str, *names: str) -> SourcePlace:
        """Return the place of a resource, or of a property as far down as it is there."""
        resource = self._resource(logical_id)
        if resource is None:
            return SourcePlace(self.path)
        path, (key, value) = resource
        steps = ("Properties", *names) if names else ()
        place: yaml.Node = key
        for step in steps:
            below = _key(value, step)
            if below is None:
                break
            if step != "Properties":
                place = below[0]
            value = below[1]
        return SourcePlace(path, place.start_mark.line + 1)

    def at(self, section: str, name: str) -> SourcePlace:
        """Return the place of an entry of any section, such as a parameter."""
        for path, entries in self._sections(section):
            entry = _key(entries, name)
            if entry is not None:
                return SourcePlace(path, entry[0].start_mark.line + 1)
        return SourcePlace(self.path)

    def text_place(self, logical_id: str, name: str) -> SourcePlace:
        """Return where the text of a property begins: below its name for a YAML block."""
        place = self.of(logical_id, name)
        resource = self._resource(logical_id)
        properties = _key(resource[1][1], "Properties") if resource else None
        text = _key(properties[1], name) if properties else None
        if text is None or not isinstance(text[1], yaml.ScalarNode):
            return place
        return SourcePlace(place.path, text[1].start_mark.line + 1 + (text[1].style in {"|", ">"}))

    def _resource(self, logical_id: str) -> tuple[Path, tuple[yaml.Node, yaml.Node]] | None:
        """Return the file of a resource, its key and its body; a loop may be what makes it."""
        for find in (_key, _repeated):
            for path, entries in self._sections("Resources"):
                entry = find(entries, logical_id)
                if entry is not None:
                    return path, entry
        return None

    def _sections(self, name: str) -> Iterator[tuple[Path, yaml.Node | None]]:
        for source in self.sources:
            yield source.path, _below(source.root, name)


class Unplaced(Positions):
    """Places of a template whose lines nobody asks for yet: each is another, and no file is read for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sources = []
        self._lines = count(1)

    def hold(self, place: SourcePlace) -> bool:
        """Return whether a place is in the template."""
        return place.path == self.path

    def of(self, logical_id: str, *names: str) -> SourcePlace:
        """Return some place in the template."""
        return SourcePlace(self.path, next(self._lines))

    def at(self, section: str, name: str) -> SourcePlace:
        """Return some place in the template."""
        return SourcePlace(self.path, next(self._lines))

    def text_place(self, logical_id: str, name: str) -> SourcePlace:
        """Return some place in the template."""
        return SourcePlace(self.path, next(self._lines))


def _key(node: yaml.Node | None, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == name:
                return key, value
    return None


def _repeated(node: yaml.Node | None, logical_id: str) -> tuple[yaml.Node, yaml.Node] | None:
    """Return what a loop (``Fn::ForEach``) makes a resource of."""
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if not isinstance(key, yaml.ScalarNode):
            continue
        if key.value.startswith("Fn::ForEach::"):
            parts = value.value if isinstance(value, yaml.SequenceNode) else []
            inner = _repeated(parts[2], logical_id) if len(parts) == 3 else None
            if inner is not None:
                return inner
        elif "{" in key.value and _pattern(key.value).fullmatch(logical_id):
            return key, value
    return None


def _pattern(key: str) -> re.Pattern[str]:
    return re.compile("[A-Za-z0-9]+".join(re.escape(part) for part in _PLACEHOLDER.split(key)))


def _below(node: yaml.Node | None, name: str) -> yaml.Node | None:
    entry = _key(node, name)
    return entry[1] if entry is not None else None
