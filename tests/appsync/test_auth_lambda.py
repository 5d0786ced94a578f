"""Lambda authorizers: what they are asked, what their answers mean, and for how long."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from localcloud.appsync.auth.invoking import asking
from localcloud.appsync.auth.lambda_authorizer import AuthorizerVerdict, LambdaAuthorizers
from localcloud.appsync.caller import Credential
from localcloud.appsync.definition import AuthMode, LambdaAuthorizerConfig, UserPoolConfig
from localcloud.appsync.errors import AuthorizerFailed, RequestError, Unauthorized
from localcloud.appsync.resolving import FieldOutcome
from localcloud.functions.errors import CallerTimedOut, FunctionNotFound
from localcloud.functions.model import InvokeResult
from tests.appsync.auth_support import SDL, Clock, FakeFunctions, serving
from tests.appsync.endpoint_support import (
    ACCOUNT,
    API_KEY,
    POOL,
    REGION,
    FakeResolvers,
    Running,
    definition,
    gives,
    resolvers,
    running,
    until_live,
)
from tests.appsync.test_endpoint_auth import as_iam

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:authorizer"
KEY = AuthMode("API_KEY")
IAM = AuthMode("AWS_IAM")
COGNITO = AuthMode("AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION))
REFUSED = {"errorType": "UnauthorizedException", "message": "You are not authorized to make this call."}
PERSON = "{ person { name secret } }"


def mode(**config: Any) -> AuthMode:
    return AuthMode("AWS_LAMBDA", lambda_authorizer=LambdaAuthorizerConfig(ARN, **config))


def api(*others: AuthMode, **config: Any) -> Any:
    return definition(schema_sdl=SDL, default_auth=mode(**config), additional_auth=others)


def fakes() -> FakeResolvers:
    fake_resolvers = resolvers()
    fake_resolvers.handlers["Query", "person"] = gives({"name": "Ada", "secret": "psst", "code": "7"})
    return fake_resolvers


@asynccontextmanager
async def guarded(
    answer: Any = None, *others: AuthMode, **config: Any
) -> AsyncIterator[tuple[Running, FakeFunctions]]:
    """Run an API whose authorizer answers so."""
    functions = FakeFunctions(answer if callable(answer) else lambda _event: answer)
    async with running(api(*others, **config), fakes(), functions=functions) as up:
        yield up, functions


def admits(**more: Any) -> dict[str, Any]:
    return {"isAuthorized": True, **more}


# The event -------------------------------------------------------------------------------------------------


async def test_authorizer_event_has_query_operation_variables_and_headers() -> None:
    query = "query Who($id: ID) { open } query Other { open }"
    async with guarded(admits()) as (up, functions):
        body = {"query": query, "operationName": "Who", "variables": {"id": "1", "deep": [1]}}
        status, _ = await up.post(body, authorization="a-token", x_tenant="t1")
    assert status == 200
    (event,) = functions.events
    assert functions.named == [ARN]
    headers = event.pop("requestHeaders")
    assert headers["authorization"] == "a-token"
    assert headers["x-tenant"] == "t1"
    uuid.UUID(event["requestContext"].pop("requestId"))
    assert event == {
        "authorizationToken": "a-token",
        "requestContext": {
            "apiId": "api1",
            "accountId": ACCOUNT,
            "queryString": query,
            "operationName": "Who",
            "variables": {"id": "1", "deep": [1]},
        },
    }


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"query": 5, "variables": [1]}', b"\xff\xfe"])
async def test_unreadable_request_is_authorized_first(body: bytes) -> None:
    async with guarded({"isAuthorized": False}) as (up, functions):
        status, answer = await up.post(body, authorization="a-token")
    assert (status, answer["errors"]) == (401, [REFUSED])
    context = functions.events[0]["requestContext"]
    del context["requestId"]
    assert context == {"apiId": "api1", "accountId": ACCOUNT, "queryString": "", "variables": {}}


async def test_authorizer_event_of_a_get_request_has_query_and_variables() -> None:
    async with guarded(admits()) as (up, functions):
        query = {"query": "{ open }", "variables": '{"a": 1}', "operationName": "Who"}
        headers = {"authorization": "t"}
        async with up.session.get(up.address.graphql, params=query, headers=headers) as answer:
            await answer.read()
    context = functions.events[0]["requestContext"]
    assert (context["queryString"], context["operationName"], context["variables"]) == (
        "{ open }",
        "Who",
        {"a": 1},
    )


# The answer ------------------------------------------------------------------------------------------------


async def test_identity_has_the_resolver_context() -> None:
    async with guarded(admits(resolverContext={"user": "ada", "level": 7, "admin": True})) as (up, _):
        answer = await up.query("{ identity }", authorization="t")
    assert json.loads(answer["data"]["identity"]) == {
        "resolverContext": {"user": "ada", "level": 7, "admin": True}
    }
    assert up.service.warnings() == []


async def test_identity_has_an_empty_context_when_the_authorizer_returns_none() -> None:
    async with guarded(admits()) as (up, _):
        answer = await up.query("{ identity }", authorization="t")
    assert json.loads(answer["data"]["identity"]) == {"resolverContext": {}}


@pytest.mark.parametrize(
    "denied", ["Person.secret", f"arn:aws:appsync:{REGION}:{ACCOUNT}:apis/api1/types/Person/fields/secret"]
)
async def test_denied_field_is_null_with_an_error(denied: str) -> None:
    async with guarded(admits(deniedFields=[denied])) as (up, _):
        answer = await up.query(PERSON, authorization="t")
    assert answer == {
        "data": {"person": {"name": "Ada", "secret": None}},
        "errors": [
            {
                "path": ["person", "secret"],
                "data": None,
                "errorType": "Unauthorized",
                "errorInfo": None,
                "locations": [{"line": 1, "column": 17, "sourceName": None}],
                "message": "Not Authorized to access secret on type Person",
            }
        ],
    }


async def test_denied_field_does_not_run_its_resolver() -> None:
    async with guarded(admits(deniedFields=["Query.person"])) as (up, _):
        answer = await up.query(PERSON, authorization="t")
        assert up.resolvers.calls == []
    assert answer["data"] == {"person": None}
    assert answer["errors"][0]["message"] == "Not Authorized to access person on type Query"


async def test_denied_non_null_field_makes_its_parent_null() -> None:
    async with guarded(admits(deniedFields=["Person.code"])) as (up, _):
        answer = await up.query("{ person { name code } }", authorization="t")
    assert answer["data"] == {"person": None}
    assert answer["errors"][0]["message"] == "Not Authorized to access code on type Person"


async def test_denied_fields_apply_to_this_caller_and_api_alone(caplog: pytest.LogCaptureFixture) -> None:
    elsewhere = f"arn:aws:appsync:{REGION}:{ACCOUNT}:apis/other/types/Person/fields/secret"

    def answer(event: dict[str, Any]) -> dict[str, Any]:
        guest = event["authorizationToken"] == "guest"
        return admits(deniedFields=["Person.secret"] if guest else [elsewhere, "*"])

    async with guarded(answer) as (up, _):
        received = [
            (await up.query(PERSON, authorization=who))["data"] for who in ("member", "guest", "member")
        ]
    assert [person["person"]["secret"] for person in received] == ["psst", None, "psst"]
    assert "denies '*', which names no field" in caplog.text


async def test_unauthorized_caller_is_refused_with_401() -> None:
    async with guarded({"isAuthorized": False, "resolverContext": {"why": "x"}}) as (up, _):
        assert await up.post({"query": PERSON}, authorization="t") == (401, {"errors": [REFUSED]})


async def test_failing_authorizer_returns_its_own_message(caplog: pytest.LogCaptureFixture) -> None:
    async with guarded(lambda _event: 1 // 0) as (up, _):
        status, answer = await up.post({"query": PERSON}, authorization="t")
    assert (status, answer["errors"]) == (
        500,
        [
            {
                "errorType": "AuthorizerFailureException",
                "message": "integer division or modulo by zero",
            }
        ],
    )
    assert f"The authorizer {ARN} failed: integer division or modulo by zero" in caplog.text


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "no isAuthorized that is true or false"),
        ("text", "no isAuthorized that is true or false"),
        ({}, "no isAuthorized that is true or false"),
        ({"isAuthorized": "true"}, "no isAuthorized that is true or false"),
        (admits(ttlOverride="5"), "ttlOverride is no number"),
        (admits(ttlOverride=True), "ttlOverride is no number"),
        (admits(deniedFields="Query.person"), "deniedFields is no list of strings"),
        (admits(deniedFields=[1]), "deniedFields is no list of strings"),
        (admits(resolverContext=["a"]), "holds more than strings, numbers and booleans"),
        (admits(resolverContext={"a": {"b": 1}}), "holds more than strings, numbers and booleans"),
        (admits(resolverContext={"a": []}), "holds more than strings, numbers and booleans"),
    ],
)
async def test_invalid_answer_of_an_authorizer_is_an_authorizer_failure(
    answer: Any, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        async with guarded(answer) as (up, _):
            status, document = await up.post({"query": PERSON}, authorization="t")
    assert (status, document["errors"][0]["errorType"]) == (500, "AuthorizerFailureException")
    assert message in document["errors"][0]["message"]
    assert message in caplog.text


class Slow:
    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        assert limit is not None
        raise CallerTimedOut(limit)


class Missing:
    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        raise FunctionNotFound(function)


@pytest.mark.parametrize(
    ("functions", "message"),
    [(Slow(), "took longer than 0.01 seconds"), (Missing(), "Function not found: f")],
)
async def test_authorizer_without_an_answer_is_an_authorizer_failure(
    functions: Any, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(AuthorizerFailed) as refused:
        await asking(functions, seconds=0.01)("f", {})
    assert message in refused.value.message
    assert message in caplog.text


# Keeping answers -------------------------------------------------------------------------------------------


class CountingFunction:
    """An authorizer's keeper with a clock, a function that counts, and an API."""

    def __init__(self, answer: dict[str, Any], **config: Any) -> None:
        self.clock = Clock()
        self.functions = FakeFunctions(lambda _event: answer)
        self.authorizers = LambdaAuthorizers(asking(self.functions), monotonic=self.clock)
        self.config = LambdaAuthorizerConfig(ARN, **config)
        self.api = api(**config)

    async def ask(self, token: str = "t") -> int:
        """Ask once more, and return how often the function ran by now."""
        try:
            await self.authorizers.admit(self.api, self.config, token, Credential({}, b"", "127.0.0.1"))
        except Unauthorized:
            assert self.functions.function({}) == {"isAuthorized": False}
        return len(self.functions.events)


async def test_answer_is_not_cached_without_a_time_to_live() -> None:
    function = CountingFunction(admits())
    assert [await function.ask(), await function.ask()] == [1, 2]


@pytest.mark.parametrize("answer", [admits(), {"isAuthorized": False}])
async def test_answer_is_cached_by_token(answer: dict[str, Any]) -> None:
    function = CountingFunction(answer, ttl_seconds=60)
    assert [
        await function.ask("a"),
        await function.ask("a"),
        await function.ask("b"),
        await function.ask("b"),
    ] == [
        1,
        1,
        2,
        2,
    ]
    function.clock.now += 61
    assert [await function.ask("a"), await function.ask("a")] == [3, 3]


@pytest.mark.parametrize(
    ("override", "within", "after"), [(0, None, 0), (10, 9, 11), (10_000, 3599, 3601), (-5, None, 0)]
)
async def test_ttl_override_of_the_answer_replaces_the_configured_one(
    override: int, within: float | None, after: float
) -> None:
    function = CountingFunction(admits(ttlOverride=override), ttl_seconds=60)
    await function.ask()
    if within is not None:
        function.clock.now += within
        assert await function.ask() == 1
        function.clock.now -= within
    function.clock.now += after
    assert await function.ask() == 2


async def test_large_answer_is_used_and_not_cached() -> None:
    function = CountingFunction(admits(resolverContext={"a": "x" * 1024 * 1024}), ttl_seconds=60)
    assert [await function.ask(), await function.ask()] == [1, 2]


async def test_context_of_more_than_five_megabytes_is_a_failure() -> None:
    function = CountingFunction(admits(resolverContext={"a": "x" * 5 * 1024 * 1024}))
    with pytest.raises(RequestError, match="over 5242880 bytes"):
        await function.ask()


class Gathering:
    """A function that answers once as many have asked as are to; it says how many that were."""

    def __init__(self, answer: bytes, wanted: int) -> None:
        self.calls = 0
        self._answer = answer
        self._wanted = wanted
        self._all = asyncio.Event()

    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        self.calls += 1
        if self.calls == self._wanted:
            self._all.set()
        if self.calls <= self._wanted:
            await self._all.wait()
        for _ in range(10):  # the others come meanwhile
            await asyncio.sleep(0)
        return InvokeResult(self._answer)


@pytest.mark.parametrize(
    ("answer", "ttl", "together", "calls"),
    [
        (b'{"isAuthorized": true}', 60, 1, 1),  # the first one asks for all
        (b'{"isAuthorized": true}', 0, 20, 20),
        (b'{"isAuthorized": true, "ttlOverride": 0}', 60, 1, 20),  # who waited in vain asks then
        (b"nothing", 60, 1, 20),
    ],
)
async def test_authorizer_runs_once_for_concurrent_requests_with_one_token(
    answer: bytes, ttl: int, together: int, calls: int
) -> None:
    functions = Gathering(answer, together)
    authorizers = LambdaAuthorizers(asking(functions))
    config, credential = LambdaAuthorizerConfig(ARN, ttl), Credential({}, b"", "127.0.0.1")
    async with asyncio.timeout(60):
        done = await asyncio.gather(
            *(authorizers.admit(api(), config, "t", credential) for _ in range(20)), return_exceptions=True
        )
    assert functions.calls == calls
    assert {type(verdict) for verdict in done} == {
        AuthorizerFailed if answer == b"nothing" else AuthorizerVerdict
    }


async def test_token_of_another_form_does_not_reach_the_function() -> None:
    async with guarded(admits(), identity_validation_expression="[a-z]+-[0-9]+") as (up, functions):
        received = [
            (await up.post({"query": PERSON}, authorization=token))[0]
            for token in ("token-7", "token-7x", "token")
        ]
    assert received == [200, 401, 401]
    assert len(functions.events) == 1


# Beside other modes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "token", "reaches"),
    [
        ((), "a.b.c", True),
        ((), "Bearer x", True),
        ((KEY, IAM), "a.b.c", True),
        ((COGNITO,), "a.b.c", False),
        ((COGNITO,), "Bearer x", False),
        ((COGNITO,), "Token a.b.c", True),
        ((COGNITO,), "a.b", True),
        ((IAM,), "AWS4-HMAC-SHA256 nonsense", False),
        ((), "AWS4-HMAC-SHA256 nonsense", True),
        ((COGNITO,), "AWS4-HMAC-SHA256 nonsense", True),
    ],
)
async def test_credential_of_another_mode_does_not_reach_the_function(
    others: tuple[AuthMode, ...], token: str, reaches: bool
) -> None:
    async with guarded(admits(), *others) as (up, functions):
        status, _ = await up.post({"query": PERSON}, authorization=token)
        assert (status == 200) is reaches
    assert [event["authorizationToken"] for event in functions.events] == ([token] if reaches else [])


async def test_five_modes_work_side_by_side() -> None:
    async with serving() as issuer:
        others = (KEY, IAM, COGNITO, issuer.mode())
        async with guarded(admits(resolverContext={"who": "fn"}), *others) as (up, functions):

            async def identity(**headers: Any) -> Any:
                return json.loads((await up.query("{ identity }", **headers))["data"]["identity"] or "null")

            assert await identity(authorization="secret") == {"resolverContext": {"who": "fn"}}
            assert (await identity(authorization=issuer.token()))["issuer"] == issuer.name
            assert (await identity(authorization=up.pool.token()))["username"] == "ada"
            assert await identity(x_api_key=API_KEY) is None
            assert (await as_iam(up, "{ identity }"))[0] == 200
            assert len(functions.events) == 1


# Real time -------------------------------------------------------------------------------------------------


def header(token: str) -> dict[str, str]:
    document = json.dumps({"host": "127.0.0.1", "Authorization": token})
    return {"header": base64.b64encode(document.encode()).decode(), "payload": "e30="}


def start(query: str, token: str, id_: str = "1", variables: Any = None) -> dict[str, Any]:
    data = json.dumps({"query": query, "variables": variables or {}, "operationName": "S"})
    extensions = {"authorization": {"host": "127.0.0.1", "Authorization": token}}
    return {"id": id_, "type": "start", "payload": {"data": data, "extensions": extensions}}


@asynccontextmanager
async def connected(up: Running, token: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with up.session.ws_connect(
        up.address.realtime, params=header(token), protocols=["graphql-ws"]
    ) as socket:
        await socket.send_json({"type": "connection_init"})
        yield socket


def by_token(event: dict[str, Any]) -> dict[str, Any]:
    token = event["authorizationToken"]
    if token == "broken":
        1 // 0  # noqa: B018
    denied = {"guest": ["Message.text"], "outsider": ["Subscription.onSay"]}.get(token, [])
    return {"isAuthorized": token != "nobody", "deniedFields": denied}


async def test_handshake_and_start_are_both_authorized() -> None:
    query = "subscription S($id: ID) { onSay(id: $id) { id } }"
    async with guarded(by_token) as (up, functions):
        async with connected(up, "member") as socket:
            assert (await socket.receive_json(timeout=60))["type"] == "connection_ack"
            await socket.send_json(start(query, "other", variables={"id": "7"}))
            assert await socket.receive_json(timeout=60) == {"id": "1", "type": "start_ack"}
        connect, begin = functions.events
    assert connect["authorizationToken"] == "member"
    assert begin["authorizationToken"] == "other"
    assert connect["requestHeaders"]["host"] == "127.0.0.1"
    for event in (connect, begin):
        del event["requestContext"]["requestId"]
    assert connect["requestContext"] == {
        "apiId": "api1",
        "accountId": ACCOUNT,
        "queryString": "",
        "operationName": "Deepdish:Connect",
        "variables": {},
    }
    assert begin["requestContext"] == {
        "apiId": "api1",
        "accountId": ACCOUNT,
        "queryString": query,
        "operationName": "S",
        "variables": {"id": "7"},
    }


async def test_handshake_refused_by_the_authorizer_is_closed() -> None:
    async with guarded(by_token) as (up, _), connected(up, "nobody") as socket:
        assert await socket.receive_json(timeout=60) == {
            "type": "connection_error",
            "payload": {"errors": [{**REFUSED, "errorCode": 401}]},
        }
        assert (await socket.receive(timeout=60)).type is aiohttp.WSMsgType.CLOSE


async def test_handshake_fails_when_its_authorizer_fails() -> None:
    async with guarded(by_token) as (up, _), connected(up, "broken") as socket:
        frame = await socket.receive_json(timeout=60)
    assert frame["type"] == "connection_error"
    assert frame["payload"]["errors"] == [
        {
            "errorType": "AuthorizerFailureException",
            "message": "integer division or modulo by zero",
            "errorCode": 500,
        }
    ]


@pytest.mark.parametrize(
    ("token", "error"),
    [
        ("nobody", REFUSED),
        (
            "outsider",
            {
                "errorType": "Unauthorized",
                "message": "Not Authorized to access onSay on type Subscription",
            },
        ),
        (
            "broken",
            {
                "errorType": "AuthorizerFailureException",
                "message": "integer division or modulo by zero",
            },
        ),
    ],
)
async def test_start_refused_by_the_authorizer_is_an_error(token: str, error: dict[str, str]) -> None:
    async with guarded(by_token) as (up, _), connected(up, "member") as socket:
        await socket.receive_json(timeout=60)
        await socket.send_json(start("subscription S { onSay { id } }", token))
        assert await socket.receive_json(timeout=60) == {
            "id": "1",
            "type": "error",
            "payload": {"errors": [error]},
        }


async def test_event_has_for_each_subscriber_only_its_allowed_fields() -> None:
    query = "subscription S { onSay { id text } }"
    async with guarded(by_token, KEY) as (up, _), connected(up, "member") as socket:
        await socket.receive_json(timeout=60)
        for who in ("member", "guest"):
            await socket.send_json(start(query, who, who))
            assert await socket.receive_json(timeout=60) == {"id": who, "type": "start_ack"}
        await until_live(up, 2)
        up.resolvers.handlers["Mutation", "say"] = lambda c: FieldOutcome(dict(c.arguments))
        await up.query('mutation { say(id: 1, text: "psst") { id text } }', x_api_key=API_KEY)
        frames = [await socket.receive_json(timeout=60) for _ in range(2)]
    received = {frame["id"]: frame["payload"]["data"]["onSay"] for frame in frames}
    assert received == {"member": {"id": "1", "text": "psst"}, "guest": {"id": "1", "text": None}}
