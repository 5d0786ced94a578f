"""Step Functions in the journal: machines and activities as they change, ended executions at a clean stop."""

from __future__ import annotations

from typing import Any

from localcloud.engine.mends.patching import Record
from localcloud.journal import Journal
from localcloud.states.front import Service, load, saved, saved_control

EXECUTIONS, NAMES = "states/executions", "states/names"


class Executions:
    """What there is of Step Functions."""

    def __init__(self, journal: Journal, service: Service) -> None:
        self._journal = journal
        self._service = service

    def state(self) -> Record:
        """Return the machines, activities and tags of each region."""
        return {"regions": saved_control(self._service)}

    def load(self, state: Record) -> None:
        """Restore them, and the executions that a clean stop left."""
        executions: dict[str, list[Any]] = {}
        for record in self._journal.take(EXECUTIONS).values():
            executions.setdefault(record["place"], []).append(record["execution"])
        names = self._journal.take(NAMES)
        regions = []
        for place, control in state["regions"].items():
            account, _, name = place.partition("/")
            regions.append(
                {
                    "account": account,
                    "region": name,
                    "machines": list(control["machines"].values()),
                    "activities": list(control["activities"].values()),
                    "tags": control["tags"],
                    "executions": executions.get(place, []),
                    "names": names.get(place, []),
                }
            )
        load(self._service, {"regions": regions})

    def write_ended(self) -> None:
        """Write what a clean stop keeps of executions."""
        with self._journal.batch():
            self._journal.clear(EXECUTIONS)
            for region in saved(self._service)["regions"]:
                place = f"{region['account']}/{region['region']}"
                for execution in region["executions"]:
                    record = {"place": place, "execution": execution}
                    self._journal.put(EXECUTIONS, execution["arn"], record)
                self._journal.put(NAMES, place, region["names"])
