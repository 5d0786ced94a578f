"""The client of the hot path: boto3's results and errors, botocore's patience."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from orders.adapters.dynamodb_http import (
    ATTEMPTS,
    ConditionalCheckFailed,
    DynamoDBHttp,
    ServiceError,
    ServiceUnreachable,
    TransactionCanceled,
)
from orders.adapters.signing import Keys, Role
from tests.orders.engine import REGION, Engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROLE = Role(Keys("AKIDEXAMPLE", "for-tests-alone", None))
ITEM = {
    "pk": {"S": "ORDER#1"}, "sk": {"S": "STATE"}, "status": {"S": "RÉ\u2028CEIVED"}, "version": {"N": "1"},
    "history": {"L": [{"M": {"at": {"S": "now"}}}]}, "none": {"NULL": True}, "yes": {"BOOL": False},
}  # fmt: skip
KEY = {"pk": ITEM["pk"], "sk": ITEM["sk"]}
PUT = {"Item": ITEM, "ConditionExpression": "attribute_not_exists(pk)"}


def requests(table: str) -> dict[str, Callable[[DynamoDBClient], Any]]:
    """Every operation, as adapters call it; in this order."""
    twice = {"Put": {"TableName": table, **PUT, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}}
    return {
        "no item": lambda client: client.get_item(TableName=table, Key=KEY, ConsistentRead=True),
        "put": lambda client: client.put_item(TableName=table, **PUT, ReturnValues="ALL_OLD"),
        "get": lambda client: client.get_item(TableName=table, Key=KEY, ConsistentRead=True),
        "update": lambda client: client.update_item(
            TableName=table,
            Key=KEY,
            UpdateExpression="SET version = version + :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
            ReturnValues="ALL_NEW",
        ),
        "query": lambda client: client.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": ITEM["pk"]},
        ),
        "batch": lambda client: client.batch_get_item(
            RequestItems={table: {"Keys": [KEY], "ProjectionExpression": "version"}}
        ),
        "refused put": lambda client: client.put_item(TableName=table, **PUT),
        "refused transaction": lambda client: client.transact_write_items(TransactItems=[twice]),
        "invalid": lambda client: client.get_item(TableName=table, Key={"pk": {"S": "alone"}}),
        "no table": lambda client: client.get_item(TableName="none", Key=KEY),
    }


def outcome(call: Callable[[DynamoDBClient], Any], client: DynamoDBClient) -> Any:
    try:
        result = call(client)
    except Exception as error:  # two trees of errors, compared by their documents
        response = error.response  # type: ignore[attr-defined]
        return str(error), response["Error"], response.get("CancellationReasons"), response.get("Item")
    return {name: value for name, value in result.items() if name != "ResponseMetadata"}


@pytest.mark.integration
def test_client_answers_and_fails_like_boto3(engine: Engine, orders_table: str) -> None:
    first = {name: outcome(call, engine.lean_dynamodb()) for name, call in requests(orders_table).items()}
    engine.dynamodb().delete_item(TableName=orders_table, Key=KEY)  # type: ignore[arg-type]
    second = {name: outcome(call, engine.dynamodb()) for name, call in requests(orders_table).items()}
    assert first == second


@pytest.mark.integration
def test_client_raises_the_errors_that_adapters_catch(engine: Engine, orders_table: str) -> None:
    client, calls = engine.lean_dynamodb(), requests(orders_table)
    calls["put"](client)
    with pytest.raises(client.exceptions.ConditionalCheckFailedException):
        calls["refused put"](client)
    with pytest.raises(TransactionCanceled) as refused:
        calls["refused transaction"](client)
    assert refused.value.response["CancellationReasons"][0]["Item"] == ITEM
    with pytest.raises(ServiceError) as invalid:
        calls["invalid"](client)
    assert not isinstance(invalid.value, ConditionalCheckFailed)


class Scripted:
    """A server that answers each request as it is scripted; None closes the connection."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, bytes] | None] = []
        self.bodies: list[Any] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self) -> None:
                owner.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                answer = owner.answers.pop(0)
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                self.send_header("content-length", str(len(answer[1])))
                self.end_headers()
                self.wfile.write(answer[1])

            def log_message(self, format: str, *args: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    running = Scripted()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def client(scripted: Scripted, waits: list[float]) -> Iterator[DynamoDBHttp]:
    dynamo_client = DynamoDBHttp(REGION, ROLE, endpoint=scripted.url, seconds=20, sleep=waits.append)
    yield dynamo_client
    dynamo_client.close()


def refusal(code: str, status: int = 400) -> tuple[int, bytes]:
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return status, json.dumps({"__type": kind, "message": "no"}).encode()


ITEM_ANSWER = (200, b'{"Item":{"pk":{"S":"a"}}}')


@pytest.mark.parametrize(
    "passing",
    [
        refusal("ThrottlingException"),
        refusal("ProvisionedThroughputExceededException"),
        refusal("TransactionInProgressException"),
        refusal("InternalServerError", 500),
        (503, b"<html>no"),
        (200, b"<html>proxy"),
    ],
)
def test_client_retries_temporary_failures(
    client: DynamoDBHttp, scripted: Scripted, waits: list[float], passing: tuple[int, bytes]
) -> None:
    scripted.answers = [passing, passing, ITEM_ANSWER]
    assert client.get_item(TableName="t", Key={"pk": {"S": "a"}})["Item"] == {"pk": {"S": "a"}}
    assert len(waits) == 2
    assert all(0 <= wait <= 0.4 for wait in waits)


def test_client_gives_up_after_its_attempts(client: DynamoDBHttp, scripted: Scripted) -> None:
    scripted.answers = [refusal("ThrottlingException")] * ATTEMPTS
    with pytest.raises(ServiceError, match=r"ThrottlingException.*GetItem") as refused:
        client.get_item(TableName="t", Key={"pk": {"S": "a"}})
    assert refused.value.code == "ThrottlingException"
    assert not scripted.answers


@pytest.mark.parametrize(
    "code", ["ValidationException", "AccessDeniedException", "ResourceNotFoundException"]
)
def test_client_does_not_retry_permanent_failures(
    client: DynamoDBHttp, scripted: Scripted, waits: list[float], code: str
) -> None:
    scripted.answers = [refusal(code)]
    with pytest.raises(ServiceError, match=code):
        client.get_item(TableName="t", Key={"pk": {"S": "a"}})
    assert waits == []


def test_client_names_the_unreachable_address(client: DynamoDBHttp, scripted: Scripted) -> None:
    scripted.answers = [
        None for _ in range(2 * ATTEMPTS)
    ]  # a kept connection that breaks is tried once more at once
    with pytest.raises(ServiceUnreachable, match="GetItem"):
        client.get_item(TableName="t", Key={"pk": {"S": "a"}})


def test_transaction_keeps_its_token_over_attempts(client: DynamoDBHttp, scripted: Scripted) -> None:
    scripted.answers = [refusal("InternalServerError", 500), (200, b"{}"), (200, b"{}")]
    for _ in range(2):
        client.transact_write_items(TransactItems=[])
    tokens = [body["ClientRequestToken"] for body in scripted.bodies]
    assert tokens[0] == tokens[1] != tokens[2]
