"""A DynamoDB, SQS and Step Functions of our own for a test session: the local cloud's engine alone."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import boto3

from localcloud.network.ports import bind
from orders.adapters import clients
from orders.adapters.dynamodb_http import DynamoDBHttp
from orders.adapters.signing import Keys, Role

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-engine" / "bin" / "python"
ACCOUNT = "000000000000"
REGION = "us-east-1"


@dataclass(frozen=True)
class Engine:
    """Where it is, and boto3 clients that go there."""

    endpoint: str

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "for-tests-alone",
        }

    def _session(self) -> boto3.session.Session:
        return boto3.session.Session(
            aws_access_key_id=ACCOUNT, aws_secret_access_key="for-tests-alone", region_name=REGION
        )

    @cache  # noqa: B019
    def lean_dynamodb(self) -> DynamoDBClient:
        """The client of the hot path, which the adapters take for boto3's."""
        role = Role(Keys(ACCOUNT, "for-tests-alone", None))
        return cast("DynamoDBClient", DynamoDBHttp(REGION, role, endpoint=self.endpoint))

    # A client takes tens of milliseconds to make, and threads may share it.
    @lru_cache(maxsize=1)  # noqa: B019 - an engine lives as long as the session
    def dynamodb(self) -> DynamoDBClient:
        return self._session().client("dynamodb", endpoint_url=self.endpoint)

    @lru_cache(maxsize=1)  # noqa: B019
    def sqs(self) -> SQSClient:
        return self._session().client("sqs", endpoint_url=self.endpoint)

    @lru_cache(maxsize=1)  # noqa: B019
    def stepfunctions(self) -> SFNClient:
        return self._session().client("stepfunctions", endpoint_url=self.endpoint)


def forget_client() -> None:
    """Close the client that the composition roots share, and have the next one made for another engine."""
    if clients.dynamodb.cache_info().currsize:
        cast("DynamoDBHttp", clients.dynamodb()).close()
    clients.dynamodb.cache_clear()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_engine() -> Iterator[Engine]:
    """Start the engine, and end it by closing its standard input, as its parent's death would."""
    # Handed on, not let go: another process may take a port that nobody holds.
    bound = bind(0)
    port = bound.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "LOCALCLOUD_ENGINE_PORT": str(port),
        "LOCALCLOUD_ENGINE_SOCKET": str(bound.fileno()),
        "LOCALCLOUD_ACCOUNT": ACCOUNT,
        "LOCALCLOUD_REGION": REGION,
        # Nothing here invokes a function or makes an API.
        "LOCALCLOUD_LAMBDA_URL": "http://127.0.0.1:9",
        "LOCALCLOUD_CONTROL_URL": "http://127.0.0.1:9",
    }
    with bound:
        process = subprocess.Popen(
            [PYTHON, "-m", "localcloud.engine"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            pass_fds=(bound.fileno(),),
        )
    try:
        _wait(f"http://127.0.0.1:{port}/_localcloud/ready", process)
        yield Engine(f"http://127.0.0.1:{port}")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"the engine ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the engine did not answer within 30 s")


def make_connections_table(client: DynamoDBClient, name: str) -> None:
    """Make the connections table with the keys of ``appsync/template.yaml``."""
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )


def make_tables(client: DynamoDBClient, *, orders: str, fulfilment: str) -> None:
    """Make both tables with the keys and indexes of ``appsync/template.yaml``."""
    client.create_table(
        TableName=orders,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"}
            for name in ("pk", "sk", "ownerKey", "ownerSort", "pendingKey", "pendingSince")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byOwner",
                "KeySchema": [
                    {"AttributeName": "ownerKey", "KeyType": "HASH"},
                    {"AttributeName": "ownerSort", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "pending",
                "KeySchema": [
                    {"AttributeName": "pendingKey", "KeyType": "HASH"},
                    {"AttributeName": "pendingSince", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    client.create_table(
        TableName=fulfilment,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
