"""The short way: operations that are asked many times a second go straight to MiniStack's handlers.

MiniStack's own way looks at each request some forty times (is it a load balancer's, a bucket's
host, a login page, ...) before it sees the operation that the request names in a header. Here that
header decides. Whatever is out of the ordinary goes the usual way: another host, a fault or quota
in force, a body that is encoded.
"""

from __future__ import annotations

import base64
import contextvars
import json
import logging
import os
import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus
from typing import NamedTuple, Protocol

from localcloud.encodings.identifiers import new_uuid
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.app import app
from localcloud.engine.ministack.responses import responses
from localcloud.engine.ministack.types import Service
from localcloud.engine.operations import OperationCall
from localcloud.engine.patching import Response
from localcloud.engine.refusals import Refusal, on_the_wire
from localcloud.states import facade as states
from localcloud.watchtower.traces.facade import use

# X-Amz-Target's prefix: the module that serves it, the name that the meter counts it under.
SERVICES = {
    "DynamoDB_20120810": ("dynamodb", "dynamodb"),
    "DynamoDBStreams_20120810": ("dynamodb_streams", "dynamodbstreams"),
    "AWSStepFunctions": ("stepfunctions", "states"),
    "AmazonSQS": ("sqs", "sqs"),
    "Kinesis_20131202": ("kinesis", "kinesis"),
}
# None of them waits for anything; all of their protocols are the same but for one.
CONTENT_TYPE = "application/x-amz-json-1.0"
# Kinesis is asked in CBOR as well, which goes the usual way.
CONTENT_TYPES = {"Kinesis_20131202": "application/x-amz-json-1.1"}
OPERATIONS = {
    "DynamoDB_20120810": (
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan"),
        *("BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems"),
    ),
    "DynamoDBStreams_20120810": ("DescribeStream", "GetShardIterator", "GetRecords"),
    "AWSStepFunctions": tuple(states.OPERATIONS),
    "AmazonSQS": ("SendMessage", "SendMessageBatch", "DeleteMessage", "DeleteMessageBatch"),
    "Kinesis_20131202": ("PutRecord", "PutRecords", "GetRecords", "GetShardIterator", "ListShards"),
}
# A request with one of these is read in a way of its own.
UNUSUAL = {
    b"content-encoding",
    b"expect",
    b"transfer-encoding",
    b"upgrade",
    b"x-amz-decoded-content-length",
    b"x-amz-trailer",
}
# The headers that are asked for here.
WATCHED = UNUSUAL | {
    *(b"authorization", b"host", b"x-amz-target", b"x-amzn-trace-id"),
    *(b"content-type", b"x-localcloud-reader"),
}
HOST = re.compile(rb"(?:127\.0\.0\.1|localhost)(?::\d+)?")
CREDENTIAL = re.compile(rb"AWS4-HMAC-SHA256 +Credential=([^/]+)/[^/]*/([^/]+)/.*")
# How many of them are remembered, each for a caller, a day and a service.
CALLERS = 4096
CROSS_ORIGIN = (
    b"Access-Control-Allow-Origin: *\r\n"
    b"Access-Control-Allow-Methods: GET, POST, PUT, DELETE, HEAD, OPTIONS, PATCH\r\n"
    b"Access-Control-Allow-Headers: *\r\n"
    b"Access-Control-Expose-Headers: *\r\n"
)
STATUS = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}

logger = logging.getLogger(__name__)


class Parser(Protocol):
    """What is asked of the parser of a request's head."""

    def get_method(self) -> bytes:
        """Return the method."""

    def get_http_version(self) -> str:
        """Return the version, such as ``1.1``."""

    def should_keep_alive(self) -> bool:
        """Say whether the connection stays open behind the answer."""


class SignedOperation(NamedTuple):
    """A request's operation and who calls it where; empty where it is not signed."""

    target: str
    module: Service
    name: str
    key: str
    region: str
    host: str
    trace: bytes | None = None
    content_type: str = CONTENT_TYPE
    reader: bytes | None = None


class Direct:
    """Answers what may go the short way.

    Parameters
    ----------
    gate
        Whatever it has rules for goes through its layer instead.
    enabled
        Whether there is a short way at all.
    """

    def __init__(self, gate: EngineGate, *, enabled: bool = True) -> None:
        self._gate = gate
        self._operations: dict[bytes, tuple[str, Service, str]] = {}
        self._types: dict[str, str] = {}
        for prefix, (module, service) in SERVICES.items() if enabled else ():
            handler = app.get_module(module)
            for operation in OPERATIONS[prefix]:
                target = f"{prefix}.{operation}"
                self._operations[target.encode()] = (target, handler, f"{service}.{operation}")
                if prefix in CONTENT_TYPES:
                    self._types[target] = CONTENT_TYPES[prefix]
        self._loaded = app.loaded_modules
        self._resetting = app.get_reset_lock
        self._set_account = responses.set_request_account_id
        self._set_region = responses.set_request_region
        self._set_address = responses.set_request_client_ip
        self._callers: dict[bytes, tuple[str, str]] = {b"": ("", "")}
        self._context = contextvars.copy_context()
        # Of the extended identifiers, what is not the request's: 64 characters are as many as S3's have.
        self._extended = base64.b64encode(os.urandom(39)).decode()
        self._date = b""
        self._second = 0

    def operation(self, parser: Parser, headers: Mapping[bytes, bytes]) -> SignedOperation | None:
        """Return the operation of a request for ``/`` that may go the short way; None for others.

        Parameters
        ----------
        headers
            Those of :data:`WATCHED` that it has.
        """
        target = self._operations.get(headers.get(b"x-amz-target", b""))
        if (
            target is None
            or parser.get_method() != b"POST"
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or not UNUSUAL.isdisjoint(headers)
            or not HOST.fullmatch(headers.get(b"host", b""))
            or not self._gate.open
            # CloudTrail records requests, and a reset holds them up, in MiniStack's own way.
            or "cloudtrail" in self._loaded
            or self._resetting().locked()
        ):
            return None
        caller = self._caller(headers.get(b"authorization", b""))
        if caller is None:
            return None
        iam = self._gate.iam
        if iam is not None and not iam.knows(caller[0]):
            return None  # the usual way reads its token
        host, trace = headers[b"host"].decode("ascii"), headers.get(b"x-amzn-trace-id")
        kind = self._types.get(target[0])
        if kind is None:
            return SignedOperation(*target, *caller, host, trace)
        if headers.get(b"content-type") != kind.encode():
            return None
        return SignedOperation(*target, *caller, host, trace, kind, headers.get(b"x-localcloud-reader"))

    def _caller(self, authorization: bytes) -> tuple[str, str] | None:
        """Return who calls and where; an older signature is known to the usual way alone."""
        credential = authorization.partition(b",")[0]
        caller = self._callers.get(credential)
        if caller is None:
            signed = CREDENTIAL.fullmatch(credential)
            if signed is None:
                return None
            if len(self._callers) >= CALLERS:
                self._callers.clear()
            caller = signed[1].decode("ascii", "replace"), signed[2].decode("ascii", "replace")
            self._callers[credential] = caller
        return caller

    def answer(self, operation: SignedOperation, body: bytes) -> bytes:
        """Return the whole response."""
        iam = self._gate.iam
        denied = None if iam is None else iam.short(operation.key, operation.region, operation.name, body)
        if denied is not None:
            return self._refused(operation, denied)
        self._gate.meter.carried_out(operation.name)
        try:
            # What the request sets for itself must not reach the next one on this connection.
            status, headers, answer = self._context.copy().run(self._carry_out, operation, body)
        except Exception as error:
            logger.exception("%s failed", operation.name)
            answer = json.dumps({"__type": "InternalError", "message": str(error)}).encode()
            return b"".join((STATUS[500], b"Content-Type: application/json\r\n", self._end(answer)))
        headers["Content-Type"] = operation.content_type
        request_id = new_uuid()
        lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
        lines.append(f"x-amzn-requestid: {request_id}\r\nx-amz-request-id: {request_id}\r\n")
        lines.append(f"x-amz-id-2: {self._extended}{request_id[24:]}\r\n")
        return b"".join((STATUS[status], "".join(lines).encode("latin-1"), CROSS_ORIGIN, self._end(answer)))

    def _refused(self, operation: SignedOperation, refusal: Refusal) -> bytes:
        self._gate.meter.refused(operation.name)
        service, _, name = operation.name.partition(".")
        headers, answer = on_the_wire(refusal, OperationCall(service, name))
        lines = [b"%b: %b\r\n" % pair for pair in headers if pair[0] != b"content-length"]
        return b"".join((STATUS[refusal.status], *lines, CROSS_ORIGIN, self._end(answer)))

    def _end(self, answer: bytes) -> bytes:
        """Return a response from its length on."""
        now = int(time.time())
        if now != self._second:
            self._second, self._date = now, formatdate(now, usegmt=True).encode()
        return b"Content-Length: %d\r\ndate: %b\r\n\r\n%b" % (len(answer), self._date, answer)

    def _carry_out(self, operation: SignedOperation, body: bytes) -> Response:
        if operation.key:
            iam = self._gate.iam
            # MiniStack looks for the account of a role's key among its sessions.
            self._set_account(operation.key if iam is None else iam.account_of(operation.key))
        self._set_region(operation.region or None)
        self._set_address("127.0.0.1")
        if operation.trace is not None:
            use(operation.trace.decode("latin-1"))
        headers = {"x-amz-target": operation.target, "host": operation.host}
        if operation.reader is not None:
            headers["x-localcloud-reader"] = operation.reader.decode("latin-1")
        call = operation.module.handle_request("POST", "/", headers, body, {})
        try:
            call.send(None)
        except StopIteration as done:
            response: Response = done.value
            return response
        call.close()
        raise RuntimeError(f"{operation.name} waits for something: it cannot go the short way")
