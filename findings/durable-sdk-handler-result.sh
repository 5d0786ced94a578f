#!/usr/bin/env bash
# aws-durable-execution-sdk-python 3.0.0: what a step may return, the handler may not.
#
# One would expect: a durable handler that returns what its last step has returned succeeds.
# What happens: steps and child contexts keep Decimal, datetime, UUID, tuples and bytes, by a format of the SDK's own;
#   the handler's own result goes through plain JSON. So a handler that returns a Decimal has every step done and
#   recorded, and then the execution ends as FAILED with a TypeError. A tuple becomes a list.
# Why it matters: the payment is taken, the caller learns that it failed, and a retry by another execution takes it
#   again. Values from DynamoDB are Decimals.
# What we do: our durable order returns text alone.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    aws-durable-execution-sdk-python==3.0.0 boto3==1.44.8

cat > "$folder/try.py" <<'PYTHON'
import logging
from decimal import Decimal
from importlib.metadata import version
from types import SimpleNamespace

from aws_durable_execution_sdk_python import durable_execution

logging.disable(logging.CRITICAL)
STATUSES = {"START": "STARTED", "SUCCEED": "SUCCEEDED", "FAIL": "FAILED"}


class Service:
    """What Lambda records of an execution's steps, behind the method of boto3's client that the SDK calls."""

    def __init__(self):
        self.steps = {}

    def checkpoint_durable_execution(self, *, Updates=(), **_):
        for update in Updates:
            row = self.steps.setdefault(update["Id"], {"Id": update["Id"], "Type": "STEP", "Name": update["Name"]})
            row["Status"] = STATUSES[update["Action"]]
            row["StepDetails"] = {"Attempt": 1, "Result": update.get("Payload")}
        return {"CheckpointToken": "token", "NewExecutionState": {"Operations": [*self.steps.values()]}}


def run(work):
    service = Service()
    execution = {"Id": "e", "Type": "EXECUTION", "Status": "STARTED", "ExecutionDetails": {"InputPayload": "{}"}}
    event = {
        "DurableExecutionArn": "arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/n/e",
        "CheckpointToken": "token",
        "InitialExecutionState": {"Operations": [execution], "NextMarker": ""},
    }
    context = SimpleNamespace(aws_request_id="r", invoked_function_arn="f", get_remaining_time_in_millis=lambda: 1000)
    answer = durable_execution(work, boto3_client=service)(event, context)
    (step,) = service.steps.values()
    print("  step:", step["Name"], step["Status"])
    print("  execution:", answer["Status"], answer.get("Result") or answer["Error"]["ErrorMessage"])


print("aws-durable-execution-sdk-python", version("aws-durable-execution-sdk-python"))
print("the step's Decimal, used within the handler")
run(lambda event, context: str(context.step(lambda _: Decimal("9.50"), name="charge") * 2))
print("the step's Decimal, returned")
run(lambda event, context: context.step(lambda _: Decimal("9.50"), name="charge"))
print("the step's tuple, returned")
run(lambda event, context: context.step(lambda _: ("a", "b"), name="charge"))
PYTHON

"$folder/venv/bin/python" "$folder/try.py" 2>&1 | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
aws-durable-execution-sdk-python 3.0.0
the step's Decimal, used within the handler
  step: charge SUCCEEDED
  execution: SUCCEEDED "19.00"
the step's Decimal, returned
  step: charge SUCCEEDED
  execution: FAILED Object of type Decimal is not JSON serializable
the step's tuple, returned
  step: charge SUCCEEDED
  execution: SUCCEEDED ["a", "b"]
EXPECTED
