from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

import pytest

from orders.adapters.dynamodb_stock import DynamoDBStockRoom
from orders.adapters.dynamodb_store import DynamoDBOrderStore
from tests.orders.engine import Engine, make_connections_table, make_tables, running_engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NewClient: TypeAlias = "Callable[[Engine], DynamoDBClient]"


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    with running_engine() as running:
        yield running


@pytest.fixture
def orders_table(engine: Engine) -> str:
    """A new pair of tables; the fulfilment table is called like it, with ``-fulfilment``."""
    name = f"orders-{uuid4().hex[:12]}"
    make_tables(engine.dynamodb(), orders=name, fulfilment=f"{name}-fulfilment")
    return name


@pytest.fixture
def fulfilment_table(orders_table: str) -> str:
    return f"{orders_table}-fulfilment"


@pytest.fixture
def connections_table(engine: Engine) -> str:
    name = f"connections-{uuid4().hex[:12]}"
    make_connections_table(engine.dynamodb(), name)
    return name


@pytest.fixture(params=[Engine.dynamodb, Engine.lean_dynamodb], ids=["boto3", "lean"])
def dynamodb(request: pytest.FixtureRequest) -> NewClient:
    """Which client the adapters have: both must do."""
    factory: NewClient = request.param
    return factory


@pytest.fixture
def store(engine: Engine, dynamodb: NewClient, orders_table: str) -> DynamoDBOrderStore:
    return DynamoDBOrderStore(dynamodb(engine), orders_table)


@pytest.fixture
def stock(engine: Engine, dynamodb: NewClient, fulfilment_table: str) -> DynamoDBStockRoom:
    return DynamoDBStockRoom(dynamodb(engine), fulfilment_table)
