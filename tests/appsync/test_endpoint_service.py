"""The service as a whole: its control endpoint, its ports, loading and loading again; the reader of APIs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from botocore.exceptions import ClientError

from localcloud.appsync.api_port import GraphQLApiAddress
from localcloud.appsync.definition import (
    ApiCacheConfig,
    ApiDefinition,
    ApiKey,
    AuthMode,
    CachingConfig,
    DataSource,
    DynamoDBConfig,
    HttpConfig,
    LambdaConfig,
    OpenIdConfig,
    PipelineFunction,
    Resolver,
    UserPoolConfig,
)
from localcloud.appsync.errors import NoSchema, NotLoaded
from localcloud.appsync.loader import list_apis, load_api
from localcloud.appsync.service import AppSyncService
from localcloud.appsync.unanswerable import unanswerable
from tests.appsync.endpoint_support import (
    API_KEY,
    ENGINE,
    FakeResolvers,
    Pool,
    Running,
    definition,
    gives,
    resolvers,
    running,
)
from tests.appsync.test_realtime_protocol import connected, start_subscription

NOW = 1_800_000_000
RECORDS: dict[str, Any] = {
    "get_graphql_api": {
        "graphqlApi": {
            "apiId": "abc",
            "name": "shop",
            "authenticationType": "AMAZON_COGNITO_USER_POOLS",
            "userPoolConfig": {"userPoolId": "pool", "awsRegion": "eu-west-1", "appIdClientRegex": "x.*"},
            "additionalAuthenticationProviders": [
                {"authenticationType": "AWS_IAM"},
                {"authenticationType": "OPENID_CONNECT", "openIDConnectConfig": {"issuer": "https://i"}},
            ],
            "introspectionConfig": "DISABLED",
            "queryDepthLimit": 5,
            "xrayEnabled": True,
        }
    },
    "list_data_sources": [
        {"name": "none", "type": "NONE"},
        {"name": "table", "type": "AMAZON_DYNAMODB", "dynamodbConfig": {"tableName": "t", "awsRegion": "r"}},
        {
            "name": "fn",
            "type": "AWS_LAMBDA",
            "lambdaConfig": {"lambdaFunctionArn": "arn:f"},
            "serviceRoleArn": "role",
        },
        {
            "name": "states",
            "type": "HTTP",
            "httpConfig": {
                "endpoint": "https://states.r.amazonaws.com/",
                "authorizationConfig": {
                    "authorizationType": "AWS_IAM",
                    "awsIamConfig": {"signingRegion": "r", "signingServiceName": "states"},
                },
            },
        },
        {"name": "search", "type": "AMAZON_OPENSEARCH_SERVICE"},
    ],
    "list_functions": [
        {
            "functionId": "f1",
            "name": "one",
            "dataSourceName": "none",
            "code": "export …",
            "runtime": {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
            "requestMappingTemplate": "",
        }
    ],
    "list_resolvers": {
        "Query": [
            {"typeName": "Query", "fieldName": "a", "kind": "UNIT", "dataSourceName": "fn"},
            {"typeName": "Query", "fieldName": "v", "dataSourceName": "fn", "requestMappingTemplate": "{}"},
            {
                "typeName": "Query",
                "fieldName": "c",
                "dataSourceName": "fn",
                "cachingConfig": {"ttl": 60, "cachingKeys": ["$context.arguments.id"]},
            },
        ],
        "Mutation": [
            {
                "typeName": "Mutation",
                "fieldName": "b",
                "kind": "PIPELINE",
                "pipelineConfig": {"functions": ["f1"]},
                "code": "export …",
                "runtime": {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
            }
        ],
    },
    "list_api_keys": [{"id": "da2-x", "expires": NOW}],
    "list_graphql_apis": [{"apiId": "abc", "name": "shop"}, {"apiId": "def", "name": "chat"}],
}
KEYS = {
    "list_data_sources": "dataSources",
    "list_functions": "functions",
    "list_resolvers": "resolvers",
    "list_api_keys": "apiKeys",
    "list_graphql_apis": "graphqlApis",
}


class FakeControlPlane:
    """The control plane's answers, one record to a page."""

    def __init__(
        self,
        sdl: str = "type Query { a: ID v: ID c: ID } type Mutation { b: ID }",
        caching: str | None = None,
    ) -> None:
        self._sdl = sdl
        self._caching = caching

    def get_graphql_api(self, **_: Any) -> Any:
        return RECORDS["get_graphql_api"]

    def get_introspection_schema(self, **_: Any) -> Any:
        if not self._sdl:
            raise ClientError({"Error": {"Code": "GraphQLSchemaException", "Message": "No schema"}}, "x")
        return {"schema": io.BytesIO(self._sdl.encode())}

    def get_api_cache(self, **_: Any) -> Any:
        if self._caching is None:
            raise ClientError({"Error": {"Code": "NotFoundException", "Message": "No cache"}}, "x")
        return {"apiCache": {"ttl": 300, "apiCachingBehavior": self._caching, "type": "SMALL"}}

    def get_graphql_api_environment_variables(self, **_: Any) -> Any:
        return {"environmentVariables": {"TABLE": "t"}}

    def get_paginator(self, call: str) -> Any:
        class Paginator:
            def paginate(self, **arguments: Any) -> Iterator[Any]:
                records = RECORDS[call]
                if isinstance(records, dict):
                    records = records.get(arguments["typeName"], [])
                for record in records:
                    yield {KEYS[call]: [record]}

        return Paginator()


def load(**how: Any) -> ApiDefinition:
    return load_api(FakeControlPlane(**how), "abc", region="us-east-1", account="1")  # type: ignore[arg-type]


def test_an_api_is_read_from_the_control_plane() -> None:
    api = load()
    assert api.default_auth == AuthMode(
        "AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig("pool", "eu-west-1", "ALLOW", "x.*")
    )
    assert api.additional_auth == (
        AuthMode("AWS_IAM"),
        AuthMode("OPENID_CONNECT", open_id=OpenIdConfig("https://i")),
    )
    assert dict(api.data_sources) == {
        "none": DataSource("none", "NONE"),
        "table": DataSource("table", "AMAZON_DYNAMODB", DynamoDBConfig("t", "r")),
        "fn": DataSource("fn", "AWS_LAMBDA", LambdaConfig("arn:f"), "role"),
        "states": DataSource("states", "HTTP", HttpConfig("https://states.r.amazonaws.com/", "states", "r")),
        "search": DataSource("search", "AMAZON_OPENSEARCH_SERVICE"),
    }
    assert dict(api.functions) == {"f1": PipelineFunction("f1", "one", "none", "export …")}
    assert dict(api.resolvers) == {
        ("Query", "a"): Resolver("Query", "a", data_source="fn", runtime=None),
        ("Query", "v"): Resolver("Query", "v", data_source="fn", runtime="VTL", request_template="{}"),
        ("Query", "c"): Resolver(
            "Query",
            "c",
            data_source="fn",
            runtime=None,
            caching=CachingConfig(60, ("$context.arguments.id",)),
        ),
        ("Mutation", "b"): Resolver("Mutation", "b", "PIPELINE", None, ("f1",), "export …"),
    }
    assert api.api_keys == (ApiKey("da2-x", datetime.fromtimestamp(NOW, UTC)),)
    assert (api.introspection, api.query_depth_limit, dict(api.environment)) == (False, 5, {"TABLE": "t"})
    assert api.warnings == ()
    assert [each.sentence for each in unanswerable(api)] == [
        "AppSync API shop: data source search is of type AMAZON_OPENSEARCH_SERVICE, which is not supported: "
        "there is no search engine here"
    ]
    assert api.xray
    assert list_apis(FakeControlPlane()) == [("abc", "shop"), ("def", "chat")]  # type: ignore[arg-type]


def test_api_has_its_configured_cache_or_none() -> None:
    assert load().cache is None
    assert load(caching="PER_RESOLVER_CACHING").cache == ApiCacheConfig("PER_RESOLVER_CACHING", 300)


@pytest.mark.parametrize(("sdl", "why"), [("", "has no schema"), ("type {", "cannot be read")])
def test_an_api_without_a_schema_is_not_ready(sdl: str, why: str) -> None:
    with pytest.raises(NotLoaded, match=why):
        load(sdl=sdl)


class Shelf:
    """Definitions that change."""

    def __init__(self, *apis: ApiDefinition) -> None:
        self.apis = {api.id: api for api in apis}
        self.loads = 0

    def load(self, api_id: str) -> ApiDefinition:
        self.loads += 1
        if api_id not in self.apis:
            raise NotLoaded(f"The API {api_id} is not ready.")
        return self.apis[api_id]


async def query(session: aiohttp.ClientSession, url: str, text: str = "{ __typename }") -> tuple[int, Any]:
    async with session.post(url, data=text, headers={"x-api-key": API_KEY}) as answer:
        return answer.status, await answer.json()


async def test_api_without_a_schema_keeps_no_other_from_being_served() -> None:
    def load_one(api_id: str) -> ApiDefinition:
        if api_id == "bare":
            raise NoSchema("The API bare has no schema.")
        raise NotLoaded("The API other is not ready.")

    service = AppSyncService(ENGINE, lambda _api: FakeResolvers(), load=load_one)
    await service.start()
    try:
        await service._ports.load([("bare", "bare", 0)])
        assert [(address.id, address.api_keys) for address in service.addresses()] == [("bare", ())]
        assert service.warnings() == ["AppSync API bare has no schema: it answers every request with 503."]
        with pytest.raises(NotLoaded, match="not ready"):
            await service._ports.load([("other", "other", 0)])
    finally:
        await service.stop()


async def test_a_port_is_open_before_its_api_is_ready_and_follows_its_changes() -> None:
    shelf = Shelf()
    service = AppSyncService(ENGINE, lambda _api: FakeResolvers(), load=shelf.load)
    await service.start()
    try:
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{service.control.url}/apis/api1", json={"name": "tests"}) as response:
                urls = await response.json()
            assert urls["realtime"] == urls["graphql"].replace("http", "ws")
            status, answer = await query(session, urls["graphql"])
            assert (status, answer["errors"]) == (
                503,
                [{"errorType": "ServiceUnavailableException", "message": "The API api1 is not ready."}],
            )
            shelf.apis["api1"] = definition()
            assert await query(session, urls["graphql"]) == (200, {"data": {"__typename": "Query"}})
            loads = shelf.loads
            await query(session, urls["graphql"])
            assert shelf.loads == loads
            shelf.apis["api1"] = replace(definition(), schema_sdl="schema { query: Ask } type Ask { a: ID }")
            service.notify("api1")
            service.notify("unknown")
            assert await query(session, urls["graphql"]) == (200, {"data": {"__typename": "Ask"}})
            shelf.apis["api1"] = replace(definition(), schema_sdl="type Query { a: Nope }")
            service.notify("api1")
            status, answer = await query(session, urls["graphql"])
            assert (status, answer["errors"][0]["message"].splitlines()[0]) == (
                503,
                "The schema of tests is not valid: Unknown type 'Nope'.",
            )
            async with session.post(f"{service.control.url}/apis/api1") as again:
                assert await again.json() == urls
            async with session.delete(f"{service.control.url}/apis/api1") as gone:
                assert gone.status == 200
            with pytest.raises(aiohttp.ClientConnectorError):
                await query(session, urls["graphql"])
            async with session.delete(f"{service.control.url}/apis/api1") as gone:
                assert gone.status == 200
            async with session.get(f"{service.control.url}/elsewhere") as unknown:
                assert unknown.status == 404
    finally:
        await service.stop()


async def test_changed_api_is_named_also_when_a_request_has_loaded_it_first() -> None:
    shelf = Shelf(replace(definition(), id="edited", name="shop"), replace(definition(), id="as it was"))
    listed = [(api_id, "", 0) for api_id in shelf.apis]
    service = AppSyncService(ENGINE, lambda _api: FakeResolvers(), load=shelf.load)
    await service.start()
    try:
        await service._ports.load(listed)
        before = service.served()
        assert service.changed_since(before) == []
        shelf.apis["edited"] = replace(shelf.apis["edited"], schema_sdl="type Query { a: ID }")
        service.notify("edited")
        await service.freshen()
        await service._ports.load(listed)
        assert service.changed_since(before) == ["shop"]
        assert set(service.changed_since({})) == {"shop", "tests"}
    finally:
        await service.stop()


async def test_a_reload_keeps_connections_and_their_subscriptions() -> None:
    up: Running
    async with running() as up, connected(up) as socket:
        await start_subscription(up, socket, "subscription { onSay { id } }")
        up.service.notify(up.address.id)
        await up.query("mutation { say(id: 5) { id } }")
        assert (await socket.receive_json())["payload"] == {"data": {"onSay": {"id": "5"}}}
        await start_subscription(up, socket, "subscription { onSay { id } }", id="2")


async def test_changed_definition_keeps_valid_subscriptions_and_ends_the_others() -> None:
    shelf = Shelf(definition())
    service = AppSyncService(ENGINE, lambda _api: resolvers(), load=shelf.load)
    await service.start()
    try:
        (api_id,) = shelf.apis
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{service.control.url}/apis/{api_id}", json={"name": "t"}) as response:
                urls = await response.json()
            address = GraphQLApiAddress(api_id, "t", urls["graphql"], urls["realtime"])
            up = Running(service, address, resolvers(), session, Pool(), shelf.apis[api_id])
            async with connected(up) as socket:
                await start_subscription(up, socket, "subscription { onSay { id mood } }", id="stays")
                await start_subscription(up, socket, "subscription { onSay { id text } }", id="ends")
                served = await service._ports[api_id].loaded.current()
                service.notify(api_id)
                assert await service._ports[api_id].loaded.current() is served, (
                    "nothing changed, nothing is loaded"
                )
                sdl = shelf.apis[api_id].schema_sdl
                assert sdl.count("  text: String\n") == 1
                shelf.apis[api_id] = replace(
                    shelf.apis[api_id], schema_sdl=sdl.replace("  text: String\n", "  words: String\n")
                )
                service.notify(api_id)
                assert await service._ports[api_id].loaded.current() is not served
                assert await socket.receive_json() == {"id": "ends", "type": "complete"}
                await start_subscription(up, socket, "subscription { onSay { words } }", id="new")
                await up.query("mutation { say(id: 5) { id words } }")
                frames = [await socket.receive_json() for _ in range(2)]
                assert {frame["id"]: frame["payload"]["data"] for frame in frames} == {
                    "stays": {"onSay": {"id": "5", "mood": None}},
                    "new": {"onSay": {"words": None}},
                }
                assert len(service.hub(api_id)) == 2
    finally:
        await service.stop()


async def test_warnings_name_what_resolvers_cannot_serve() -> None:
    fakes = FakeResolvers(
        {("Query", "message"): gives(None)}, warnings=["Query.message: no such data source"]
    )
    async with running(definition(warnings=("one",)), fakes) as up:
        await up.query("{ __typename }")
        assert up.service.warnings() == ["one", "Query.message: no such data source"]
