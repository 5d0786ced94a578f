"""What the start says of stand-ins: which they are, before anything is created, and how many, at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from localcloud.check.standing_in import StandIns, standing_in
from localcloud.deploying.deployment import Planned


class StandInWarnings:
    """The stand-ins of each template.

    Parameters
    ----------
    paths
        The files of the templates.
    warn
        Shows a warning.
    """

    def __init__(self, paths: Sequence[Path], warn: Callable[[str], None]) -> None:
        self._paths, self._warn = paths, warn
        self._stand_ins: tuple[StandIns, ...] = ()

    def name(self, planned: Sequence[Planned]) -> None:
        """Say what is created in name alone."""
        pairs = zip(self._paths, planned, strict=True)
        self._stand_ins = tuple(standing_in(plan.document, path, plan.target.values) for path, plan in pairs)
        for each in self._stand_ins:
            for sentence in each.sentences:
                self._warn(sentence)

    def summarise(self, unanswerable: Sequence[str]) -> None:
        """Say how many they are, and which fields and routes cannot answer."""
        for each in self._stand_ins:
            if each.names:
                self._warn(each.summary())
        if unanswerable:
            self._warn(f"these fields and routes cannot answer: {', '.join(unanswerable)}")
