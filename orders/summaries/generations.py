"""Generations of the read model: one that is read, and at times one that a replay builds.

A replay's name is that of the generation which it is for. A live event goes into both: so the new one lacks
nothing that happens while it is built.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

FIRST: Final = "summaries-first"
"""The generation that is there before the first rebuild."""


@dataclass(frozen=True, slots=True)
class Generations:
    """Which generation is read, which is built, and which are still to be deleted.

    Attributes
    ----------
    since : str or None
        When the building began.
    replay : str or None
        The replay's ARN, as soon as it was started.
    """

    current: str = FIRST
    building: str | None = None
    since: str | None = None
    replay: str | None = None
    dropped: tuple[str, ...] = field(default=())
    revision: int = 0

    def targets(self, replay_name: str | None) -> tuple[str, ...]:
        """Return the generations that an event goes into; none for a replay that was given up.

        Examples
        --------
        >>> building = Generations("summaries-1", "summaries-2")
        >>> building.targets(None), building.targets("summaries-2"), building.targets("summaries-0")
        (('summaries-1', 'summaries-2'), ('summaries-2',), ())
        """
        both = (self.current,) if self.building is None else (self.current, self.building)
        if replay_name is None:
            return both
        # One that comes after the switch is of the current generation.
        return (replay_name,) if replay_name in both else ()
