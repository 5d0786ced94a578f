"""Imports and their orders in a real DynamoDB's tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from orders.adapters.dynamodb_imported import DynamoDBImportedOrders
from orders.adapters.dynamodb_imports import DynamoDBImports
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from orders.errors import OrderwireError
from orders.imports.model import Counts, Import, ImportFailure, ImportId, ImportStatus, RefusedLine
from orders.imports.ports import BatchResult
from orders.model import CustomerId, OrderId, Timestamp
from orders.origins import ImportLine
from tests.orders.engine import Engine
from tests.orders.samples import ADA, AT, GRACE, LATER, an_order

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def imports_table(engine: Engine) -> str:
    name = f"imports-{uuid4().hex[:12]}"
    text = [
        {"AttributeName": attribute, "AttributeType": "S"}
        for attribute in ("pk", "sk", "ownerKey", "everyone", "listSort")
    ]
    engine.dynamodb().create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=text,  # type: ignore[arg-type]
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": key, "KeyType": "HASH"},
                    {"AttributeName": "listSort", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, key in (("byOwner", "ownerKey"), ("all", "everyone"))
        ],
    )
    return name


@pytest.fixture
def imports(
    engine: Engine, dynamodb: Callable[[Engine], DynamoDBClient], imports_table: str
) -> DynamoDBImports:
    return DynamoDBImports(dynamodb(engine), imports_table, lambda: 1_800_000_000.0)


@pytest.fixture
def imported(
    engine: Engine, dynamodb: Callable[[Engine], DynamoDBClient], orders_table: str
) -> DynamoDBImportedOrders:
    return DynamoDBImportedOrders(dynamodb(engine), orders_table)


def an_import(customer: CustomerId = ADA, at: Timestamp = AT) -> Import:
    return Import(
        ImportId(str(uuid4())),
        customer,
        "orders.csv",
        9,
        ImportStatus.AWAITING_UPLOAD,
        1,
        at,
        at,
        1_800_000_000,
    )


def test_import_round_trips_and_is_changed_by_its_latest_reader_alone(imports: DynamoDBImports) -> None:
    new = an_import()
    assert imports.create(new)
    assert imports.load(new.import_id) == new
    assert imports.load(ImportId(str(uuid4()))) is None
    other = replace(an_import(GRACE), import_id=new.import_id)
    assert not imports.create(other)
    changed = replace(
        new,
        status=ImportStatus.FAILED,
        version=2,
        reason=ImportFailure.NOT_CSV,
        detail="line 3",
        lines=7,
        duplicate_of=ImportId("first"),
        run="etag",
        has_report=True,
        counts=Counts(1, 2, 3),
    )
    assert imports.save(changed, new)
    assert imports.load(new.import_id) == changed
    # Its own write again, as after a lost answer; then another writer's.
    assert imports.save(changed, new)
    assert not imports.save(replace(changed, detail="else"), new)


def test_batch_is_counted_once_while_its_run_is_under_way(imports: DynamoDBImports) -> None:
    new = replace(an_import(), status=ImportStatus.RUNNING, run="one")
    imports.create(new)
    refused = (RefusedLine(12, "REQUIRED", "sku: is required"),)
    second = BatchResult(12, 20, 3, (13, 14), refused)
    first = BatchResult(2, 11, 10)
    for batch in (second, first):
        assert imports.count(new.import_id, "one", batch, LATER)
        assert not imports.count(new.import_id, "one", batch, LATER)
    state = imports.load(new.import_id)
    assert state is not None
    assert (state.counts, state.version, state.updated_at) == (Counts(13, 2, 1), 3, LATER)
    assert imports.batches(new.import_id) == [first, second]
    assert imports.refusals(new.import_id, 5) == list(refused)
    third = BatchResult(21, 21, 1)
    with pytest.raises(OrderwireError):
        imports.count(new.import_id, "two", third, LATER)
    imports.save(replace(state, status=ImportStatus.CANCELLED, version=4), state)
    with pytest.raises(OrderwireError):
        imports.count(new.import_id, "one", third, LATER)


def test_imports_are_listed_newest_first_by_page(imports: DynamoDBImports) -> None:
    whose = CustomerId(str(uuid4()))
    new = [an_import(whose, Timestamp(f"2026-11-2{day}T18:00:00.000Z")) for day in range(3)]
    for item in new:
        imports.create(item)
    first, place = imports.listed(whose, limit=2, after=None)
    assert list(first) == [new[2], new[1]]
    rest, last = imports.listed(whose, limit=2, after=place)
    assert (list(rest), last) == ([new[0]], None)
    everyone, place = imports.listed(None, limit=2, after=None)
    assert len(everyone) == 2
    assert imports.listed(None, limit=1, after=place)[0]


def test_first_import_of_the_same_contents_is_returned(imports: DynamoDBImports) -> None:
    digest, first = uuid4().hex, ImportId("first")
    assert imports.first_with(ADA, digest, first, 9) == first
    assert imports.first_with(ADA, digest, ImportId("second"), 9) == first
    assert imports.first_with(GRACE, digest, ImportId("second"), 9) == "second"


def test_orders_are_recorded_together_and_existing_ones_are_reported(
    imported: DynamoDBImportedOrders, store: DynamoDBOrderStore
) -> None:
    orders = [replace(an_order(), imported=ImportLine("i", line)) for line in range(2, 62)]
    old = [replace(order, imported=None) for order in orders[::7]]
    for order in old:
        assert list(imported.record_all([order])) == [None]
    before = imported.record_all(orders)
    assert [place for place in before if place is not None] == old
    assert imported.record_all(orders)[1] == orders[1]
    lines = imported.lines_of([*(order.order_id for order in orders), OrderId(str(uuid4()))])
    assert lines[orders[0].order_id] is None
    assert lines[orders[1].order_id] == ImportLine("i", 3)
    assert len(lines) == 60
    state = store.state(orders[1].order_id)
    assert state is not None
    assert state.is_pending
