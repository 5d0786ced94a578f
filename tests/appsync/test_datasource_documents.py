"""Whatever a handler returns, a data source answers a result, ctx.error or a refusal: never a crash."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.appsync.datasources.clients import DataSourceClients
from localcloud.appsync.datasources.failures import DataSourceFailure, RequestInvalid
from localcloud.appsync.definition import (
    JSON,
    DataSource,
    DeltaSyncConfig,
    DynamoDBConfig,
    EventBridgeConfig,
    HttpConfig,
)
from localcloud.appsync.unanswerable import unanswerable
from tests.appsync.resolvers import LAMBDA, NOWHERE, FakeFunctions, api, call, engine, unit
from tests.examples import examples

SOURCES = [
    LAMBDA,
    DataSource("table", "AMAZON_DYNAMODB", DynamoDBConfig("t", "us-east-1")),
    DataSource(
        "versioned", "AMAZON_DYNAMODB", DynamoDBConfig("t", "us-east-1", DeltaSyncConfig("d", 60, 30))
    ),
    DataSource("http", "HTTP", HttpConfig("http://127.0.0.1:9")),
    DataSource("bus", "AMAZON_EVENTBRIDGE", EventBridgeConfig("arn:aws:events:::event-bus/b")),
    DataSource("search", "AMAZON_OPENSEARCH_SERVICE"),
]
OPERATIONS = [
    *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "Sync", "BatchGetItem"),
    *("BatchPutItem", "BatchDeleteItem", "TransactGetItems", "TransactWriteItems", "ConditionCheck"),
    *("Invoke", "BatchInvoke", "PutEvents", "GET", "POST", "Event"),
]
KEYS = [
    *("operation", "key", "attributeValues", "condition", "expression", "expressionNames", "update", "limit"),
    *("expressionValues", "query", "filter", "projection", "nextToken", "tables", "t", "keys", "index"),
    *("transactItems", "table", "method", "resourcePath", "params", "headers", "body", "payload", "events"),
    *("source", "detail", "detailType", "time", "resources", "invocationType", "maxBatchSize", "lastSync"),
    *("equalsIgnore", "conditionalCheckFailedHandler", "_version", "S", "N", "M", "L", "SS", "NULL", "BOOL"),
]
LEAVES = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "/", "a", "t", "1", *OPERATIONS])
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=14,
)
DOCUMENTS = st.tuples(
    st.sampled_from(OPERATIONS), st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6)
).map(lambda pair: {"operation": pair[0], **pair[1]})


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
@given(document=VALUES | DOCUMENTS)
@settings(max_examples=examples(50), deadline=None)
def test_any_request_document_succeeds_or_is_refused(source: DataSource, document: JSON) -> None:
    async def ask() -> None:
        clients = DataSourceClients(NOWHERE, FakeFunctions({"f": lambda _: []}))
        try:
            await clients.open(source).execute(document, call())
        except (DataSourceFailure, RequestInvalid):
            pass
        finally:
            await clients.close()

    asyncio.run(ask())


RDS = """import { select, createPgStatement, toJsonObject } from '@aws-appsync/utils/rds';
export const request = (ctx) => createPgStatement(select({ table: 'persons' }));
export const response = (ctx) => toJsonObject(ctx.result)[0];
"""
AI = """import { converse } from '@aws-appsync/utils/ai';
export const request = (ctx) => converse({ modelId: 'm', messages: [] });
export const response = (ctx) => ctx.result;
"""


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("RELATIONAL_DATABASE", RDS),
        ("AMAZON_BEDROCK_RUNTIME", AI),
        ("AMAZON_OPENSEARCH_SERVICE", RDS),
        ("AMAZON_ELASTICSEARCH", RDS),
    ],
)
async def test_unsupported_operation_names_resolver_and_data_source(kind: str, code: str) -> None:
    definition = api(unit(code, source="far"), sources=(DataSource("far", kind),))
    message = f"Query.field: data source far is of type {kind}, which is not supported: "
    async with engine(definition) as resolvers:
        (error,) = (await resolvers.resolve(call())).errors
        assert (error.message.startswith(message), error.error_type) == (True, "UnsupportedDataSource")
    [absent] = unanswerable(definition)
    assert absent.fields == ("Query.field",)
