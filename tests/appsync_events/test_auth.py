"""Who may connect, subscribe and publish: modes by operation and by namespace, all five of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from localcloud.appsync.definition import AuthMode, AuthType, LambdaAuthorizerConfig, UserPoolConfig
from localcloud.appsync.events.definition import EventApiDefinition, Namespace
from tests.appsync.auth_support import FakeFunctions, serving
from tests.appsync.endpoint_support import ACCOUNT, API_KEY, ENGINE, POOL, REGION
from tests.appsync_events.support import (
    FUNCTION,
    KEY,
    Running,
    answered,
    connected,
    definition,
    namespace,
    running,
    subscribed,
)

SECRET = ENGINE.credentials.secret_access_key
IAM: frozenset[AuthType] = frozenset({"AWS_IAM"})
POOLS: frozenset[AuthType] = frozenset({"AMAZON_COGNITO_USER_POOLS"})
LAMBDA: frozenset[AuthType] = frozenset({"AWS_LAMBDA"})
ALL = (
    AuthMode("API_KEY"),
    AuthMode("AWS_IAM"),
    AuthMode("AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION)),
    AuthMode("AWS_LAMBDA", lambda_authorizer=LambdaAuthorizerConfig(FUNCTION, 60)),
)
ECHO = "export function onPublish(ctx) { return [{ id: ctx.events[0].id, payload: ctx.identity }] }"


def every(
    *modes: AuthMode, connect: frozenset[AuthType] | None = None, code: str = ECHO
) -> EventApiDefinition:
    """Return an API of which each mode is good for everything."""
    chosen = modes or ALL
    types = frozenset(mode.type for mode in chosen)
    default = Namespace("default", types, types, ECHO)
    return definition(default, auth_modes=chosen, connect_modes=types)


def signed(up: Running, document: object, **how: str) -> dict[str, str]:
    """Return what a client that signs puts into ``authorization``; Amplify and others sign like this."""
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    headers = {
        "accept": "application/json, text/javascript",
        "content-encoding": "amz-1.0",
        "content-type": "application/json; charset=UTF-8",
    }
    request = AWSRequest("POST", up.address.http, headers=headers, data=body.encode())
    credentials = Credentials(ACCOUNT, how.get("secret", SECRET))
    SigV4Auth(credentials, "appsync", how.get("region", REGION)).add_auth(request)
    return {**dict(request.headers.items()), "host": up.host}


async def refused(up: Running, authorization: Mapping[str, str]) -> bool:
    """Tell whether a connection is refused."""
    async with connected(up, init=False, authorization=dict(authorization)) as socket:
        return bool((await answered(socket, type="connection_init"))["type"] == "connection_error")


async def identity(up: Running, authorization: Mapping[str, str]) -> Any:
    """Connect, subscribe and publish as a caller; return what the handler received about them."""
    async with connected(up, authorization=dict(authorization)) as socket:
        await subscribed(up, socket, "/default/a", **authorization)
        frame = {"type": "publish", "id": "p", "channel": "/default/a", "events": ["1"]}
        await socket.send_json({**frame, "authorization": authorization})
        frames = {frame["type"]: frame for frame in [await socket.receive_json() for _ in range(2)]}
        assert frames["publish_success"]["failed"] == []
        return json.loads(frames["data"]["event"])


async def test_api_key_caller_has_no_identity() -> None:
    async with running(every()) as up:
        assert await identity(up, up.credential) is None


async def test_identity_has_name_and_groups_of_a_pool_user() -> None:
    async with running(every()) as up:
        token = up.pool.token(groups=["staff"])
        for authorization in (token, f"Bearer {token}"):
            caller = await identity(up, {"host": up.host, "Authorization": authorization})
            assert (caller["username"], caller["groups"]) == ("ada", ["staff"])
        status, _ = await up.publish("/default/a", 1, authorization=token)
        assert status == 200
        assert await refused(up, {"Authorization": up.pool.token(exp=1)})


async def test_identity_has_the_subject_of_an_oidc_token() -> None:
    async with serving() as issuer, running(every(issuer.mode())) as up:
        caller = await identity(up, {"host": up.host, "Authorization": issuer.token()})
        assert caller["sub"] == "ada"
        assert await refused(up, {"Authorization": issuer.token(exp=1)})


async def test_iam_signature_covers_the_event_path_and_the_frame() -> None:
    async with running(every()) as up:
        connect = signed(up, {})
        async with connected(up, authorization=connect) as socket:
            await subscribed(up, socket, "/default/a", **signed(up, {"channel": "/default/a"}))
            body = {"channel": "/default/a", "events": ['"ü\\n"', "[1, 2]"]}
            frame = {"type": "publish", "id": "p", **body, "authorization": signed(up, body)}
            await socket.send_json(frame)
            frames = [await socket.receive_json() for _ in range(2)]
            document = json.loads(next(frame["event"] for frame in frames if frame["type"] == "data"))
        assert (document["accountId"], document["username"]) == (ACCOUNT, "administrator")


async def test_iam_signature_is_accepted_over_http() -> None:
    async with running(every()) as up:
        request = {"channel": "/default/a", "events": ["1"]}
        body = json.dumps(request, separators=(",", ":"))
        headers = signed(up, request)
        async with up.session.post(up.address.http, data=body, headers=headers) as answer:
            assert answer.status == 200
        async with up.session.post(up.address.http, data=body + " ", headers=headers) as answer:
            assert (answer.status, answer.headers["x-amzn-ErrorType"]) == (403, "InvalidSignatureException")


async def test_iam_signature_of_another_payload_is_refused() -> None:
    async with running(every()) as up:
        assert await refused(up, signed(up, {"channel": "/default/a"}))
        assert await refused(up, signed(up, {}, secret="another"))
        assert await refused(up, signed(up, {}, region="eu-west-1"))
        async with connected(up) as socket:
            for kind, request in (
                ("subscribe", {"channel": "/default/b"}),
                ("publish", {"channel": "/default/a", "events": ["2"]}),
            ):
                frame = {"type": kind, "id": "1", "channel": "/default/a", "events": ["1"]}
                answer = await answered(socket, **frame, authorization=signed(up, request))
                assert (answer["type"], answer["errors"][0]["errorType"]) == (
                    f"{kind}_error",
                    "UnauthorizedException",
                )


async def test_each_operation_and_namespace_has_its_modes() -> None:
    api = definition(
        Namespace("both", IAM, KEY),
        Namespace("people", KEY, POOLS),
        auth_modes=ALL,
        connect_modes=KEY,
    )
    async with running(api) as up:
        assert await refused(up, signed(up, {}))
        assert await refused(up, {"Authorization": up.pool.token()})
        async with connected(up) as socket:
            await subscribed(up, socket, "/both/a")
            frame = {"type": "publish", "id": "p", "channel": "/both/a", "events": ["1"]}
            answer = await answered(socket, **frame, authorization=up.credential)
            assert answer["type"] == "publish_error"
            body = {"channel": "/both/a", "events": ["1"]}
            await socket.send_json({**frame, "authorization": signed(up, body)})
            types = {(await socket.receive_json())["type"] for _ in range(2)}
            assert types == {"publish_success", "data"}
            assert (await up.publish("/both/a", 1))[0] == 401

            frame = {"type": "subscribe", "id": "2", "channel": "/people/a"}
            answer = await answered(socket, **frame, authorization=up.credential)
            assert answer["errors"] == [
                {
                    "errorType": "UnauthorizedException",
                    "message": "You are not authorized to make this call.",
                }
            ]
            await subscribed(up, socket, "/people/a", id="2", Authorization=up.pool.token())
            assert (await up.publish("/people/a", 1))[0] == 200


# The Lambda authorizer -------------------------------------------------------------------------------------


def verdict(yes: bool) -> dict[str, bool]:
    return {"isAuthorized": yes}


def authorizer_requests(functions: FakeFunctions) -> list[tuple[Any, Any, Any]]:
    """Return the authorizer's requests, and forget them."""
    requests = [
        (about["operation"], about["channelNamespaceName"], about["channel"])
        for about in (event["requestContext"] for event in functions.events)
    ]
    functions.events.clear()
    return requests


async def test_authorizer_receives_the_operation_and_passes_its_context_to_handlers() -> None:
    functions = FakeFunctions(lambda _: {"isAuthorized": True, "handlerContext": {"tenant": "blue"}})
    async with running(every(), functions=functions) as up:
        caller = await identity(up, {"host": up.host, "Authorization": "let me in"})
        assert caller == {"handlerContext": {"tenant": "blue"}}
        event = functions.events[0]
        assert event["authorizationToken"] == "let me in"
        assert event["requestContext"].keys() == {
            *("apiId", "accountId", "requestId", "operation", "channelNamespaceName", "channel"),
        }
        assert event["requestContext"]["apiId"] == "events1"
        assert authorizer_requests(functions) == [
            ("EVENT_CONNECT", None, None),
            ("EVENT_SUBSCRIBE", "default", "/default/a"),
            ("EVENT_PUBLISH", "default", "/default/a"),
        ]
        status, _ = await up.publish("default/b/", 1, authorization="let me in")
        assert (status, authorizer_requests(functions)) == (200, [("EVENT_PUBLISH", "default", "/default/b")])


async def test_authorization_of_a_channel_is_cached_for_that_channel_alone() -> None:
    functions = FakeFunctions(
        lambda event: {"isAuthorized": event["requestContext"]["channel"] == "/default/a"}
    )
    async with running(every(), functions=functions) as up:
        statuses = [
            (await up.publish(channel, 1, authorization="t"))[0]
            for channel in ("/default/a", "/default/a", "/default/b")
        ]
    assert statuses == [200, 200, 401]
    assert [channel for _, _, channel in authorizer_requests(functions)] == ["/default/a", "/default/b"]


@pytest.mark.parametrize("operation", ["EVENT_CONNECT", "EVENT_SUBSCRIBE", "EVENT_PUBLISH"])
async def test_authorizer_may_refuse_a_single_operation(operation: str) -> None:
    functions = FakeFunctions(
        lambda event: {"isAuthorized": event["requestContext"]["operation"] != operation}
    )
    async with running(every(), functions=functions) as up:
        authorization = {"Authorization": "t"}
        assert await refused(up, authorization) is (operation == "EVENT_CONNECT")
        async with connected(up) as socket:
            for kind in ("subscribe", "publish"):
                frame = {"type": kind, "id": "1", "channel": "/default/b", "events": ["1"]}
                await socket.send_json({**frame, "authorization": authorization})
                types = {(await socket.receive_json())["type"]}
                against = operation.endswith(kind.upper())
                if kind == "publish" and not against and operation != "EVENT_SUBSCRIBE":
                    types.add((await socket.receive_json())["type"])  # its own event
                assert (f"{kind}_error" in types) is against


async def test_authorizer_without_functions_refuses_everyone() -> None:
    async with running(every()) as up:
        assert await refused(up, {"Authorization": "t"})
        (warning,) = up.service.warnings()
        assert "AWS_LAMBDA" in warning


async def test_the_lambda_authorizer_does_not_stand_in_for_another_mode() -> None:
    functions = FakeFunctions()
    default = namespace("default", publish_modes=KEY, subscribe_modes=KEY)
    async with running(definition(default, auth_modes=ALL), functions=functions) as up:
        assert (await up.publish("/default/a", 1, authorization="t"))[0] == 401
        assert (await up.publish("/default/a", 1, x_api_key=API_KEY))[0] == 200
