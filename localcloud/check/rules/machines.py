"""State machines: what Step Functions refuses in a definition, or the local cloud does not serve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from localcloud.check.finding import Finding, Severity, SourcePlace
from localcloud.check.model import MachineModel
from localcloud.check.positions import Positions
from localcloud.states.validation import Diagnostic, diagnostics

# What depends on a value that only a deployment knows.
_OF_VALUES: Final = ("Expected value of type", "Value ", "Minimum value", "Maximum value", "String does not")


def check_machines(machines: Iterable[MachineModel], places: Positions) -> Iterator[Finding]:
    """Find what is wrong with the definitions of state machines."""
    for machine in machines:
        for each in diagnostics(machine.definition, kind=machine.kind):
            if not machine.complete and _may_be_right(each):
                continue
            severity, rule = Severity.ERROR, "state-machine-refused"
            if each.severity == "WARNING":
                severity, rule = Severity.WARNING, "state-machine-suspect"
            where = "" if each.location is None else f" at {each.location}"
            message = f"{machine.logical_id}: {each.message.rstrip('.')}{where} ({each.code})"
            yield Finding(_place(machine, each, places), severity, rule, message)


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
