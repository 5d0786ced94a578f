"""Bad input, the same two ways in: it is refused in exact words, and nothing is written anywhere."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from tests.access.bad_inputs import (
    DOCUMENT,
    INVALID,
    MALFORMED,
    OURS,
    THEIRS,
    Invalid,
    Malformed,
    Ours,
    Theirs,
    an_order,
)
from tests.access.conftest import World
from tests.access.credentials import Credential
from tests.access.table import Caller
from tests.access.wire import Endpoints, Json, request_of
from tests.integration.conftest import Shop
from tests.localcloud.running import ROOT, wait_for

pytestmark = pytest.mark.integration

FIELDS = ("submitOrder", "enqueueOrder")
VECTORS: list[Any] = json.loads((ROOT / "tests/vectors/invalid_orders.json").read_text("utf-8"))["vectors"]


@dataclass(frozen=True)
class Quiet:
    """The shop while nothing happens in it, and a customer."""

    shop: Shop
    endpoints: Endpoints
    customer: Credential

    def traces(self) -> Json:
        """Return all that a submission could leave behind."""
        outputs, shop = self.shop.cloud.outputs, self.shop
        return {
            "orders": self._items("OrdersTableName"),
            "fulfilment": self._items("FulfilmentTableName"),
            "messages": self._messages(),
            "executions": shop.states.list_executions(stateMachineArn=outputs["StateMachineArn"])[
                "executions"
            ],
        }

    def _messages(self) -> dict[str, str]:
        queue = self.shop.sqs.get_queue_attributes(
            QueueUrl=self.shop.cloud.outputs["OrderQueueUrl"],
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )
        return {str(name): count for name, count in queue["Attributes"].items()}

    def _items(self, table: str) -> int:
        counted = self.shop.dynamodb.scan(
            TableName=self.shop.cloud.outputs[table], Select="COUNT", ConsistentRead=True
        )
        return int(counted["Count"])

    def at_rest(self) -> bool:
        """Say whether each order has come to where the shop's pace holds it, and no message is left."""
        under_way = self.shop.dynamodb.scan(
            TableName=self.shop.cloud.outputs["OrdersTableName"],
            FilterExpression="sk = :state AND #status IN (:received, :validated)",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":state": {"S": "STATE"},
                ":received": {"S": "RECEIVED"},
                ":validated": {"S": "VALIDATED"},
            },
            ConsistentRead=True,
        )
        return under_way["Count"] == 0 and set(self._messages().values()) == {"0"}


@pytest.fixture(scope="module")
def quiet(world: World) -> Quiet:
    quiet = Quiet(world.shop, world.endpoints, world.credentials[Caller.OWNER])
    wait_for(quiet.at_rest, what="the rest after earlier orders")
    return quiet


async def send(quiet: Quiet, *bodies: str | bytes) -> list[tuple[int, Json]]:
    """Send what must leave no trace."""
    before = quiet.traces()
    answers = [await quiet.endpoints.send(quiet.customer, body) for body in bodies]
    assert quiet.traces() == before
    return answers


def document(name: str) -> str:
    return DOCUMENT.replace("FIELD", name)


def refused(name: str, path: str, code: str, message: str) -> tuple[int, Json]:
    error = {
        "path": [name],
        "data": None,
        "errorType": "InvalidOrder",
        "errorInfo": {"path": path, "code": code},
        "locations": [{"line": 1, "column": document(name).index(name) + 1, "sourceName": None}],
        "message": f"{path}: {message}",
    }
    return 200, {"data": None, "errors": [error]}


@pytest.mark.parametrize("bad", OURS, ids=lambda bad: bad.name)
async def test_order_refused_by_the_shop_has_path_and_code(quiet: Quiet, bad: Ours) -> None:
    answers = await send(quiet, *(request_of(document(name), {"input": bad.order}) for name in FIELDS))
    assert answers == [refused(name, f"input.{bad.path}", bad.code, bad.message) for name in FIELDS]


@pytest.mark.slow  # tests/shape holds both validators to them, without what is around them
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["note"].replace(" ", "-"))
async def test_vectors_are_refused_as_by_both_validators(quiet: Quiet, vector: Any) -> None:
    problems = []
    bodies = [request_of(document(name), {"input": vector["input"]}) for name in FIELDS]
    for status, answer in await send(quiet, *bodies):
        [error] = answer["errors"]
        assert (status, answer["data"], error["errorType"]) == (200, None, "InvalidOrder")
        assert error["errorInfo"] == {"path": vector["path"], "code": vector["code"]}
        problems.append(error["message"])
    assert problems[0] == problems[1]


@pytest.mark.parametrize("bad", THEIRS, ids=lambda bad: bad.name)
async def test_order_refused_by_the_schema_has_its_place(quiet: Quiet, bad: Theirs) -> None:
    answers = await send(quiet, *(request_of(document(name), {"input": bad.order}) for name in FIELDS))
    places = [{"line": 1, "column": 11, "sourceName": None}] if bad.place else None
    error = {"path": None, "locations": places, "message": bad.message}
    assert answers == [(200, {"data": None, "errors": [error]})] * len(FIELDS)


@pytest.mark.parametrize("bad", INVALID, ids=lambda bad: bad.name)
async def test_request_outside_the_schema_is_refused(quiet: Quiet, bad: Invalid) -> None:
    queries = [bad.query.replace("FIELD", name) for name in FIELDS]
    answers = await send(quiet, *(request_of(query, {"input": an_order()}) for query in queries))
    for name, query, answer in zip(FIELDS, queries, answers, strict=True):
        places = None
        if bad.at is not None:
            column = query.rindex(bad.at.replace("FIELD", name)) + 1
            places = [{"line": 1, "column": column, "sourceName": None}]
        kind = {} if bad.error_type is None else {"errorType": bad.error_type}
        error = {"path": None, "locations": places, **kind, "message": bad.message.replace("FIELD", name)}
        assert answer == (200, {"data": None, "errors": [error]})


@pytest.mark.parametrize("bad", MALFORMED, ids=lambda bad: bad.name)
async def test_body_that_is_no_request_is_refused(quiet: Quiet, bad: Malformed) -> None:
    bodies = [bad.make(request_of(document(name), {"input": an_order()})) for name in FIELDS]
    error = {"errorType": bad.error_type, "message": bad.message}
    assert await send(quiet, *bodies) == [(bad.status, {"errors": [error]})] * len(FIELDS)


async def test_last_of_two_equal_keys_wins(quiet: Quiet) -> None:
    """As in JavaScript, Java's Jackson and Python; JSON itself leaves it open. No key is checked unused."""
    bodies = [request_of(document(name), {"input": an_order()}) for name in FIELDS]
    twice = [body.replace('"currency": "EUR"', '"currency": "EUR", "currency": "XXX"') for body in bodies]
    currencies = "must be one of AUD, CHF, EUR, GBP, INR, JPY, KWD, USD"
    assert await send(quiet, *twice) == [
        refused(name, "input.currency", "UNKNOWN_CURRENCY", currencies) for name in FIELDS
    ]


async def test_standard_introspection_is_within_the_depth_limit(quiet: Quiet) -> None:
    from graphql import get_introspection_query

    [(status, answer)] = await send(quiet, request_of(get_introspection_query()))
    assert status == 200
    assert "errors" not in answer


async def test_oversized_frame_closes_the_socket(quiet: Quiet) -> None:
    before = quiet.traces()
    async with quiet.endpoints.socket(quiet.customer) as opened:
        socket = await opened.connected()
        with suppress(ConnectionError):  # it may be closed before all is written
            await socket.socket.send_str("x" * 2_000_000)
        closing = await socket.socket.receive(timeout=60)
        assert closing.data == 1009
    assert quiet.traces() == before


async def test_valid_order_is_accepted_after_every_refusal(quiet: Quiet) -> None:
    """So the refusals above are of what was sent, not of everything."""
    for name in FIELDS:
        order = an_order()
        answer = await quiet.endpoints.post(quiet.customer, document(name), {"input": order})
        assert answer == (200, {"data": {name: {"id": order["clientToken"]}}})
