#!/usr/bin/env bash
# moto 5.2.5, with its interpreter on: a state machine can be started once without a name, and never again.
#
# One would expect: StartExecution's name is optional, and Step Functions makes up a new one each time;
#   moto does so while its interpreter is off.
# What happens: with "execute_state_machine" on, the first such execution is named "None", and the second
#   start of the same machine is refused with ExecutionAlreadyExists, though its input is another.
# Why it matters: a test that starts a machine twice passes or fails by a switch that is there to make
#   executions real. Give each execution a name of its own.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'moto[stepfunctions]==5.2.5' boto3==1.44.5

cat > "$folder/try.py" <<'PYTHON'
import json
from importlib.metadata import version

import boto3
from botocore.exceptions import ClientError
from moto import mock_aws

MACHINE = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}
ROLE = "arn:aws:iam::123456789012:role/any"

print("moto", version("moto"))
for interpret in (False, True):
    print("interpreter", "on" if interpret else "off")
    with mock_aws(config={"stepfunctions": {"execute_state_machine": interpret}}):
        client = boto3.client(
            "stepfunctions", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )
        machine = client.create_state_machine(name="m", definition=json.dumps(MACHINE), roleArn=ROLE)
        for number in (1, 2):
            try:
                arn = client.start_execution(
                    stateMachineArn=machine["stateMachineArn"], input=json.dumps({"number": number})
                )["executionArn"]
            except ClientError as refusal:
                print(" ", number, refusal.response["Error"]["Code"])
            else:
                name = arn.rpartition(":")[2]
                print(" ", number, "started as", name if name == "None" else "a name of its own")
PYTHON

"$folder/venv/bin/python" "$folder/try.py" | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
moto 5.2.5
interpreter off
  1 started as a name of its own
  2 started as a name of its own
interpreter on
  1 started as None
  2 ExecutionAlreadyExists
EXPECTED
