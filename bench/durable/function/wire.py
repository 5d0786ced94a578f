"""The same protocol without the SDK: what a checkpoint takes is then the service's time, not boto3's."""

import http.client
import json
import os
import time
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, urlsplit

_SERVICE = urlsplit(os.environ.get("AWS_ENDPOINT_URL_LAMBDA") or os.environ["AWS_ENDPOINT_URL"])
_CREDENTIAL = (
    f"{os.environ.get('AWS_ACCESS_KEY_ID')}/20260101/{os.environ.get('AWS_REGION')}/lambda/aws4_request"
)
_HEADERS = {
    "Content-Type": "application/json",
    "Authorization": f"AWS4-HMAC-SHA256 Credential={_CREDENTIAL}, SignedHeaders=host, Signature=0",
}
_open: list[http.client.HTTPConnection] = []


def _checkpoint(arn: str, token: str, updates: list[dict[str, Any]]) -> str:
    """Send a checkpoint over the connection that is open; return the next token."""
    body = json.dumps({"CheckpointToken": token, "ClientToken": os.urandom(8).hex(), "Updates": updates})
    path = f"/2025-12-01/durable-executions/{quote(arn, safe='')}/checkpoint"
    fresh = not _open
    connection = _open.pop() if _open else http.client.HTTPConnection(str(_SERVICE.hostname), _SERVICE.port)
    try:
        connection.request("POST", path, body, _HEADERS)
        response = connection.getresponse()
    except (http.client.RemoteDisconnected, ConnectionError):
        connection.close()
        if fresh:
            raise
        return _checkpoint(arn, token, updates)
    document = json.loads(response.read())
    if response.status != 200:
        raise RuntimeError(document)
    if response.will_close:
        connection.close()
    else:
        _open.append(connection)
    next_token: str = document["CheckpointToken"]
    return next_token


def _operation(number: int, kind: str, **more: object) -> dict[str, Any]:
    key = blake2b(b"%d" % number).hexdigest()[:64]
    return {"Id": key, "Type": kind, "SubType": kind.capitalize(), **more}


def handler(event: dict[str, Any], context: object) -> dict[str, str]:
    """Make three steps; the result has the seconds that each checkpoint took."""
    arn, token, took = event["DurableExecutionArn"], event["CheckpointToken"], []
    for number in range(3):
        step = _operation(number, "STEP", Name="add")
        start = time.perf_counter()
        updates = [{**step, "Action": "START"}, {**step, "Action": "SUCCEED", "Payload": str(number)}]
        token = _checkpoint(arn, token, updates)
        took.append(time.perf_counter() - start)
    return {"Status": "SUCCEEDED", "Result": json.dumps({"checkpoints": took})}


def wait(event: dict[str, Any], context: object) -> dict[str, str]:
    """Make one step, then wait for an hour."""
    operations = event["InitialExecutionState"]["Operations"]
    if len(operations) > 1:
        return {"Status": "PENDING"}
    step = _operation(0, "STEP", Name="add")
    pause = _operation(1, "WAIT", Action="START", WaitOptions={"WaitSeconds": 3600})
    updates = [{**step, "Action": "START"}, {**step, "Action": "SUCCEED", "Payload": "0"}, pause]
    _checkpoint(event["DurableExecutionArn"], event["CheckpointToken"], updates)
    return {"Status": "PENDING"}
