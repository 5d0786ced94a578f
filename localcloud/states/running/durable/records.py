"""What the journal holds beside Standard executions: map runs, Express executions, names that stay taken."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Final

from localcloud.states.language.scope import Json
from localcloud.states.running.durable.identity import identity
from localcloud.states.running.durable.store import JournalStore
from localcloud.states.running.map_run import Counts, MapRun

if TYPE_CHECKING:
    from localcloud.states.running.execution import Execution

RUNS, EXPRESS, NAMES = "states/runs", "states/express", "states/names"
CHILDREN = "states/children/"
_MEMBERS: Final = [
    field.name
    for field in fields(MapRun)
    if field.name not in {"children", "changed", "item_counts", "execution_counts"}
]
_COUNTS: Final = [field.name for field in fields(Counts)]


class Records:
    """Writes them.

    An asynchronous Express execution is written down when it starts and struck out when it has ended: one
    that the end of the process cut off runs again from its beginning (AWS: at least once).
    """

    def __init__(self, store: JournalStore) -> None:
        self.store = store

    def map_run(self, run: MapRun) -> None:
        """Write a map run down, whatever has changed about it."""
        record: dict[str, Json] = {name: getattr(run, name) for name in _MEMBERS}
        for name in ("item_counts", "execution_counts"):
            record[name] = [getattr(getattr(run, name), count) for count in _COUNTS]
        self.store.put(RUNS, run.arn, record)
        if run.express and run.status == "SUCCEEDED":
            self.store.clear(CHILDREN + run.arn)

    def forget_map_run(self, run: MapRun) -> None:
        """Strike a map run out, with its Express children."""
        self.store.delete(RUNS, run.arn)
        self.store.clear(CHILDREN + run.arn)

    def child(self, run: MapRun, child: Execution, place: tuple[int, int]) -> None:
        """Write an Express child of a map run down."""
        record = {"identity": identity(child, place), "end": None}
        self.store.put(CHILDREN + run.arn, str(place[0]), record)

    def child_ended(self, run: MapRun, child: Execution, place: tuple[int, int]) -> None:
        """Write down what became of an Express child."""
        end = [child.status, child.stopped, child.output, child.error, child.cause]
        self.store.put(CHILDREN + run.arn, str(place[0]), {"identity": identity(child, place), "end": end})

    def express(self, execution: Execution) -> None:
        """Write an asynchronous Express execution down."""
        self.store.put(EXPRESS, execution.arn, identity(execution))

    def express_ended(self, execution: Execution) -> None:
        """Strike an Express execution out; one that was never written down may be."""
        self.store.delete(EXPRESS, execution.arn)

    def record_taken(self, arn: str) -> None:
        """Keep the name of an execution whose record is forgotten."""
        self.store.put(NAMES, arn, 1)


def read_map_run(record: dict[str, Json]) -> MapRun:
    """Return a map run that was written down."""
    for name in ("item_counts", "execution_counts"):
        record[name] = Counts(**dict(zip(_COUNTS, record[name], strict=True)))
    return MapRun(**record)
