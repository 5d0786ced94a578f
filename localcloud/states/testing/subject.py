"""What is tested: one state, alone or out of a whole definition."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from localcloud.states.api.errors import ApiError
from localcloud.states.language.errors import DefinitionError
from localcloud.states.language.scope import Json
from localcloud.states.running.host import Runner
from localcloud.states.running.machine import Machine
from localcloud.states.running.states.base import WorkflowState
from localcloud.states.running.states.map_state import Map
from localcloud.states.running.states.parallel import Parallel
from localcloud.states.validation import diagnostics, state_diagnostics

Around = Map | Parallel
# A state and what it is within, the innermost first.
Place = tuple[WorkflowState, tuple[Around, ...]]

# The name of a state that is given without one.
ALONE: Final = "TestState"


@dataclass(frozen=True)
class Subject:
    """A state under test.

    Attributes
    ----------
    machine
        What holds it.
    around
        The Map and Parallel states that it is within, the innermost first.
    """

    machine: Machine
    state: WorkflowState
    around: tuple[Around, ...] = ()


def subject(definition: str, name: str | None) -> Subject:
    """Return the state that a request means.

    Parameters
    ----------
    name
        A state of a whole definition, at any depth; None where the definition is the state's own.

    Raises
    ------
    ApiError
        InvalidDefinition, or ValidationException where there is no such state.
    """
    check = state_diagnostics if name is None else diagnostics
    errors = [str(entry) for entry in check(definition, kind="STANDARD") if entry.severity == "ERROR"]
    if errors:
        raise invalid(", ".join(errors))
    whole: dict[str, Json] = json.loads(definition)
    if name is None:
        whole = {"StartAt": ALONE, "States": {ALONE: whole}}
    try:
        machine = Machine(whole)
    except DefinitionError as error:
        raise invalid(f"SCHEMA_VALIDATION_FAILED: {error}") from error
    for state, around in states_of(machine):
        if state.name == (name or ALONE):
            return Subject(machine, state, around)
    raise ApiError("ValidationException", "State not found in definition")


def states_of(
    machine: Runner, around: tuple[Around, ...] = ()
) -> Iterator[tuple[WorkflowState, tuple[Around, ...]]]:
    """Yield the states of a machine at every depth, with those that they are within."""
    assert isinstance(machine, Machine)
    for state in machine.states.values():
        yield state, around
        if isinstance(state, Map):
            yield from states_of(state.processor, (state, *around))
        elif isinstance(state, Parallel):
            for branch in state.branches:
                yield from states_of(branch, (state, *around))


def invalid(reason: str) -> ApiError:
    """Return AWS's refusal of a definition."""
    return ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{reason}'")
