"""Lambda functions invoked through the Invoke API, from a process of its own."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from bench.cloud import Cloud
from clients import reading

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

PATIENCE = 150  # seconds for an answer


@dataclass(frozen=True, slots=True)
class Invocation:
    """An invocation of ``bench/burst``'s function, and its answer; times by ``time.monotonic``.

    Attributes
    ----------
    environment
        The process that answered; None when it failed.
    first
        Whether it was that environment's first.
    processor
        What the environment had used by then, in milliseconds.
    """

    function: str
    sent: float
    answered: float
    environment: int | None = None
    first: bool = False
    processor: float = 0.0
    failure: str | None = None


def functions(cloud: Cloud) -> list[str]:
    """Return the names of the functions in the stack's outputs."""
    outputs = reading.mapping(cloud.document().get("outputs"), "outputs")
    return [reading.text(outputs[name], name) for name in sorted(outputs)]


def invoke(cloud: Cloud, names: Sequence[str], at_once: int) -> list[Invocation]:
    """Invoke functions, so many at the same time, in this order; return what each invocation gave."""
    client = _client(cloud, at_once)
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda name: _invoke(client, name), names))


def _client(cloud: Cloud, connections: int) -> LambdaClient:
    document = cloud.document()
    key = reading.mapping(document.get("credentials"), "credentials")
    # Repeated invocations would be counted as one.
    config = Config(
        max_pool_connections=connections, read_timeout=PATIENCE, retries={"total_max_attempts": 1}
    )
    return boto3.session.Session(
        aws_access_key_id=reading.text(key.get("access_key_id"), "access_key_id"),
        aws_secret_access_key=reading.text(key.get("secret_access_key"), "secret_access_key"),
        region_name=reading.text(document.get("region"), "region"),
    ).client("lambda", endpoint_url=reading.text(document.get("engine"), "engine"), config=config)


def _invoke(client: LambdaClient, name: str) -> Invocation:
    sent = time.monotonic()
    try:
        response = client.invoke(FunctionName=name, Payload=b"{}")
        payload = response["Payload"].read().decode()
    except (BotoCoreError, ClientError) as error:
        return Invocation(name, sent, time.monotonic(), failure=str(error))
    answered = time.monotonic()
    if response.get("FunctionError"):
        return Invocation(name, sent, answered, failure=payload)
    answer = reading.mapping(json.loads(payload), "answer")
    return Invocation(
        name,
        sent,
        answered,
        reading.whole(answer.get("environment"), "environment"),
        answer.get("first") is True,
        float(str(answer.get("processor_ms"))),
    )
