"""The six DynamoDB operations of an order's hot path, by signed POSTs: boto3's client in small.

An order makes six of these calls in its tasks. Through boto3 each costs 1.2 ms of processor time, a
quarter of that here, and its client takes 300 ms of every cold start. Method names, arguments, results
and the errors' documents are boto3's, so either serves the adapters; a test compares the two.

Requests are repeated as botocore's standard mode does: three attempts, with a random wait that doubles,
after throttles, server errors and lost connections. A lost answer may belong to a write that succeeded,
as with boto3: every write here is conditional or carries a token.

Source of the protocol: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from orders.adapters.endpoints import dynamodb_endpoint
from orders.adapters.http import HttpPool, Response
from orders.adapters.signing import Role, Signer
from orders.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from mypy_boto3_dynamodb import type_defs as types

ATTEMPTS = 3
SECONDS = 2.5
"""For one attempt: a function has 10 s, and must fail while there is time to say so."""

FIRST_WAIT = 0.05
"""Seconds; AWS's SDKs wait less for DynamoDB than for other services."""

LARGEST = 17 * 1024 * 1024
"""Bytes of an answer: BatchGetItem's 16 MB, and the JSON around them."""

# Made once: `json.dumps` makes an encoder for each request that is not written its usual way.
_encode = json.JSONEncoder(separators=(",", ":")).encode

THROTTLES = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


class ServiceError(Exception):
    """DynamoDB refused a request; ``response`` is what botocore's ``ClientError`` has."""

    def __init__(self, operation: str, code: str, document: Mapping[str, Any]) -> None:
        message = str(document.get("message") or document.get("Message") or "")
        super().__init__(f"An error occurred ({code}) when calling the {operation} operation: {message}")
        self.code = code
        self.response = {**document, "Error": {"Code": code, "Message": message}}


class ConditionalCheckFailed(ServiceError):
    """The item is not as the condition wants it."""


class TransactionCanceled(ServiceError):
    """One of the writes was refused, so none happened."""


class TransactionInProgress(ServiceError):
    """The same transaction is still at work."""


class Exceptions:
    """Named as boto3's client names them: ``client.exceptions.…``."""

    ConditionalCheckFailedException = ConditionalCheckFailed
    TransactionCanceledException = TransactionCanceled
    TransactionInProgressException = TransactionInProgress


class ServiceUnreachable(Exception):
    """DynamoDB did not answer in time, or the connection broke, three times in a row."""


class DynamoDBPosts:
    """Signed POSTs to a region's DynamoDB, each sent once, over connections that are kept.

    Parameters
    ----------
    region : str
        Where the tables are; ``AWS_ENDPOINT_URL`` leads elsewhere.
    role : Role, optional
        Who signs.
    endpoint : str, optional
        Where to go instead.
    largest : int
        Bytes of an answer that are read.
    """

    def __init__(
        self, region: str, role: Role | None = None, *, endpoint: str | None = None, largest: int = LARGEST
    ) -> None:
        self._pool = HttpPool(endpoint or dynamodb_endpoint(region), largest=largest)
        self._url = f"{self._pool.origin}{self._pool.path}"
        self._signer = Signer("dynamodb", region, role)

    def prepare(self) -> None:
        """Find the role's credentials, and the key that signs today."""
        self._signer.sign(self._url, b"", {})

    def post(self, operation: str, request: Mapping[str, object], *, deadline: float) -> Response:
        """Send a request, and return its answer before ``deadline``, a reading of ``time.monotonic()``.

        Raises
        ------
        PublishFailed, PublishLate
        """
        body = _encode(request).encode()
        headers = self._signer.sign(
            self._url,
            body,
            {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"DynamoDB_20120810.{operation}"},
        )
        return self._pool.post(body, headers, deadline=deadline)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()


class DynamoDBHttp:
    """DynamoDB over connections that are kept. Threads may share it.

    Parameters
    ----------
    region : str
        Where the tables are; ``AWS_ENDPOINT_URL`` leads elsewhere.
    role : Role, optional
        Who signs.
    endpoint : str, optional
        Where to go instead.
    seconds : float
        For one attempt.
    sleep : callable
        Waits some seconds between attempts.

    Examples
    --------
    >>> client = DynamoDBHttp("eu-west-1")
    >>> client.get_item(TableName="orders", Key={"pk": {"S": "ORDER#1"}}).get("Item")  # doctest: +SKIP
    """

    exceptions = Exceptions

    def __init__(
        self,
        region: str,
        role: Role | None = None,
        *,
        endpoint: str | None = None,
        seconds: float = SECONDS,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._posts = DynamoDBPosts(region, role, endpoint=endpoint)
        self._seconds = seconds
        self._sleep = sleep

    def prepare(self) -> None:
        """Find the role's credentials, and the key that signs today."""
        self._posts.prepare()

    def get_item(self, **request: Unpack[types.GetItemInputTypeDef]) -> types.GetItemOutputTypeDef:
        """Read one item."""
        return cast("types.GetItemOutputTypeDef", self._call("GetItem", request))

    def put_item(self, **request: Unpack[types.PutItemInputTypeDef]) -> types.PutItemOutputTypeDef:
        """Write one item."""
        return cast("types.PutItemOutputTypeDef", self._call("PutItem", request))

    def update_item(self, **request: Unpack[types.UpdateItemInputTypeDef]) -> types.UpdateItemOutputTypeDef:
        """Change one item."""
        return cast("types.UpdateItemOutputTypeDef", self._call("UpdateItem", request))

    def query(self, **request: Unpack[types.QueryInputTypeDef]) -> types.QueryOutputTypeDef:
        """Read items of one partition."""
        return cast("types.QueryOutputTypeDef", self._call("Query", request))

    def batch_get_item(
        self, **request: Unpack[types.BatchGetItemInputTypeDef]
    ) -> types.BatchGetItemOutputTypeDef:
        """Read up to 100 items."""
        return cast("types.BatchGetItemOutputTypeDef", self._call("BatchGetItem", request))

    def transact_write_items(
        self, **request: Unpack[types.TransactWriteItemsInputTypeDef]
    ) -> types.TransactWriteItemsOutputTypeDef:
        """Write several items, or none."""
        # One token for all attempts, as botocore gives one: a repeat writes nothing twice.
        request.setdefault("ClientRequestToken", str(uuid.uuid4()))
        return cast("types.TransactWriteItemsOutputTypeDef", self._call("TransactWriteItems", request))

    def close(self) -> None:
        """Close the connections that are kept."""
        self._posts.close()

    def _call(self, operation: str, request: Mapping[str, object]) -> Mapping[str, Any]:
        for attempt in range(1, ATTEMPTS + 1):
            if attempt > 1:
                self._sleep(random.uniform(0, FIRST_WAIT * 2**attempt))  # noqa: S311 - spreads retries
            try:
                response = self._posts.post(operation, request, deadline=time.monotonic() + self._seconds)
            except PublishError as error:
                if attempt == ATTEMPTS:
                    raise ServiceUnreachable(f"{operation}: {error}") from error
                continue
            document = _document(response)
            if response.status == 200 and document is not None:
                return document
            failure = _failure(operation, response.status, document or {})
            # A 200 without JSON is no answer of DynamoDB's: what came between lost it.
            passing = response.status in {200, 500, 502, 503, 504} or failure.code in THROTTLES
            if attempt == ATTEMPTS or not passing:
                raise failure
        raise AssertionError("the last attempt returns or raises")


def _document(response: Response) -> Mapping[str, Any] | None:
    """Return the answer's JSON object; None when it is none, as what a proxy says."""
    try:
        document = json.loads(response.body)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _failure(operation: str, status: int, document: Mapping[str, Any]) -> ServiceError:
    code = error_code(document) or str(status)
    kind = getattr(Exceptions, code, ServiceError)
    return cast("ServiceError", kind(operation, code, document))


def error_code(document: Mapping[str, Any]) -> str:
    """Return the name of a document's error, without its namespace; empty where it has none."""
    return str(document.get("__type", "")).rpartition("#")[2]
