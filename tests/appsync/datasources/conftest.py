"""The real engine, once for all tests here, and tables in it."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from urllib.error import URLError

import pytest

from localcloud.aws import EngineAddress, new_credentials
from localcloud.engine_process.environment import PROJECT, engine_python
from localcloud.network.ports import bind

ACCOUNT, REGION = "123456789012", "eu-west-1"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@pytest.fixture(scope="session")
def address() -> Iterator[EngineAddress]:
    bound = bind(0)
    port = bound.getsockname()[1]
    address = EngineAddress(f"http://127.0.0.1:{port}", REGION, ACCOUNT, new_credentials(ACCOUNT))
    process = subprocess.Popen(
        [engine_python(), "-m", "localcloud.engine"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(bound.fileno(),),
        env={
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTHONPATH": str(PROJECT),
            "LOCALCLOUD_ENGINE_PORT": str(port),
            "LOCALCLOUD_ENGINE_SOCKET": str(bound.fileno()),
            "LOCALCLOUD_ACCOUNT": ACCOUNT,
            "LOCALCLOUD_REGION": REGION,
            # Nothing here deploys functions or APIs: nobody listens.
            "LOCALCLOUD_LAMBDA_URL": "http://127.0.0.1:9",
            "LOCALCLOUD_CONTROL_URL": "http://127.0.0.1:9",
        },
    )
    bound.close()
    try:
        until = time.monotonic() + 60
        while not _answers(f"{address.endpoint}/_localcloud/ready"):
            assert process.poll() is None, "the engine ended"
            assert time.monotonic() < until, "the engine does not answer"
            time.sleep(0.02)
        yield address
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.terminate()
        process.wait(60)


@pytest.fixture
def table(address: EngineAddress, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty table with keys ``pk`` and ``sk`` and an index ``byOwner`` on ``owner`` and ``sk``."""
    client = address.client("dynamodb")
    name = f"T-{abs(hash(request.node.name)) % 10**9}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in ("pk", "sk", "owner")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "byOwner",
                "KeySchema": [
                    {"AttributeName": "owner", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    client.delete_table(TableName=name)
    client.close()


@pytest.fixture
def items(address: EngineAddress, table: str) -> Callable[[], list[dict[str, object]]]:
    """What is in the table, in DynamoDB's own form."""
    client = address.client("dynamodb")

    def read() -> list[dict[str, object]]:
        items = client.scan(TableName=table, ConsistentRead=True)["Items"]
        return sorted((dict(item) for item in items), key=lambda item: (str(item["pk"]), str(item["sk"])))

    return read
