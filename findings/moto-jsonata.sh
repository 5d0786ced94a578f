#!/usr/bin/env bash
# moto 5.2.5, with its interpreter on: it takes machines in JSONata, and fails every expression in them.
#
# One would expect: moto's interpreter has a grammar and classes for JSONata and for variables, and creating
#   such a machine is not refused; so it runs, or says that JSONata is not supported.
# What happens: where the evaluator should be there is None. Each expression ends the execution with
#   States.Runtime and a TypeError of Python's as the cause. Variables share the evaluator, so a JSONPath
#   machine with "Assign" fails as well, at the first state that reads the variable.
# Why it matters: the failure looks like one of the machine's own. JSONata and variables cannot be tested with
#   moto; JSONPath without variables can.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[stepfunctions]==5.2.5' boto3==1.44.5

cat > "$folder/try.py" <<'PYTHON'
import json
import logging
import time
from importlib.metadata import version

import boto3
from moto import mock_aws

ROLE = "arn:aws:iam::123456789012:role/any"
READ = {"Type": "Pass", "Parameters": {"sum.$": "$total"}, "End": True}
MACHINES = {
    "JSONPath": {"StartAt": "A", "States": {"A": {"Type": "Pass", "OutputPath": "$.n", "End": True}}},
    "JSONata": {
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Output": "{% 1 + 1 %}", "End": True}},
    },
    "JSONPath with a variable": {
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "Assign": {"total.$": "$.n"}, "Next": "B"}, "B": READ},
    },
}

# It logs each failed state, with all that is in it.
logging.disable(logging.CRITICAL)
print("moto", version("moto"))
with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
    client = boto3.client(
        "stepfunctions", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    for number, (kind, definition) in enumerate(MACHINES.items()):
        machine = client.create_state_machine(
            name=f"m{number}", definition=json.dumps(definition), roleArn=ROLE
        )["stateMachineArn"]
        arn = client.start_execution(stateMachineArn=machine, name="e", input='{"n": 2}')["executionArn"]
        deadline = time.monotonic() + 30
        while (answer := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        print(f"{kind}: {answer['status']}", answer.get("output") or f"{answer['error']} {answer['cause']}")
PYTHON

"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
moto 5.2.5
JSONPath: SUCCEEDED 2
JSONata: FAILED States.Runtime TypeError('NoneType' object is not callable)
JSONPath with a variable: FAILED States.Runtime TypeError('NoneType' object is not callable)
EXPECTED
