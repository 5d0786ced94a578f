"""A client with the methods that boto3's has, of which a few need no boto3."""

from __future__ import annotations

import http.client
import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, overload
from urllib.parse import quote, urlencode
from weakref import WeakValueDictionary

from botocore.exceptions import ClientError, EndpointConnectionError

from localcloud.aws.address import EngineAddress
from localcloud.aws.plain.forms import error_of, form_of, result_of
from localcloud.aws.plain.http import Connections, Reply
from localcloud.aws.plain.operations import SERVICES, Operation, Service
from localcloud.aws.signing import is_plain, signed

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_appsync import AppSyncClient
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client

_MEMBER: Final = re.compile(r"\{(\w+)\}")
_FORM: Final = "application/x-www-form-urlencoded; charset=utf-8"


# Shared by all clients of an engine, and closed with the last of them.
_SHARED: Final[WeakValueDictionary[str, Connections]] = WeakValueDictionary()


class PlainClient:
    """A client of a service at the engine; what it cannot do itself, boto3's does.

    Parameters
    ----------
    engine
        Where it is, and who calls.
    name
        The service, as boto3 names it.
    """

    def __init__(self, engine: EngineAddress, name: str) -> None:
        self._engine, self._name = engine, name
        self._service = SERVICES[name]
        self._connections = _SHARED.setdefault(engine.endpoint, Connections(engine.endpoint))
        self._whole: Any = None

    def __getattr__(self, attribute: str) -> Any:
        """Return the method of an operation; any other attribute is that of boto3's client."""
        operation = self._service.operations.get(attribute)
        if operation is None:
            return getattr(self._boto3(), attribute)

        def call(**arguments: object) -> Any:
            request = self._request(operation, arguments)
            if request is None:
                return getattr(self._boto3(), attribute)(**arguments)
            return self._answer(operation, self._send(operation, *request))

        return call

    def get_paginator(self, method: str) -> Any:
        """Return what goes through the pages of an operation."""
        operation = self._service.operations.get(method)
        if operation is None or operation.pages is None:
            return self._boto3().get_paginator(method)
        return _Pages(getattr(self, method), operation.pages)

    def _boto3(self) -> Any:
        if self._whole is None:
            self._whole = self._engine.client(self._name)  # type: ignore[call-overload] # one of its services
        return self._whole

    def _request(self, operation: Operation, arguments: dict[str, object]) -> tuple[str, str, bytes] | None:
        """Return path, query and body; None where it takes more than is written here."""
        if not operation.path:
            return "/", "", form_of(self._service, operation, arguments)
        members = {*_MEMBER.findall(operation.path)} | ({operation.body} if operation.body else set())
        if not members <= arguments.keys() <= {*members, *operation.query}:
            return None
        path = _MEMBER.sub(lambda match: str(arguments[match[1]]), operation.path)
        query = {name: _texts(arguments[name]) for name in sorted(operation.query) if name in arguments}
        body = arguments.get(operation.body, b"")
        # A dot in a name is a dot, but for the names that are nothing else.
        plain = is_plain(path) or (is_plain(path.replace(".", "-")) and "/." not in path)
        if not plain or not isinstance(body, bytes):
            return None
        return path, urlencode(query, doseq=True, quote_via=quote, safe="~"), body

    def _send(self, operation: Operation, path: str, query: str, body: bytes) -> Reply:
        method = operation.method if operation.path else "POST"
        headers = signed(
            *(method, self._connections.host, path, body, {} if operation.path else {"Content-Type": _FORM}),
            credentials=self._engine.credentials,
            service=self._name,
            region=self._engine.region,
            query=query,
        )
        target = f"{path}?{query}" if query else path
        try:
            reply = self._connections.send(method, target, headers, body)
        except (OSError, http.client.HTTPException) as error:
            raise EndpointConnectionError(endpoint_url=self._engine.endpoint, error=error) from error
        if reply.status >= 300:
            code, message = _json_error(reply) if self._service.json else error_of(reply.body)
            raise ClientError(
                {
                    "Error": {"Code": code or str(reply.status), "Message": message},
                    "ResponseMetadata": {"HTTPStatusCode": reply.status},  # type: ignore[typeddict-item]
                },
                operation.name,
            )
        return reply

    def _answer(self, operation: Operation, reply: Reply) -> dict[str, Any]:
        if not operation.path:
            return result_of(self._service, operation, reply.body)
        if operation.payload:
            return {operation.payload: io.BytesIO(reply.body)}
        if not self._service.json:
            return {}
        document: dict[str, Any] = json.loads(reply.body or b"{}", object_hook=_with_times(self._service))
        names = operation.renamed or {}
        return {names.get(name, name): value for name, value in document.items()}


class _Pages:
    """Goes through the pages of an operation."""

    def __init__(self, call: Callable[..., dict[str, Any]], tokens: tuple[str, str]) -> None:
        self._call, self._tokens = call, tokens

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Yield each page."""
        takes, gives = self._tokens
        size = arguments.pop("PaginationConfig", {}).get("PageSize")
        if size is not None:
            arguments["limit"] = size
        while True:
            page = self._call(**arguments)
            yield page
            if not page.get(gives):
                return
            arguments[takes] = page[gives]


def _texts(value: object) -> list[str]:
    """Return a member of a query as it is written there; one that is a list comes several times."""
    values = value if isinstance(value, list) else [value]
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in values]


def _with_times(service: Service) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def read(document: dict[str, Any]) -> dict[str, Any]:
        for name in service.times & document.keys():
            value = document[name]
            if isinstance(value, int | float):
                document[name] = datetime.fromtimestamp(value, UTC)
        return {name: value for name, value in document.items() if value is not None}

    return read


def _json_error(reply: Reply) -> tuple[str, str]:
    """Return the code and the message of an error in JSON."""
    try:
        document = json.loads(reply.body or b"{}")
    except ValueError:
        document = {}
    values = document if isinstance(document, dict) else {}
    code = str(reply.headers.get("x-amzn-errortype") or values.get("code") or values.get("__type") or "")
    message = str(values.get("message") or values.get("Message") or "")
    return code.partition(":")[0].rpartition("#")[2], message


@overload
def plain_client(engine: EngineAddress, service: Literal["apigateway"]) -> APIGatewayClient: ...
@overload
def plain_client(engine: EngineAddress, service: Literal["appsync"]) -> AppSyncClient: ...
@overload
def plain_client(engine: EngineAddress, service: Literal["cloudformation"]) -> CloudFormationClient: ...
@overload
def plain_client(engine: EngineAddress, service: Literal["lambda"]) -> LambdaClient: ...
@overload
def plain_client(engine: EngineAddress, service: Literal["s3"]) -> S3Client: ...


def plain_client(engine: EngineAddress, service: str) -> object:
    """Return a client of which the operations of the start need no boto3."""
    return PlainClient(engine, service)
