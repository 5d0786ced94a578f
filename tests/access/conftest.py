"""One shop for all tests of the endpoints, and those who stand before them."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.access.credentials import (
    Credential,
    Ingredients,
    Signed,
    bad_credentials,
    claims_of,
    has_expired,
    token,
)
from tests.access.table import CREATE_IMPORT, REGISTER, Bad, Caller
from tests.access.wire import Endpoints, Json
from tests.integration.conftest import PASSWORD, Person, Shop, order_input
from tests.localcloud.running import ROOT, running, wait_for


@dataclass(frozen=True)
class World:
    """The shop, the people who call, and their credentials."""

    shop: Shop
    endpoints: Endpoints
    people: dict[Caller, Person]
    credentials: dict[Caller, Credential]
    bad: dict[Bad, Credential]

    @property
    def owner(self) -> Person:
        return self.people[Caller.OWNER]

    def order(self) -> Json:
        """Return the input of a new order."""
        return order_input("cup")

    async def submitted(self, caller: Caller = Caller.OWNER) -> Json:
        """Submit an order of the caller's, and return its input."""
        order = self.order()
        document = "mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { id } }"
        status, answer = await self.endpoints.post(self.credentials[caller], document, {"input": order})
        assert (status, answer) == (200, {"data": {"submitOrder": {"id": order["clientToken"]}}})
        return order

    async def announced(self) -> str:
        """Return the id of an import of the owner's."""
        status, answer = await self.endpoints.post(self.credentials[Caller.OWNER], CREATE_IMPORT)
        assert status == 200
        return str(answer["data"]["createImport"]["import"]["id"])

    async def webhook(self) -> str:
        """Return the id of a webhook of the owner's."""
        owner = self.credentials[Caller.OWNER]
        status, answer = await self.endpoints.post(owner, "{ webhooks { id } }")
        assert status == 200
        if answer["data"]["webhooks"]:
            return str(answer["data"]["webhooks"][0]["id"])
        status, answer = await self.endpoints.post(owner, REGISTER)
        assert status == 200
        return str(answer["data"]["registerWebhook"]["webhook"]["id"])


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("endpoints")
    # An order that is confirmed stays so until it is reported: nothing moves while its endpoints are tried.
    parameters = ("--parameter", "Fulfilment=external", "--parameter", "AllowPrivateWebhooks=true")
    arguments = ("--artefacts", *parameters)
    with running(folder, ROOT / "appsync" / "template.yaml", *arguments) as cloud:
        shop = Shop(cloud)
        shop.stock("cup", 1_000_000)
        people = {
            Caller.OWNER: shop.person("owner"),
            Caller.STRANGER: shop.person("stranger"),
            Caller.STAFF: shop.person("staff", staff=True),
        }
        administrator = Signed(
            cloud.credentials["access_key_id"],
            cloud.credentials["secret_access_key"],
            None,
            str(cloud.ready["region"]),
        )
        function = _session_of_fanout(shop)
        made_of = Ingredients(
            people[Caller.OWNER].token,
            short_lived(shop, 1),
            _of_another_client(shop, people[Caller.OWNER]),
            _of_another_pool(shop),
            administrator,
            function,
        )
        wait_for(lambda: has_expired(made_of.expired), what="the token's end")
        credentials: dict[Caller, Credential] = {who: token(person.token) for who, person in people.items()}
        credentials |= {Caller.FUNCTION: function, Caller.ADMINISTRATOR: administrator}
        endpoints = Endpoints(shop.api.graphql, shop.api.realtime)
        yield World(shop, endpoints, people, credentials, bad_credentials(made_of))


def sign_in(shop: Shop, client: str, name: str) -> str:
    answer = shop.cognito.initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
    )
    return str(answer["AuthenticationResult"]["IdToken"])


def short_lived(shop: Shop, seconds: int) -> str:
    """Return a token of the API's own client that ends after so many seconds.

    Cognito's shortest life of a token is five minutes, longer than a test may wait. The engine allows a
    second; the rest of the token is as always, and it is the data plane that reads its end.
    """
    pool, client = shop.cloud.outputs["UserPoolId"], shop.cloud.outputs["UserPoolClientId"]
    person = shop.person("hasty")
    shop.cognito.update_user_pool_client(
        UserPoolId=pool, ClientId=client, IdTokenValidity=seconds, TokenValidityUnits={"IdToken": "seconds"}
    )
    try:
        return sign_in(shop, client, person.name)
    finally:
        shop.cognito.update_user_pool_client(
            UserPoolId=pool, ClientId=client, IdTokenValidity=1, TokenValidityUnits={"IdToken": "hours"}
        )


def _client_of(shop: Shop, pool: str) -> str:
    app_client = shop.cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="another", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
    )
    return str(app_client["UserPoolClient"]["ClientId"])


def _of_another_client(shop: Shop, person: Person) -> str:
    client = _client_of(shop, shop.cloud.outputs["UserPoolId"])
    session = sign_in(shop, client, person.name)
    assert claims_of(session)["aud"] == client
    return session


def _of_another_pool(shop: Shop) -> str:
    pool = str(shop.cognito.create_user_pool(PoolName="another")["UserPool"]["Id"])
    shop.cognito.admin_create_user(UserPoolId=pool, Username="mallory", MessageAction="SUPPRESS")
    shop.cognito.admin_set_user_password(
        UserPoolId=pool, Username="mallory", Password=PASSWORD, Permanent=True
    )
    return sign_in(shop, _client_of(shop, pool), "mallory")


_TELL = """
import os

def handler(event, context):
    return [os.environ[f"AWS_{name}"] for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN")]
"""


def _session_of_fanout(shop: Shop) -> Signed:
    """Return a session of `fanout`'s role, as a function that has that role finds it."""
    client = shop.cloud.session().client("lambda", endpoint_url=shop.cloud.engine)
    [fanout] = [f for f in client.list_functions()["Functions"] if "FanoutFunction" in f["FunctionName"]]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("tell.py", _TELL)
    name = f"tell-{uuid.uuid4().hex[:8]}"
    client.create_function(
        FunctionName=name,
        Role=fanout["Role"],
        Runtime="python3.13",
        Handler="tell.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    answer = client.invoke(FunctionName=name, Payload=b"{}")
    key, secret, session = json.loads(answer["Payload"].read())
    return Signed(key, secret, session, str(shop.cloud.ready["region"]))
