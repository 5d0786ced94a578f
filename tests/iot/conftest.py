"""One engine with its endpoint for all of these tests, on a thread; authorizers' functions are Python's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
import pytest

from localcloud.aws import Credentials, EngineAddress
from localcloud.iot import IotAddress, IotService
from localcloud.iot.limits import Times
from tests.engine.world import ACCOUNT, REGION, World

SECRET = "secret-of-the-administrator"
OWN = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "iot:*",
            "Resource": ["*:client/ann*", "*:topic/own/*", "*:topicfilter/own/*"],
        }
    ],
}


def granted(**changes: Any) -> dict[str, Any]:
    """Return an authorizer's answer."""
    answer = {
        "isAuthenticated": True,
        "principalId": "ann",
        "disconnectAfterInSeconds": 3600,
        "refreshAfterInSeconds": 3600,
        "policyDocuments": [OWN],
    }
    return {**answer, **changes}


@dataclass
class Result:
    payload: bytes
    function_error: str | None = None


@dataclass
class Endpoint:
    """The endpoint, and what authorizers receive and answer."""

    world: World
    engine: EngineAddress
    address: IotAddress
    service: IotService
    answers: dict[str, Callable[[dict[str, Any]], Any]]
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.address.endpoint.rpartition(":")[2])

    def authorizer(
        self, answer: Callable[[dict[str, Any]], Any], *, permitted: bool = True, **more: Any
    ) -> str:
        """Make an authorizer; return its name."""
        name = self.world.name("authorizer")
        function = self.world.function(answer)
        self.answers[function] = answer
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}"
        whole = {"signingDisabled": True, "status": "ACTIVE", **more}
        created = self.world.client("iot").create_authorizer(
            authorizerName=name, authorizerFunctionArn=arn, **whole
        )
        if permitted:
            self.world.client("lambda").add_permission(
                FunctionName=function,
                StatementId="iot",
                Action="lambda:InvokeFunction",
                Principal="iot.amazonaws.com",
                SourceArn=created["authorizerArn"],
            )
        return name

    def client(self, authorizer: str, client_id: str, password: str = "token", **more: Any) -> aiomqtt.Client:
        whole: dict[str, Any] = {"protocol": aiomqtt.ProtocolVersion.V5, "timeout": 60, **more}
        return aiomqtt.Client(
            "127.0.0.1",
            self.port,
            transport="websockets",
            websocket_path="/mqtt",
            identifier=client_id,
            username=f"?x-amz-customauthorizer-name={authorizer}",
            password=password,
            **whole,
        )


def on_a_thread(loop: asyncio.AbstractEventLoop) -> threading.Thread:
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    return thread


@pytest.fixture(scope="package")
def endpoint() -> Iterator[Endpoint]:
    with contextlib.closing(World()) as world:
        engine = EngineAddress(world.endpoint, REGION, ACCOUNT, Credentials(ACCOUNT, SECRET))
        answers: dict[str, Callable[[dict[str, Any]], Any]] = {}
        events: list[dict[str, Any]] = []

        async def invoke(function: str, payload: bytes, *, limit: float | None = None) -> Result:
            assert limit == 5
            event = json.loads(payload)
            events.append(event)
            answer = answers[function.rpartition(":")[2]](event)
            if isinstance(answer, Awaitable):
                answer = await answer
            failed = "Unhandled" if answer is None else None
            return Result(json.dumps(answer).encode(), failed)

        loop = asyncio.new_event_loop()
        thread = on_a_thread(loop)
        service = IotService(
            engine, invoke, times=Times(connect=60, shortest_keep_alive=0.2, shortest_life=0.1)
        )

        def call(work: Any) -> Any:
            return asyncio.run_coroutine_threadsafe(work, loop).result(60)

        call(service.start())
        try:
            yield Endpoint(world, engine, service.address, service, answers, events)
        finally:
            call(service.stop())
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until ``condition`` holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0.01)
