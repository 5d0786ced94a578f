"""boto3 clients, made when first needed and kept: importing boto3 alone takes over 100 ms.

Where a client goes is boto3's own business: ``AWS_ENDPOINT_URL`` and the usual variables decide.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, overload

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient


@overload
def client(service: Literal["dynamodb"]) -> DynamoDBClient: ...
@overload
def client(service: Literal["sqs"]) -> SQSClient: ...
@overload
def client(service: Literal["stepfunctions"]) -> SFNClient: ...


def client(service: str) -> object:
    """Return the process's one client of ``service``."""
    return _made(service)


@lru_cache(maxsize=8)
def _made(service: str) -> object:
    import boto3  # noqa: PLC0415 - see the module's docstring
    from botocore.config import Config  # noqa: PLC0415

    # A task has seconds, not botocore's default of a minute per attempt. Standard retries back
    # off with jitter; every write here is conditional or carries a token, so a repeat is safe.
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 4},
        tcp_keepalive=True,
    )
    made: object = boto3.session.Session().client(service, config=config)  # type: ignore[call-overload]
    return made
