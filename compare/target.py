"""What is compared on: a running local cloud with Orderwire and its companion, customers and full shelves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from clients import (
    BadSettings,
    Change,
    Credentials,
    NewOrder,
    NotFound,
    Settings,
    Unavailable,
    reading,
)
from clients.api import OrderApi
from clients.auth import TokenSource
from compare.channels import Channel
from compare.commits import Commits, EngineCommits, NoCommits
from compare.meter import EngineMeter, Meter
from compare.orders import STOCK
from demo.ready import Ready, read_ready
from demo.shop import CUSTOMERS, PASSWORD, prepare

# What the stack leaves out when a parameter of it is false.
SWITCHES = {
    "events": "The stack has no Event API: its EventsChannel is false.",
    "sse": "The stack streams no events: its SseChannel is false.",
    "iot": "The stack has no authorizer of AWS IoT: its IotChannel is false.",
}
DEPLOY = "`make run` deploys it; on a cloud that runs, `python tools/companion.py deploy --stage local` does"


class Target:
    """Where the orders go.

    Attributes
    ----------
    settings
        The addresses of all APIs.
    tokens
        Each customer's, signed in.
    architectures
        The processor of each Lambda function.
    """

    def __init__(self, ready: Ready, outputs: Mapping[str, str], commits: str | None) -> None:
        self.settings: Settings = ready.settings
        self.tokens: dict[str, TokenSource] = {
            name: TokenSource(ready.settings.cognito, ready.settings.client_id, Credentials(name, PASSWORD))
            for name in CUSTOMERS
        }
        self.meter: Meter = EngineMeter(ready.engine)
        self.commits: Commits = NoCommits()
        self.architectures: dict[str, str] = {}
        self._orders_table = outputs.get("OrdersTableName")
        self._commits = commits
        self._ready = ready
        self._apis: dict[str, OrderApi] = {}
        self._stack = AsyncExitStack()

    async def prepare(self) -> None:
        """Make the customers, fill the shelves, and sign everyone in. Raises ``OrderwireError``."""
        await asyncio.to_thread(prepare, self._ready, (), STOCK)
        stack_facts = await asyncio.to_thread(_look, self._ready, self._orders_table)
        self.architectures, stream = stack_facts
        if self._commits is not None and stream is not None:
            self.commits = EngineCommits(self._commits, stream)
        await asyncio.gather(*(tokens.token() for tokens in self.tokens.values()))

    async def __aenter__(self) -> Self:
        for name, tokens in self.tokens.items():
            self._apis[name] = await self._stack.enter_async_context(OrderApi(self.settings, tokens))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def submit(self, customer: str, order: NewOrder) -> None:
        """Submit a customer's order by GraphQL. Raises ``OrderwireError``."""
        await self._apis[customer].submit(order)

    async def cancel(self, customer: str, order_id: str) -> None:
        """Cancel a customer's order. Raises ``OrderwireError``."""
        await self._apis[customer].cancel(order_id)

    async def history(self, customer: str, order_id: str) -> tuple[Change, ...]:
        """Return all changes of an order; none when there is no such order."""
        try:
            return (await self._apis[customer].history(order_id)).changes
        except NotFound:
            return ()


def find_target(ready_file: Path, channels: Sequence[type[Channel]]) -> Target:
    """Read where everything is, and check that each channel finds what it needs.

    Raises
    ------
    BadSettings
        No local cloud runs, or it lacks the companion; the message says what to do.
    """
    if not ready_file.exists():
        raise BadSettings(
            f"No local cloud: there is no {ready_file}. Start one with `make run` in another terminal, "
            "or give --ready-file."
        )
    ready = read_ready(ready_file)
    rest = ready.settings.rest is not None
    there = {
        None: True,
        "rest": rest,
        "websocket": rest and ready.settings.websocket is not None,
        "events": ready.settings.events is not None,
        "iot": ready.settings.iot is not None,
        "sse": ready.settings.sse is not None,
    }
    without = [channel for channel in channels if not there[channel.needs]]
    if without:
        others = [channel.name for channel in channels if channel not in without]
        instead = f" Without it there is: --channels {','.join(others)}." if others else ""
        companion = [channel.name for channel in without if channel.needs not in SWITCHES]
        if not companion:
            off = " ".join(SWITCHES[needs] for needs in dict.fromkeys(str(c.needs) for c in without))
            raise BadSettings(f"{off}{instead}")
        raise BadSettings(
            f"The companion is not deployed, and {', '.join(companion)} go through it: {DEPLOY}.{instead}"
        )
    document = reading.mapping(json.loads(ready_file.read_text(encoding="utf-8")), "")
    outputs = reading.mapping(document.get("outputs"), "outputs")
    meters = reading.mapping(document.get("meters", {}), "meters")
    return Target(
        ready,
        {name: str(value) for name, value in outputs.items()},
        reading.optional_text(meters.get("commits"), "meters.commits"),
    )


def _look(ready: Ready, orders_table: str | None) -> tuple[dict[str, str], str | None]:
    """Return the processor of each function, and the stream of the orders table."""
    session = boto3.session.Session(
        aws_access_key_id=ready.access_key_id,
        aws_secret_access_key=ready.secret_access_key,
        region_name=ready.region,
    )
    try:
        functions = session.client("lambda", endpoint_url=ready.engine)
        architectures = {
            function["FunctionName"]: str((function.get("Architectures") or ["x86_64"])[0])
            for page in functions.get_paginator("list_functions").paginate()
            for function in page["Functions"]
        }
        if orders_table is None:
            return architectures, None
        table = session.client("dynamodb", endpoint_url=ready.engine).describe_table(TableName=orders_table)
        return architectures, table["Table"].get("LatestStreamArn")
    except (BotoCoreError, ClientError) as error:
        raise Unavailable(f"The local cloud at {ready.engine} does not answer: {error}") from error
