"""The application as it is deployed, from its artefacts, and people who use it."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.config import Config
from gql import Client, GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncIAMAuthentication, AppSyncJWTAuthentication
from gql.transport.appsync_websockets import AppSyncWebsocketsTransport

from tests.localcloud.running import ROOT, Running, running
from verify.__main__ import main as verify

PASSWORD = "Correct-horse-1"
PARAMETERS = ("--parameter", "PaceSeconds=0", "--parameter", "ExtraIntakes=true")
Json = dict[str, object]


@dataclass(frozen=True)
class Person:
    """A person who is signed in."""

    name: str
    sub: str
    token: str


class ObservedTransport(AppSyncWebsocketsTransport):
    """The stock transport, and an event for the start_ack that it reads and does not tell."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.live = asyncio.Event()

    def _parse_answer(self, answer: str) -> Any:
        parsed = super()._parse_answer(answer)
        if parsed[0] == "start_ack":
            self.live.set()
        return parsed


class Shop:
    """The running application, through stock clients only."""

    def __init__(self, cloud: Running) -> None:
        self.cloud = cloud
        (self.api,) = cloud.apis
        self.host = self.api.graphql.split("/")[2]
        session, url = cloud.session(), cloud.engine
        quick = Config(retries={"max_attempts": 2})
        self.cognito = session.client("cognito-idp", endpoint_url=url, config=quick)
        self.dynamodb = session.client("dynamodb", endpoint_url=url, config=quick)
        self.states = session.client("stepfunctions", endpoint_url=url, config=quick)
        self.sqs = session.client("sqs", endpoint_url=url, config=quick)
        self.functions = session.client("lambda", endpoint_url=url, config=quick)

    def person(self, name: str, *, staff: bool = False) -> Person:
        """Make a user of the pool, and sign in."""
        pool, client = self.cloud.outputs["UserPoolId"], self.cloud.outputs["UserPoolClientId"]
        name = f"{name}-{uuid.uuid4().hex[:8]}"
        user = self.cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        self.cognito.admin_set_user_password(
            UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True
        )
        if staff:
            self.cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName="staff")
        tokens = self.cognito.initiate_auth(
            ClientId=client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        sub = next(a["Value"] for a in user["User"]["Attributes"] if a["Name"] == "sub")
        return Person(name, sub, tokens["IdToken"])

    def stock(self, sku: str, available: int) -> None:
        """Set how many of an item there are."""
        self.dynamodb.put_item(
            TableName=self.cloud.outputs["FulfilmentTableName"],
            Item={
                "pk": {"S": f"STOCK#{sku}"},
                "sku": {"S": sku},
                "available": {"N": str(available)},
            },
        )

    def available(self, sku: str) -> int:
        """Tell how many of an item there are."""
        item = self.dynamodb.get_item(
            TableName=self.cloud.outputs["FulfilmentTableName"],
            Key={"pk": {"S": f"STOCK#{sku}"}},
            ConsistentRead=True,
        )["Item"]
        return int(item["available"]["N"])

    def jwt(self, person: Person) -> AppSyncJWTAuthentication:
        return AppSyncJWTAuthentication(host=self.host, jwt=person.token)

    def as_person(self, person: Person) -> Client:
        """A GraphQL client with the person's token."""
        return Client(transport=AIOHTTPTransport(url=self.api.graphql, auth=self.jwt(person)))

    def as_backend(self) -> Client:
        """A GraphQL client that signs with the administrator's key."""
        import botocore.session

        session = botocore.session.Session()
        session.set_credentials(
            self.cloud.credentials["access_key_id"], self.cloud.credentials["secret_access_key"]
        )
        auth = AppSyncIAMAuthentication(
            host=self.host, region_name=str(self.cloud.ready["region"]), session=session
        )
        return Client(transport=AIOHTTPTransport(url=self.api.graphql, auth=auth))

    @asynccontextmanager
    async def following(self, person: Person, order_id: str) -> AsyncIterator[Callable[[], Awaitable[Json]]]:
        """Subscribe to an order with stock gql; yields a function that waits for the next change."""
        auth = self.jwt(person)
        transport = ObservedTransport(url=self.api.realtime, auth=auth)
        changes: asyncio.Queue[Json] = asyncio.Queue()
        document = gql(
            "subscription ($id: ID!) { onOrderStatus(orderId: $id) "
            "{ orderId customerId version status at reason } }"
        )
        async with Client(transport=transport) as session:

            async def listen() -> None:
                async for event in session.subscribe(ask(document, {"id": order_id})):
                    changes.put_nowait(event["onOrderStatus"])

            listener = asyncio.create_task(listen())
            try:
                await asyncio.wait_for(transport.live.wait(), 60)
                yield lambda: asyncio.wait_for(changes.get(), 60)
            finally:
                listener.cancel()
                await asyncio.gather(listener, return_exceptions=True)


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("orderwire")
    template = ROOT / "appsync" / "template.yaml"
    with running(folder, template, "--artefacts", "--iam", "enforce", *PARAMETERS) as cloud:
        yield Shop(cloud)


@pytest.fixture
def verified(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Shop], tuple[int, str]]:
    """Run the command that is run against AWS after each deployment; return its exit code and its lines."""

    def run(shop: Shop) -> tuple[int, str]:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_ENDPOINT_URL", shop.cloud.engine)
        return verify(["--stack", "local"]), capsys.readouterr().out

    return run


def ask(document: GraphQLRequest, variables: Json) -> GraphQLRequest:
    """Return the document with values for its variables."""
    return GraphQLRequest(document, variable_values=variables)


def order_input(sku: str, *, card: str = "tok_approve", quantity: int = 1, **more: object) -> Json:
    """An order of one item, with a token of its own."""
    return {
        "clientToken": str(uuid.uuid4()),
        "currency": "EUR",
        "cardToken": card,
        "items": [{"sku": sku, "name": "Thing", "quantity": quantity, "unitPrice": 250}],
        **more,
    }
