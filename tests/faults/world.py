"""What the tests do to the application, and how they look at its books."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from gql import GraphQLRequest

from clients.auth import Credentials
from clients.client import OrderClient
from clients.settings import Settings
from clients.tracking import Pace
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.model import CustomerId, received, timestamp
from orders.parsing import parse_order
from tests.faults.gate import Gate
from tests.integration.conftest import PASSWORD, Json, Person, Shop, ask
from tests.integration.test_orders import ENQUEUE, SUBMIT
from tests.localcloud.running import Running, descendants, wait_for

GOOD_END = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED"]
PRICE = 250
FIELDS = {SUBMIT: "submitOrder", ENQUEUE: "enqueueOrder"}


class World(Shop):
    """The running application, its gates, and its books."""

    def __init__(self, cloud: Running, aws: Gate, publishing: Gate) -> None:
        super().__init__(cloud)
        self.aws = aws
        self.publishing = publishing
        session = cloud.session()
        self.functions = session.client("lambda", endpoint_url=cloud.engine)
        stack = session.client("cloudformation", endpoint_url=cloud.engine)
        described = stack.describe_stack_resources(StackName=str(cloud.ready["stack"]))["StackResources"]
        self.physical = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in described
        }
        self.orders_table = cloud.outputs["OrdersTableName"]
        self.fulfilment_table = cloud.outputs["FulfilmentTableName"]

    # ---- what is done to it

    def kill(self, function: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Kill every process of a function, as a machine that fails does, or send it another signal."""
        handler = self.functions.get_function_configuration(FunctionName=self.physical[function])["Handler"]
        # A forked environment is called after its handler's module, in the kernel's 15 characters.
        name = handler.split(".")[-2][:15]
        pids = [pid for pid in descendants(self.cloud.process.pid) if name_of(pid) == name]
        assert pids, f"no process of {function} runs"
        for pid in pids:
            os.kill(pid, number)

    def invoke(self, function: str) -> Json:
        """Invoke a function as its schedule does, and return its answer."""
        answer = self.functions.invoke(FunctionName=self.physical[function], Payload=b"{}")
        payload: Json = json.loads(answer["Payload"].read())
        assert answer.get("FunctionError") is None, payload
        return payload

    def record_only(self, order: Json, person: Person, *, age: timedelta) -> str:
        """Record an order as if its recorder had died before it was started, ``age`` ago."""
        at = timestamp(datetime.now(UTC) - age)
        contents = parse_order(order, customer_id=CustomerId(person.sub), at=at)
        assert DynamoDBOrderStore(self.dynamodb, self.orders_table).record(contents, received(contents))
        return contents.order_id

    def grow_old(self, order_id: str) -> None:
        """Make a pending order an old one: nobody waits a minute here."""
        self.dynamodb.update_item(
            TableName=self.orders_table,
            Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "STATE"}},
            UpdateExpression="SET pendingSince = :past",
            ConditionExpression="attribute_exists(pendingKey)",
            ExpressionAttributeValues={":past": {"S": "2026-01-01T00:00:00.000Z"}},
        )

    def engine(self, method: str, page: str, document: Json | None = None) -> Json:
        """Read or change one of the engine's own pages: meter, faults, quotas."""
        body = None if document is None else json.dumps(document).encode()
        url = f"{self.cloud.engine}/_localcloud/{page}"
        with urllib.request.urlopen(urllib.request.Request(url, body, method=method)) as answer:
            result: Json = json.load(answer)
            return result

    @contextmanager
    def failing(self, *faults: Json) -> Iterator[Callable[[], list[int]]]:
        """Have the engine's calls fail; yields what tells how many calls each fault has hit."""
        self.engine("PUT", "faults", {"faults": list(faults)})

        def hits() -> list[int]:
            shown = cast("list[Json]", self.engine("GET", "faults")["faults"])
            return [cast("int", fault["hits"]) for fault in shown]

        try:
            yield hits
        finally:
            self.engine("DELETE", "faults")

    def invocation(self, function: str, order_id: str, kind: str, **more: object) -> Json:
        """Return a fault of the workflow's invocations of a function for one order."""
        text = f'{self.physical[function]}", "Payload": {{"orderId": "{order_id}"'
        match = {"bodyContains": text}
        return {"service": "lambda", "operation": "Invoke", "kind": kind, "match": match, **more}

    # ---- its books

    def state(self, order_id: str) -> Any:
        key = {"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "STATE"}}
        answer = self.dynamodb.get_item(TableName=self.orders_table, Key=key, ConsistentRead=True)
        return answer.get("Item")

    def life(self, order_id: str) -> list[str]:
        """Return the statuses that the order has had."""
        item = self.state(order_id)
        return [entry["M"]["status"]["S"] for entry in item["history"]["L"]] if item else []

    def entry(self, key: str) -> Any:
        """Return an item of the fulfilment table."""
        return self.dynamodb.get_item(
            TableName=self.fulfilment_table, Key={"pk": {"S": key}}, ConsistentRead=True
        ).get("Item")

    def executions(self, order_id: str) -> list[str]:
        """Return the states of the executions that have the order's name."""
        pages = self.states.get_paginator("list_executions").paginate(
            stateMachineArn=self.cloud.outputs["StateMachineArn"]
        )
        return [
            execution["status"]
            for page in pages
            for execution in page["executions"]
            if execution["name"] == order_id
        ]

    def ended(self, order_id: str, seconds: float = 180) -> list[str]:
        """Wait until the order's workflow has ended; return the order's statuses."""
        arn = self.cloud.outputs["StateMachineArn"].replace(":stateMachine:", ":execution:")

        def over() -> bool:
            try:
                status = self.states.describe_execution(executionArn=f"{arn}:{order_id}")["status"]
            except self.states.exceptions.ExecutionDoesNotExist:
                return False
            return status != "RUNNING"

        wait_for(over, seconds=seconds, what=f"the end of order {order_id}")
        return self.life(order_id)

    def assert_sold(self, order_id: str, sku: str, *, initial: int, quantity: int = 1) -> None:
        """The order was delivered: paid once, taken from the shelf once, one life."""
        payment = self.assert_paid(order_id)
        assert payment["amount"] == {"N": str(quantity * PRICE)}
        assert self.entry(f"RESERVATION#{order_id}#{sku}")["status"] == {"S": "HELD"}
        assert self.available(sku) == initial - quantity
        # Written once, however often it was asked for: the rest failed their condition. (A transaction
        # that botocore sends again carries the same token, and is answered as the first one was.)
        assert len(self.aws.done("PutItem", f"PAYMENT#{order_id}", "AUTHORIZED")) == 1
        reserved = self.aws.done("TransactWriteItems", f"RESERVATION#{order_id}", "HELD")
        assert len({json.loads(passage.body)["ClientRequestToken"] for passage in reserved}) == 1

    def assert_paid(self, order_id: str) -> Any:
        """The order was delivered; return its payment."""
        assert self.ended(order_id) == GOOD_END
        assert self.executions(order_id) == ["SUCCEEDED"]
        payment = self.entry(f"PAYMENT#{order_id}")
        assert payment["status"] == {"S": "AUTHORIZED"}
        return payment

    def assert_undone(self, order_id: str, sku: str, *, initial: int, reason: str) -> None:
        """The order failed, and neither money nor stock was kept."""
        assert self.ended(order_id) == ["RECEIVED", "VALIDATED", "FAILED"]
        assert self.state(order_id)["reason"] == {"S": reason}
        payment = self.entry(f"PAYMENT#{order_id}")
        assert payment["status"]["S"] in {"VOIDED", "DECLINED"}
        reservation = self.entry(f"RESERVATION#{order_id}#{sku}")
        assert reservation["status"] == {"S": "RELEASED"}
        assert self.available(sku) == initial

    # ---- its customers

    def client(self, person: Person, pace: Pace | None = None) -> OrderClient:
        """Return our own client for a person."""
        settings = Settings(
            endpoint=self.api.graphql,
            realtime=self.api.realtime,
            cognito=self.cloud.engine,
            client_id=self.cloud.outputs["UserPoolClientId"],
        )
        return OrderClient(settings, Credentials(person.name, PASSWORD), pace=pace)

    @asynccontextmanager
    async def follower(
        self, person: Person, order_id: str, *, quiet: float = 60
    ) -> AsyncIterator[Callable[[], Awaitable[list[tuple[int, str]]]]]:
        """Follow an order with our own client; yields what returns all that it received to the end."""
        # Received by the subscription or not at all, unless in a hurry: reading would hide a lost event.
        pace = Pace(gap_grace=min(quiet, 30), quiet=quiet)
        async with (
            self.client(person, pace) as client,
            client.follower([order_id]) as follower,
        ):
            await follower.wait_live()

            async def arrived() -> list[tuple[int, str]]:
                return [(arrival.change.version, str(arrival.change.status)) async for arrival in follower]

            yield arrived


async def send(world: World, person: Person, order: Json, document: GraphQLRequest = SUBMIT) -> Json:
    """Submit an order, or enqueue it; return what is answered."""
    async with world.as_person(person) as session:
        answer: Json = (await session.execute(ask(document, {"input": order})))[FIELDS[document]]
        return answer


def name_of(pid: int) -> str:
    """Return a process's name; empty when it has gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def in_order(statuses: list[str]) -> list[tuple[int, str]]:
    """Return what a follower receives of such a life: every version once and in order."""
    return list(enumerate(statuses, 1))
