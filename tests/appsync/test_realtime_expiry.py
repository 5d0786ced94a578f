"""A token that ends during its connection, with a user pool of the test's own: what is live goes on."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any

from tests.appsync.endpoint_support import API_KEY, Running, running

SUBSCRIBE = json.dumps({"query": "subscription { onSay { id } }"})
EXPIRED = {"errors": [{"errorType": "UnauthorizedException", "message": "Token has expired."}]}


def start(id_: str, token: str) -> dict[str, Any]:
    authorization = {"host": "127.0.0.1", "Authorization": token}
    payload = {"data": SUBSCRIBE, "extensions": {"authorization": authorization}}
    return {"id": id_, "type": "start", "payload": payload}


async def say(up: Running) -> None:
    await up.query('mutation { say(id: "7") { id } }', x_api_key=API_KEY)


async def test_subscription_outlasts_its_token_and_a_start_needs_a_new_one() -> None:
    async with running() as up:
        # Whole seconds, as in every token: it has between four and five of them left.
        ends = int(time.time()) + 5
        token = up.pool.token(exp=ends)
        header = base64.b64encode(json.dumps({"host": "127.0.0.1", "Authorization": token}).encode()).decode()
        query = {"header": header, "payload": "e30="}
        async with up.session.ws_connect(
            up.address.realtime, params=query, protocols=["graphql-ws"]
        ) as socket:
            await socket.send_json({"type": "connection_init"})
            assert (await socket.receive_json(timeout=60))["type"] == "connection_ack"
            await socket.send_json(start("live", token))
            assert await socket.receive_json(timeout=60) == {"id": "live", "type": "start_ack"}
            async with asyncio.timeout(60):
                while (await up.post({"query": "{ identity }"}, authorization=token))[0] == 200:
                    await asyncio.sleep(0.05)

            event = {"id": "live", "type": "data", "payload": {"data": {"onSay": {"id": "7"}}}}
            await say(up)
            assert await socket.receive_json(timeout=60) == event
            await socket.send_json(start("late", token))
            assert await socket.receive_json(timeout=60) == {
                "id": "late",
                "type": "error",
                "payload": EXPIRED,
            }
            await socket.send_json(start("renewed", up.pool.token()))
            assert await socket.receive_json(timeout=60) == {"id": "renewed", "type": "start_ack"}
            await say(up)
            received = [await socket.receive_json(timeout=60) for _ in range(2)]
            assert sorted(frame["id"] for frame in received) == ["live", "renewed"]
        async with up.session.ws_connect(
            up.address.realtime, params=query, protocols=["graphql-ws"]
        ) as socket:
            await socket.send_json({"type": "connection_init"})
            assert (await socket.receive_json(timeout=60))["type"] == "connection_error"
