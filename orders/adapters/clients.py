"""boto3 clients, made when first needed and kept: importing boto3 alone takes over 100 ms.

Where a client goes is boto3's own business: ``AWS_ENDPOINT_URL`` and the usual variables decide.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, cast, overload

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_kinesis import KinesisClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_xray import XRayClient

# A throttled start goes back to its queue, which waits better than a function that is paid for.
_ATTEMPTS = {"stepfunctions": 2, "lambda": 1}
# Who waits for another function waits for as long as that takes; a whole file takes its time, too.
_READ_SECONDS = {"lambda": 12.0, "s3": 20.0}


@lru_cache(maxsize=1)
def dynamodb() -> DynamoDBClient:
    """Return the process's client of DynamoDB for an order's hot path: six operations, without boto3."""
    from orders.adapters.dynamodb_http import DynamoDBHttp  # noqa: PLC0415 - http.client takes 25 ms

    # It has the methods, arguments, results and errors of boto3's that the adapters use.
    return cast("DynamoDBClient", DynamoDBHttp(os.environ["AWS_REGION"]))


@overload
def client(service: Literal["dynamodb"]) -> DynamoDBClient: ...
@overload
def client(service: Literal["dynamodbstreams"]) -> DynamoDBStreamsClient: ...
@overload
def client(service: Literal["events"]) -> EventBridgeClient: ...
@overload
def client(service: Literal["kinesis"]) -> KinesisClient: ...
@overload
def client(service: Literal["lambda"]) -> LambdaClient: ...
@overload
def client(service: Literal["s3"]) -> S3Client: ...
@overload
def client(service: Literal["sqs"]) -> SQSClient: ...
@overload
def client(service: Literal["stepfunctions"]) -> SFNClient: ...
@overload
def client(service: Literal["xray"]) -> XRayClient: ...


def client(service: str) -> object:
    """Return the process's one client of ``service``."""
    return _build(service)


@lru_cache(maxsize=8)
def _build(service: str) -> object:
    import boto3  # noqa: PLC0415 - see the module's docstring
    from botocore.config import Config  # noqa: PLC0415

    # A function has 10 s: what hangs must fail while there is time to say so. Every write here is
    # conditional or carries a token, so that botocore may repeat it.
    config = Config(
        connect_timeout=1,
        read_timeout=_READ_SECONDS.get(service, 2.5),
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS.get(service, 3)},
        tcp_keepalive=True,
    )
    built: object = boto3.session.Session().client(service, config=config)  # type: ignore[call-overload]
    return built
