"""Executions described, listed, and their histories."""

from __future__ import annotations

from localcloud.clock import CLOCK
from localcloud.states.api.errors import ApiError, no_execution, wrong_type
from localcloud.states.api.histories import described, text_of
from localcloud.states.api.lookup import find, resolve
from localcloud.states.api.machines import running
from localcloud.states.api.pages import page
from localcloud.states.api.region import Region
from localcloud.states.language.scope import Json
from localcloud.states.running.execution import Execution

Request = dict[str, Json]

# A failed execution can be redriven for so long.
REDRIVABLE_SECONDS = 14 * 86_400


def not_redrivable(execution: Execution) -> str | None:
    """Return why an execution cannot be redriven; None if it can."""
    if execution.status in {"RUNNING", "SUCCEEDED"}:
        return f"is {execution.status}"
    if execution.stopped is not None and CLOCK.now() - execution.stopped > REDRIVABLE_SECONDS:
        return "has exceeded the redrivable period"
    if execution.history.stripped:
        return "history has been dropped"
    return None


def describe(region: Region, request: Request) -> Json:
    """DescribeExecution."""
    execution = find(region, request["executionArn"])
    answer = description(execution)
    if request.get("includedData") == "METADATA_ONLY":
        for member in ("input", "output", "error", "cause"):
            answer.pop(member, None)
        answer["inputDetails"] = {"included": False}
    return answer


def description(execution: Execution) -> dict[str, Json]:
    """Return all that DescribeExecution says of an execution."""
    answer: dict[str, Json] = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": execution.started,
        "input": execution.text,
        "inputDetails": {"included": True},
        "redriveCount": execution.redrives,
    }
    optional = {
        "stopDate": execution.stopped,
        "mapRunArn": execution.map_run,
        "stateMachineVersionArn": execution.version_arn,
        "stateMachineAliasArn": execution.alias_arn,
        "redriveDate": execution.redriven,
        "traceHeader": execution.trace_header,
    }
    answer.update({name: value for name, value in optional.items() if value is not None})
    reason = not_redrivable(execution)
    answer["redriveStatus"] = "REDRIVABLE" if reason is None else "NOT_REDRIVABLE"
    if reason is not None:
        answer["redriveStatusReason"] = f"Execution {reason} and cannot be redriven"
    return {**answer, **end_of(execution)}


def end_of(execution: Execution) -> dict[str, Json]:
    """Return an execution's output, or its error and cause."""
    if execution.status == "SUCCEEDED":
        text = text_of(execution.output, execution)
        return {"output": text, "outputDetails": {"included": True}}
    reason = {"error": execution.error, "cause": execution.cause}
    return {name: text for name, text in reason.items() if text is not None}


def listed(region: Region, request: Request) -> Json:
    """ListExecutions of a machine or a map run, the latest first."""
    machine_arn, map_run = request.get("stateMachineArn"), request.get("mapRunArn")
    if (machine_arn is None) == (map_run is None):
        message = "Must provide exactly one of a state machine ARN or a map run ARN"
        raise ApiError("ValidationException", message)
    if machine_arn is not None:
        machine, version, alias = resolve(region, machine_arn)
        if machine.kind == "EXPRESS":
            raise wrong_type()
        matching = [
            execution
            for execution in region.executions.values()
            if execution.machine_arn == machine.arn
            and (version is None or execution.version_arn == version.arn)
            and (alias is None or execution.alias_arn == alias.arn)
        ]
    else:
        if map_run not in region.map_runs:
            raise ApiError(
                "ResourceNotFound", f"Request references a resource that does not exist: '{map_run}'"
            )
        matching = [execution for execution in region.executions.values() if execution.map_run == map_run]
    status, redriven = request.get("statusFilter"), request.get("redriveFilter")
    matching = [
        execution
        for execution in matching
        if (status is None or execution.status == status)
        and (redriven is None or (execution.redrives > 0) == (redriven == "REDRIVEN"))
    ]
    matching.sort(key=lambda execution: execution.started, reverse=True)
    answer = page(request, "executions", matching)
    answer["executions"] = [_entry(execution) for execution in answer["executions"]]
    return answer


def _entry(execution: Execution) -> dict[str, Json]:
    whole = description(execution)
    members = ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate")
    more = ("mapRunArn", "redriveCount", "redriveDate", "stateMachineVersionArn", "stateMachineAliasArn")
    return {member: whole[member] for member in (*members, *more) if member in whole}


def history(region: Region, request: Request) -> Json:
    """GetExecutionHistory."""
    execution = find(region, request["executionArn"])
    data = request.get("includeExecutionData", True)
    numbered = list(enumerate(execution.history.events, 1))
    if request.get("reverseOrder"):
        numbered.reverse()
    answer = page(request, "events", numbered)
    answer["events"] = [described(number, event, execution, data=data) for number, event in answer["events"]]
    return answer


def machine_of(region: Region, request: Request) -> Json:
    """DescribeStateMachineForExecution: what an execution runs, whatever the machine has become."""
    execution = find(region, request["executionArn"])
    machine = region.machines.get(execution.machine_arn)
    revision = execution.revision
    if revision is None:
        raise no_execution(execution.arn)
    answer = {
        "stateMachineArn": execution.machine_arn,
        "name": execution.machine_name,
        "updateDate": (machine.updated or machine.created) if machine else revision.created,
        **running(revision, data=request.get("includedData") != "METADATA_ONLY"),
    }
    if execution.map_run is not None:
        answer["mapRunArn"] = execution.map_run
    return answer
