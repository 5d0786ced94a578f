"""An execution's segment: its states, their attempts and what they called, read off its history.

Nothing is measured while it runs: events have their times, and ids follow from their numbers.

Source of the shapes: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from localcloud.watchtower.traces.facade import JSON, Document, derived_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.states.running.execution import Execution
    from localcloud.states.running.history import Event
    from localcloud.states.running.host import Owner

ORIGIN: Final = "AWS::StepFunctions::StateMachine"
LONGEST_NAME: Final = 200
_BEGINS: Final = frozenset({"TaskStarted", "LambdaFunctionStarted", "ActivityScheduled"})
_ENDS: Final = ("Succeeded", "Failed", "TimedOut")
_ATTEMPTS: Final = ("Task", "LambdaFunction", "Activity")
# AWS shows a service by its own name.
_SERVICES: Final = {
    "lambda": "Lambda",
    "dynamodb": "DynamoDB",
    "sqs": "SQS",
    "sns": "SNS",
    "states": "STEPFUNCTIONS",
    "events": "EventBridge",
}

_NAMED: Final = (
    ("FunctionName", "function_name"),
    ("TableName", "table_name"),
    ("QueueUrl", "queue_url"),
    ("StateMachineArn", "state_machine_arn"),
)


def segment_id(execution: Execution) -> str:
    """Return the id of an execution's segment; each redrive has one of its own."""
    return derived_id(execution.arn, "execution", execution.redrives)


def attempt_id(execution: Owner, event: int) -> str:
    """Return the id of the subsegment of an attempt, by the number of the event that began it."""
    return derived_id(execution.arn, event)


def segment(execution: Execution, *, whole: bool) -> Document:
    """Return an execution's segment: whole at its end, before that its beginning.

    The execution has a trace.
    """
    header = execution.trace
    assert header is not None
    _, _, _, region, account, *_ = execution.arn.split(":", 5)
    document: Document = {
        "id": segment_id(execution),
        "trace_id": header.root,
        "name": execution.machine_name,
        "origin": ORIGIN,
        "start_time": execution.redriven or execution.started,
        "aws": {"account_id": account, "region": region, "execution_arn": execution.arn},
        "resource_arn": execution.machine_arn,
    }
    if header.parent:
        document["parent_id"] = header.parent
    if not whole:
        return {**document, "in_progress": True}
    document["end_time"] = end = execution.stopped or execution.started
    if execution.status in {"FAILED", "TIMED_OUT"}:
        document |= {"fault": True, **_cause(execution.arn, execution.error, execution.cause)}
    elif execution.status == "ABORTED":
        document |= {"error": True, **_cause(execution.arn, execution.error, execution.cause)}
    reading = _Reading(execution, end)
    for number, event in enumerate(execution.history.events, 1):
        reading.read(number, event)
    document["subsegments"] = [*reading.finished()]
    return document


class _Reading:
    """Puts the states of a history into one another.

    Each event names the one before it on its line, and so shows the state that it belongs to.
    """

    def __init__(self, execution: Execution, end: float) -> None:
        self._execution = execution
        self._end = end
        self._tops: list[Document] = []
        self._open: dict[int, tuple[Document, ...]] = {0: ()}  # by event: the states around what follows
        self._attempts: dict[int, Document] = {}  # by event: the attempt that it belongs to
        self._scheduled: Mapping[str, JSON] = {}
        self._started: list[Document] = []

    def read(self, number: int, event: Event) -> None:
        """Take the next event."""
        around = self._open.get(event.previous, ())
        kind = event.kind
        if kind.endswith("StateEntered"):
            around = (*around, self._state(number, event, around))
        elif kind.endswith("StateExited"):
            if around:
                around[-1]["end_time"] = event.timestamp
            around = around[:-1]
        elif kind.endswith("Scheduled") and event.details is not None:
            self._scheduled = event.details
        if kind in _BEGINS and around:
            self._attempts[number] = self._attempt(number, event, around[-1])
        elif event.previous in self._attempts:
            self._attempts[number] = attempt = self._attempts[event.previous]
            if kind.startswith(_ATTEMPTS) and kind.endswith(_ENDS):
                del self._attempts[number]
                attempt["end_time"] = event.timestamp
                if not kind.endswith("Succeeded"):
                    details = event.details or {}
                    cause = _cause(str(attempt["id"]), details.get("error"), details.get("cause"))
                    attempt |= {"fault": True, **cause}
        self._open[number] = around

    def finished(self) -> list[Document]:
        """Return the states of the top; what was cut off ends with the execution."""
        for part in self._started:
            if "end_time" not in part:
                part["end_time"] = self._end
                if self._execution.status != "SUCCEEDED":
                    part["fault"] = True
        return self._tops

    def _state(self, number: int, event: Event, around: tuple[Document, ...]) -> Document:
        name = str((event.details or {}).get("name"))
        state: Document = {
            "id": derived_id(self._execution.arn, "state", number),
            "name": _fit(name),
            "start_time": event.timestamp,
        }
        self._place(state, around[-1] if around else None)
        return state

    def _attempt(self, number: int, event: Event, state: Document) -> Document:
        details = self._scheduled
        resource = str(details.get("resource", ""))
        service, operation = str(details.get("resourceType", "")), resource
        if event.kind != "TaskStarted":
            service, operation = resource.split(":")[2] if resource.startswith("arn:") else resource, "Invoke"
        service = service.removeprefix("aws-sdk:")
        attempt: Document = {
            "id": attempt_id(self._execution, number),
            "name": _fit(_SERVICES.get(service, service)),
            "namespace": "aws",
            "start_time": event.timestamp,
            "aws": {"operation": operation.partition(".")[0], **_resource(details)},
        }
        self._place(attempt, state)
        return attempt

    def _place(self, part: Document, parent: Document | None) -> None:
        self._started.append(part)
        if parent is None:
            self._tops.append(part)
            return
        listed = parent.setdefault("subsegments", [])
        assert isinstance(listed, list)
        listed.append(part)


def _resource(scheduled: Mapping[str, JSON]) -> Document:
    """Return what a call was about: a function, a table, a queue."""
    parameters = scheduled.get("parameters")
    members = parameters if isinstance(parameters, dict) else {}
    resource = scheduled.get("resource")
    if isinstance(resource, str) and ":function:" in resource:
        return {"resource_names": [resource.partition(":function:")[2]]}
    for member, name in _NAMED:
        value = members.get(member)
        if isinstance(value, str):
            return {name: value}
    return {}


def _cause(own: str, error: object, cause: object) -> Document:
    if error is None and cause is None:
        return {}
    exception: Document = {
        "id": derived_id(own, "cause"),
        "type": str(error or "Error"),
        "message": str(cause or "")[:1000],
    }
    return {"cause": {"exceptions": [exception]}}


def _fit(name: str) -> str:
    """Return a name with what X-Ray allows in one."""
    allowed = "".join(
        character if character.isalnum() or character in " _.:/%&#=+-@\\" else "_" for character in name
    )
    return allowed[:LONGEST_NAME] or "unnamed"
