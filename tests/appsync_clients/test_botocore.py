"""Requests and handshakes that botocore's signer has signed, as those do who use no client at all."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping

import aiohttp
import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from yarl import URL

from tests.appsync_clients.api import REGION
from tests.appsync_clients.people import ADMINISTRATOR, TEMPORARY, Keys
from tests.appsync_clients.served import Served

WRITE = '{"query": "mutation { write(room: \\"r\\", text: \\"signed\\") { text signature } }"}'
START = '{"query": "subscription { onBackend { text } }", "variables": {}}'
REFUSED = {
    "type": "connection_error",
    "payload": {
        "errors": [
            {
                "errorType": "UnauthorizedException",
                "message": "You are not authorized to make this call.",
                "errorCode": 401,
            }
        ]
    },
}


def signed(keys: Keys, url: str, body: str) -> dict[str, str]:
    """Return the headers of a request that is signed as boto3 signs its own."""
    session = boto3.Session(keys.access_key_id, keys.secret_access_key, keys.session_token, REGION)
    credentials = session.get_credentials()
    assert credentials is not None
    request = AWSRequest("POST", url, headers={"Content-Type": "application/json"}, data=body)
    SigV4Auth(credentials.get_frozen_credentials(), "appsync", REGION).add_auth(request)
    return {**dict(request.headers.items()), "host": url.split("/")[2]}


@pytest.mark.parametrize("keys", [ADMINISTRATOR, TEMPORARY], ids=["user", "session"])
async def test_botocore_posts_a_signed_request(api: Served, keys: Keys) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(api.graphql, data=WRITE, headers=signed(keys, api.graphql, WRITE)) as answer,
    ):
        assert answer.status == 200
        document = {"write": {"text": "signed", "signature": "the backend"}}
        assert await answer.json() == {"data": document}


async def test_botocore_post_changed_after_signing_is_refused(api: Served) -> None:
    headers = signed(ADMINISTRATOR, api.graphql, WRITE)
    async with (
        aiohttp.ClientSession() as session,
        session.post(api.graphql, data=WRITE + " ", headers=headers) as answer,
    ):
        assert answer.status == 403
        assert answer.headers["x-amzn-ErrorType"] == "InvalidSignatureException"


Handshake = tuple[str, tuple[str, ...], dict[str, str]]
"""What the three forms differ in: the query, the subprotocols, the headers."""
Form = Callable[[Mapping[str, str]], Handshake]


def as_query(headers: Mapping[str, str]) -> Handshake:
    encoded = base64.b64encode(json.dumps(dict(headers)).encode()).decode()
    return f"?header={encoded.replace('+', '%2B')}&payload=e30=", ("graphql-ws",), {}


def as_subprotocol(headers: Mapping[str, str]) -> Handshake:
    encoded = base64.urlsafe_b64encode(json.dumps(dict(headers)).encode()).decode().rstrip("=")
    return "", ("graphql-ws", f"header-{encoded}"), {}


def as_headers(headers: Mapping[str, str]) -> Handshake:
    return "", ("graphql-ws",), dict(headers)


FORMS = [as_query, as_subprotocol, as_headers]


@pytest.mark.parametrize("path", ["/graphql", "/graphql/realtime"])
@pytest.mark.parametrize("keys", [ADMINISTRATOR, TEMPORARY], ids=["user", "session"])
@pytest.mark.parametrize("form", FORMS)
async def test_botocore_signs_a_handshake_and_a_start(api: Served, form: Form, keys: Keys, path: str) -> None:
    query, protocols, headers = form(signed(keys, f"{api.graphql}/connect", "{}"))
    url = URL(f"ws://{api.host}{path}{query}", encoded=True)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=protocols, headers=headers) as socket,
    ):
        assert socket.protocol == "graphql-ws"
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json())["type"] == "connection_ack"
        authorization = signed(keys, api.graphql, START)
        payload = {"data": START, "extensions": {"authorization": authorization}}
        await socket.send_json({"id": "1", "type": "start", "payload": payload})
        assert await socket.receive_json() == {"id": "1", "type": "start_ack"}
        async with session.post(api.graphql, data=WRITE, headers=signed(keys, api.graphql, WRITE)):
            event = {"data": {"onBackend": {"text": "signed"}}}
            assert await socket.receive_json() == {"id": "1", "type": "data", "payload": event}
        # What was signed for one document starts no other.
        another = {**payload, "data": START.replace("text", "room")}
        await socket.send_json({"id": "2", "type": "start", "payload": another})
        refused = await socket.receive_json()
        assert (refused["id"], refused["type"]) == ("2", "error")
        assert refused["payload"]["errors"][0]["errorType"] == "BadRequestException"
    await api.until_live(subscriptions=0, connections=0)


@pytest.mark.parametrize("form", FORMS)
async def test_botocore_handshake_signed_for_another_payload_is_refused(api: Served, form: Form) -> None:
    query, protocols, headers = form(signed(ADMINISTRATOR, api.graphql, "{}"))
    url = URL(f"{api.realtime}{query}", encoded=True)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, protocols=protocols, headers=headers) as socket,
    ):
        await socket.send_json({"type": "connection_init"})
        assert await socket.receive_json() == REFUSED
        closed = await socket.receive()
        assert closed.type is aiohttp.WSMsgType.CLOSE
        assert (closed.data, closed.extra) == (1008, "UnauthorizedException")
