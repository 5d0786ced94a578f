"""Gateway responses: what an API adds to the gateway's own answers, for pages of other origins above all."""

from __future__ import annotations

import pytest

from localcloud.front.definition import CognitoAuthorizer
from localcloud.front.loading.refusals import refusal_headers
from tests.appsync import doors_support
from tests.front.support import proxy, rest, route, running

ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
ORIGIN = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
API = rest(
    route("GET", "/mine", authorizer=CognitoAuthorizer("a1", "customers", (doors_support.POOL,))),
    route("GET", "/missing", proxy("nobody")),
    refusal_headers={
        "DEFAULT_4XX": ANY_ORIGIN,
        "DEFAULT_5XX": {**ANY_ORIGIN, "Retry-After": "1"},
        "MISSING_AUTHENTICATION_TOKEN": {"X-Nothing-Here": "yes"},
    },
)


@pytest.mark.parametrize(
    ("path", "status", "added"),
    [
        ("/mine", 401, ANY_ORIGIN),
        ("/missing", 500, {**ANY_ORIGIN, "Retry-After": "1"}),
        ("/nowhere", 403, {"X-Nothing-Here": "yes"}),  # a response of its own wins over the default
    ],
)
async def test_the_gateway_s_own_answers_have_the_api_s_headers(
    path: str, status: int, added: dict[str, str]
) -> None:
    names = {"Access-Control-Allow-Origin", "Retry-After", "X-Nothing-Here"}
    async with running([API]) as front:
        got = await front.get(path)
    assert got.status == status
    assert {name: got.headers[name] for name in names if name in got.headers} == added


def test_what_is_mapped_from_elsewhere_is_warned_of() -> None:
    warnings: list[str] = []
    documents = [
        {"responseType": "DEFAULT_4XX", "responseParameters": ORIGIN},
        {
            "responseType": "UNAUTHORIZED",
            "responseParameters": {"gatewayresponse.header.X": "method.request.header.X"},
        },
        {"responseType": "THROTTLED"},
    ]
    assert refusal_headers(documents, "orders", warnings.append) == {"DEFAULT_4XX": ANY_ORIGIN}  # type: ignore[arg-type]
    assert warnings == [
        "REST API orders: the response UNAUTHORIZED maps gatewayresponse.header.X from "
        "method.request.header.X, which has no effect"
    ]
