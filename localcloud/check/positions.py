"""On which line of a template a resource or one of its properties stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import yaml

from localcloud.check.finding import Place

_PLACEHOLDER: Final = re.compile(r"[$&]\{[^}]*\}")
# The one in C is ten times faster, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Positions:
    r"""The lines of a template that can be read.

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
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
        self.root = root
        self._resources = _below(root, "Resources")

    def of(self, logical_id: str, *names: str) -> Place:
        """Return the place of a resource, or of a property as far down as it is there."""
        entry = _key(self._resources, logical_id) or _repeated(self._resources, logical_id)
        if entry is None:
            return Place(self.path)
        key, value = entry
        steps = ("Properties", *names) if names else ()
        place: yaml.Node = key
        for step in steps:
            below = _key(value, step)
            if below is None:
                break
            if step != "Properties":
                place = below[0]
            value = below[1]
        return Place(self.path, place.start_mark.line + 1)

    def at(self, section: str, name: str) -> Place:
        """Return the place of an entry of any section, such as a parameter."""
        entry = _key(_below(self.root, section), name)
        return Place(self.path, entry[0].start_mark.line + 1) if entry else Place(self.path)

    def text_line(self, logical_id: str, name: str) -> int:
        """Return the line on which the text of a property begins: below its name for a YAML block."""
        entry = _key(self._resources, logical_id)
        properties = _key(entry[1], "Properties") if entry else None
        text = _key(properties[1], name) if properties else None
        if text is None or not isinstance(text[1], yaml.ScalarNode):
            return self.of(logical_id, name).line
        return text[1].start_mark.line + 1 + (text[1].style in {"|", ">"})


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
