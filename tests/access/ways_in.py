"""Both ways in, in this process: schema, deployed resolvers, and the handler behind `enqueueOrder`."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from localcloud.appsync.api import ServedApi
from localcloud.appsync.caller import Caller
from localcloud.appsync.calls import FieldCall
from localcloud.appsync.datasources.clients import DataSourceClients
from localcloud.appsync.definition import JSON, DataSource
from localcloud.appsync.errors import RequestError
from localcloud.appsync.execution.request import read_request
from localcloud.appsync.execution.schema import build_api_schema
from localcloud.appsync.resolving import ResolverEngine
from orders.model import OrderContents, OrderState
from orders.origins import Orchestrator
from resolvers import enqueue_order, run_wiring, wiring
from tests.orders.fakes import FixedClock, MemoryOrderStore, MemoryQueue
from tests.shape import api as deployed
from tests.shape import shape

SELECTION = "{ id customerId status version currency total itemCount items { sku name quantity unitPrice } }"
FIELDS = ("submitOrder", "enqueueOrder")
ADA = Caller("AMAZON_COGNITO_USER_POOLS", {"sub": "ada", "username": "ada", "groups": None})


def mutation(name: str) -> str:
    return f"mutation ($input: SubmitOrderInput!) {{ {name}(input: $input) {SELECTION} }}"


@dataclass
class _Context:
    """What Lambda tells a handler of itself."""

    function_name: str = "enqueue"
    memory_limit_in_mb: int = 256
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:000000000000:function:enqueue"
    aws_request_id: str = "request"


@dataclass
class _Source:
    name: str
    world: _Sources

    async def execute(self, request: JSON, _call: FieldCall) -> JSON:
        call = cast("dict[str, Any]", request)
        if self.name == "Enqueue":
            # Through JSON, as a payload goes.
            event = json.loads(json.dumps(call["payload"]))
            answer: JSON = json.loads(json.dumps(enqueue_order.handler(event, cast("Any", _Context()))))
            return answer
        self.world.writes.append((self.name, copy.deepcopy(request)))
        return {"keys": []} if self.name == "Orders" else {"statusCode": 200, "headers": {}, "body": "{}"}


@dataclass
class _Sources:
    """Data sources that take everything, and remember it."""

    writes: list[tuple[str, JSON]] = field(default_factory=list)

    def open(self, source: DataSource) -> _Source:
        return _Source(source.name, self)

    async def close(self) -> None:
        """Nothing is open."""


class _Store(MemoryOrderStore):
    """Orders in memory, counted."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded = 0

    def record(self, contents: OrderContents, state: OrderState) -> bool:
        self.recorded += 1
        return super().record(contents, state)


class WaysIn:
    """The API, with everything that it would write kept here."""

    def __init__(self) -> None:
        self.sources = _Sources()
        self.store, self.queue = _Store(), MemoryQueue()
        sdl = (shape.ROOT / "schema.graphql").read_text(encoding="utf-8")
        definition = replace(deployed.definition(), schema_sdl=sdl)
        engine = ResolverEngine(definition, sources=cast("DataSourceClients", self.sources))
        # Nobody comes through the gate here: the caller is given.
        self._api = ServedApi(definition, build_api_schema(sdl), gate=cast("Any", None), resolvers=engine)

    def forget(self) -> None:
        """Forget all that was written."""
        self.sources.writes.clear()
        self.store, self.queue = _Store(), MemoryQueue()

    def written(self) -> bool:
        """Say whether anything was written anywhere."""
        return bool(self.sources.writes or self.store.recorded or self.queue.messages)

    async def ask(self, name: str, order: object) -> dict[str, Any]:
        """Send an order the way in that is called ``name``; return the answer's document."""
        body = json.dumps({"query": mutation(name), "variables": {"input": order}})
        try:
            result = await self._api.execute(read_request(body), ADA, {})
        except RequestError as problem:
            return problem.document()
        return cast("dict[str, Any]", result.document())


@contextmanager
def ways_in() -> Iterator[WaysIn]:
    """Open both ways in."""
    ways = WaysIn()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wiring, "order_store", lambda: ways.store)
        patch.setattr(wiring, "order_queue", lambda: ways.queue)
        patch.setattr(run_wiring, "orchestrator", lambda: Orchestrator.WORKFLOW)
        patch.setattr(wiring, "clock", FixedClock)
        yield ways
