"""Gateway responses: what an API adds to the gateway's own answers, for pages of other origins above all."""

from __future__ import annotations

import pytest

from localcloud.gateway.definitions.rest import CognitoAuthorizer
from localcloud.gateway.loading.rules import gateway_responses
from localcloud.gateway.rules.definition import GatewayResponse, Rules
from tests.appsync import endpoint_support
from tests.gateway.support import proxy, rest, route, running

ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
ANY = {"Access-Control-Allow-Origin": "'*'"}
ORIGIN = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
API = rest(
    route("GET", "/mine", authorizer=CognitoAuthorizer("a1", "customers", (endpoint_support.POOL,))),
    route("GET", "/missing", proxy("nobody")),
    rules=Rules(
        responses={
            "DEFAULT_4XX": GatewayResponse(headers=ANY),
            "DEFAULT_5XX": GatewayResponse(headers={**ANY, "Retry-After": "'1'"}),
            "MISSING_AUTHENTICATION_TOKEN": GatewayResponse(headers={"X-Nothing-Here": "'yes'"}),
        }
    ),
)


@pytest.mark.parametrize(
    ("path", "status", "added"),
    [
        ("/mine", 401, ANY_ORIGIN),
        ("/missing", 500, {**ANY_ORIGIN, "Retry-After": "1"}),
        ("/nowhere", 403, {"X-Nothing-Here": "yes"}),  # a response of its own wins over the default
    ],
)
async def test_gateway_errors_have_the_response_headers_of_the_api(
    path: str, status: int, added: dict[str, str]
) -> None:
    names = {"Access-Control-Allow-Origin", "Retry-After", "X-Nothing-Here"}
    async with running([API]) as gateway:
        response = await gateway.get(path)
    assert response.status == status
    assert {name: response.headers[name] for name in names if name in response.headers} == added


def test_response_header_reads_the_request_and_an_invalid_source_is_warned_of() -> None:
    warnings: list[str] = []
    documents = [
        {"responseType": "DEFAULT_4XX", "responseParameters": ORIGIN, "defaultResponse": False},
        {
            "responseType": "UNAUTHORIZED",
            "statusCode": "418",
            "responseParameters": {
                "gatewayresponse.header.X": "method.request.header.X",
                "gatewayresponse.header.Y": "somewhere",
            },
        },
        {"responseType": "THROTTLED", "defaultResponse": True, "statusCode": "429"},
    ]
    assert gateway_responses(documents, "orders", warnings.append) == {  # type: ignore[arg-type]
        "DEFAULT_4XX": GatewayResponse(headers=ANY),
        "UNAUTHORIZED": GatewayResponse(418, {"X": "method.request.header.X"}),
    }
    (warning,) = warnings
    assert "gatewayresponse.header.Y from somewhere" in warning
