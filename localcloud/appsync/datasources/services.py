"""Calls of AWS services that speak the JSON protocol, and their errors as AppSync words them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import aiohttp

from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.engine import Answer, EngineHttp
from localcloud.appsync.datasources.failures import DataSourceFailure
from localcloud.appsync.definition import JSON


@dataclass(frozen=True)
class Service:
    """An AWS service, as the SDK that AppSync uses calls it.

    Attributes
    ----------
    name
        How ``ctx.error.type`` begins.
    client
        How messages call it.
    signing, target, version
        Its name in signatures, what its operations' targets begin with, and the protocol's version.
    """

    name: str
    client: str
    signing: str
    target: str
    version: str


DYNAMODB: Final = Service("DynamoDB", "DynamoDb", "dynamodb", "DynamoDB_20120810", "1.0")
EVENTBRIDGE: Final = Service("EventBridge", "EventBridge", "events", "AWSEvents", "1.1")


class ServiceError(DataSourceFailure):
    """A service refused a call.

    Attributes
    ----------
    code
        Its error code without the name space, such as ``ConditionalCheckFailedException``.
    body
        The whole answer: some errors carry items.
    """

    def __init__(
        self, service: Service, code: str, message: str, body: Document, result: JSON = None
    ) -> None:
        # ValidationException is no modelled exception; the SDK has the service's general one for it, and so
        # has ctx.error.type.
        kind = f"{service.client}Exception" if code == "ValidationException" else code
        super().__init__(message, f"{service.name}:{kind}", result)
        self.service, self.code, self.body = service, code, body

    def with_result(self, result: JSON) -> ServiceError:
        """Return the same error with another ``ctx.result``."""
        return ServiceError(self.service, self.code, self.message, self.body, result)


def _object(text: str) -> Document:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _error(service: Service, answer: Answer) -> ServiceError:
    body = _object(answer.body)
    code = str(body.get("__type") or "InternalServerError").rpartition("#")[2]
    said = body.get("message") or body.get("Message") or code
    headers: Mapping[str, str] = {name.lower(): value for name, value in answer.headers.items()}
    request = headers.get("x-amzn-requestid", "unknown")
    message = f"{said} (Service: {service.client}, Status Code: {answer.status}, Request ID: {request})"
    return ServiceError(service, code, message, body)


async def call(
    http: EngineHttp, service: Service, operation: str, request: Document, region: str
) -> Document:
    """Call an operation of a service and return its answer.

    Raises
    ------
    ServiceError
        The service's name and the error's code.
    DataSourceFailure
        No answer came.
    """
    target = f"{service.target}.{operation}"
    try:
        answer = await http.json_api(service.signing, target, service.version, request, region)
    except TimeoutError:
        msg = "Execution timed out."
        raise DataSourceFailure(msg, "ExecutionTimeout") from None
    except aiohttp.ClientError as error:
        msg = f"{service.name} cannot be reached at {http.engine.endpoint}: {error}"
        raise DataSourceFailure(msg, f"{service.name}:SdkClientException") from None
    if answer.status >= 300:
        raise _error(service, answer)
    return _object(answer.body)
