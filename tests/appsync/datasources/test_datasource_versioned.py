"""Versioned tables and ``Sync``, on the real engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from localcloud.appsync.datasources.dynamodb.versioned import moment, partition
from localcloud.appsync.definition import JSON, DeltaSyncConfig
from localcloud.aws import EngineAddress
from tests.appsync.datasources.asking import Table

pytestmark = pytest.mark.integration

PUT = (
    """ddb.put({ key: { pk: 'a', sk: ctx.args.sk }, item: { n: ctx.args.n }, _version: ctx.args.version })"""
)


@pytest.fixture
def delta(address: EngineAddress, table: str) -> Iterator[str]:
    client = address.client("dynamodb")
    name = f"{table}-delta"
    client.create_table(
        TableName=name,
        KeySchema=[
            {"AttributeName": "ds_pk", "KeyType": "HASH"},
            {"AttributeName": "ds_sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": "S"} for attribute in ("ds_pk", "ds_sk")
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    yield name
    client.delete_table(TableName=name)
    client.close()


@pytest.fixture
def db(address: EngineAddress, table: str, delta: str) -> Table:
    return Table(address, table, delta=DeltaSyncConfig(delta, 43_200, 30))


async def put(db: Table, sk: str, **arguments: JSON) -> dict[str, JSON]:
    result = await db.result(PUT, {"sk": sk, "n": 1, **arguments})
    assert isinstance(result, dict)
    return result


async def test_writes_increase_the_version_and_deletion_leaves_a_tombstone(db: Table) -> None:
    before = int(time.time() * 1000)
    first = await put(db, "1")
    assert (first["_version"], first["n"]) == (1, 1)
    assert int(str(first["_lastChangedAt"])) >= before
    request = "ddb.update({ key: { pk: 'a', sk: '1' }, update: { n: 2 }, _version: 1 })"
    second = await db.result(request)
    assert isinstance(second, dict)
    assert (second["_version"], second["n"]) == (2, 2)
    gone = await db.result("ddb.remove({ key: { pk: 'a', sk: '1' }, _version: 2 })")
    assert isinstance(gone, dict)
    assert (gone["_version"], gone["_deleted"], gone["n"]) == (3, True, 2)
    assert int(str(gone["_ttl"])) >= before // 1000 + 43_200 * 60
    assert await db.result("ddb.remove({ key: { pk: 'a', sk: 'none' } })") is None


async def test_write_with_another_version_is_a_conflict(db: Table) -> None:
    await put(db, "1")
    kind, message, result = await db.error(PUT, {"sk": "1", "n": 5, "version": 7})
    assert (kind, message) == ("ConflictUnhandled", "Conflict resolver rejects mutation.")
    assert isinstance(result, dict)
    assert (result["_version"], result["n"]) == (1, 1)


async def pages(db: Table, arguments: dict[str, JSON]) -> list[dict[str, JSON]]:
    request = "ddb.sync({ limit: 2, lastSync: ctx.args.last, nextToken: ctx.args.token })"
    items: list[dict[str, JSON]] = []
    while True:
        page = await db.result(request, arguments)
        assert isinstance(page, dict)
        items.append(page)
        if page["nextToken"] is None:
            assert len({str(item["startedAt"]) for item in items}) == 1
            return items
        arguments = arguments | {"token": page["nextToken"]}


def versions_of(items: list[dict[str, JSON]]) -> list[tuple[JSON, JSON]]:
    listed = [page["items"] for page in items]
    return [
        (item["sk"], item["_version"])
        for items in listed
        if isinstance(items, list)
        for item in items
        if isinstance(item, dict)
    ]


async def test_sync_reads_the_table_and_then_the_changes(db: Table) -> None:
    for sk in "123":
        await put(db, sk)
    whole = await pages(db, {})
    assert versions_of(whole) == [("1", 1), ("2", 1), ("3", 1)]
    await put(db, "2", version=1)
    changed = await pages(db, {"last": whole[0]["startedAt"]})
    assert versions_of(changed) == [("2", 2)]
    items = changed[0]["items"]
    assert isinstance(items, list)
    assert isinstance(items[0], dict)
    assert sorted(items[0]) == ["_lastChangedAt", "_version", "n", "pk", "sk"]


async def test_sync_continues_after_midnight(
    db: Table, address: EngineAddress, table: str, delta: str
) -> None:
    yesterday = int(time.time() * 1000) - 86_400_000
    day, _ = moment(yesterday)
    record = {"ds_pk": partition(table, day), "ds_sk": "23:59:59.999:a:1:1", "sk": "0"}
    item = {name: {"S": value} for name, value in record.items()} | {"_version": {"N": "1"}}
    address.client("dynamodb").put_item(TableName=delta, Item=item)
    db.delta = DeltaSyncConfig(delta, 10, 3 * 24 * 60)
    await put(db, "1")
    assert versions_of(await pages(db, {"last": yesterday})) == [("0", 1), ("1", 1)]
    # What the delta table does not remember is read from the base table.
    assert versions_of(await pages(db, {"last": yesterday - 5 * 86_400_000})) == [("1", 1)]


async def test_custom_partition_key_is_written_to_the_delta_table(
    db: Table, address: EngineAddress, delta: str, items: Callable[[], list[dict[str, object]]]
) -> None:
    await db.result(
        "ddb.put({ key: { pk: 'a', sk: '1' }, item: {}, customPartitionKey: 'owner#u',"
        " populateIndexFields: true })"
    )
    (record,) = address.client("dynamodb").scan(TableName=delta)["Items"]
    assert record["ds_pk"] == {"S": "owner#u"}
    assert record["gsi_ds_pk"]["S"].startswith("AppSync-delta-sync-")
    assert len(items()) == 1


async def test_sync_of_a_table_without_versions_is_refused(address: EngineAddress, table: str) -> None:
    (error,) = (await Table(address, table).ask("ddb.sync({})")).errors
    assert (error.error_type, error.message) == (
        "MappingTemplate",
        f"Mutation.write: Sync is for versioned data sources; that of {table} is none.",
    )


async def test_sync_refuses_arguments_beyond_its_limits(db: Table) -> None:
    (error,) = (await db.ask("ddb.sync({ limit: 1001 })")).errors
    assert error.message == "Unsupported value for field '$[limit]': 1 to 1000 is expected."
    (error,) = (await db.ask("ddb.sync({ basePartitionKey: 'x' })")).errors
    assert error.message.startswith("Sync with basePartitionKey or deltaIndexName is not supported")
