#!/usr/bin/env bash
# botocore 1.44.5: StartSyncExecution goes to another host than endpoint_url names, even where that is an address.
#
# One would expect: a client with endpoint_url sends every request there; a prefix for a host's name is left
#   out where the host is an IP address, which can have none.
# What happens: the model's "sync-" is put before whatever the endpoint is: http://sync-127.0.0.1:8083/, which
#   resolves nowhere, and http://sync-[::1]:8083/, which is no URL. All the other operations go where they
#   should, so the client looks as if it were set up right.
# Why it matters: every local Step Functions is reached by such an endpoint. Set inject_host_prefix=False in
#   the client's Config, or AWS_DISABLE_HOST_PREFIX_INJECTION=true in its environment.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check boto3==1.44.5 botocore==1.44.5

cat > "$folder/try.py" <<'PYTHON'
from importlib.metadata import version

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"


class Body:
    """An empty answer, so that nothing is sent."""

    def stream(self, **_):
        yield b"{}"


def show(request, **_):
    print("   ", request.headers["X-Amz-Target"].decode().rpartition(".")[2], request.url)
    return AWSResponse(request.url, 200, {}, Body())


print("botocore", version("botocore"))
for name, config in {"as it comes": Config(), "inject_host_prefix=False": Config(inject_host_prefix=False)}.items():
    print(name)
    for endpoint in ("http://127.0.0.1:8083", "http://[::1]:8083"):
        client = boto3.client(
            "stepfunctions",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=config,
        )
        client.meta.events.register("before-send", show)
        client.describe_state_machine(stateMachineArn=MACHINE)
        client.start_sync_execution(stateMachineArn=MACHINE)
PYTHON

env -u AWS_DISABLE_HOST_PREFIX_INJECTION "$folder/venv/bin/python" "$folder/try.py" | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
botocore 1.44.5
as it comes
    DescribeStateMachine http://127.0.0.1:8083/
    StartSyncExecution http://sync-127.0.0.1:8083/
    DescribeStateMachine http://[::1]:8083/
    StartSyncExecution http://sync-[::1]:8083/
inject_host_prefix=False
    DescribeStateMachine http://127.0.0.1:8083/
    StartSyncExecution http://127.0.0.1:8083/
    DescribeStateMachine http://[::1]:8083/
    StartSyncExecution http://[::1]:8083/
EXPECTED
