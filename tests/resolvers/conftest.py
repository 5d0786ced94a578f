from __future__ import annotations

import io
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from orders.approval import ApprovalRule
from orders.origins import Orchestrator
from orders.starting import ExpressRule
from resolvers import publishing, run_wiring, tracer, wiring
from resolvers.log import logger
from tests.orders.fakes import (
    FixedClock,
    MemoryChannel,
    MemoryOrderStore,
    MemoryPayments,
    MemoryQueue,
    MemoryStockRoom,
    MemoryWorkflows,
)

LIMIT = 10_000
HEADER = "Root=1-6569a0c0-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1"
EVENTS = Path(__file__).parents[1] / "events"


def event(name: str) -> Any:
    """An event as AWS documents it, from ``tests/events``."""
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


@pytest.fixture
def context() -> LambdaContext:
    class Context:
        function_name = "orderwire-test"
        memory_limit_in_mb = 256
        invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:orderwire-test"
        aws_request_id = "52fdfc07-2182-454f-963f-5f0f9a621d72"

        def get_remaining_time_in_millis(self) -> int:
            return 10_000

    return cast(LambdaContext, Context())


class World:
    """Everything behind the handlers, in memory."""

    def __init__(self) -> None:
        self.store = MemoryOrderStore()
        self.stock = MemoryStockRoom({"TEA-1": 5, "CUP-7": 1})
        self.payments = MemoryPayments()
        self.queue = MemoryQueue()
        self.workflows = MemoryWorkflows()
        self.clock = FixedClock()
        self.channel = MemoryChannel("appsync")
        self.redelivery: list[str] = []
        self.redelivery_error: Exception | None = None

    def send_to_redelivery(self, bodies: list[str]) -> None:
        if self.redelivery_error is not None:
            raise self.redelivery_error
        self.redelivery += bodies


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    for name, value in {
        "order_store": world.store,
        "stock_room": world.stock,
        "authorizing_provider": world.payments,
        "voiding_provider": world.payments,
        "order_queue": world.queue,
        "workflows": world.workflows,
        "clock": world.clock,
        "approval_rule": ApprovalRule(LIMIT),
        "express_rule": ExpressRule(True, 2, ApprovalRule(LIMIT)),
    }.items():
        monkeypatch.setattr(wiring, name, lambda value=value: value)
    monkeypatch.setattr(run_wiring, "orchestrator", lambda: Orchestrator.WORKFLOW)
    monkeypatch.setattr(publishing, "channels", lambda: (world.channel,))
    monkeypatch.setattr(wiring, "send_to_redelivery", world.send_to_redelivery)
    return world


class Log:
    """The lines that the handlers logged."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    stream = io.StringIO()
    handler = cast("logging.StreamHandler[io.StringIO]", logger.handlers[0])
    before = handler.setStream(stream)
    yield Log(stream)
    if before is not None:
        handler.setStream(before)


class Documents:
    """What reached the daemon."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(60)
        self.port: int = self._socket.getsockname()[1]

    def next(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self._socket.recv(65_536).partition(b"\n")[2])
        return document

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> Iterator[Documents]:
    """The daemon of an invocation that is sampled."""
    documents = Documents()
    monkeypatch.setenv("AWS_XRAY_DAEMON_ADDRESS", f"127.0.0.1:{documents.port}")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", HEADER)
    yield documents
    documents.close()
    tracer.RECORDER.close()
