"""Executions: started, stopped, redriven, described, listed."""

from __future__ import annotations

import json
import uuid

from localcloud.clock import CLOCK
from localcloud.states.api.descriptions import end_of, not_redrivable
from localcloud.states.api.errors import ApiError, wrong_type
from localcloud.states.api.lookup import find, resolve
from localcloud.states.api.machines import check_name
from localcloud.states.api.records import StateMachine, Version
from localcloud.states.api.region import Region
from localcloud.states.api.versions import routed
from localcloud.states.language.scope import Json
from localcloud.states.running.execution import Execution
from localcloud.states.running.limits import LARGEST
from localcloud.states.running.revision import Revision
from localcloud.watchtower.traces.facade import current_text, parse_header

Request = dict[str, Json]

TOO_DEEP = "Document nesting depth exceeds the maximum allowed"
# An Express execution lasts five minutes at most.
EXPRESS_SECONDS = 300


def start(region: Region, request: Request) -> Json:
    """StartExecution. A Standard name and input that run already get the same answer."""
    machine, version, alias = _target(region, request["stateMachineArn"])
    name, text, data = _name_and_input(request)
    if machine.kind == "EXPRESS":
        execution = _execution(region, machine, version, (name, text, data))
        _trace(region, execution, request)
        if region.journal is not None:
            region.journal.records.express(execution)
        region.run(execution, durable=False)
        limit_express(execution)
        return {"executionArn": execution.arn, "startDate": execution.started}
    arn = f"{machine.arn.replace(':stateMachine:', ':execution:', 1)}:{name}"
    running_already = region.executions.get(arn)
    if running_already is not None:
        if running_already.status == "RUNNING" and running_already.text == text:
            return {"executionArn": arn, "startDate": running_already.started}
        raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
    if arn in region.retention:
        raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")
    execution = _execution(region, machine, version, (name, text, data))
    _trace(region, execution, request)
    if alias is not None:
        execution.alias_arn = alias.arn
    region.run(execution, durable=True)
    region.world.changed(execution)
    return {"executionArn": arn, "startDate": execution.started}


async def start_sync(region: Region, request: Request) -> Json:
    """StartSyncExecution: Express machines only; the answer comes when the execution has ended."""
    machine, version, _alias = _target(region, request["stateMachineArn"])
    if machine.kind != "EXPRESS":
        raise wrong_type()
    name, text, data = _name_and_input(request)
    execution = _execution(region, machine, version, (name, text, data))
    _trace(region, execution, request)
    region.run(execution, durable=False)
    limit_express(execution)
    # A caller that goes leaves the execution running.
    await execution.ended()
    seconds = (execution.stopped or CLOCK.now()) - execution.started
    answer: Json = {
        "executionArn": execution.arn,
        "stateMachineArn": machine.arn,
        "name": execution.name,
        "startDate": execution.started,
        "stopDate": execution.stopped,
        "status": execution.status,
        "input": execution.text,
        "inputDetails": {"included": True},
        "billingDetails": {
            "billedMemoryUsedInMB": 64,
            "billedDurationInMilliseconds": -(-int(seconds * 1000) // 100) * 100 or 100,
        },
    }
    return {**answer, **end_of(execution)}


def _trace(region: Region, execution: Execution, request: Request) -> None:
    """Have an execution work for its caller's trace, or one of its own, where its machine is traced."""
    execution.trace_header = request.get("traceHeader") or current_text()
    revision = execution.revision
    if revision is not None and revision.tracing.get("enabled"):
        header = region.world.begin_trace(execution, parse_header(execution.trace_header))
        execution.trace_header = str(header)


def limit_express(execution: Execution) -> None:
    """End an Express execution when AWS would."""
    if execution.machine.timeout is None or execution.machine.timeout > EXPRESS_SECONDS:
        execution.limit(EXPRESS_SECONDS)


def _target(region: Region, arn: str) -> tuple[StateMachine, Version | None, Json]:
    machine, version, alias = resolve(region, arn.partition("#")[0])
    if alias is not None:
        number = int(routed(alias).rpartition(":")[2])
        version = machine.versions[number]
    return machine, version, alias


def _name_and_input(request: Request) -> tuple[str, str, Json]:
    """Return an execution's name, its input as written and its input.

    Raises
    ------
    ApiError
        InvalidName, or InvalidExecutionInput.
    """
    name = request.get("name")
    if name is None:
        name = str(uuid.uuid4())
    else:
        check_name(name)
    text = request.get("input")
    text = "{}" if text is None else text
    if len(text.encode()) > LARGEST:
        constraint = f"Member must have length less than or equal to {LARGEST}"
        message = f"1 validation error detected: Value at 'input' failed to satisfy constraint: {constraint}"
        raise ApiError("ValidationException", message)
    try:
        return name, text, json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        message = f"Invalid State Machine Execution Input: '{TOO_DEEP}'"
        raise ApiError("InvalidExecutionInput", message) from error
    except ValueError as error:
        message = f"Invalid State Machine Execution Input: '{error}'"
        raise ApiError("InvalidExecutionInput", message) from error


def _no_number(text: str) -> Json:
    # Python reads NaN and Infinity, which no JSON has.
    raise ValueError(f"Unexpected token '{text}'")


def _execution(
    region: Region, machine: StateMachine, version: Version | None, name_and_input: tuple[str, str, Json]
) -> Execution:
    name, text, data = name_and_input
    revision: Revision = version.revision if version else machine.revision
    base = f"{machine.arn.replace(':stateMachine:', ':execution:', 1)}:{name}"
    if machine.kind == "EXPRESS":
        base = f"{base.replace(':execution:', ':express:', 1)}:{uuid.uuid4()}"
    execution = region.new(
        durable=machine.kind == "STANDARD",
        arn=base,
        name=name,
        machine_arn=machine.arn,
        machine_name=machine.name,
        machine=revision.machine,
        text=text,
        data=data,
        role=revision.role,
        host=region,
        recorded=machine.recorded or bool(revision.tracing.get("enabled")),
    )
    execution.revision = revision
    if version is not None:
        execution.version_arn = version.arn
    return execution


def stop(region: Region, request: Request) -> Json:
    """StopExecution; one that has ended stays as it ended."""
    execution = find(region, request["executionArn"])
    if execution.status != "RUNNING":
        return {"stopDate": execution.stopped}
    execution.stop(request.get("error"), request.get("cause"))
    return {"stopDate": execution.stopped}


def redrive(region: Region, request: Request) -> Json:
    """RedriveExecution: a failed execution runs again from where it failed."""
    execution = find(region, request["executionArn"])
    reason = not_redrivable(execution)
    if reason is not None:
        message = f"Execution {reason}, cannot be redriven"
        raise ApiError("ExecutionNotRedrivable", message)
    if not execution.over:
        # It has been stopped, and is not yet done with it.
        raise ApiError("ExecutionNotRedrivable", "Execution is RUNNING, cannot be redriven")
    region.retention.redriven(execution.arn)
    execution.redrive()
    region.world.changed(execution)
    return {"redriveDate": execution.redriven}
