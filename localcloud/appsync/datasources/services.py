"""Calls of AWS services that speak the JSON protocol, and their errors as AppSync words them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.engine import EngineHttp
from localcloud.appsync.datasources.failures import DataSourceFailure
from localcloud.appsync.definition import JSON
from localcloud.calls import JsonService, NoAnswer, ServiceRefused, TimedOut


@dataclass(frozen=True)
class AwsService:
    """An AWS service, as the SDK that AppSync uses calls it.

    Attributes
    ----------
    name
        How ``ctx.error.type`` begins.
    client
        How messages call it.
    api
        How it is called.
    """

    name: str
    client: str
    api: JsonService


DYNAMODB: Final = AwsService("DynamoDB", "DynamoDb", JsonService("dynamodb", "DynamoDB_20120810"))
EVENTBRIDGE: Final = AwsService("EventBridge", "EventBridge", JsonService("events", "AWSEvents", "1.1"))


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
        self, service: AwsService, code: str, message: str, body: Document, result: JSON = None
    ) -> None:
        # ValidationException is no modelled exception; the SDK has the service's general one for it, and so
        # has ctx.error.type.
        kind = f"{service.client}Exception" if code == "ValidationException" else code
        super().__init__(message, f"{service.name}:{kind}", result)
        self.service, self.code, self.body = service, code, body

    def with_result(self, result: JSON) -> ServiceError:
        """Return the same error with another ``ctx.result``."""
        return ServiceError(self.service, self.code, self.message, self.body, result)


def _error(service: AwsService, refused: ServiceRefused) -> ServiceError:
    detail = f"Service: {service.client}, Status Code: {refused.status}, Request ID: {refused.request_id}"
    return ServiceError(service, refused.code, f"{refused.message} ({detail})", refused.body)


async def call(
    http: EngineHttp, service: AwsService, operation: str, request: Document, region: str
) -> Document:
    """Call an operation of a service and return its answer.

    Raises
    ------
    ServiceError
        The service's name and the error's code.
    DataSourceFailure
        No answer came.
    """
    try:
        return await http.api.call(service.api, operation, request, region=region)
    except ServiceRefused as refused:
        raise _error(service, refused) from None
    except TimedOut:
        msg = "Execution timed out."
        raise DataSourceFailure(msg, "ExecutionTimeout") from None
    except NoAnswer as error:
        msg = f"{service.name} cannot be reached at {http.engine.endpoint}: {error}"
        raise DataSourceFailure(msg, f"{service.name}:SdkClientException") from None
