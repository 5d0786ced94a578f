"""Which AWS operation a request is, from what the SDKs put on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs

# How the service's errors are written: JSON with a target, REST with JSON, the query protocol's or S3's XML.
Protocol = Literal["json", "rest-json", "query", "s3"]

# X-Amz-Target is "<prefix>.<operation>"; unsigned requests (Cognito's InitiateAuth) carry nothing else.
TARGETS = {
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "AWSStepFunctions": "states",
    "AmazonSQS": "sqs",
    "AWSCognitoIdentityProviderService": "cognito-idp",
    "AWSEvents": "events",
    "Logs_20140328": "logs",
    "AmazonSSM": "ssm",
    "secretsmanager": "secretsmanager",
    "TrentService": "kms",
    "Kinesis_20131202": "kinesis",
    "Firehose_20150804": "firehose",
    "AmazonAthena": "athena",
    "AWSGlue": "glue",
}
# "AWS4-HMAC-SHA256 Credential=<key>/<date>/<region>/<service>/aws4_request, ..."
CREDENTIAL_SCOPE = re.compile(rb"Credential=[^/,]*/[^/,]*/[^/,]*/([^/,]+)/aws4_request")
# An ARN of an execution holds slashes, and ASGI decodes them.
_EXECUTION = r"^/2025-12-01/durable-executions/.+"
_CALLBACK = r"^/2025-12-01/durable-execution-callbacks/.+"
LAMBDA_PATHS = (
    ("POST", re.compile(r"/functions/[^/]+/(?:invocations|invoke-async)/?$"), "Invoke"),
    ("POST", re.compile(r"/functions/[^/]+/response-streaming-invocations/?$"), "InvokeWithResponseStream"),
    ("POST", re.compile(_EXECUTION + "/checkpoint$"), "CheckpointDurableExecution"),
    ("GET", re.compile(_EXECUTION + "/state$"), "GetDurableExecutionState"),
    ("GET", re.compile(_EXECUTION + "/history$"), "GetDurableExecutionHistory"),
    ("GET", re.compile(_EXECUTION + "$"), "GetDurableExecution"),
    ("DELETE", re.compile(_EXECUTION + "$"), "DeleteDurableExecution"),
    ("POST", re.compile(_EXECUTION + "/stop$"), "StopDurableExecution"),
    ("POST", re.compile(_EXECUTION + "/pause$"), "PauseDurableExecution"),
    ("POST", re.compile(_EXECUTION + "/resume$"), "ResumeDurableExecution"),
    ("POST", re.compile(_CALLBACK + "/succeed$"), "SendDurableExecutionCallbackSuccess"),
    ("POST", re.compile(_CALLBACK + "/fail$"), "SendDurableExecutionCallbackFailure"),
    ("POST", re.compile(_CALLBACK + "/heartbeat$"), "SendDurableExecutionCallbackHeartbeat"),
    ("GET", re.compile(r"/functions/[^/]+/durable-executions/?$"), "ListDurableExecutionsByFunction"),
    ("GET", re.compile(r"/functions/[^/]+/?$"), "GetFunction"),
    ("GET", re.compile(r"/functions/?$"), "ListFunctions"),
    ("POST", re.compile(r"/functions/?$"), "CreateFunction"),
    ("DELETE", re.compile(r"/functions/[^/]+/?$"), "DeleteFunction"),
    ("GET", re.compile(r"/event-source-mappings/?$"), "ListEventSourceMappings"),
)
# By the path's end: the API's names are not all those of its paths.
XRAY_PATHS = {
    "TraceSegments": "PutTraceSegments",
    "TelemetryRecords": "PutTelemetryRecords",
    "TraceSummaries": "GetTraceSummaries",
    "Traces": "BatchGetTraces",
    "ServiceGraph": "GetServiceGraph",
    "TraceGraph": "GetTraceGraph",
    "SamplingTargets": "GetSamplingTargets",
    "Groups": "GetGroups",
    "EncryptionConfig": "GetEncryptionConfig",
}
S3_OBJECT = {"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject"}
S3_BUCKET = {"GET": "ListObjects", "PUT": "CreateBucket", "HEAD": "HeadBucket", "DELETE": "DeleteBucket"}


@dataclass(frozen=True)
class OperationCall:
    """One call of an AWS operation.

    Attributes
    ----------
    service
        As signatures name it: ``dynamodb``, ``states``, ``sqs``, ``lambda``.
    operation
        As AWS's reference names it: ``UpdateItem``. REST services other than Lambda, X-Ray and S3 have
        none on the wire; theirs is the HTTP method.
    body
        The request's body.
    protocol
        How its errors are written.
    """

    service: str
    operation: str
    body: bytes = b""
    protocol: Protocol = "json"

    @property
    def name(self) -> str:
        """The name it is counted under, as in ``dynamodb.UpdateItem``."""
        return f"{self.service}.{self.operation}"


def identify(
    method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> OperationCall | None:
    """Return the operation that an HTTP request calls; None when it calls none.

    Parameters
    ----------
    headers
        Lower-case names, as ASGI has them.

    Examples
    --------
    >>> headers = [(b"x-amz-target", b"AWSStepFunctions.StartExecution")]
    >>> identify("POST", "/", b"", headers, b"{}").name
    'states.StartExecution'
    >>> identify("GET", "/favicon.ico", b"", [], b"") is None
    True
    """
    target = authorization = b""
    for name, value in headers:
        if name == b"x-amz-target":
            target = value
        elif name == b"authorization":
            authorization = value
    signed = CREDENTIAL_SCOPE.search(authorization)
    service = signed[1].decode("ascii", "replace") if signed else ""
    if target:
        prefix, _, operation = target.decode("ascii", "replace").rpartition(".")
        service = TARGETS.get(prefix) or service or prefix.lower()
        return OperationCall(service, operation, body, "json")
    if not service:
        return None
    if service in {"lambda", "xray"}:
        identified = _lambda_operation(method, path) if service == "lambda" else _xray_operation(path)
        return OperationCall(service, identified, body, "rest-json")
    if service == "s3":
        table = S3_OBJECT if "/" in path.strip("/") else S3_BUCKET
        return OperationCall(service, table.get(method, method), body, "s3")
    action = _action(query) or (_action(body) if method == "POST" else "")
    if action:
        return OperationCall(service, action, body, "query")
    return OperationCall(service, method, body, "rest-json")


def _lambda_operation(method: str, path: str) -> str:
    for verb, pattern, operation in LAMBDA_PATHS:
        if verb == method and pattern.search(path):
            return operation
    return method


def _xray_operation(path: str) -> str:
    name = path.rpartition("/")[2]
    return XRAY_PATHS.get(name, name)


def _action(form: bytes) -> str:
    """Return the Action of a query protocol's form; empty when it is none."""
    if b"Action=" not in form:
        return ""
    try:
        return parse_qs(form.decode("ascii")).get("Action", [""])[0]
    except ValueError:
        return ""
