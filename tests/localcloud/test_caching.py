"""A template's cache, from CloudFormation to the answers, and AppSync's own FlushApiCache."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from tests.localcloud.running import Running, running, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.slow]
SCHEMA = """type Query { ticket(id: ID!): Ticket }
type Mutation { forget(id: ID!): Boolean }
type Ticket { id: ID! drawn: ID! }
"""
DRAW = """import { util } from '@aws-appsync/utils';
export const request = (ctx) => ({ payload: { id: ctx.args.id, drawn: util.autoId() } });
export const response = (ctx) => ctx.result;
"""
FORGET = """import { extensions } from '@aws-appsync/utils';
export const request = (ctx) => ({ payload: true });
export function response(ctx) {
  extensions.evictFromApiCache('Query', 'ticket', { 'context.arguments.id': ctx.args.id });
  return ctx.result;
}
"""
ID = {"Fn::GetAtt": "Api.ApiId"}
JS = {"Name": "APPSYNC_JS", "RuntimeVersion": "1.0.0"}


def resource(kind: str, **properties: object) -> dict[str, object]:
    return {"Type": f"AWS::AppSync::{kind}", "Properties": {"ApiId": ID, **properties}}


def resolver(on: str, code: str, **more: object) -> dict[str, object]:
    kind, name = on.split(".")
    properties = {"TypeName": kind, "FieldName": name, "DataSourceName": "none", "Runtime": JS, "Code": code}
    return resource("Resolver", **properties, **more) | {"DependsOn": ["Schema", "None"]}


TEMPLATE = {
    "Resources": {
        "Api": {
            "Type": "AWS::AppSync::GraphQLApi",
            "Properties": {"Name": "tickets", "AuthenticationType": "API_KEY"},
        },
        "Key": resource("ApiKey"),
        "Schema": resource("GraphQLSchema", Definition=SCHEMA),
        "None": resource("DataSource", Name="none", Type="NONE"),
        "Ticket": resolver(
            "Query.ticket", DRAW, CachingConfig={"Ttl": 3600, "CachingKeys": ["$context.arguments.id"]}
        ),
        "Forget": resolver("Mutation.forget", FORGET),
        "Cache": resource("ApiCache", ApiCachingBehavior="PER_RESOLVER_CACHING", Ttl=3600, Type="SMALL"),
    }
}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("caching")
    template = folder / "template.json"
    template.write_text(json.dumps(TEMPLATE))
    with running(folder, template) as up:
        yield up


def ask(cloud: Running, query: str) -> dict[str, object]:
    [api] = cloud.apis
    answer = requests.post(
        api.graphql, json={"query": query}, headers={"x-api-key": api.api_keys[0]}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    document: dict[str, object] = answer.json()
    return document


def drawn(cloud: Running, ticket: int = 1) -> object:
    document = ask(cloud, f'{{ ticket(id: "{ticket}") {{ drawn }} }}')
    assert "errors" not in document, document
    return document["data"]


def test_template_cache_is_used_evicted_and_flushed(cloud: Running) -> None:
    first, second = drawn(cloud), drawn(cloud, 2)
    assert first != second
    assert (drawn(cloud), drawn(cloud, 2)) == (first, second)

    answer = ask(cloud, 'mutation { forget(id: "1") }')
    assert answer == {"data": {"forget": True}, "extensions": {"apiCacheEntriesDeleted": 1}}
    again = drawn(cloud)
    assert again != first
    assert (drawn(cloud), drawn(cloud, 2)) == (again, second)

    appsync = cloud.session().client("appsync", endpoint_url=cloud.engine)
    appsync.flush_api_cache(apiId=cloud.apis[0].id)
    wait_for(lambda: drawn(cloud, 2) != second, what="the flush")
