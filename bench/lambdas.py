"""A client of the local Lambda service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3

from demo.ready import Ready

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


def client_of(ready: Ready) -> LambdaClient:
    """Return a client for the cloud of a ready file."""
    return boto3.session.Session(
        aws_access_key_id=ready.access_key_id,
        aws_secret_access_key=ready.secret_access_key,
        region_name=ready.region,
    ).client("lambda", endpoint_url=ready.engine)
