"""What the smoke calls wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from clients import Arrival, Change, Credentials, NotSignedIn, OrderClient, Settings, Status
from clients.auth import Token
from localcloud.stack.account import Account
from verify.guest import Guest, guest
from verify.smoke import GOOD_LIFE, Wrong, _publish, check_life

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def changes_of(*statuses: str) -> list[Arrival]:
    return [
        Arrival(Change("id", "ada", version, Status(status), NOW), True, NOW)
        for version, status in enumerate(statuses, 1)
    ]


def test_life_of_a_valid_order_is_accepted() -> None:
    check_life(changes_of(*GOOD_LIFE))


@pytest.mark.parametrize(
    ("arrivals", "message"),
    [
        (changes_of(*GOOD_LIFE[:-1]), "the order's life was"),
        (changes_of(*GOOD_LIFE[:-1], "FAILED"), "the order's life was"),
        (changes_of(*GOOD_LIFE, "DELIVERED"), "the order's life was"),
        (changes_of("RECEIVED", *GOOD_LIFE)[1:], "the versions were [2, 3, 4, 5, 6, 7]"),
    ],
)
def test_other_lives_are_refused(arrivals: list[Arrival], message: str) -> None:
    with pytest.raises(Wrong) as error:
        check_life(arrivals)
    assert str(error.value).startswith(message)


class OneToken:
    """A person is signed in."""

    async def token(self) -> Token:
        return Token("token", 0)


async def publish(answer: dict[str, Any], status: int = 200) -> None:
    async def graphql(_: web.Request) -> web.Response:
        return web.json_response(answer, status=status)

    app = web.Application()
    app.router.add_post("/graphql", graphql)
    async with TestServer(app, host="127.0.0.1") as server:
        url = str(server.make_url("/graphql"))
        settings = Settings(url, url, url, "client")
        client = OrderClient(settings, Credentials("ada", "password"))
        client.tokens = OneToken()  # type: ignore[assignment]
        await _publish(settings, client)


async def test_refused_customer_is_correct() -> None:
    await publish({"data": None, "errors": [{"errorType": "Unauthorized", "message": "Not Authorized"}]})


async def test_publishing_customer_is_a_fault() -> None:
    with pytest.raises(Wrong, match="publishOrderStatus must be for IAM alone"):
        await publish({"data": {"publishOrderStatus": {"orderId": "x"}}})


async def test_refused_token_proves_nothing() -> None:
    with pytest.raises(NotSignedIn):
        await publish({"errors": [{"errorType": "UnauthorizedException", "message": "no"}]}, 401)


class FakeAws:
    """Keeps its calls; fails where scripted."""

    def __init__(self, fails: str = "") -> None:
        self.calls: list[str] = []
        self._fails = fails

    def __getattr__(self, name: str) -> Callable[..., None]:
        def call(**arguments: Any) -> None:
            key = (
                arguments.get("Key") or arguments.get("Item") or {"pk": {"S": arguments.get("Username", "")}}
            )
            self.calls.append(f"{name} {key['pk']['S']}")
            if name == self._fails:
                raise RuntimeError(name)

        return call


class FakeAccount(Account):
    def client(self, service: str) -> Any:
        return AWS[0]


AWS: list[FakeAws] = []
OUTPUTS = dict.fromkeys(
    ("GraphQLUrl", "RealtimeUrl", "UserPoolId", "UserPoolClientId", "OrdersTableName", "FulfilmentTableName"),
    "x",
)


def open_guest(aws: FakeAws) -> Any:
    AWS[:] = [aws]
    return guest(FakeAccount("1", "eu-west-1", "arn"), OUTPUTS, available=5)


def test_created_resources_are_removed_after_a_failure() -> None:
    aws = FakeAws()
    customer: Guest
    with pytest.raises(Wrong), open_guest(aws) as customer:
        customer.remember("one")
        raise Wrong("no")
    name = customer.credentials.user
    assert aws.calls == [
        f"admin_create_user {name}",
        f"admin_set_user_password {name}",
        f"put_item STOCK#{customer.sku}",
        *["delete_item ORDER#one"] * 4,
        f"delete_item STOCK#{customer.sku}",
        f"delete_item RESERVATION#one#{customer.sku}",
        "delete_item PAYMENT#one",
        f"admin_delete_user {name}",
    ]


def test_user_without_a_password_is_removed() -> None:
    aws = FakeAws("admin_set_user_password")
    with pytest.raises(RuntimeError), open_guest(aws):
        raise AssertionError("unreachable: there is no guest")
    assert [call.split()[0] for call in aws.calls] == [
        "admin_create_user",
        "admin_set_user_password",
        "admin_delete_user",
    ]
