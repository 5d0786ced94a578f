"""What a start says of stand-ins: a warning for each kind before the stack, and a summary at its end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud.check.rules.stand_ins import stand_ins
from localcloud.stack.nested import Nested, Part, parts
from localcloud.stack.template import Json, TemplateError, resources


@dataclass(frozen=True)
class StandIns:
    """What a start creates in name alone.

    Attributes
    ----------
    names
        The resources, as they are called in the whole.
    sentences
        What to say of them: what they are, why, and what fails.
    resources
        How many resources the template has, with those that it nests.
    """

    names: tuple[str, ...]
    sentences: tuple[str, ...]
    resources: int

    def summary(self) -> str:
        """Return how many they are, in a line; empty where there are none."""
        count = len(self.names)
        which = "is a stand-in" if count == 1 else "are stand-ins"
        return f"{count} of {self.resources} resources {which}: {', '.join(self.names)}" if count else ""


def standing_in(template: dict[str, Json], path: Path, values: Mapping[str, str]) -> StandIns:
    """Return the stand-ins of a template and what it nests.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.
    """
    names: list[str] = []
    shared: defaultdict[str, list[str]] = defaultdict(list)
    count = 0
    for part in parts(template, path.resolve().parent, path.resolve(), problem=_unread, values=values):
        count += len(resources(part.template))
        for each in stand_ins(part.template, part.values, part.base):
            names.append(part.display_name(each.logical_id))
            shared[each.sentence].append(names[-1])
    sentences = tuple(f"{sentence} ({', '.join(sorted(those))})" for sentence, those in shared.items())
    return StandIns(tuple(names), sentences, count)


def _unread(_part: Part, _nest: Nested, _error: TemplateError) -> None:
    """Leave it to the deployment."""
