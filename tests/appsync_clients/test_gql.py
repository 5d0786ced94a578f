"""gql with each of its authentication classes, against the served API: nothing is changed but the URL."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

import botocore.session
import pytest
from botocore.credentials import Credentials
from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import (
    AppSyncApiKeyAuthentication,
    AppSyncAuthentication,
    AppSyncIAMAuthentication,
    AppSyncJWTAuthentication,
)
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport
from gql.transport.exceptions import (
    TransportConnectionFailed,
    TransportError,
    TransportQueryError,
    TransportServerError,
)
from tenacity import retry, retry_if_exception_type, wait_fixed

from tests.appsync_clients.api import API_KEY, REGION
from tests.appsync_clients.people import ADMINISTRATOR, PASSWORD, TEMPORARY, Issuer, Keys
from tests.appsync_clients.served import Served, served

MODES = {
    "api_key": "API Key Authorization",
    "iam": "IAM Authorization",
    "iam_session": "IAM Authorization",
    "cognito": "User Pool Authorization",
    "oidc": "Open ID Connect Authorization",
    "lambda": "Lambda Authorization",
}
ON_WRITE = "subscription On($room: String) { onWrite(room: $room) { room text stars } }"
WRITE = "mutation Write($room: String!, $text: String!, $stars: Int) {\
 write(room: $room, text: $text, stars: $stars) { room text stars } }"


def iam(host: str, keys: Keys) -> AppSyncIAMAuthentication:
    credentials = Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)
    session = botocore.session.Session()
    return AppSyncIAMAuthentication(host=host, region_name=REGION, credentials=credentials, session=session)


def authentication(mode: str, api: Served) -> AppSyncAuthentication:
    if mode == "api_key":
        return AppSyncApiKeyAuthentication(host=api.host, api_key=API_KEY)
    tokens = {"cognito": api.issuer.user_token, "oidc": api.issuer.open_id_token, "lambda": lambda: PASSWORD}
    if mode in tokens:
        return AppSyncJWTAuthentication(host=api.host, jwt=tokens[mode]())
    return iam(api.host, ADMINISTRATOR if mode == "iam" else TEMPORARY)


def request(query: str, **variables: object) -> GraphQLRequest:
    return gql(query) if not variables else GraphQLRequest(query, variable_values=variables)


def over_http(api: Served, mode: str = "api_key") -> Client:
    return Client(transport=AIOHTTPTransport(url=api.graphql, auth=authentication(mode, api)))


def over_socket(api: Served, mode: str = "api_key", **options: Any) -> Client:
    auth = authentication(mode, api)
    return Client(transport=AppSyncWebsocketsTransport(url=api.realtime, auth=auth, **options))


async def write(api: Served, room: str, text: str, stars: int | None = None) -> None:
    async with over_http(api) as session:
        await session.execute(request(WRITE, room=room, text=text, stars=stars))


@pytest.mark.parametrize("mode", MODES)
async def test_gql_subscription_receives_the_event_of_a_mutation(api: Served, mode: str) -> None:
    async with over_socket(api, mode) as subscriber, over_http(api, mode) as publisher:
        assert await publisher.execute(request("{ mode }")) == {"mode": MODES[mode]}
        async with aclosing(subscriber.subscribe(request(ON_WRITE, room=mode))) as events:
            waiting = asyncio.ensure_future(anext(events))
            await api.until_live(subscriptions=1, connections=1)
            await publisher.execute(request(WRITE, room="another", text="not for you"))
            await publisher.execute(request(WRITE, room=mode, text="hello"))
            assert await waiting == {"onWrite": {"room": mode, "text": "hello", "stars": None}}
        await api.until_live(subscriptions=0, connections=1)
    await api.until_live(subscriptions=0, connections=0)


async def test_gql_subscription_obeys_an_enhanced_filter(api: Served) -> None:
    query = "subscription On($atLeast: Int!) { onStars(atLeast: $atLeast) { text stars } }"
    async with (
        over_socket(api) as session,
        aclosing(session.subscribe(request(query, atLeast=3))) as events,
    ):
        waiting = asyncio.ensure_future(anext(events))
        await api.until_live(subscriptions=1)
        await write(api, "r", "without")
        await write(api, "r", "too few", 2)
        await write(api, "r", "enough", 3)
        # The mutation selected `text` and `stars`, among others.
        assert await waiting == {"onStars": {"text": "enough", "stars": 3}}
    await api.until_live(subscriptions=0, connections=0)


async def test_gql_receives_type_data_and_info_of_a_failed_field(api: Served) -> None:
    async with over_http(api) as session:
        with pytest.raises(TransportQueryError) as failed:
            await session.execute(request("{ mode cupboard { shelf } }"))
    assert failed.value.data == {"mode": "API Key Authorization", "cupboard": None}
    assert failed.value.errors == [
        {
            "path": ["cupboard"],
            "data": {"shelf": 3},
            "errorType": "CupboardLocked",
            "errorInfo": {"keyHolder": "ada"},
            "locations": [{"line": 3, "column": 3, "sourceName": None}],  # as gql prints the document
            "message": "The cupboard is locked.",
        }
    ]


async def test_gql_sees_an_iam_field_with_iam_alone(api: Served) -> None:
    query = request('mutation { write(room: "r", text: "t") { text signature } }')
    async with over_http(api, "iam") as session:
        assert await session.execute(query) == {"write": {"text": "t", "signature": "the backend"}}
    async with over_http(api, "cognito") as session:
        with pytest.raises(TransportQueryError) as refused:
            await session.execute(query)
    assert refused.value.data == {"write": {"text": "t", "signature": None}}
    assert refused.value.errors is not None
    (error,) = refused.value.errors
    assert (error["path"], error["errorType"], error["message"]) == (
        ["write", "signature"],
        "Unauthorized",
        "Not Authorized to access signature on type Note",
    )


def a_bad_credential(mode: str, api: Served) -> AppSyncAuthentication:
    if mode == "api_key":
        return AppSyncApiKeyAuthentication(host=api.host, api_key="da2-wrong")
    tokens = {
        "cognito": api.issuer.user_token(sub=None),
        "oidc": api.issuer.open_id_token(aud="another"),
        "lambda": "a guess",
    }
    if mode in tokens:
        return AppSyncJWTAuthentication(host=api.host, jwt=tokens[mode])
    return iam(api.host, Keys(ADMINISTRATOR.access_key_id, "guessed"))


NO_SUCH_SIGNATURE = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
    "Access Key and signing method. Consult the service documentation for details."
)
NOT_AUTHORIZED = "You are not authorized to make this call."


@pytest.mark.parametrize(
    ("mode", "error_type", "message"),
    [
        ("api_key", "UnauthorizedException", NOT_AUTHORIZED),
        ("cognito", "UnauthorizedException", NOT_AUTHORIZED),
        ("oidc", "UnauthorizedException", NOT_AUTHORIZED),
        ("lambda", "UnauthorizedException", NOT_AUTHORIZED),
        ("iam", "InvalidSignatureException", NO_SUCH_SIGNATURE),
    ],
)
async def test_gql_with_an_invalid_credential_is_refused_over_both_protocols(
    api: Served, mode: str, error_type: str, message: str
) -> None:
    auth = a_bad_credential(mode, api)
    with pytest.raises(TransportQueryError) as refused:
        async with Client(transport=AIOHTTPTransport(url=api.graphql, auth=auth)) as session:
            await session.execute(request("{ mode }"))
    assert refused.value.errors == [{"errorType": error_type, "message": message}]
    with pytest.raises(TransportServerError) as refused_there:
        async with Client(transport=AppSyncWebsocketsTransport(url=api.realtime, auth=auth)):
            raise AssertionError("let in")
    assert str(refused_there.value) == (
        "Server error: '{'errors': [{'errorType': 'UnauthorizedException', "
        "'message': 'You are not authorized to make this call.', 'errorCode': 401}]}'"
    )


@pytest.mark.parametrize(
    ("query", "error_type", "message"),
    [
        (
            "subscription { onBackend { text } }",
            "Unauthorized",
            "Not Authorized to access onBackend on type Subscription",
        ),
        (
            'subscription { onGuarded(room: "attic") { text } }',
            "Unauthorized",
            "Not Authorized to access onGuarded on type Subscription",
        ),
        (
            "subscription { onWrite { nothing } }",
            None,
            "Validation error of type FieldUndefined: "
            "Field 'nothing' in type 'Note' is undefined @ 'onWrite/nothing'",
        ),
    ],
)
async def test_gql_receives_the_reason_of_a_refused_subscription(
    api: Served, query: str, error_type: str | None, message: str
) -> None:
    async with over_socket(api) as session:
        with pytest.raises(TransportQueryError) as refused:
            await anext(session.subscribe(request(query)))
        assert refused.value.errors is not None
        (error,) = refused.value.errors[0]["errors"]
        assert (error.get("errorType"), error["message"]) == (error_type, message)
        # The connection is as good as before.
        async with aclosing(session.subscribe(request(ON_WRITE, room="after"))) as events:
            waiting = asyncio.ensure_future(anext(events))
            await api.until_live(subscriptions=1)
            await write(api, "after", "still here")
            assert (await waiting)["onWrite"]["text"] == "still here"
    await api.until_live(subscriptions=0, connections=0)


async def events_for_ever(client: Client, room: str) -> AsyncGenerator[str, None]:
    """Subscribe again whenever the connection goes: gql connects again, and leaves that to its users."""
    often = retry(retry=retry_if_exception_type(Exception), wait=wait_fixed(0.2))
    session = await client.connect_async(  # type: ignore[no-untyped-call]
        reconnecting=True, retry_connect=often, retry_execute=False
    )
    try:
        while True:
            try:
                async for event in session.subscribe(request(ON_WRITE, room=room)):
                    yield event["onWrite"]["text"]
            except TransportError:
                await asyncio.sleep(0.1)
    finally:
        await client.close_async()  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_gql_reconnects_after_the_server_restarts(api: Served, how: signal.Signals) -> None:
    async with aclosing(events_for_ever(over_socket(api), "r")) as events:
        waiting = asyncio.ensure_future(anext(events))
        await api.until_live(subscriptions=1, connections=1)
        await write(api, "r", "before")
        assert await waiting == "before"
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.to_thread(api.stop, how)
        await asyncio.to_thread(api.start)
        await api.until_live(subscriptions=1, connections=1)
        await write(api, "r", "after")
        assert await waiting == "after"
    await api.until_live(subscriptions=0, connections=0)


async def test_gql_fails_to_connect_while_the_server_is_down(api: Served) -> None:
    await asyncio.to_thread(api.stop)
    try:
        with pytest.raises(TransportConnectionFailed):
            async with over_http(api) as session:
                await session.execute(request("{ mode }"))
    finally:
        await asyncio.to_thread(api.start)


@pytest.mark.slow
async def test_gql_stays_connected_by_keep_alive_frames(tokens: Issuer) -> None:
    with served(tokens, keep_alive=0.2) as lively, served(tokens, keep_alive=600) as silent:
        async with (
            over_socket(lively, keep_alive_timeout=5) as kept,
            over_socket(silent, keep_alive_timeout=5) as lost,
            aclosing(kept.subscribe(request(ON_WRITE, room="r"))) as events,
            aclosing(lost.subscribe(request(ON_WRITE, room="r"))) as never,
        ):
            waiting = asyncio.ensure_future(anext(events))
            # By the time that this one is given up, the other has lived for longer than it waits for a frame.
            with pytest.raises(TransportError, match="No keep-alive message has been received"):
                await anext(never)
            await lively.until_live(subscriptions=1)
            await write(lively, "r", "hello")
            assert (await waiting)["onWrite"]["text"] == "hello"
