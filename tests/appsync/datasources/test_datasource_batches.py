"""Batches and transactions on the real engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localcloud.aws import EngineAddress
from tests.appsync.datasources.asking import Table

pytestmark = pytest.mark.integration

Items = Callable[[], list[dict[str, object]]]


@pytest.fixture
def db(address: EngineAddress, table: str) -> Table:
    return Table(address, table)


async def fill(db: Table) -> None:
    await db.result(
        "ddb.batchPut({ tables: { [ctx.env.TABLE]: [1, 2].map((n) => ({ pk: 'a', sk: `${n}`, n })) } })"
    )


async def test_batch_put_writes_items(db: Table, items: Items) -> None:
    request = "ddb.batchPut({ tables: { [ctx.env.TABLE]: [{ pk: 'a', sk: '1', n: 1 }] } })"
    assert await db.result(request) == {
        "data": {db.name: [{"pk": "a", "sk": "1", "n": 1}]},
        "unprocessedItems": {db.name: []},
    }
    assert items() == [{"pk": {"S": "a"}, "sk": {"S": "1"}, "n": {"N": "1"}}]


async def test_batch_get_keeps_the_order_and_returns_null_for_missing_items(db: Table) -> None:
    await fill(db)
    request = """ddb.batchGet({ tables: { [ctx.env.TABLE]: {
        keys: [{ pk: 'a', sk: '2' }, { pk: 'a', sk: '9' }, { pk: 'a', sk: '1' }], consistentRead: true,
    } } })"""
    assert await db.result(request) == {
        "data": {db.name: [{"pk": "a", "sk": "2", "n": 2}, None, {"pk": "a", "sk": "1", "n": 1}]},
        "unprocessedKeys": {db.name: []},
    }


async def test_batch_delete_returns_the_deleted_keys(db: Table, items: Items) -> None:
    await fill(db)
    request = "ddb.batchDelete({ tables: { [ctx.env.TABLE]: [{ pk: 'a', sk: '1' }] } })"
    assert await db.result(request) == {
        "data": {db.name: [{"pk": "a", "sk": "1"}]},
        "unprocessedKeys": {db.name: []},
    }
    assert [item["sk"] for item in items()] == [{"S": "2"}]


async def test_transact_get_returns_items_with_their_projection(db: Table) -> None:
    await fill(db)
    request = """ddb.transactGet({ items: [
        { table: ctx.env.TABLE, key: { pk: 'a', sk: '2' }, projection: ['n'] },
        { table: ctx.env.TABLE, key: { pk: 'a', sk: '9' } },
    ] })"""
    assert await db.result(request) == {"items": [{"n": 2}, None], "cancellationReasons": None}


WRITE = """{
    operation: 'TransactWriteItems',
    transactItems: [
      { table: ctx.env.TABLE, operation: 'PutItem', key: util.dynamodb.toMapValues({ pk: 'a', sk: '1' }),
        attributeValues: util.dynamodb.toMapValues({ n: 10 }),
        condition: { expression: 'attribute_not_exists(pk)',
                     returnValuesOnConditionCheckFailure: ctx.args.values } },
      { table: ctx.env.TABLE, operation: 'PutItem', key: util.dynamodb.toMapValues({ pk: 'a', sk: '3' }) },
    ],
}"""


async def test_transact_write_returns_the_written_keys(db: Table, items: Items) -> None:
    assert await db.result(WRITE, {"values": True}) == {
        "keys": [{"pk": "a", "sk": "1"}, {"pk": "a", "sk": "3"}],
        "cancellationReasons": None,
    }
    assert len(items()) == 2


@pytest.mark.parametrize("values", [True, False])
async def test_cancelled_transaction_returns_the_reasons(db: Table, items: Items, values: bool) -> None:
    await fill(db)
    kind, message, result = await db.error(WRITE, {"values": values})
    assert kind == "DynamoDB:TransactionCanceledException"
    assert "[ConditionalCheckFailed, None]" in message
    assert result == {
        "keys": None,
        "cancellationReasons": [
            {
                "item": {"pk": "a", "sk": "1", "n": 1} if values else None,
                "type": "ConditionalCheckFailed",
                "message": "The conditional request failed",
            },
            {"item": None, "type": "None", "message": "None"},
        ],
    }
    assert len(items()) == 2


async def test_transact_write_helper_builds_updates_deletes_and_checks(db: Table, items: Items) -> None:
    await fill(db)
    request = """ddb.transactWrite({ items: [
        { updateItem: { table: ctx.env.TABLE, key: { pk: 'a', sk: '1' },
                        update: { n: ddb.operations.increment(1) }, condition: { n: { lt: 5 } } } },
        { deleteItem: { table: ctx.env.TABLE, key: { pk: 'a', sk: '2' } } },
        { putItem: { table: ctx.env.TABLE, key: { pk: 'b', sk: '1' }, item: { n: 0 } } },
        { conditionCheck: { table: ctx.env.TABLE, key: { pk: 'c', sk: '1' },
                            condition: { pk: { attributeExists: false } } } },
    ] })"""
    result = await db.result(request)
    assert isinstance(result, dict)
    assert result["cancellationReasons"] is None
    assert [(item["pk"], item["sk"], item["n"]) for item in items()] == [
        ({"S": "a"}, {"S": "1"}, {"N": "2"}),
        ({"S": "b"}, {"S": "1"}, {"N": "0"}),
    ]
