"""What an execution is, besides what it runs and what has become of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.states.language.scope import Json

if TYPE_CHECKING:
    from localcloud.states.running.execution import Execution

# The members that a record holds as they are: those that it starts with, and those that are set later.
CREATION_FIELDS = ("arn", "name", "machine_arn", "machine_name", "text", "role", "started")
SET = ("map_run", "version_arn", "alias_arn", "trace_header")


def identity(execution: Execution, place: tuple[int, int] | None = None) -> dict[str, Json]:
    """Return an execution's members; its revision by its id.

    Parameters
    ----------
    place
        Of a child execution: its number in the map run, and how many items it holds.
    """
    members: dict[str, Json] = {name: getattr(execution, name) for name in (*CREATION_FIELDS, *SET)}
    revision = None if execution.revision is None else execution.revision.id
    return {**members, "place": place, "revision": revision}
