#!/usr/bin/env bash
# aws-durable-execution-sdk-python 3.0.0: a callback's time limit of less than a second is no limit at all.
#
# One would expect: Duration takes fractions (its factories take floats), so 0.9 s is either rounded up to Lambda's
#   second or refused, everywhere.
# What happens: fractions are cut off. A wait of 0.9 s is refused, a retry's delay of 0.9 s becomes 1 s, and a
#   callback's timeout or heartbeat of 0.9 s becomes TimeoutSeconds 0, which means none: it waits until the whole
#   execution's timeout, a year perhaps. 1.9 s is 1 s for all of them.
# Why it matters: tests shorten their limits; a computed rest of a deadline is a fraction, too. What was to give up
#   at once waits for good, and nothing says so.
# What we do: time limits are whole seconds, at least one.
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

from aws_durable_execution_sdk_python import durable_execution
from aws_durable_execution_sdk_python.config import CallbackConfig, Duration, StepConfig
from aws_durable_execution_sdk_python.retries import RetryDecision

logging.disable(logging.CRITICAL)
OPTIONS = ("WaitOptions", "StepOptions", "CallbackOptions")
STATUSES = {"START": "STARTED", "RETRY": "PENDING"}


class Service:
    """Shows what the SDK asks of Lambda, behind the method of boto3's client that it calls."""

    def __init__(self):
        self.options = {}

    def checkpoint_durable_execution(self, *, Updates=(), **_):
        rows = []
        for update in Updates:
            self.options |= next((update[name] for name in OPTIONS if update.get(name)), {})
            row = {name: update[name] for name in ("Id", "Type", "SubType", "Name") if name in update}
            details = {"CallbackDetails": {"CallbackId": "c"}, "StepDetails": {"Attempt": 1}, "WaitDetails": {}}
            rows.append({**row, **details, "Status": STATUSES[update["Action"]]})
        return {"CheckpointToken": "token", "NewExecutionState": {"Operations": rows}}


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
    return answer["Status"], answer["Error"]["ErrorMessage"] if "Error" in answer else service.options


def fail(_):
    raise ValueError("not yet")


print("aws-durable-execution-sdk-python", version("aws-durable-execution-sdk-python"))
for seconds in (1.9, 0.9):
    span = Duration.from_seconds(seconds)
    limits = CallbackConfig(timeout=span, heartbeat_timeout=span)
    again = StepConfig(lambda error, attempts, span=span: RetryDecision.retry(span))
    print(f"{seconds} s")
    print("  wait:", *run(lambda event, context: context.wait(span)))
    print("  retry:", *run(lambda event, context: context.step(fail, config=again)))
    print("  callback:", *run(lambda event, context: context.create_callback(config=limits).result()))
PYTHON

"$folder/venv/bin/python" "$folder/try.py" 2>&1 | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
aws-durable-execution-sdk-python 3.0.0
1.9 s
  wait: PENDING {'WaitSeconds': 1}
  retry: PENDING {'NextAttemptDelaySeconds': 1}
  callback: PENDING {'TimeoutSeconds': 1, 'HeartbeatTimeoutSeconds': 1}
0.9 s
  wait: FAILED duration must be at least 1 second
  retry: PENDING {'NextAttemptDelaySeconds': 1}
  callback: PENDING {'TimeoutSeconds': 0, 'HeartbeatTimeoutSeconds': 0}
EXPECTED
