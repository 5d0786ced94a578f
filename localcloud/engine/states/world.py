"""What Step Functions needs of the engine around it."""

from __future__ import annotations

import contextvars
import json
import logging
import time
from functools import lru_cache, partial
from typing import Any
from urllib.parse import urlsplit

from localcloud.calls import HttpConnections
from localcloud.clock import CLOCK
from localcloud.engine.asgi import Application
from localcloud.engine.gate import EngineGate
from localcloud.engine.measures import measure_execution
from localcloud.engine.ministack.cloudwatch_logs import cloudwatch_logs
from localcloud.engine.ministack.eventbridge import eventbridge
from localcloud.engine.ministack.responses import responses
from localcloud.engine.parent import ParentsConnections
from localcloud.engine.settings import Settings
from localcloud.engine.states.listening import KIND, SOURCE, listened_to
from localcloud.engine.states.transport import EngineTransport
from localcloud.engine.traces.recording import EngineTraces
from localcloud.states.facade import Event, Execution, StateMachine, described, description, segment
from localcloud.watchtower.traces.facade import TraceHeader

logger = logging.getLogger(__name__)

# An event of EventBridge shows no more than this of an input or an output.
SHOWN = 248 * 1024


class EngineWorld:
    """The engine as Step Functions sees it.

    Parameters
    ----------
    application
        MiniStack, without the layers around it.
    """

    def __init__(self, application: Application, gate: EngineGate, settings: Settings) -> None:
        self._application = application
        self._gate = gate
        self._settings = settings
        self._functions: HttpConnections | None = None
        self._context = contextvars.copy_context()
        self._traces = EngineTraces(settings.xray)

    def transport(self, account: str, region: str) -> EngineTransport:
        """Return the way to call other services from a region."""
        if self._functions is None:
            self._functions = ParentsConnections(self._settings.lambda_url, seconds=None)
        base = urlsplit(self._settings.lambda_url).path
        return EngineTransport(
            self._application,
            self._gate,
            (self._functions, base),
            account=account,
            region=region,
            port=self._settings.port,
        )

    def transition(self, machine: str) -> None:
        """Count a state transition."""
        self._gate.meter.transition(machine)

    def changed(self, execution: Execution) -> None:
        """Publish an execution's status on the default bus, where a rule may wait for it.

        Express executions publish none; they are counted when they have ended.
        """
        measure_execution(self._gate.meter.metrics, execution)
        if ":express:" in execution.arn:
            seconds = (execution.stopped or CLOCK.now()) - execution.started
            self._gate.meter.express(execution.machine_name, seconds)
            return
        if listened_to(execution):
            self._in_region(execution, self._publish, execution)

    def logged(self, execution: Execution, machine: StateMachine) -> None:
        """Write an execution's events to the log group that its machine names."""
        self._in_region(execution, self._log, execution, machine)

    def begin_trace(self, execution: Execution, header: TraceHeader | None) -> TraceHeader:
        """Return the trace that an execution belongs to: its caller's, or a new one."""
        return self._traces.begin(header, execution.machine_name, "AWS::StepFunctions::StateMachine")

    def traced(self, execution: Execution, *, whole: bool) -> None:
        """Send an execution's segment to the daemon."""
        try:
            self._traces.send(segment(execution, whole=whole))
        except Exception:
            # What is only looked at must not end what is done.
            logger.exception("the segment of %s could not be sent", execution.arn)

    def _in_region(self, execution: Execution, work: Any, *arguments: Any) -> None:
        parts = execution.arn.split(":")

        def run() -> None:
            responses.set_request_account_id(parts[4])
            responses.set_request_region(parts[3])
            try:
                work(*arguments)
            except Exception:
                # What others make of an execution's end must not end the service.
                logger.exception("the end of %s could not be published", execution.arn)

        self._context.copy().run(run)

    @staticmethod
    def _publish(execution: Execution) -> None:
        entry = {
            "Source": SOURCE,
            "DetailType": KIND,
            "Detail": json.dumps(status_change(execution)),
            "Resources": [execution.arn],
        }
        eventbridge.put_events({"Entries": [entry]}, allow_aws_source=True)

    @staticmethod
    def _log(execution: Execution, machine: StateMachine) -> None:
        logging_of = machine.revision.logging
        data = bool(logging_of.get("includeExecutionData"))
        level = logging_of.get("level", "OFF")
        wanted = execution.history.select(partial(logs, level))
        if not wanted:
            return
        events = [log_record(number, event, execution, data=data) for number, event in wanted]
        stream = f"states/{machine.name}/{time.strftime('%Y-%m-%d-%H-%M')}/{execution.name[:8]}"
        for destination in logging_of.get("destinations") or ():
            arn = (destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn", "")
            group = arn.removesuffix(":*").rpartition(":log-group:")[2]
            if not group:
                continue
            place = {"logGroupName": group, "logStreamName": stream}
            cloudwatch_logs.create_log_stream(place)
            cloudwatch_logs.put_log_events({**place, "logEvents": events})


@lru_cache(maxsize=256)
def logs(level: str, kind: str) -> bool:
    """Say whether a machine that logs at ``level`` logs events of a kind.

    Examples
    --------
    >>> logs("ERROR", "TaskFailed"), logs("FATAL", "TaskFailed"), logs("ALL", "PassStateEntered")
    (True, False, True)
    """
    fatal = kind in {"ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}
    error = fatal or kind.endswith(("Failed", "TimedOut", "Aborted", "FailStateEntered"))
    return {"ALL": True, "ERROR": error, "FATAL": fatal}.get(level, False)


def log_record(number: int, event: Event, execution: Execution, *, data: bool) -> dict[str, Any]:
    """Return an event as Step Functions logs it."""
    written = described(number, event, execution, data=data)
    details: Any = next((value for name, value in written.items() if name.endswith("EventDetails")), {})
    record = {
        "id": str(number),
        "type": event.kind,
        "details": details,
        "previous_event_id": str(event.previous),
        "event_timestamp": str(int(event.timestamp * 1000)),
        "execution_arn": execution.arn,
        "redrive_count": str(execution.redrives),
    }
    return {"timestamp": int(event.timestamp * 1000), "message": json.dumps(record)}


def status_change(execution: Execution) -> dict[str, Any]:
    """Return the detail of the event that reports an execution's status."""
    whole = description(execution)
    detail: dict[str, Any] = {
        member: whole.get(member)
        for member in (
            *("executionArn", "stateMachineArn", "name", "status", "input", "output"),
            *("stateMachineVersionArn", "stateMachineAliasArn", "redriveCount", "redriveStatus"),
            *("redriveStatusReason", "error", "cause", "inputDetails", "outputDetails"),
        )
    }
    for member in ("startDate", "stopDate", "redriveDate"):
        moment = whole.get(member)
        detail[member] = None if moment is None else int(moment * 1000)
    for member in ("input", "output"):
        if detail[member] is not None and len(detail[member]) > SHOWN:
            detail[member] = None
            detail[f"{member}Details"] = {"included": False}
    return detail
