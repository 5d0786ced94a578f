"""gql's own AppSync transports and botocore's signer, against the doors: nothing changed but the URL."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import (
    AppSyncApiKeyAuthentication,
    AppSyncAuthentication,
    AppSyncIAMAuthentication,
    AppSyncJWTAuthentication,
)
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import TransportQueryError, TransportServerError

from tests.appsync.doors_support import ACCOUNT, API_KEY, ENGINE, REGION, Running, running, until_live

ADMINISTRATOR = Credentials(ACCOUNT, ENGINE.credentials.secret_access_key)
SUBSCRIPTION = gql("subscription On($room: String) { onSay(room: $room) { id text room } }")
MUTATION = gql('mutation Say($text: String) { say(id: 1, text: $text, room: "a") { id text room } }')


@pytest.fixture
async def cloud() -> AsyncIterator[Running]:
    async with running() as up:
        yield up


def host_of(up: Running) -> str:
    return up.address.graphql.split("/")[2]


def authentication(kind: str, up: Running) -> AppSyncAuthentication:
    host = host_of(up)
    if kind == "api_key":
        return AppSyncApiKeyAuthentication(host=host, api_key=API_KEY)
    if kind == "jwt":
        return AppSyncJWTAuthentication(host=host, jwt=up.pool.token())
    return iam(host, ADMINISTRATOR)


def iam(host: str, credentials: Credentials) -> AppSyncIAMAuthentication:
    session = botocore.session.Session()
    return AppSyncIAMAuthentication(host=host, region_name=REGION, credentials=credentials, session=session)


KINDS = ("api_key", "jwt", "iam")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_query_over_http(cloud: Running, kind: str) -> None:
    transport = AIOHTTPTransport(url=cloud.address.graphql, auth=authentication(kind, cloud))
    async with Client(transport=transport) as session:
        answer = await session.execute(
            gql("{ message(id: 7) { id text mood } }" if kind == "api_key" else "{ identity }")
        )
    assert "message" in answer or json.loads(answer["identity"])["sourceIp"] == ["127.0.0.1"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_subscription_gets_what_a_mutation_says(cloud: Running, kind: str) -> None:
    host = authentication(kind, cloud)
    async with (
        Client(transport=AppSyncWebsocketsTransport(url=cloud.address.realtime, auth=host)) as subscriber,
        Client(transport=AIOHTTPTransport(url=cloud.address.graphql, auth=host)) as publisher,
    ):
        SUBSCRIPTION.variable_values = {"room": "a"}
        events = subscriber.subscribe(SUBSCRIPTION)
        waiting = asyncio.ensure_future(anext(events))
        await until_live(cloud, 1)
        MUTATION.variable_values = {"text": "hello"}
        await publisher.execute(MUTATION)
        assert await waiting == {"onSay": {"id": "1", "text": "hello", "room": "a"}}
        await events.aclose()
    await until_live(cloud, 0)


async def test_a_post_signed_by_botocore(cloud: Running) -> None:
    body = json.dumps({"query": "mutation { backendSay(id: 1) { id } }"})
    request = AWSRequest(
        "POST", cloud.address.graphql, headers={"Content-Type": "application/json"}, data=body
    )
    SigV4Auth(ADMINISTRATOR, "appsync", REGION).add_auth(request)
    status, answer = await cloud.post(body, **dict(request.headers.items()))
    assert (status, answer) == (200, {"data": {"backendSay": {"id": "1"}}})


async def test_a_wrong_key_is_refused_on_the_socket(cloud: Running) -> None:
    auth = AppSyncApiKeyAuthentication(host=host_of(cloud), api_key="da2-wrong")
    with pytest.raises(TransportServerError, match="You are not authorized to make this call"):
        async with Client(transport=AppSyncWebsocketsTransport(url=cloud.address.realtime, auth=auth)):
            raise AssertionError("let in")


async def test_a_wrong_secret_is_refused_on_the_socket(cloud: Running) -> None:
    auth = iam(host_of(cloud), Credentials(ACCOUNT, "guessed"))
    with pytest.raises(TransportServerError, match="You are not authorized to make this call"):
        async with Client(transport=AppSyncWebsocketsTransport(url=cloud.address.realtime, auth=auth)):
            raise AssertionError("let in")


async def test_a_subscription_that_is_not_valid_says_why(cloud: Running) -> None:
    auth = authentication("api_key", cloud)
    transport = AppSyncWebsocketsTransport(url=cloud.address.realtime, auth=auth)
    async with Client(transport=transport) as session:
        with pytest.raises(TransportQueryError) as refused:
            await anext(session.subscribe(gql("subscription { onSay { nothing } }")))
    assert refused.value.errors is not None
    assert refused.value.errors[0]["errors"][0]["message"] == (
        "Validation error of type FieldUndefined: "
        "Field 'nothing' in type 'Message' is undefined @ 'onSay/nothing'"
    )
