"""Whether a mocked result is one that the state could have."""

from __future__ import annotations

from localcloud.states.integrations import models
from localcloud.states.language.scope import ABSENT, Json
from localcloud.states.running.states.base import WorkflowState
from localcloud.states.running.states.distributed_map import DistributedMap
from localcloud.states.running.states.map_state import Map
from localcloud.states.running.states.parallel import Parallel
from localcloud.states.running.states.task import Task
from localcloud.states.testing.mock import Mock, refused
from localcloud.states.testing.polls import operation
from localcloud.states.testing.shapes import misfits


def check_result(state: WorkflowState, mock: Mock) -> None:
    """Refuse a mocked result that the state could not have.

    Raises
    ------
    ApiError
        ValidationException.
    """
    if mock.result is ABSENT or mock.mode == "NONE":
        return
    match state:
        case Parallel():
            _check_branches(state, mock.result)
        case Map():
            _check_iterations(state, mock.result)
        case Task():
            _check_answer(state, mock)


def _check_branches(state: Parallel, result: Json) -> None:
    if not isinstance(result, list):
        raise refused("Mocked result must be an array.")
    if len(result) != len(state.branches):
        raise refused(
            f"Mocked result must have {len(state.branches)} elements, one for each branch, "
            f"but has {len(result)}"
        )


def _check_iterations(state: Map, result: Json) -> None:
    writer = state.writer if isinstance(state, DistributedMap) else None
    if writer is not None and writer.exports:
        if not isinstance(result, dict):
            raise refused("Mocked result must be a JSON object.")
    elif writer is not None and writer.lines:
        if not isinstance(result, str):
            raise refused("Mocked result must be a string of JSON Lines.")
    elif not isinstance(result, list):
        raise refused("Mocked result must be an array.")


def _check_answer(state: Task, mock: Mock) -> None:
    target = operation(state.target)
    if target is None:
        return
    shape = models.operation_model(*target).output_shape
    faults = list(misfits(shape, mock.result, required=mock.mode == "STRICT"))
    if faults:
        raise refused(f"Mock result schema validation error: {'; '.join(faults)}")
