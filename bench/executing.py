"""Executions of state machines: created, started and waited for, from a process of its own.

A few connections that stay open, each with one request at a time, on asyncio's protocols: boto3 would take
longer for a request than what answers it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bench.cloud import Cloud
from bench.model import NotMeasured
from bench.wire import answered
from bench.workflows import Definition
from clients import reading

PATIENCE = 60.0
POLL_SECONDS = 0.02
BAD_ENDS = ("FAILED", "TIMED_OUT", "ABORTED")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an engine is, and the key that opens it."""

    port: int
    region: str
    key: str
    role: str


@dataclass(frozen=True, slots=True)
class Run:
    """Some executions of a machine: seconds until all were started, and until all had succeeded."""

    started: float
    ended: float


class StepFunctionsConnection(asyncio.Protocol):
    """One connection to Step Functions."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.transport: asyncio.Transport
        self._buffer = b""
        self._answer: asyncio.Future[bytes] | None = None
        credential = f"{endpoint.key}/20260101/{endpoint.region}/states/aws4_request"
        self._head = (
            f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{endpoint.port}\r\n"
            "Content-Type: application/x-amz-json-1.0\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0\r\n"
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport  # type: ignore[assignment]

    async def call(self, operation: str, request: Mapping[str, object]) -> dict[str, Any]:
        """Return the answer to a request.

        Raises
        ------
        NotMeasured
            It is refused.
        """
        body = json.dumps(request).encode()
        target = f"X-Amz-Target: AWSStepFunctions.{operation}\r\n"
        head = f"{self._head}{target}Content-Length: {len(body)}\r\n\r\n"
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(head.encode() + body)
        async with asyncio.timeout(PATIENCE):
            answer = await self._answer
        status, _, document = answer.partition(b"\r\n\r\n")
        if not status.startswith(b"HTTP/1.1 200"):
            raise NotMeasured(f"{operation} is refused: {document.decode(errors='replace')}")
        return reading.mapping(json.loads(document), operation)

    def data_received(self, data: bytes) -> None:
        """Take an answer, or a part of it."""
        self._buffer += data
        if self._answer is not None and not self._answer.done() and answered(self._buffer):
            self._answer.set_result(self._buffer)
            self._buffer = b""

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is under way."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NotMeasured("the engine closed a connection"))


def endpoint_of(cloud: Cloud) -> Endpoint:
    """Return where the engine of a local cloud with ``bench/states``'s template is."""
    document = cloud.document()
    outputs = reading.mapping(document.get("outputs"), "outputs")
    key = reading.mapping(document.get("credentials"), "credentials")
    port = urlsplit(reading.text(document.get("engine"), "engine")).port
    return Endpoint(
        reading.whole(port, "engine"),
        reading.text(document.get("region"), "region"),
        reading.text(key.get("access_key_id"), "access_key_id"),
        reading.text(outputs.get("RoleArn"), "RoleArn"),
    )


@asynccontextmanager
async def connected(endpoint: Endpoint, count: int = 1) -> AsyncIterator[list[StepFunctionsConnection]]:
    """Open connections until the block ends."""
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(lambda: StepFunctionsConnection(endpoint), "127.0.0.1", endpoint.port)
        for _ in range(count)
    ]
    try:
        yield [connection for _, connection in opened]
    finally:
        for transport, _ in opened:
            transport.close()


def create(endpoint: Endpoint, name: str, definition: Definition, kind: str = "STANDARD") -> str:
    """Create a state machine; return its ARN."""
    return asyncio.run(_create(endpoint, name, definition, kind))


async def _create(endpoint: Endpoint, name: str, definition: Definition, kind: str) -> str:
    request = {"name": name, "definition": json.dumps(definition), "roleArn": endpoint.role, "type": kind}
    async with connected(endpoint) as (connection,):
        answer = await connection.call("CreateStateMachine", request)
    return reading.text(answer.get("stateMachineArn"), "stateMachineArn")


def run(endpoint: Endpoint, machine: str, data: object, count: int, at_once: int) -> Run:
    """Start executions over so many connections, and wait until all of them have succeeded.

    Raises
    ------
    NotMeasured
        One ended otherwise.
    """
    return asyncio.run(_run(endpoint, machine, data, count, at_once))


async def _run(endpoint: Endpoint, machine: str, data: object, count: int, at_once: int) -> Run:
    async with connected(endpoint, at_once) as connections:
        start = time.perf_counter()
        await _start(connections, machine, data, count)
        started = time.perf_counter() - start
        await _none_runs(connections[0], machine)
        ended = time.perf_counter() - start
        for status in BAD_ENDS:
            if (await _listed(connections[0], machine, status))["executions"]:
                raise NotMeasured(f"an execution of {machine} is {status}")
    return Run(started, ended)


def start(endpoint: Endpoint, machine: str, data: object, count: int, at_once: int) -> float:
    """Start executions and leave them running; return the seconds that it took."""
    return asyncio.run(_start_only(endpoint, machine, data, count, at_once))


async def _start_only(endpoint: Endpoint, machine: str, data: object, count: int, at_once: int) -> float:
    async with connected(endpoint, at_once) as connections:
        start = time.perf_counter()
        await _start(connections, machine, data, count)
        return time.perf_counter() - start


async def _start(connections: list[StepFunctionsConnection], machine: str, data: object, count: int) -> None:
    request = {"stateMachineArn": machine, "input": json.dumps(data)}
    numbers = iter(range(count))

    async def work(connection: StepFunctionsConnection) -> None:
        for _ in numbers:
            await connection.call("StartExecution", request)

    await asyncio.gather(*(work(connection) for connection in connections))


async def _none_runs(connection: StepFunctionsConnection, machine: str) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await _listed(connection, machine, "RUNNING"))["executions"]:  # noqa: ASYNC110 - it is asked
            await asyncio.sleep(POLL_SECONDS)


async def _listed(connection: StepFunctionsConnection, machine: str, status: str) -> dict[str, Any]:
    request = {"stateMachineArn": machine, "statusFilter": status, "maxResults": 1}
    return await connection.call("ListExecutions", request)
