"""WebSocket APIs: integrations that map, two-way routes, and selection expressions."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from localcloud.appsync.gateway_templates import GatewayTemplates
from localcloud.gateway.definitions.rest import Unsupported
from localcloud.gateway.definitions.websocket import SocketMapped, SocketResponse, SocketValidation
from localcloud.gateway.mapping.definition import FunctionBackend, MappedIntegration, MockBackend
from tests.gateway.support import ARN, Raised, answering, proxy, running, websocket

MOCK = MappedIntegration(MockBackend())


def mock(status: int = 200, *responses: SocketResponse) -> SocketMapped:
    return SocketMapped(MOCK, {"200": f'{{"statusCode": {status}}}'}, "200", responses)


def function(template: str, *responses: SocketResponse) -> SocketMapped:
    call = MappedIntegration(FunctionBackend(ARN + "view"), passthrough="NEVER")
    return SocketMapped(call, {"$default": template}, r"\$default", responses)


async def test_two_way_route_returns_the_answer_of_its_function() -> None:
    api = websocket(
        routes={"$default": proxy("view"), "quiet": proxy("view")}, two_way=frozenset({"$default"})
    )
    async with (
        running([api], {"view": answering("pong")}) as gateway,
        gateway.session.ws_connect(gateway.ws) as open_,
    ):
        await open_.send_str('{"action": "quiet"}')
        await gateway.until(lambda: gateway.fakes.events("view"))
        await open_.send_str("ping")
        assert await open_.receive_str() == "pong"


async def test_mock_connect_route_admits_or_refuses_by_its_status() -> None:
    async with (
        running([websocket(routes={"$connect": mock(200)})], render=GatewayTemplates()) as gateway,
        gateway.session.ws_connect(gateway.ws) as open_,
    ):
        assert not open_.closed
    async with running([websocket(routes={"$connect": mock(403)})], render=GatewayTemplates()) as gateway:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await gateway.session.ws_connect(gateway.ws)
        assert refused.value.status == 403


async def test_mock_response_is_selected_by_its_status() -> None:
    responses = (
        SocketResponse("$default", {"$default": "else"}),
        SocketResponse("/2../", {"200": "made of $context.routeKey", "$default": "wrong"}, "200"),
    )
    routes = {"$default": mock(200, *responses), "other": mock(404, *responses)}
    api = websocket(routes=routes, two_way=frozenset(routes))
    async with (
        running([api], render=GatewayTemplates()) as gateway,
        gateway.session.ws_connect(gateway.ws) as open_,
    ):
        await open_.send_str("x")
        assert await open_.receive_str() == "made of $default"
        await open_.send_str('{"action": "other"}')
        assert await open_.receive_str() == "else"


async def test_function_behind_a_template_receives_its_output() -> None:
    template = '{"id": "$context.connectionId", "name": $input.json("$.name"), "stage": "$stageVariables.a"}'
    responses = (SocketResponse("$default", {"$default": "$input.path('$.name')!"}), SocketResponse("/no.*/"))
    api = websocket(
        routes={"$default": function(template, *responses)},
        two_way=frozenset({"$default"}),
        stages={"api": {"a": "b"}},
    )

    def view(event: Any) -> Any:
        if event["name"] == "bad":
            raise Raised("no such name")
        return event

    async with (
        running([api], {"view": view}, render=GatewayTemplates()) as gateway,
        gateway.session.ws_connect(gateway.ws) as open_,
    ):
        await open_.send_json({"name": "Ada"})
        assert await open_.receive_str() == "Ada!"
        (event,) = gateway.fakes.events("view")
        assert (event["stage"], len(event["id"])) == ("b", 16)
        await open_.send_json({"name": "bad"})
        assert "no such name" in await open_.receive_str()
        await open_.send_str("no JSON")
        assert (await open_.receive_json())["message"].startswith("Could not parse request body")


async def test_message_must_match_the_model_of_its_route() -> None:
    validation = SocketValidation("$request.body.kind", {"order": "Order"})
    api = websocket(
        routes={"$default": proxy("view")},
        two_way=frozenset({"$default"}),
        validations={"$default": validation},
        schemas={"Order": '{"type": "object", "required": ["id"]}'},
    )
    async with (
        running([api], {"view": answering("taken")}) as gateway,
        gateway.session.ws_connect(gateway.ws) as open_,
    ):
        await open_.send_str('{"kind": "order"}')
        assert (await open_.receive_json())["message"] == "Invalid request body"
        for message in ('{"kind": "order", "id": 1}', '{"kind": "else"}'):
            await open_.send_str(message)
            assert await open_.receive_str() == "taken"


async def test_message_without_a_template_is_refused() -> None:
    never = MappedIntegration(MockBackend(), passthrough="NEVER")
    routes = {"$default": SocketMapped(never, {"a": "{}"}, "$request.body.kind"), "none": Unsupported("x")}
    async with (
        running([websocket(routes=routes)], render=GatewayTemplates()) as gateway,
        gateway.session.ws_connect(gateway.ws) as open_,
    ):
        await open_.send_str('{"kind": "b"}')
        assert (await open_.receive_json())["message"] == "Unsupported Media Type"
        await open_.send_str('{"action": "none"}')
        assert "does not serve" in (await open_.receive_json())["message"]
