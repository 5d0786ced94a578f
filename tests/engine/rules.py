"""Changing an engine's faults and quotas while it runs, and reading its meter."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config

from tests.engine.world import ACCOUNT, REGION, World


def ask(world: World, method: str, page: str, document: object = None) -> tuple[int, Any]:
    """Send a request to one of the engine's own pages; return the status and the parsed answer."""
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=60)
    try:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        connection.request(method, f"/_localcloud/{page}", body=None if document is None else body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


@contextmanager
def faults(world: World, *faults: dict[str, Any], seed: int = 0) -> Iterator[None]:
    """Have calls fail while the block runs."""
    status, answer = ask(world, "PUT", "faults", {"seed": seed, "faults": faults})
    assert status == 200, answer
    try:
        yield
    finally:
        ask(world, "DELETE", "faults")


@contextmanager
def quotas(world: World, *quotas: dict[str, Any]) -> Iterator[None]:
    """Throttle calls while the block runs."""
    status, answer = ask(world, "PUT", "quotas", {"quotas": quotas})
    assert status == 200, answer
    try:
        yield
    finally:
        ask(world, "DELETE", "quotas")


def hits(world: World) -> list[int]:
    """How many calls each fault has hit."""
    return [fault["hits"] for fault in ask(world, "GET", "faults")[1]["faults"]]


@contextmanager
def patient(world: World, service: str, *, attempts: int = 3, mode: str = "standard") -> Iterator[Any]:
    """A client that tries again, as real ones do."""
    client = boto3.session.Session(
        aws_access_key_id=ACCOUNT, aws_secret_access_key="secret", region_name=REGION
    ).client(
        service,
        endpoint_url=world.endpoint,
        config=Config(
            retries={"total_max_attempts": attempts, "mode": mode}, s3={"addressing_style": "path"}
        ),
    )
    try:
        yield client
    finally:
        client.close()
