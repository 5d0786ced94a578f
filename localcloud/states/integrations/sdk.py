"""Any operation of any service, by botocore's own serializers and parsers."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from localcloud.states.integrations import failures, metadata, models
from localcloud.states.integrations.shapes import ArgumentReading, result_of
from localcloud.states.integrations.table import Integration
from localcloud.states.integrations.text import compact
from localcloud.states.integrations.transport import TaskReply, Transport
from localcloud.states.language.scope import Json

if TYPE_CHECKING:
    from botocore.model import OperationModel

# Services speak several; CBOR is the hardest to read in a log.
_PROTOCOLS: Final = ("json", "rest-json", "rest-xml", "query", "ec2", "smithy-rpc-v2-cbor")


@cache
def _protocol(service: str) -> str:
    model = models.service_model(service).metadata
    protocols = model.get("protocols") or [model["protocol"]]
    return next((protocol for protocol in _PROTOCOLS if protocol in protocols), str(model["protocol"]))


@cache
def _serializer(service: str) -> Any:
    from botocore.serialize import create_serializer  # noqa: PLC0415 - importing it takes a while

    # Whether members fit their shapes is tested while they are read.
    return create_serializer(_protocol(service), include_validation=False)


@cache
def _parser(service: str) -> Any:
    from botocore.parsers import create_parser  # noqa: PLC0415

    return create_parser(_protocol(service))


async def request(
    entry: Integration, arguments: dict[str, Json], transport: Transport
) -> tuple[Json, TaskReply]:
    """Send a request; return the result in Step Functions' spelling, and the reply.

    Raises
    ------
    StatesError
        The service refused, or the arguments do not fit its API.
    """
    operation = models.operation_model(entry.service, entry.operation)
    serialized = _serializer(entry.service).serialize_to_request(
        _members(entry, operation, arguments), operation
    )
    path, headers, body = _wire(serialized)
    reply = await transport.send(
        entry.service,
        entry.operation,
        method=str(serialized["method"]),
        path=path,
        headers=headers,
        body=body,
    )
    from botocore.awsrequest import HeadersDict  # noqa: PLC0415

    answer = {
        "status_code": reply.status,
        "headers": HeadersDict(reply.headers),
        "body": reply.body,
        "context": {"operation_name": entry.operation},
    }
    parsed = _parser(entry.service).parse(answer, operation.output_shape)
    if reply.status >= 300:
        raise _refusal(entry, arguments, parsed.get("Error") or {}, reply)
    if len(reply.body) > failures.LIMIT_BYTES:
        raise failures.too_large(entry)
    if operation.output_shape is None:
        return {}, reply
    return result_of(operation.output_shape, parsed), reply


async def call(entry: Integration, arguments: dict[str, Json], transport: Transport) -> Json:
    """Carry out an ``aws-sdk`` integration."""
    result, _reply = await request(entry, arguments, transport)
    return result


def _members(entry: Integration, operation: OperationModel, arguments: dict[str, Json]) -> dict[str, Any]:
    if operation.input_shape is None:
        return {}
    reading = ArgumentReading()
    members = reading.structure(operation.input_shape, arguments)
    if reading.faults:
        raise failures.unusable(compact(arguments), reading.faults)
    for token in operation.idempotent_members:
        members.setdefault(token, str(uuid.uuid4()))
    if _protocol(entry.service) == "json" and entry.service != "sqs":
        # These services share what validates a request; an engine has other words for it.
        missing = [name for name in operation.input_shape.required_members if name not in members]
        if missing:
            raise failures.validation(entry, missing)
    return members


def _wire(serialized: Mapping[str, Any]) -> tuple[str, dict[str, str], bytes]:
    """Return a serialized request's path with its query, its headers and its body."""
    query = serialized.get("query_string") or ""
    path = str(serialized.get("url_path") or "/")
    if query:
        encoded = query if isinstance(query, str) else urlencode(query, doseq=True, quote_via=quote)
        path += ("&" if "?" in path else "?") + encoded
    headers = {name: str(value) for name, value in serialized["headers"].items()}
    body = serialized.get("body") or b""
    if isinstance(body, dict):
        body = urlencode(body, quote_via=quote)
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
    return path, headers, body.encode() if isinstance(body, str) else bytes(body)


def _refusal(
    entry: Integration, arguments: dict[str, Json], error: Mapping[str, Json], reply: TaskReply
) -> Exception:
    # SQS names an error by its class and, in a header, as it did before it spoke JSON.
    code = str(error.get("QueryErrorCode") or error.get("Code") or reply.status)
    message = error.get("Message")
    if entry.service == "s3" and code == "404":
        # An answer to HEAD has no body to name the error in.
        code = "NoSuchKey" if "Key" in arguments else "NoSuchBucket"
    identifier = metadata.request_id(reply)
    extended = metadata.header(reply, "x-amz-id-2") or identifier
    return failures.failure(
        entry, code, str(message) if message else None, reply.status, identifier, extended=extended
    )
