"""Step Functions' service integrations pass the gate as requests do."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

from localcloud.engine.gate import Gate
from localcloud.engine.mends.patching import Function, original, wrap
from localcloud.engine.operations import Call

# Service names in resource ARNs of the SDK integration that differ from those of signatures.
SIGNED_AS = {"sfn": "states", "eventbridge": "events", "cloudwatchlogs": "logs"}
# How the optimized integrations prefix the errors of their services.
OPTIMIZED = {
    "dynamodb": "DynamoDB",
    "lambda": "Lambda",
    "sqs": "SQS",
    "sns": "SNS",
    "states": "StepFunctions",
}


def called(resource: str, given: Any) -> tuple[Call, str] | None:
    """Return the operation behind a task's resource, and the prefix of its errors.

    Examples
    --------
    >>> call, prefix = called("arn:aws:states:::dynamodb:updateItem", {})
    >>> call.name, prefix
    ('dynamodb.UpdateItem', 'DynamoDB')
    >>> called("arn:aws:states:::aws-sdk:sqs:sendMessage", {})[0].name
    'sqs.SendMessage'
    >>> called("arn:aws:lambda:us-east-1:000000000000:function:pay", {})[0].name
    'lambda.Invoke'
    """
    operation = _operation(resource)
    if operation is None:
        return None
    call, prefix = operation
    return replace(call, body=json.dumps(given, ensure_ascii=False, default=str).encode()), prefix


@lru_cache(maxsize=1024)
def _operation(resource: str) -> tuple[Call, str] | None:
    """Return the operation behind a task's resource, without a body, and the prefix of its errors."""
    parts = resource.split(":")
    if len(parts) > 5 and parts[2] == "lambda":
        return Call("lambda", "Invoke", protocol="rest-json"), "Lambda"
    if not resource.startswith("arn:aws:states:::") or len(parts) < 7:
        return None
    if parts[5] == "aws-sdk":
        service, action = parts[6], parts[7].partition(".")[0]
        prefix = ""
    else:
        service, action = parts[5], parts[6].partition(".")[0]
        prefix = OPTIMIZED.get(service, service.capitalize())
    operation = action[:1].upper() + action[1:]
    return Call(SIGNED_AS.get(service, service), operation), prefix


def pass_the_gate(gate: Gate) -> None:
    """Apply faults and quotas to tasks, and count them.

    What a client would see as a broken connection a task sees as ``<Service>.SdkClientException``;
    a throttle or an error has the service's name before its code. The rest is the state's affair:
    its Retry and Catch.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    # Importing a module of mends registers them, and their order is not ours to choose.
    from localcloud.engine.mends.states_execution import scope  # noqa: PLC0415

    failure = original(stepfunctions, "_ExecutionError")
    sdk_name = original(stepfunctions, "_prefix_sdk_error")

    @wrap(stepfunctions, "_invoke_resource")
    def _(before: Function) -> Function:
        def invoke(resource: str, given: Any) -> Any:
            if gate.open:
                operation = _operation(resource)
                if operation is not None:
                    gate.meter.carried_out(operation[0].name, "states")
                return before(resource, given)
            found = called(resource, given)
            if found is None:
                return before(resource, given)
            call, prefix = found

            def named(code: str) -> str:
                if prefix:
                    return f"{prefix}.{code}"
                return str(sdk_name(resource.split(":")[6], code))

            fault = gate.faults.hit(call)
            refusal = gate.refusal(call, fault)
            if refusal is not None:
                gate.meter.refused(call.name)
                raise failure(named(refusal.code), refusal.message)
            if fault is not None and fault.kind == "timeout":
                gate.meter.refused(call.name)
                scope().sleep(fault.seconds)
                raise failure(named("SdkClientException"), "Unable to execute HTTP request: Read timed out")
            if fault is not None and fault.kind == "delay":
                scope().sleep(fault.seconds)
            gate.meter.carried_out(call.name, "states")
            result = before(resource, given)
            if fault is not None and fault.kind == "duplicate":
                gate.meter.carried_out(call.name, "states")
                before(resource, given)
            if fault is not None and fault.kind == "drop-answer":
                raise failure(
                    named("SdkClientException"), "Unable to execute HTTP request: Connection reset by peer"
                )
            return result

        return invoke
