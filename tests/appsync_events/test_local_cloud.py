"""An Event API as a template declares it, in a real local cloud: every part is the one that people run."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.appsync_events.support import ACK, SUBPROTOCOL, answered, packed
from tests.localcloud.running import Running, running, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.slow]
TEMPLATE = Path(__file__).parent / "deployed" / "template.yaml"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("events"), TEMPLATE) as cloud:
        yield cloud


def api(cloud: Running) -> dict[str, Any]:
    (event_api,) = cast("list[dict[str, Any]]", cloud.ready["event_apis"])
    return event_api


def appsync(cloud: Running) -> Any:
    return cloud.session().client("appsync", endpoint_url=cloud.engine)


def credential(cloud: Running) -> dict[str, str]:
    return {"host": cloud.outputs["Http"], "x-api-key": cloud.outputs["Key"]}


@asynccontextmanager
async def connected(
    cloud: Running, authorization: dict[str, str] | None = None
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    protocols = [SUBPROTOCOL, f"header-{packed(authorization or credential(cloud))}"]
    url = f"ws://{cloud.outputs['Realtime']}/event/realtime"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=protocols) as socket,
    ):
        assert await answered(socket, type="connection_init") == ACK
        yield socket


async def subscribe(cloud: Running, socket: aiohttp.ClientWebSocketResponse, channel: str) -> Any:
    frame = {"type": "subscribe", "id": channel, "channel": channel}
    return await answered(socket, **frame, authorization=credential(cloud))


async def publish(cloud: Running, channel: str, *events: object, signed: bool = False) -> tuple[int, Any]:
    url = f"http://{cloud.outputs['Http']}/event"
    body = json.dumps({"channel": channel, "events": [json.dumps(event) for event in events]})
    headers = {"x-api-key": cloud.outputs["Key"], "content-type": "application/json"}
    if signed:
        del headers["x-api-key"]
        request = AWSRequest("POST", url, headers=headers, data=body)
        keys = cloud.credentials
        credentials = Credentials(keys["access_key_id"], keys["secret_access_key"])
        SigV4Auth(credentials, "appsync", "us-east-1").add_auth(request)
        headers = dict(request.headers.items())
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=body, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


def test_ready_file_and_outputs_have_the_addresses(cloud: Running) -> None:
    host, addresses = cloud.outputs["Http"], api(cloud)
    assert addresses == {
        "id": cloud.outputs["Id"],
        "name": "deployed",
        "http": f"http://{host}/event",
        "realtime": f"ws://{host}/event/realtime",
        "api_keys": [cloud.outputs["Key"]],
    }
    assert appsync(cloud).get_api(apiId=addresses["id"])["api"]["dns"] == {"HTTP": host, "REALTIME": host}
    printed = cloud.printed.read_text()
    assert f"deployed    {addresses['http']}  AppSync Events: publish" in printed
    assert f"{addresses['realtime']}  subscribe" in printed
    assert "warning" not in printed


async def test_handler_stores_events_before_they_are_sent(cloud: Running) -> None:
    async with connected(cloud) as socket:
        assert (await subscribe(cloud, socket, "/messages/*"))["type"] == "subscribe_success"
        status, answer = await publish(cloud, "/messages/room/1", {"text": "hello"})
        assert (status, answer["failed"]) == (200, [])
        assert json.loads((await socket.receive_json())["event"]) == {"text": "hello", "stored": "hello"}
        denied = await subscribe(cloud, socket, "/messages/secret")
        assert denied["errors"][0]["errorType"] == "Unauthorized"
    table = cloud.session().resource("dynamodb", endpoint_url=cloud.engine).Table(cloud.outputs["Table"])
    (item,) = table.scan()["Items"]
    assert item == {
        "channel": "/messages/room/1",
        "id": answer["successful"][0]["identifier"],
        "text": "hello",
    }


async def test_lambda_function_handles_a_namespace(cloud: Running) -> None:
    async with connected(cloud) as socket:
        assert (await subscribe(cloud, socket, "/guarded/open"))["type"] == "subscribe_success"
        closed = await subscribe(cloud, socket, "/guarded/closed")
        assert closed["errors"][0]["message"] == "This channel is closed."
        assert (await publish(cloud, "/guarded/open", 1))[0] == 401
        assert (await publish(cloud, "/guarded/open", 1, signed=True))[0] == 200
        event = json.loads((await socket.receive_json())["event"])
        assert event == {"by": "administrator", "was": 1}


async def test_lambda_authorizer_admits_and_refuses(cloud: Running) -> None:
    async with connected(cloud, {"host": cloud.outputs["Http"], "Authorization": "let me in"}) as socket:
        frame = {"type": "subscribe", "id": "1", "channel": "/default/a"}
        answer = await answered(socket, **frame, authorization={"Authorization": "somebody"})
        assert answer["errors"][0]["errorType"] == "UnauthorizedException"
        answer = await answered(socket, **frame, authorization={"Authorization": "let me in"})
        assert answer["type"] == "subscribe_success"


async def test_change_applies_at_once_and_connections_outlast_it(cloud: Running) -> None:
    async with connected(cloud) as socket:
        await subscribe(cloud, socket, "/default/*")
        await publish(cloud, "/default/a", 1)
        assert (await socket.receive_json())["event"] == "1"
        code = "export const onPublish = (ctx) => ctx.events.map(({ id }) => ({ id, payload: 'changed' }))"
        client, api_id = appsync(cloud), cloud.outputs["Id"]
        client.update_channel_namespace(apiId=api_id, name="default", codeHandlers=code)
        content = ""
        while content != '"changed"':  # the engine reports the change after a moment
            await publish(cloud, "/default/a", 1)
            content = (await socket.receive_json())["event"]
        client.create_channel_namespace(apiId=api_id, name="fresh")
        while (await publish(cloud, "/fresh/a", 1))[0] != 200:
            pass


def test_event_api_created_by_a_call_is_served_until_it_is_deleted(cloud: Running) -> None:
    client = appsync(cloud)
    key = [{"authType": "API_KEY"}]
    config = {
        "authProviders": key,
        "connectionAuthModes": key,
        "defaultPublishAuthModes": key,
        "defaultSubscribeAuthModes": key,
    }
    api = client.create_api(name="second", eventConfig=config)["api"]
    client.create_channel_namespace(apiId=api["apiId"], name="default")
    value = client.create_api_key(apiId=api["apiId"])["apiKey"]["id"]

    def published() -> bool:
        body = json.dumps({"channel": "/default/a", "events": ["1"]}).encode()
        url = f"http://{api['dns']['HTTP']}/event"
        request = urllib.request.Request(url, body, {"x-api-key": value})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    wait_for(published, what="publishing to the new API")
    client.delete_api(apiId=api["apiId"])
    wait_for(lambda: not published(), what="the end of the deleted API")
