"""The books at the end: what the tables, the executions and the dead-letter queues say."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from clients import reading
from demo.ready import Ready

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]


@dataclass(frozen=True)
class OrderBook:
    """One order as its state item has it: each version with its status, and its total in minor units."""

    order_id: str
    versions: tuple[tuple[int, str], ...]
    currency: str = "EUR"
    total: int = 0

    @property
    def status(self) -> str:
        """The status now."""
        return self.versions[-1][1]


@dataclass
class Books:
    """All of it, read once.

    Attributes
    ----------
    payments
        By order: the payment's status and amount in minor units.
    reserved
        By order and item: the reservation's status and quantity.
    available
        Units on the shelves, by item.
    executions
        How many executions of the workflow and of the durable function have an order's name.
    running
        How many of them run.
    dead_letters
        Messages in each dead-letter queue.
    """

    orders: dict[str, OrderBook] = field(default_factory=dict)
    payments: dict[str, tuple[str, int]] = field(default_factory=dict)
    reserved: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    available: dict[str, int] = field(default_factory=dict)
    executions: Counter[str] = field(default_factory=Counter)
    running: int = 0
    dead_letters: dict[str, int] = field(default_factory=dict)


class Accountant:
    """Reads the books of a local cloud's stack."""

    def __init__(self, ready: Ready, ready_file: Path) -> None:
        session = boto3.Session(
            aws_access_key_id=ready.access_key_id,
            aws_secret_access_key=ready.secret_access_key,
            region_name=ready.region,
        )
        self._dynamodb = session.client("dynamodb", endpoint_url=ready.engine)
        self._states = session.client("stepfunctions", endpoint_url=ready.engine)
        self._sqs = session.client("sqs", endpoint_url=ready.engine)
        document = reading.mapping(json.loads(ready_file.read_text("utf-8")), "")
        outputs = reading.mapping(document.get("outputs"), "outputs")
        self._orders = reading.text(outputs.get("OrdersTableName"), "outputs.OrdersTableName")
        self._fulfilment = ready.fulfilment_table
        self._functions = session.client("lambda", endpoint_url=ready.engine)
        self._function = reading.text(outputs.get("RunOrderFunctionArn"), "outputs.RunOrderFunctionArn")
        self._machine = reading.text(outputs.get("StateMachineArn"), "outputs.StateMachineArn")
        self.changes_stream = reading.optional_text(outputs.get("ChangesStream"), "outputs.ChangesStream")

    def statuses(self) -> dict[str, str]:
        """Return each order's status now."""
        return {book.order_id: book.status for book in self._states_of_orders()}

    def read(self) -> Books:
        """Read everything."""
        books = Books()
        for book in self._states_of_orders():
            books.orders[book.order_id] = book
        for item in _scan(self._dynamodb, self._fulfilment):
            kind, _, rest = item["pk"]["S"].partition("#")
            if kind == "PAYMENT":
                # A payment that was voided before it was asked for has no amount.
                amount = int(item["amount"]["N"]) if "amount" in item else 0
                books.payments[rest] = (item["status"]["S"], amount)
            elif kind == "RESERVATION":
                order_id, _, sku = rest.partition("#")
                books.reserved[order_id, sku] = (
                    item["status"]["S"],
                    int(item["quantity"]["N"]) if "quantity" in item else 0,
                )
            elif kind == "STOCK":
                books.available[rest] = int(item["available"]["N"])
        pages = self._states.get_paginator("list_executions").paginate(stateMachineArn=self._machine)
        for page in pages:
            for execution in page["executions"]:
                books.executions[execution["name"]] += 1
                books.running += execution["status"] == "RUNNING"
        listed = self._functions.get_paginator("list_durable_executions_by_function")
        for durable in listed.paginate(FunctionName=self._function):
            for durable_execution in durable["DurableExecutions"]:
                books.executions[durable_execution["DurableExecutionName"]] += 1
                books.running += durable_execution["Status"] == "RUNNING"
        books.dead_letters = self.dead_letters()
        return books

    def dead_letters(self) -> dict[str, int]:
        """Return how many messages each dead-letter queue holds, by the queue's name."""
        depths: dict[str, int] = {}
        for page in self._sqs.get_paginator("list_queues").paginate():
            for url in page.get("QueueUrls", ()):
                name = url.rpartition("/")[2]
                if "DeadLetters" in name:
                    answer = self._sqs.get_queue_attributes(
                        QueueUrl=url,
                        AttributeNames=[
                            "ApproximateNumberOfMessages",
                            "ApproximateNumberOfMessagesNotVisible",
                            "ApproximateNumberOfMessagesDelayed",
                        ],
                    )
                    depths[name] = sum(int(value) for value in answer["Attributes"].values())
        return depths

    def _states_of_orders(self) -> Iterator[OrderBook]:
        for item in _scan(self._dynamodb, self._orders):
            kind, _, order_id = item["pk"]["S"].partition("#")
            if kind == "ORDER" and item["sk"]["S"] == "STATE":
                history = [entry["M"]["status"]["S"] for entry in item["history"]["L"]]
                currency, total = item["currency"]["S"], int(item["total"]["N"])
                yield OrderBook(order_id, tuple(enumerate(history, 1)), currency, total)


def _scan(dynamodb: DynamoDBClient, table: str) -> Iterator[Item]:
    for page in dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]
