"""GraphQL APIs, REST APIs and API destinations as targets."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from localcloud.deliveries.events.interfaces import Elsewhere, NoReply, TooLate, WebReply
from tests.deliveries.events.house import ACCOUNT, ROLE, House

API = f"arn:aws:appsync:us-east-1:{ACCOUNT}:endpoints/graphql-api/api1"
GRAPHQL = {"RoleArn": ROLE, "AppSyncParameters": {"GraphQLOperation": "mutation($m: String!) { say(m: $m) }"}}
DESTINATION = f"arn:aws:events:us-east-1:{ACCOUNT}:api-destination/hook"
CONNECTION = f"arn:aws:events:us-east-1:{ACCOUNT}:connection/shop"
TOKENS = "http://127.0.0.1:9/token"


@pytest.fixture
def house() -> House:
    house = House()
    house.services.apis["api1"] = "http://127.0.0.1:4569/graphql"
    return house


def connect(house: House, kind: str, parameters: dict[str, Any], **destination: Any) -> None:
    house.services.connections[CONNECTION] = {
        "Name": "shop",
        "ConnectionArn": CONNECTION,
        "ConnectionState": "AUTHORIZED",
        "AuthorizationType": kind,
        "AuthParameters": parameters,
        "LastAuthorizedTime": 1.0,
    }
    house.services.destinations[DESTINATION] = {
        "ConnectionArn": CONNECTION,
        "InvocationEndpoint": "http://127.0.0.1:9/hook",
        "HttpMethod": "POST",
        **destination,
    }


BASIC = {"BasicAuthParameters": {"Username": "u", "Password": "p"}}


async def test_graphql_api_receives_a_signed_operation_with_variables(house: House) -> None:
    transformer = {"InputPathsMap": {"m": "$.detail.order"}, "InputTemplate": '{"m": <m>}'}
    await house.deliver(API, **GRAPHQL, InputTransformer=transformer)
    [request] = house.services.requests
    assert (request.method, request.url) == ("POST", "http://127.0.0.1:4569/graphql")
    assert request.headers["Authorization"] == f"appsync {ACCOUNT} us-east-1"
    assert json.loads(request.body) == {
        "query": "mutation($m: String!) { say(m: $m) }",
        "variables": {"m": "o-1"},
    }


@pytest.mark.parametrize(
    ("reply", "code", "attempts"),
    [
        (WebReply(200, {}, b'{"data": null, "errors": [{"message": "no"}]}'), "ERROR_FROM_TARGET", 1),
        (
            WebReply(200, {}, b'{"errors": [{"message": "no", "errorType": "Unauthorized"}]}'),
            "NO_PERMISSIONS",
            1,
        ),
        (WebReply(401, {}, b"{}"), "NO_PERMISSIONS", 1),
        (WebReply(400, {}, b"not JSON"), "ERROR_FROM_TARGET", 1),
        (WebReply(503, {}, b""), "INTERNAL_ERROR", 2),
        (WebReply(429, {}, b""), "THROTTLING", 2),
        (NoReply("refused"), "CONNECTION_FAILURE", 2),
    ],
)
async def test_failing_graphql_api_is_retried_or_given_up_by_its_error(
    house: House, reply: WebReply | NoReply, code: str, attempts: int
) -> None:
    house.services.web = [reply] * 2
    await house.deliver(API, **GRAPHQL, Input="{}", RetryPolicy={"MaximumRetryAttempts": 1})
    [(_, attributes)] = house.dead_letters()
    assert (attributes["ERROR_CODE"], len(house.services.requests)) == (code, attempts)


async def test_rest_api_receives_the_parameters_of_the_target(house: House) -> None:
    await house.deliver(
        f"arn:aws:execute-api:us-east-1:{ACCOUNT}:api1/prod/PUT/orders/*",
        HttpParameters={
            "PathParameterValues": ["$.detail.order"],
            "QueryStringParameters": {"total": "$.detail.total"},
            "HeaderParameters": {"X-Shop": "1"},
        },
    )
    [request] = house.services.requests
    url = "http://127.0.0.1:4566/_aws/execute-api/api1/prod/orders/o-1?total=7"
    assert (request.method, request.url, request.headers["X-Shop"]) == ("PUT", url, "1")
    assert request.headers["Authorization"] == f"execute-api {ACCOUNT} us-east-1"


async def test_api_destination_receives_the_event_with_connection_parameters(house: House) -> None:
    invocation = {
        "HeaderParameters": [{"Key": "X-Shop", "Value": "connection"}],
        "QueryStringParameters": [{"Key": "a", "Value": "1"}],
        "BodyParameters": [{"Key": "extra", "Value": "e"}],
    }
    connect(house, "BASIC", {**BASIC, "InvocationHttpParameters": invocation})
    await house.deliver(
        DESTINATION,
        RoleArn=ROLE,
        Input='{"n": 1}',
        HttpParameters={"HeaderParameters": {"X-Shop": "target", "User-Agent": "mine", "Host": "evil"}},
    )
    [request] = house.services.requests
    assert (request.method, request.url) == ("POST", "http://127.0.0.1:9/hook?a=1")
    assert json.loads(request.body) == {"n": 1, "extra": "e"}
    assert request.headers == {
        "X-Shop": "connection",
        "Authorization": "Basic " + base64.b64encode(b"u:p").decode(),
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Amazon/EventBridge/ApiDestinations",
        "Range": "bytes=0-1048575",
    }


async def test_api_key_is_sent_in_its_header(house: House) -> None:
    connect(house, "API_KEY", {"ApiKeyAuthParameters": {"ApiKeyName": "X-Key", "ApiKeyValue": "secret"}})
    await house.deliver(DESTINATION, RoleArn=ROLE)
    assert house.services.requests[0].headers["X-Key"] == "secret"


OAUTH = {
    "OAuthParameters": {
        "AuthorizationEndpoint": TOKENS,
        "HttpMethod": "POST",
        "ClientParameters": {"ClientID": "c", "ClientSecret": "s"},
        "OAuthHttpParameters": {"BodyParameters": [{"Key": "scope", "Value": "orders"}]},
    }
}


def token(name: str, seconds: int = 3600) -> WebReply:
    body = {"access_token": name, "token_type": "bearer", "expires_in": seconds}
    return WebReply(200, {}, json.dumps(body).encode())


async def test_access_token_is_fetched_once_and_cached_while_it_is_fresh(house: House) -> None:
    connect(house, "OAUTH_CLIENT_CREDENTIALS", OAUTH)
    house.services.web = [token("one", 100)]
    await house.deliver(DESTINATION, RoleArn=ROLE)
    await house.deliver(DESTINATION, RoleArn=ROLE)
    fetched, first, second = house.services.requests
    assert (fetched.url, parse_qs(fetched.body.decode())) == (
        TOKENS,
        {
            "grant_type": ["client_credentials"],
            "client_id": ["c"],
            "client_secret": ["s"],
            "scope": ["orders"],
        },
    )
    assert [first.headers["Authorization"], second.headers["Authorization"]] == ["Bearer one"] * 2
    house.clock.seconds = 41  # 59 seconds are left
    house.services.web = [token("two")]
    await house.deliver(DESTINATION, RoleArn=ROLE)
    assert house.services.requests[-1].headers["Authorization"] == "Bearer two"


async def test_refused_token_is_renewed_at_once(house: House) -> None:
    connect(house, "OAUTH_CLIENT_CREDENTIALS", OAUTH)
    house.services.web = [token("old"), WebReply(401), token("new"), WebReply(200)]
    await house.deliver(DESTINATION, RoleArn=ROLE)
    assert house.services.requests[-1].headers["Authorization"] == "Bearer new"
    assert house.clock.seconds == 0


async def test_missing_token_sends_nothing_and_reveals_no_secret(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    connect(house, "OAUTH_CLIENT_CREDENTIALS", OAUTH)
    house.services.web = [WebReply(400, {}, b'{"error": "invalid_client"}')]
    await house.deliver(DESTINATION, RoleArn=ROLE, RetryPolicy={"MaximumRetryAttempts": 0})
    assert [request.url for request in house.services.requests] == [TOKENS]
    [(_, attributes)] = house.dead_letters()
    assert attributes["ERROR_CODE"] == "SDK_CLIENT_ERROR"
    assert "client_secret" not in caplog.text + str(attributes)


@pytest.mark.parametrize(
    ("reply", "attempts"),
    [
        (WebReply(400), 1),
        (WebReply(302, {"location": "http://elsewhere"}), 1),
        (Elsewhere("http://example.com is not on this machine"), 1),
        (WebReply(401), 2),
        (WebReply(409), 2),
        (WebReply(429), 2),
        (WebReply(500), 2),
        (TooLate("5 s"), 2),
    ],
)
async def test_failing_endpoint_is_retried_or_given_up_by_its_status(
    house: House, reply: WebReply | NoReply, attempts: int
) -> None:
    connect(house, "BASIC", BASIC)
    house.services.web = [reply] * 2
    await house.deliver(DESTINATION, RoleArn=ROLE, RetryPolicy={"MaximumRetryAttempts": 1})
    assert (len(house.services.requests), len(house.dead_letters())) == (attempts, 1)


async def test_retry_after_of_an_endpoint_is_obeyed(house: House) -> None:
    connect(house, "BASIC", BASIC)
    house.services.web = [WebReply(503, {"retry-after": "30"})]
    await house.deliver(DESTINATION, RoleArn=ROLE)
    assert house.services.moments == [0, 30]


async def test_rate_limit_spreads_invocations(house: House) -> None:
    connect(house, "BASIC", BASIC, InvocationRateLimitPerSecond=2)
    for _ in range(4):
        house.put(DESTINATION, RoleArn=ROLE)
    await house.clock.run()
    assert house.services.moments == [0, 0.5, 1, 1.5]


async def test_delivery_waits_for_a_connection_without_credentials(house: House) -> None:
    connect(house, "BASIC", {})
    house.services.connections[CONNECTION]["ConnectionState"] = "DEAUTHORIZED"
    house.put(DESTINATION, RoleArn=ROLE)
    await house.clock.run(until=0)
    house.services.connections[CONNECTION]["ConnectionState"] = "AUTHORIZED"
    await house.clock.run()
    assert (house.services.moments, house.dead_letters()) == ([1], [])
