#!/usr/bin/env bash
# gql 4.4.0: with a server that speaks both protocols of subscriptions it speaks the legacy one, and never pings.
#
# One would expect: both sides know graphql-transport-ws, so they speak it; a client lists subprotocols in the
#   order of its preference (RFC 6455, section 4.1), and the legacy one of Apollo, "graphql-ws", is the fallback.
#   ping_interval=… makes the client ping.
# What happens: WebsocketsTransport offers the legacy one first. strawberry 0.341.2 prefers the new one by its
#   own list, but aiohttp's handshake takes the first of the client's that the server has. The legacy protocol
#   has no ping, so ping_interval, which was set and taken, does nothing, without a word. Where a server
#   names no subprotocol, gql takes the legacy one for agreed as well.
# Why it matters: the pings are there to keep a quiet subscription through proxies and gateways that end what is
#   silent (API Gateway: ten minutes), and to notice a connection that is dead.
# What we do: the companion picks graphql-transport-ws wherever it is offered, in whatever place. For other
#   servers pass subprotocols=["graphql-transport-ws"].
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  'gql[websockets]==4.4.0' websockets==17.4 strawberry-graphql==0.341.2 aiohttp==3.14.5 graphql-core==3.3.2

cat > "$folder/try.py" <<'PYTHON'
import asyncio
import json
from collections.abc import AsyncGenerator
from importlib.metadata import version

import strawberry
from aiohttp import web
from gql import Client, gql
from gql.transport.websockets import WebsocketsTransport
from strawberry.aiohttp.views import GraphQLView


@strawberry.type
class Query:
    unused: int = 0


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def quiet(self) -> AsyncGenerator[int, None]:
        yield 1
        await asyncio.Event().wait()


@web.middleware
async def show_handshake(request, handler):
    print("  offered:", request.headers["Sec-WebSocket-Protocol"])
    return await handler(request)


async def follow(address, options):
    transport = WebsocketsTransport(address, ping_interval=0.2, **options)
    kinds = []
    pinged = asyncio.Event()
    send = transport.adapter.send

    async def record(text):
        kinds.append(json.loads(text)["type"])
        if kinds[-1] == "ping":
            pinged.set()
        await send(text)

    transport.adapter.send = record
    async with Client(transport=transport) as session:
        async for _ in session.subscribe(gql("subscription { quiet }")):
            print("  agreed:", transport.subprotocol)
            try:
                await asyncio.wait_for(pinged.wait(), 20 if options else 4)
            except TimeoutError:
                pass
            break
        print("  sent:", *dict.fromkeys(kinds[:3]))


async def main():
    print("gql", version("gql"))
    app = web.Application(middlewares=[show_handshake])
    app.router.add_get("/graphql", GraphQLView(schema=strawberry.Schema(Query, subscription=Subscription)))
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    for options in ({}, {"subprotocols": ["graphql-transport-ws"]}):
        print("ping_interval=0.2", *(f"{name}={value}" for name, value in options.items()))
        await follow(f"ws://127.0.0.1:{runner.addresses[0][1]}/graphql", options)
    await runner.cleanup()


asyncio.run(main())
PYTHON

timeout 60 "$folder/venv/bin/python" "$folder/try.py" | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
gql 4.4.0
ping_interval=0.2
  offered: graphql-ws, graphql-transport-ws
  agreed: graphql-ws
  sent: connection_init start
ping_interval=0.2 subprotocols=['graphql-transport-ws']
  offered: graphql-transport-ws
  agreed: graphql-transport-ws
  sent: connection_init subscribe ping
EXPECTED
