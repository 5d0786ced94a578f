"""A shop on the real engine: the template's own stack, its workflow, and the handlers in this process.

The functions' environments are played by one server that calls the handlers here: a test can then
step in between two states of an execution, which no other arrangement allows.
"""

from __future__ import annotations

import importlib
import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import pytest

from localcloud.stack.body import url_in_bucket
from localcloud.stack.deploy import deploy
from localcloud.stack.package import package
from orders.adapters import clients
from orders.adapters.dynamodb_approvals import WaitingWorkflows
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.adapters.workflow_runs import StepFunctionsRuns
from orders.approval import Decision, decide_order
from orders.caller import Caller
from orders.cancelling import cancel_order
from orders.model import (
    ChangeOrder,
    ChangeOrigin,
    CustomerId,
    OrderContents,
    OrderId,
    OrderItem,
    OrderState,
    timestamp,
)
from orders.status import OrderStatus
from orders.submission import record_order
from resolvers import wiring
from tests.orders.engine import forget_client
from tests.shape import shape

# The engine's tests are checked in the engine's environment: here they are not looked into.
_engine: Any = importlib.import_module("tests.engine.world")
ACCOUNT, REGION, wait_until = _engine.ACCOUNT, _engine.REGION, _engine.wait_until
World: TypeAlias = Any
faults = importlib.import_module("tests.engine.rules").faults
_engine_errors: Any = importlib.import_module("tests.engine.standins")
ADA = CustomerId("ada")
GRACE = Caller(CustomerId("grace"), is_staff=True)
LIMIT = 100_000
"""Above it an order waits for a human: its items cost 450 each."""
Hook = Callable[[OrderId], None]


@dataclass
class _Context:
    """What Lambda tells a handler of itself."""

    function_name: str = "test"
    memory_limit_in_mb: int = 128
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:test"
    aws_request_id: str = "request"


@dataclass
class Run:
    """A finished execution and its order."""

    order_id: OrderId
    status: str
    error: str
    state: OrderState
    calls: list[str]

    @property
    def life(self) -> list[str]:
        """The statuses that the order went through."""
        return [change.status.value for change in self.state.history]

    @property
    def reason(self) -> str | None:
        return None if self.state.reason is None else self.state.reason.value


@dataclass
class Shop:
    """A deployed stack, and the short ways in which tests use it."""

    world: World
    outputs: dict[str, str]
    store: DynamoDBOrderStore
    approvals: WaitingWorkflows
    calls: list[tuple[str, str]] = field(default_factory=list)
    before: dict[tuple[str, str], Hook] = field(default_factory=dict)
    after: dict[tuple[str, str], Hook] = field(default_factory=dict)
    failing: dict[tuple[str, str], list[Exception]] = field(default_factory=dict)

    @property
    def machine(self) -> str:
        return self.outputs["StateMachineArn"]

    def paced(self, seconds: int, *, express: bool = False) -> str:
        """Make a copy of a workflow that takes its time; return its ARN."""
        pace = ("States.StringToJson('0')", f"States.StringToJson('{seconds}')")
        return self._changed(*pace, express=express)

    def impatient(self, seconds: int) -> str:
        """Make a copy of the workflow that waits for a human so long; return its ARN."""
        return self._changed("States.StringToJson('259200')", f"States.StringToJson('{seconds}')")

    def fulfilled_outside(self, *, express: bool = False) -> str:
        """Make a copy of a workflow as the stack has it whose parcels are reported; return its ARN."""
        end = '"Next": "WaitToPack"\n    },\n'
        return self._changed(
            end, end.replace("WaitToPack", "Done"), '"demonstration"', '"external"', express=express
        )

    def giving_up_soon(self) -> str:
        """Make a copy of the workflow whose compensation and last write are tried twice; return its ARN."""
        return self._changed(
            '"MaxAttempts": 8', '"MaxAttempts": 1', '"IntervalSeconds": 2', '"IntervalSeconds": 1'
        )

    def runs(self, machine: str = "") -> StepFunctionsRuns:
        """Return what redrives the executions of a workflow."""
        return StepFunctionsRuns(
            self.world.client("dynamodb"),
            lambda: self.world.client("stepfunctions"),
            self.outputs["OrdersTableName"],
            standard_arn=machine or self.machine,
            express_arn=self.outputs["ExpressMachineArn"],
        )

    def settle(self, order_id: OrderId) -> Any:
        """Hand the record of a cancellation to what gives everything back, as the stream's mapping does."""
        keys = {"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "STATE"}}
        record = {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "1", "Keys": keys}}
        handler = importlib.import_module("resolvers.settle_cancelled").handler
        return handler({"Records": [record]}, _Context())

    def with_pause_before_the_wait(self) -> str:
        """Make a copy of the workflow that takes a second before it waits for a human; return its ARN."""
        waits = '"Next": "AwaitDecision"'
        pause = '"Pause": {"Type": "Wait", "Seconds": 1, "Next": "AwaitDecision"}, "AwaitDecision": {'
        return self._changed(waits, '"Next": "Pause"', '"AwaitDecision": {', pause)

    def _changed(self, *texts: str, express: bool = False) -> str:
        states = self.world.client("stepfunctions")
        machine = self.outputs["ExpressMachineArn"] if express else self.machine
        deployed = states.describe_state_machine(stateMachineArn=machine)
        definition = deployed["definition"]
        for before, after in zip(texts[::2], texts[1::2], strict=True):
            assert before in definition
            definition = definition.replace(before, after)
        assert definition != deployed["definition"]
        arn: str = states.create_state_machine(
            name=self.world.name("paced"),
            definition=definition,
            roleArn=deployed["roleArn"],
            type=deployed["type"],
        )["stateMachineArn"]
        return arn

    def stock(self, sku: str, available: int) -> None:
        self.world.client("dynamodb").put_item(
            TableName=self.outputs["FulfilmentTableName"],
            Item={"pk": {"S": f"STOCK#{sku}"}, "sku": {"S": sku}, "available": {"N": str(available)}},
        )

    def available(self, sku: str) -> int:
        return int(self.fulfilment(f"STOCK#{sku}")["available"]["N"])

    def fulfilment(self, pk: str) -> dict[str, Any]:
        """Return an item of the fulfilment table, ``{}`` when there is none."""
        answer = self.world.client("dynamodb").get_item(
            TableName=self.outputs["FulfilmentTableName"], Key={"pk": {"S": pk}}, ConsistentRead=True
        )
        item: dict[str, Any] = answer.get("Item", {})
        return item

    def record(
        self, quantities: dict[str, int], card: str = "tok_approve", country: str | None = None
    ) -> OrderId:
        """Record an order of so many of each sku."""
        contents = OrderContents(
            order_id=OrderId(str(uuid.uuid4())),
            customer_id=ADA,
            currency="EUR",
            items=tuple(OrderItem(sku, sku.title(), number, 450) for sku, number in quantities.items()),
            card_token=card,
            created_at=timestamp(wiring.clock().now()),
            country=country,
        )
        return record_order(contents, self.store).state.order_id

    def start(self, order_id: OrderId, machine: str = "") -> str:
        arn: str = self.world.start(machine or self.machine, {"orderId": order_id}, name=order_id)
        return arn

    def finish(self, order_id: OrderId, execution: str) -> Run:
        described = self.world.finished(execution, timeout=60)
        return Run(
            order_id,
            described["status"],
            described.get("error", ""),
            self.state(order_id),
            [name for name, called_for in self.calls if called_for == order_id],
        )

    def run(self, order_id: OrderId, machine: str = "") -> Run:
        return self.finish(order_id, self.start(order_id, machine))

    def state(self, order_id: OrderId) -> OrderState:
        state = self.store.state(order_id)
        assert state is not None
        return state

    def cancel(self, order_id: OrderId) -> None:
        cancel_order(order_id, Caller(ADA), self.store, self.approvals, wiring.clock())

    def decide(self, order_id: OrderId, decision: Decision, note: str | None = None) -> OrderState:
        return decide_order(
            order_id, decision, GRACE, self.store, self.approvals, clock=wiring.clock(), note=note
        )

    def bring(self, order_id: OrderId, target: OrderStatus) -> None:
        """Write the statuses of a good life up to ``target``, as a run that has died since has."""
        life = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED"]
        for status in life[1 : life.index(target) + 1]:
            command = ChangeOrder(
                OrderStatus(status), timestamp(wiring.clock().now()), ChangeOrigin("dead", status)
            )
            self.store.change(order_id, command)

    def claim(self, order_id: OrderId, *, until: float) -> None:
        """Claim an order in the name of a run that has died."""
        self.world.client("dynamodb").put_item(
            TableName=self.outputs["OrdersTableName"],
            Item={
                "pk": {"S": f"ORDER#{order_id}"},
                "sk": {"S": "CLAIM"},
                "execution": {"S": "dead"},
                "claimedUntil": {"N": str(int(until * 1000))},
            },
        )

    def claimed_by(self, order_id: OrderId) -> str:
        """Return the run that has claimed an order."""
        item = self.world.client("dynamodb").get_item(
            TableName=self.outputs["OrdersTableName"],
            Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "CLAIM"}},
            ConsistentRead=True,
        )["Item"]
        return str(item["execution"]["S"])

    def approval(self, order_id: OrderId) -> dict[str, Any]:
        """Return what lies beside an order while it waits, ``{}`` when it never has."""
        answer = self.world.client("dynamodb").get_item(
            TableName=self.outputs["OrdersTableName"],
            Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "APPROVAL"}},
            ConsistentRead=True,
        )
        item: dict[str, Any] = answer.get("Item", {})
        return item

    def wait_for(self, order_id: OrderId, status: str) -> None:
        wait_until(lambda: self.state(order_id).status.value == status)

    def invoke(self, module: str, event: Any) -> Any:
        """Run a handler as the engine asks for it, with what the test wants around it."""
        order_id = OrderId(event["orderId"])
        self.calls.append((module, order_id))
        if hook := self.before.pop((module, order_id), None):
            hook(order_id)
        try:
            if errors := self.failing.get((module, order_id)):
                raise errors.pop(0)
            answer = importlib.import_module(f"resolvers.{module}").handler(event, _Context())
        except Exception as error:
            raise _engine_errors.FunctionError(type(error).__name__, str(error)) from error
        if hook := self.after.pop((module, order_id), None):
            hook(order_id)
        return answer


@contextmanager
def open_shop() -> Iterator[Shop]:
    """Deploy the template to an engine of its own, and close both at the end."""
    world = _engine.World()
    with pytest.MonkeyPatch.context() as patch:
        try:
            yield _furnish(world, patch)
        finally:
            world.close()
            _forget_clients()


def _furnish(world: World, patch: pytest.MonkeyPatch) -> Shop:
    world.client("s3").create_bucket(Bucket="assets")
    packaged = package(shape.template(), shape.APPSYNC, world.client("s3"), "assets")
    stack = deploy(
        world.client("cloudformation"),
        name="orderwire",
        template=packaged.template,
        template_url=url_in_bucket(world.client("s3"), "assets", packaged.template, world.endpoint),
        parameters={
            "PaceSeconds": "0",
            "PaymentTimeoutSeconds": "1",
            "ApprovalLimit": str(LIMIT),
            "FlaggedCountries": "AQ,BV",
        },
        timeout_seconds=30,
    )
    for name, value in {
        "AWS_ENDPOINT_URL": world.endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "secret",
        "ORDERS_TABLE": stack.outputs["OrdersTableName"],
        "FULFILMENT_TABLE": stack.outputs["FulfilmentTableName"],
        "PAYMENT_TIMEOUT_SECONDS": "1",
        "APPROVAL_LIMIT": str(LIMIT),
        "FLAGGED_COUNTRIES": "AQ,BV",
    }.items():
        patch.setenv(name, value)
    _forget_clients()
    store = DynamoDBOrderStore(world.client("dynamodb"), stack.outputs["OrdersTableName"])
    approvals = WaitingWorkflows(
        world.client("dynamodb"),
        lambda: world.client("stepfunctions"),
        lambda: world.client("lambda"),
        stack.outputs["OrdersTableName"],
    )
    shop = Shop(world, stack.outputs, store, approvals)
    for logical_id, properties in shape.resources("AWS::Lambda::Function").items():
        module = properties["Handler"].split(".")[1]
        if logical_id in stack.physical_ids:  # else its condition leaves it out
            world.lambdas.functions[stack.physical_ids[logical_id]] = partial(shop.invoke, module)
    return shop


def _forget_clients() -> None:
    """The composition root keeps what it made, for another endpoint perhaps."""
    forget_client()
    for module in (clients, wiring):
        for value in vars(module).values():
            if hasattr(value, "cache_clear"):
                value.cache_clear()


def deployed(shop: Shop) -> dict[str, Any]:
    """Return the definition of the deployed workflow."""
    text = shop.world.client("stepfunctions").describe_state_machine(stateMachineArn=shop.machine)[
        "definition"
    ]
    document: dict[str, Any] = json.loads(text)
    return document
