"""State machines: what Step Functions refuses in a definition, or the local cloud does not serve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

import botocore

from localcloud.check.finding import Finding, Severity, SourcePlace
from localcloud.check.model import MachineModel
from localcloud.check.positions import Positions
from localcloud.importing import code_digest, remembered

# What depends on a value that only a deployment knows.
_OF_VALUES: Final = ("Expected value of type", "Value ", "Minimum value", "Maximum value", "String does not")


class Diagnostic(NamedTuple):
    """What Step Functions says of a definition; the members are those of its own class."""

    severity: str
    code: str
    message: str
    location: str | None


def check_machines(machines: Iterable[MachineModel], places: Positions) -> Iterator[Finding]:
    """Find what is wrong with the definitions of state machines."""
    for machine in machines:
        for each in _diagnostics(machine):
            if not machine.complete and _may_be_right(each):
                continue
            severity, rule = Severity.ERROR, "state-machine-refused"
            if each.severity == "WARNING":
                severity, rule = Severity.WARNING, "state-machine-suspect"
            where = "" if each.location is None else f" at {each.location}"
            message = f"{machine.logical_id}: {each.message.rstrip('.')}{where} ({each.code})"
            yield Finding(_place(machine, each, places), severity, rule, message)


def _diagnostics(machine: MachineModel) -> list[Diagnostic]:
    def find() -> list[tuple[str, str, str, str | None]]:
        from localcloud.states.validation import diagnostics  # noqa: PLC0415 - it imports all integrations

        return [
            (each.severity, each.code, each.message, each.location)
            for each in diagnostics(machine.definition, kind=machine.kind)
        ]

    source = f"{_version()}\0{machine.kind}\0{machine.definition}"
    return [Diagnostic(*each) for each in remembered(source, find)]


@cache
def _version() -> str:
    """Return what the answer depends on beside the definition."""
    package = Path(__file__).parents[2]
    folders = [package / "states" / name for name in ("validation", "language", "integrations")]
    jsonata = find_spec("jsonata")
    folders += map(Path, (jsonata and jsonata.submodule_search_locations) or ())
    return f"{botocore.__version__} {code_digest(*folders, package / 'contracts')}"


def _may_be_right(diagnostic: Diagnostic) -> bool:
    unread = diagnostic.code in ("INVALID_JSON_DESCRIPTION", "MISSING_DESCRIPTION")
    return unread or diagnostic.message.startswith(_OF_VALUES)


def _place(machine: MachineModel, diagnostic: Diagnostic, places: Positions) -> SourcePlace:
    """Return the line of a diagnostic's place, or of what is around it."""
    names = [name for name in (diagnostic.location or "").split("/") if name]
    if machine.source is None:
        return places.of(machine.logical_id, machine.property, *names)
    text, at = machine.source.text, 0
    for name in names:
        below = [position for key in (f'"{name}"', f"{name}:") if (position := text.find(key, at)) >= 0]
        at = min(below, default=at)
    return machine.source.at(text.count("\n", 0, at) + 1)
