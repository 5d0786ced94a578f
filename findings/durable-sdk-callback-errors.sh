#!/usr/bin/env bash
# aws-durable-execution-sdk-python 3.0.0: the type of the error that an external system reports is lost.
#
# One would expect: a callback that is failed with ErrorType "CardDeclined" raises an error whose error_type is
#   that, as a step that raises ValueError makes a StepError whose error_type is "ValueError".
# What happens: CallbackExternalError.error_type is the SDK's own class, whatever was reported, from
#   create_callback and from wait_for_callback alike. The message and the data come through.
# Why it matters: SendDurableExecutionCallbackFailure takes the type so that the function can tell a refusal from a
#   breakdown. A handler that branches by error_type takes every failure for the same one.
# What we do: a person's refusal is written down and read again by our durable order; it is no error of the callback.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    aws-durable-execution-sdk-python==3.0.0 boto3==1.44.8

cat > "$folder/try.py" <<'PYTHON'
import logging
from importlib.metadata import version
from types import SimpleNamespace

from aws_durable_execution_sdk_python import CallbackExternalError, StepError, durable_execution
from aws_durable_execution_sdk_python.config import StepConfig
from aws_durable_execution_sdk_python.retries import RetryPresets

logging.disable(logging.CRITICAL)
STATUSES = {"START": "STARTED", "SUCCEED": "SUCCEEDED", "FAIL": "FAILED"}
DETAILS = {"STEP": "StepDetails", "CALLBACK": "CallbackDetails", "CONTEXT": "ContextDetails"}
REPORTED = {"ErrorType": "CardDeclined", "ErrorMessage": "no funds", "ErrorData": "51"}


class Service:
    """What Lambda records of one execution, behind the method of boto3's client that the SDK calls."""

    def __init__(self):
        self.operations = {}

    def checkpoint_durable_execution(self, *, Updates=(), **_):
        for update in Updates:
            row = self.operations.setdefault(update["Id"], {"Id": update["Id"], "Type": update["Type"]})
            row |= {name: update[name] for name in ("Name", "SubType", "ParentId") if name in update}
            row["Status"] = STATUSES[update["Action"]]
            details = {"CallbackId": "c"} if update["Type"] == "CALLBACK" else {}
            details |= {"Result": update.get("Payload"), "Error": update.get("Error")}
            row[DETAILS[update["Type"]]] = details
        return {"CheckpointToken": "token", "NewExecutionState": {"Operations": [*self.operations.values()]}}

    def report(self):
        """What SendDurableExecutionCallbackFailure does."""
        for row in self.operations.values():
            if row["Type"] == "CALLBACK":
                row |= {"Status": "FAILED", "CallbackDetails": {"CallbackId": "c", "Error": REPORTED}}


def invoke(service, work):
    execution = {"Id": "e", "Type": "EXECUTION", "Status": "STARTED", "ExecutionDetails": {"InputPayload": "{}"}}
    event = {
        "DurableExecutionArn": "arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/n/e",
        "CheckpointToken": "token",
        "InitialExecutionState": {"Operations": [execution, *service.operations.values()], "NextMarker": ""},
    }
    context = SimpleNamespace(aws_request_id="r", invoked_function_arn="f", get_remaining_time_in_millis=lambda: 1000)
    return durable_execution(work, boto3_client=service)(event, context)


def told(error):
    return f"{type(error).__name__}: {error.error_type}, {error.message}, {error.data}"


def declined(_):
    raise ValueError("no funds")


def step(event, context):
    try:
        return context.step(declined, name="charge", config=StepConfig(RetryPresets.none()))
    except StepError as error:
        return told(error)


def create_callback(event, context):
    try:
        return context.create_callback(name="charge").result()
    except CallbackExternalError as error:
        return told(error)


def wait_for_callback(event, context):
    try:
        return context.wait_for_callback(lambda key, _: None, name="charge")
    except CallbackExternalError as error:
        return told(error)


print("aws-durable-execution-sdk-python", version("aws-durable-execution-sdk-python"))
for work in (step, create_callback, wait_for_callback):
    service = Service()
    answer = invoke(service, work)
    if answer["Status"] == "PENDING":
        service.report()
        answer = invoke(service, work)
    print(f"{work.__name__}: {answer['Result']}")
PYTHON

"$folder/venv/bin/python" "$folder/try.py" 2>&1 | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
aws-durable-execution-sdk-python 3.0.0
step: "StepError: ValueError, no funds, None"
create_callback: "CallbackExternalError: aws_durable_execution_sdk_python.exceptions.CallbackExternalError, no funds, 51"
wait_for_callback: "CallbackExternalError: aws_durable_execution_sdk_python.exceptions.CallbackExternalError, no funds, 51"
EXPECTED
