"""The twelve operations of durable executions under ``/2025-12-01``, as AWS's model has them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote

from localcloud.functions.durable import documents, pauses, reading
from localcloud.functions.durable.errors import (
    CallbackClosed,
    DurableError,
    ExecutionConflict,
    InvalidParameter,
)
from localcloud.functions.durable.model import EXECUTION_STATUSES, Document, error_object
from localcloud.functions.errors import FunctionsError
from localcloud.functions.model import JSON, new_request_id
from localcloud.functions.registry import parse_reference
from localcloud.wire import Request, Response

if TYPE_CHECKING:
    from localcloud.functions.durable.execution import Execution
    from localcloud.functions.durable.permitting import Finds
    from localcloud.functions.durable.service import DurableExecutions

PREFIX: Final = "2025-12-01"
_MOST: Final = 1000
_USUAL: Final = 100
_CALLBACK_LIMIT: Final = 1_048_576


class DurableApi:
    """Answers requests to executions and callbacks."""

    def __init__(self, executions: DurableExecutions, functions: Finds) -> None:
        self._executions, self._functions = executions, functions

    async def answer(self, request: Request) -> Response:
        """Answer one request; a refusal is AWS's error document."""
        path = [unquote(part) for part in request.raw_path.split("/")[2:]]
        try:
            status, document = await self._route(request, path)
        except DurableError as error:
            return refusal(error.status, error.code, str(error))
        except FunctionsError as error:
            return refusal(404, "ResourceNotFoundException", str(error))
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": new_request_id()}
        return Response(status, json.dumps(document, separators=(",", ":")).encode(), headers)

    async def _route(  # noqa: PLR0911 - one for each operation
        self, request: Request, path: list[str]
    ) -> tuple[int, Document]:
        body = request.body
        query = parse_qs(request.raw_query, keep_blank_values=True)
        match [request.method, *path]:
            case ["POST", "durable-executions", arn, "checkpoint"]:
                document = reading.document_of(body)
                token = reading.text(document, "CheckpointToken") or ""
                client = reading.text(document, "ClientToken") or ""
                updates = document.get("Updates")
                return 200, await self._executions.checkpoints.checkpoint(arn, token, client, updates)
            case ["GET", "durable-executions", arn, "state"]:
                token, marker = _first(query, "CheckpointToken"), _first(query, "Marker")
                return 200, self._executions.checkpoints.state(arn, token, marker, _size(query))
            case ["GET", "durable-executions", arn, "history"]:
                return 200, self._history(self._executions.find(arn), query)
            case ["GET", "durable-executions", arn]:
                return 200, documents.description(self._executions.find(arn), data=_data(query))
            case ["DELETE", "durable-executions", arn]:
                return 202, self._delete(self._executions.find(arn))
            case ["POST", "durable-executions", arn, "stop"]:
                return 200, self._stop(self._executions.find(arn), body)
            case ["POST", "durable-executions", arn, ("pause" | "resume") as verb]:
                self._pause(self._executions.find(arn), verb, reading.document_of(body))
                return 202, {}
            case ["POST", "durable-execution-callbacks", key, ("succeed" | "fail" | "heartbeat") as verb]:
                self._callback(key, verb, body)
                return 200, {}
            case ["GET", "functions", name, "durable-executions"]:
                await self._functions.find(parse_reference(parse_reference(name).name))
                return 200, self._list(name, query)
            case _:
                raise InvalidParameter(f"{request.method} {request.path} is no operation of this API")

    def _history(self, execution: Execution, query: dict[str, list[str]]) -> Document:
        events = execution.events
        backward = _first(query, "ReverseOrder") == "true"
        first = reading.offset(_first(query, "Marker"), "h")
        ordered = reversed(events) if backward else iter(events)
        rest = islice(ordered, first, None)
        data = _data(query)
        page, count = documents.page(
            (documents.event_document(event, execution, data=data) for event in rest), _size(query)
        )
        return _paged("Events", page, first + count, len(events), "h")

    def _delete(self, execution: Execution) -> Document:
        if execution.live:
            raise ExecutionConflict(
                f"The durable execution is {execution.status}: only an ended one is deleted."
            )
        self._executions.remove(execution)
        return {"DeletionRequestTimestamp": documents.seconds(self._executions.now())}

    def _stop(self, execution: Execution, body: bytes) -> Document:
        now = self._executions.now()
        if execution.live:
            document = reading.document_of(body)
            error = reading.error_member(document) or error_object("Execution.Stopped", "Execution stopped")
            execution.finish("STOPPED", now, error=error)
            self._executions.moved(execution)
        return {"StopTimestamp": documents.seconds(execution.ended or now)}

    def _pause(self, execution: Execution, verb: str, document: Document) -> None:
        now, reason = self._executions.now(), reading.text(document, "Reason")
        if verb == "pause":
            pauses.pause(execution, now, reason, timeout=document.get("ExecutionTimeoutPaused") is not False)
        else:
            pauses.resume(execution, now, reason)
        self._executions.moved(execution)

    def _callback(self, key: str, verb: str, body: bytes) -> None:
        execution, operation = self._executions.callback(key)
        if not operation.open or not execution.live:
            raise CallbackClosed("The callback has expired or has already been closed.")
        now = self._executions.now()
        if verb == "heartbeat":
            if operation.heartbeat:
                operation.heartbeat_due = now + operation.heartbeat
                execution.unsaved[operation.id] = None
        elif verb == "succeed":
            if len(body) > _CALLBACK_LIMIT:
                raise InvalidParameter(f"The result must not be larger than {_CALLBACK_LIMIT} bytes.")
            text = body.decode("utf-8", "replace")
            execution.end_operation(operation, "SUCCEEDED", now, result=text, external=True)
        else:
            if len(body) > _CALLBACK_LIMIT:
                raise InvalidParameter(f"The error must not be larger than {_CALLBACK_LIMIT} bytes.")
            error = reading.error_member(reading.document_of(body))
            execution.end_operation(operation, "FAILED", now, error=error, external=True)
        self._executions.moved(execution)

    def _list(self, name: str, query: dict[str, list[str]]) -> Document:
        reference = parse_reference(name)
        qualifier = _first(query, "Qualifier") or reference.qualifier
        statuses = query.get("Statuses", [])
        for status in statuses:
            if status not in EXECUTION_STATUSES:
                raise InvalidParameter(f"{status} is no status of an execution")
        requested = _first(query, "DurableExecutionName")
        after, before = _moment(query, "StartedAfter"), _moment(query, "StartedBefore")
        listed = [
            execution
            for execution in self._executions.executions()
            if execution.function == reference.name
            and (not qualifier or qualifier in (execution.version, execution.function_arn.split(":")[-1]))
            and (not requested or execution.name == requested)
            and (not statuses or execution.status in statuses)
            and (after is None or execution.started > after)
            and (before is None or execution.started < before)
        ]
        if _first(query, "ReverseOrder") != "true":  # the newest come first
            listed.reverse()
        first = reading.offset(_first(query, "Marker"), "l")
        rows: Iterable[Document] = (documents.execution_document(execution) for execution in listed[first:])
        page, count = documents.page(rows, _size(query))
        return _paged("DurableExecutions", page, first + count, len(listed), "l")


def refusal(status: int, code: str, message: str) -> Response:
    """Return AWS's answer to a request that is refused."""
    document = {"Type": "User" if status < 500 else "Service", "Message": message, "message": message}
    headers = {
        "Content-Type": "application/json",
        "x-amzn-ErrorType": code,
        "x-amzn-RequestId": new_request_id(),
    }
    return Response(status, json.dumps(document).encode(), headers)


def _paged(name: str, page: list[JSON], position: int, total: int, kind: str) -> Document:
    document: Document = {name: page}
    if position < total:
        document["NextMarker"] = f"{kind}{position}"
    return document


def _first(query: dict[str, list[str]], name: str) -> str:
    return query.get(name, [""])[0]


def _data(query: dict[str, list[str]]) -> bool:
    return _first(query, "IncludeExecutionData") != "false"


def _size(query: dict[str, list[str]]) -> int:
    text = _first(query, "MaxItems") or "0"
    if not text.isdecimal() or int(text) > _MOST:
        raise InvalidParameter(f"MaxItems must be a whole number from 0 to {_MOST}")
    return int(text) or _USUAL


def _moment(query: dict[str, list[str]], name: str) -> float | None:
    text = _first(query, name)
    if not text:
        return None
    try:
        return float(text) if text.replace(".", "").isdecimal() else datetime.fromisoformat(text).timestamp()
    except ValueError as error:
        raise InvalidParameter(f"{name} is no moment: {text}") from error
