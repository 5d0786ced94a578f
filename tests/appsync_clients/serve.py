"""Serve the API of these tests in a process of its own: ``python -m tests.appsync_clients.serve CONFIG``.

``CONFIG`` is JSON: ``port``, ``issuer`` (where the keys of the user pool and of the OpenID provider are),
``keep_alive``, and ``folder``: ``apis`` for the GraphQL API, ``event-apis`` for the Event API. It prints the
control endpoint's address once it serves, and stops at SIGTERM; ``/live`` there lists what is live.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import aiohttp
import uvloop

from localcloud.appsync.datasources.clients import DataSourceClients
from localcloud.appsync.definition import JSON
from localcloud.appsync.resolving import ResolverEngine
from localcloud.appsync.service import AppSyncService
from localcloud.appsync.serving.connection import RealtimeSettings
from localcloud.auth.principals import Principal
from localcloud.aws import Credentials, EngineAddress
from localcloud.functions.model import InvokeResult
from tests.appsync_clients.api import ACCOUNT, AUTHORIZER, ID, REGION, definition, event_definition
from tests.appsync_clients.people import ADMINISTRATOR, PASSWORD, TEMPORARY


class Registry:
    """One holder of temporary credentials, as a function of the Lambda service is."""

    def identity_for(self, access_key_id: str) -> Principal | None:
        """Return the holder, when it is that key."""
        if access_key_id != TEMPORARY.access_key_id:
            return None
        return Principal(
            TEMPORARY.access_key_id,
            TEMPORARY.secret_access_key,
            ACCOUNT,
            f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/one",
            "AROAWORKER:one",
            session_token=TEMPORARY.session_token,
        )


class Functions:
    """The one function there is: the Lambda authorizer, which lets one token in."""

    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        """Answer as the function would."""
        assert function == AUTHORIZER
        answer = {"isAuthorized": json.loads(payload)["authorizationToken"] == PASSWORD}
        return InvokeResult(json.dumps(answer).encode(), None, "", "request", "$LATEST")


async def serve(config: dict[str, JSON]) -> None:
    """Serve until SIGTERM."""
    engine = EngineAddress(
        str(config["issuer"]),
        REGION,
        ACCOUNT,
        Credentials(ADMINISTRATOR.access_key_id, ADMINISTRATOR.secret_access_key),
    )
    functions, folder = Functions(), str(config["folder"])
    sources = DataSourceClients(engine, functions)
    service = AppSyncService(
        engine,
        lambda api: ResolverEngine(api, sources=sources),
        registry=Registry(),
        functions=functions,
        settings=RealtimeSettings(keep_alive_seconds=float(str(config["keep_alive"]))),
        load=lambda _id: definition(engine.endpoint),
        load_events=lambda _id: event_definition(engine.endpoint),
    )

    async def live(_rest: str, _body: dict[str, JSON]) -> dict[str, JSON]:
        serving = service.events if folder == "event-apis" else service
        return {"connections": serving.connections(ID), "subscriptions": len(serving.hub(ID))}

    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    service.control.add("GET", "live", live)
    await service.start(first_api_port=int(str(config["port"])))
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{service.control.url}/{folder}/{ID}", json={"name": "clients"}) as opened,
        ):
            assert opened.status == 200, await opened.text()
        sys.stdout.write(f"{service.control.url}\n")
        sys.stdout.flush()
        await stopping.wait()
    finally:
        await service.stop()
        await sources.close()


if __name__ == "__main__":
    uvloop.run(serve(json.loads(sys.argv[1])))
