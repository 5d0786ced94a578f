"""Calls of DynamoDB's API, and its errors as AppSync words them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import aiohttp

from localcloud.appsync.datasources.documents import Document
from localcloud.appsync.datasources.engine import Answer, EngineHttp
from localcloud.appsync.datasources.failures import DataSourceFailure
from localcloud.appsync.definition import JSON


class DynamoDBError(DataSourceFailure):
    """DynamoDB refused a call.

    Attributes
    ----------
    code
        Its error code without the name space, such as ``ConditionalCheckFailedException``.
    body
        The whole answer: some errors carry items.
    """

    def __init__(self, code: str, message: str, body: Document, result: JSON = None) -> None:
        # ValidationException is no modelled exception of DynamoDB's; the SDK that AppSync uses has the
        # general one for it, and so has ctx.error.type.
        kind = "DynamoDbException" if code == "ValidationException" else code
        super().__init__(message, f"DynamoDB:{kind}", result)
        self.code, self.body = code, body


def _object(text: str) -> Document:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _error(answer: Answer) -> DynamoDBError:
    body = _object(answer.body)
    code = str(body.get("__type") or "InternalServerError").rpartition("#")[2]
    said = body.get("message") or body.get("Message") or code
    headers: Mapping[str, str] = {name.lower(): value for name, value in answer.headers.items()}
    request = headers.get("x-amzn-requestid", "unknown")
    message = f"{said} (Service: DynamoDb, Status Code: {answer.status}, Request ID: {request})"
    return DynamoDBError(code, message, body)


async def call(http: EngineHttp, operation: str, request: Document, region: str) -> Document:
    """Call an operation of DynamoDB's API and return its answer.

    Raises
    ------
    DynamoDBError
        ``DynamoDB:`` and the error's code.
    DataSourceFailure
        No answer came.
    """
    try:
        answer = await http.json_api("dynamodb", f"DynamoDB_20120810.{operation}", "1.0", request, region)
    except TimeoutError:
        msg = "Execution timed out."
        raise DataSourceFailure(msg, "ExecutionTimeout") from None
    except aiohttp.ClientError as error:
        msg = f"DynamoDB cannot be reached at {http.engine.endpoint}: {error}"
        raise DataSourceFailure(msg, "DynamoDB:SdkClientException") from None
    if answer.status >= 300:
        raise _error(answer)
    return _object(answer.body)
