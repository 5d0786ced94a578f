"""The operation TestState."""

from __future__ import annotations

import re
from typing import Final

from localcloud.states.api.errors import invalid_arn
from localcloud.states.api.region import Region
from localcloud.states.language.scope import Json
from localcloud.states.running.states.map_state import Map
from localcloud.states.running.states.parallel import Parallel
from localcloud.states.running.states.task import Task
from localcloud.states.testing import answer
from localcloud.states.testing.bench import Bench, entered
from localcloud.states.testing.mock import MOCKABLE, TrialRequest, read, refused
from localcloud.states.testing.results import check_result
from localcloud.states.testing.subject import Subject, states_of, subject
from localcloud.states.testing.trace import Traced
from localcloud.states.testing.trial import tried

_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::")
_UNNAMED_ROLE: Final = "arn:aws:iam::{}:role/TestState"


async def test_state(region: Region, request: dict[str, Json]) -> Json:
    """TestState: run one state, with a mock in the place of what it calls if there is one.

    Raises
    ------
    ApiError
        The definition, the input or the parts of the request are refused.
    """
    role = request.get("roleArn")
    if role is not None and not _ROLE.match(role):
        raise invalid_arn(role)
    trial_request = read(request)
    tested = subject(request["definition"], request.get("stateName"))
    _check_mock(tested, trial_request)
    if role is None and trial_request.mock is None and isinstance(tested.state, Task):
        raise refused("A roleArn must be specified for a Task state when no mock is specified")
    transport = Traced(region.transport, revealed=bool(request.get("revealSecrets")))
    bench = Bench(region, transport)
    frame = entered(bench, tested, trial_request, role or _UNNAMED_ROLE.format(region.account))
    outcome = await tried(frame, tested, trial_request)
    level = request.get("inspectionLevel") or "INFO"
    return answer.written(frame, outcome, level, transport.exchange)


def _check_mock(tested: Subject, request: TrialRequest) -> None:
    """Refuse a mock where there can be none, none where there has to be one, and one that does not fit.

    Raises
    ------
    ApiError
        ValidationException.
    """
    state, mock, configuration = tested.state, request.mock, request.configuration
    if configuration.caused_by is not None:
        _check_cause(tested, request)
    if configuration.failures is not None and not _iterates(tested):
        raise refused("The mapIterationFailureCount can only be specified for a Map state or a state within")
    if configuration.source is not None and not isinstance(state, Map):
        raise refused("The mapItemReaderData can only be specified for a Map state")
    if mock is None:
        if isinstance(state, Map | Parallel):
            raise refused(f"A {state.kind} state can only be tested when a mock is specified")
        if isinstance(state, Task) and _waits(state):
            raise refused(
                "Activities and the service integration patterns .sync and .waitForTaskToken can only be "
                "tested when a mock is specified"
            )
        return
    if state.kind not in MOCKABLE:
        raise refused(f"A mock can only be specified for Task, Map, or Parallel states, not for {state.kind}")
    check_result(state, mock)


def _waits(state: Task) -> bool:
    return state.target.kind == "activity" or state.target.pattern != "REQUEST_RESPONSE"


def _iterates(tested: Subject) -> bool:
    return any(isinstance(state, Map) for state in (tested.state, *tested.around))


def _check_cause(tested: Subject, request: TrialRequest) -> None:
    state, name = tested.state, request.configuration.caused_by
    if not isinstance(state, Map | Parallel):
        raise refused("The errorCausedByState can only be specified for a Map or Parallel state")
    if request.mock is None or request.mock.error is None:
        raise refused("The errorCausedByState can only be specified when an errorOutput is mocked")
    machines = [state.processor] if isinstance(state, Map) else state.branches
    if not any(inner.name == name for machine in machines for inner, _around in states_of(machine)):
        raise refused(f"The errorCausedByState '{name}' is no state within the state under test")
