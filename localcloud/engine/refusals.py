"""Errors on the wire, as each AWS protocol writes them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape

from localcloud.engine.operations import OperationCall, Protocol

INTERNAL = "The request processing has failed because of an unknown error, exception or failure."
PROVISIONED = (
    "The level of configured provisioned throughput for the table was exceeded. "
    "Consider increasing your provisioning level with the UpdateTable API."
)
DYNAMODB_DATA = {
    "PutItem", "GetItem", "UpdateItem", "DeleteItem", "Query", "Scan",
    "BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems",
}  # fmt: skip


@dataclass(frozen=True)
class Refusal:
    """An error that a service answers with."""

    status: int
    code: str
    message: str


THROTTLES = {
    "sqs": Refusal(400, "RequestThrottled", "Request is throttled."),
    "lambda": Refusal(429, "TooManyRequestsException", "Rate Exceeded."),
    "cognito-idp": Refusal(400, "TooManyRequestsException", "Rate exceeded"),
}
KINESIS_DATA = {"PutRecord", "PutRecords", "GetRecords", "GetShardIterator"}
BY_PROTOCOL: dict[Protocol, Refusal] = {
    "s3": Refusal(503, "SlowDown", "Please reduce your request rate."),
    "query": Refusal(400, "Throttling", "Rate exceeded"),
}


def throttled(call: OperationCall) -> Refusal:
    """Return the error with which a service says that it is called too often.

    From each service's API reference, "Common errors" and the operation's own.

    Examples
    --------
    >>> throttled(OperationCall("states", "StartExecution")).code
    'ThrottlingException'
    >>> [throttled(OperationCall("kinesis", name)).code for name in ("PutRecord", "CreateStream")]
    ['ProvisionedThroughputExceededException', 'LimitExceededException']
    """
    if call.service == "dynamodb" and call.operation in DYNAMODB_DATA:
        return Refusal(400, "ProvisionedThroughputExceededException", PROVISIONED)
    if call.service == "kinesis":
        data = call.operation in KINESIS_DATA
        code = "ProvisionedThroughputExceededException" if data else "LimitExceededException"
        return Refusal(400, code, "Rate exceeded")
    status = 429 if call.protocol == "rest-json" else 400
    return THROTTLES.get(call.service) or BY_PROTOCOL.get(
        call.protocol, Refusal(status, "ThrottlingException", "Rate exceeded")
    )


def on_the_wire(refusal: Refusal, call: OperationCall) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return the headers and the body of a refusal in the protocol of the call."""
    request_id = str(uuid.uuid4())
    headers = [(b"x-amzn-requestid", request_id.encode())]
    if call.protocol in {"json", "rest-json"}:
        kind = b"application/x-amz-json-1.0" if call.protocol == "json" else b"application/json"
        document: dict[str, str] = {"message": refusal.message}
        if call.protocol == "json":
            document = {"__type": refusal.code, **document}
            if call.service == "sqs":
                # SQS keeps the query protocol's codes for SDKs that know those.
                party = "Sender" if refusal.status < 500 else "Receiver"
                headers.append((b"x-amzn-query-error", f"{refusal.code};{party}".encode()))
        else:
            headers.append((b"x-amzn-errortype", refusal.code.encode()))
            if call.service == "lambda":
                document = {"Type": "User" if refusal.status < 500 else "Service", **document}
        body = json.dumps(document).encode()
    else:
        kind = b"application/xml" if call.protocol == "s3" else b"text/xml"
        party = "Sender" if refusal.status < 500 else "Receiver"
        error = f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
        if call.protocol == "s3":
            text = f"<Error>{error}<RequestId>{request_id}</RequestId></Error>"
        else:
            text = (
                f"<ErrorResponse><Error><Type>{party}</Type>{error}</Error>"
                f"<RequestId>{request_id}</RequestId></ErrorResponse>"
            )
        body = f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()
    headers += [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    return headers, body
