"""A compiled machine: the whole definition, a branch, or a Map's processor."""

from __future__ import annotations

import asyncio
from typing import cast

from localcloud.states.language.errors import DefinitionError, StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.frame import RUNTIME, Frame
from localcloud.states.running.host import Runner
from localcloud.states.running.states.base import Immediate, Waiting, WorkflowState
from localcloud.states.running.states.choice import Choice
from localcloud.states.running.states.distributed_map import DistributedMap
from localcloud.states.running.states.ends import Fail, Succeed
from localcloud.states.running.states.map_state import Map
from localcloud.states.running.states.parallel import Parallel
from localcloud.states.running.states.pass_state import Pass
from localcloud.states.running.states.task import Task
from localcloud.states.running.states.wait import Wait

# How many states that wait for nothing may follow each other before others have their turn.
TURN = 64
SIMPLE: dict[str, type[Pass | Choice | Wait | Succeed | Fail | Task]] = {
    "Pass": Pass,
    "Choice": Choice,
    "Wait": Wait,
    "Succeed": Succeed,
    "Fail": Fail,
    "Task": Task,
}


class Machine:
    """A compiled machine.

    Parameters
    ----------
    definition
        The definition, which has been validated.
    jsonata
        Whether JSONata is the query language of whatever the machine is part of.

    Raises
    ------
    DefinitionError
        An expression in it has no meaning.
    """

    def __init__(self, definition: dict[str, Json], *, jsonata: bool = False) -> None:
        jsonata = is_jsonata(definition, jsonata)
        self.start: str = definition["StartAt"]
        self.timeout: float | None = definition.get("TimeoutSeconds")
        self.states: dict[str, WorkflowState] = {
            name: compile_state(name, state, jsonata=jsonata) for name, state in definition["States"].items()
        }

    def processor(self, label: str) -> Runner | None:
        """Return what the children of a distributed Map's map runs run; None where none has this label."""
        for state in self.states.values():
            if isinstance(state, DistributedMap) and state.map_label == label:
                return state.processor
            for inner in state.machines:
                processor = inner.processor(label)
                if processor is not None:
                    return processor
        return None

    async def run(self, frame: Frame, data: Json, start: str | None = None) -> Json:
        """Run from the first state, or from ``start``, to the end; return the output.

        Raises
        ------
        StatesError
            A state failed, and nothing caught it.
        """
        name, data, inside = frame.position(start or self.start, data)
        turn = 0
        while name is not None:
            state = self.states.get(name)
            if state is None:
                raise StatesError(RUNTIME, f"The state '{name}' does not exist")
            if inside:
                frame.go_on(state)
                inside = False
            else:
                frame.enter(state, data)
            try:
                if state.immediate:
                    data, name = cast(Immediate, state).step(frame, data)
                    turn += 1
                else:
                    data, name = await cast(Waiting, state).run(frame, data)
            except StatesError as error:
                raise frame.described(state, error) from error
            if turn >= TURN:
                turn = 0
                await asyncio.sleep(0)
        return data


def is_jsonata(definition: dict[str, Json], usual: bool) -> bool:
    """Say whether JSONata is the query language; ``usual`` where the definition does not say.

    What is neither of the two counts as JSONata on AWS.
    """
    return usual if "QueryLanguage" not in definition else definition["QueryLanguage"] != "JSONPath"


def compile_state(name: str, definition: dict[str, Json], *, jsonata: bool) -> WorkflowState:
    """Compile a state and all that is within.

    A machine within takes the whole machine's query language, not that of the state around it.

    Raises
    ------
    DefinitionError
        An expression in it has no meaning, or its type is none.
    """
    own = is_jsonata(definition, jsonata)
    kind = definition["Type"]
    if kind in SIMPLE:
        return SIMPLE[kind](name, definition, jsonata=own)
    if kind == "Parallel":
        branches: list[Runner] = [Machine(branch, jsonata=jsonata) for branch in definition["Branches"]]
        return Parallel(name, definition, branches, jsonata=own)
    if kind == "Map":
        processor = definition.get("ItemProcessor") or definition["Iterator"]
        inner = Machine(processor, jsonata=jsonata)
        mode = (processor.get("ProcessorConfig") or {}).get("Mode", "INLINE")
        state_class = DistributedMap if mode == "DISTRIBUTED" else Map
        return state_class(name, definition, inner, jsonata=own)
    raise DefinitionError(f"{kind} is no type of state")
