"""The composition root of imports: which adapter keeps which port, made when first needed and kept."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING

from orders.adapters.clock import SystemClock
from orders.adapters.settings import OrchestratorSettings, OrdersSettings
from orders.environment import read
from resolvers import settings

if TYPE_CHECKING:
    from orders.imports.batches import BatchImporter
    from orders.imports.desk import ImportDesk
    from orders.imports.finishing import Finisher
    from orders.imports.ports import ImportStore
    from orders.imports.preparing import Preparation
    from orders.imports.reporting import ImportTeller

# ruff: noqa: PLC0415 - as in ``wiring``: only who needs an adapter pays for it.


def _store(table: str) -> ImportStore:
    from orders.adapters.clients import dynamodb
    from orders.adapters.dynamodb_imports import DynamoDBImports

    return DynamoDBImports(dynamodb(), table, time.time)


@lru_cache(maxsize=1)
def import_desk() -> ImportDesk | None:
    """Return where customers announce imports; None where these are off."""
    where = read(settings.ImportSettings)
    if where.imports_bucket is None:
        return None
    from orders.adapters.s3_forms import S3Forms
    from orders.imports.desk import ImportDesk

    forms = S3Forms(where.imports_bucket, where.aws_region)
    return ImportDesk(_store(where.imports_table), forms, SystemClock())


@lru_cache(maxsize=1)
def preparation() -> Preparation:
    """Return what looks at files that were uploaded."""
    from orders.adapters.clients import client
    from orders.adapters.import_runs import StepFunctionsImports
    from orders.adapters.s3_files import S3Files
    from orders.imports.preparing import Preparation

    where, machine = read(settings.ImportFileSettings), read(settings.ImportRunSettings)
    return Preparation(
        store=_store(where.imports_table),
        files=S3Files(client("s3"), where.imports_bucket),
        runs=StepFunctionsImports(client("stepfunctions"), machine.import_machine_arn),
        clock=SystemClock(),
        bucket=where.imports_bucket,
    )


@lru_cache(maxsize=1)
def batch_importer() -> BatchImporter:
    """Return what imports lines."""
    from orders.adapters.clients import client, dynamodb
    from orders.adapters.dynamodb_imported import DynamoDBImportedOrders
    from orders.adapters.sqs import SQSOrderQueue
    from orders.imports.batches import BatchImporter
    from orders.origins import Orchestrator

    lines = read(settings.ImportLinesSettings)
    return BatchImporter(
        store=_store(lines.imports_table),
        orders=DynamoDBImportedOrders(dynamodb(), read(OrdersSettings).orders_table),
        queue=SQSOrderQueue(client("sqs"), read(settings.QueueSettings).order_queue_url),
        clock=SystemClock(),
        pace=int(lines.import_pace),
        orchestrator=Orchestrator.of(read(OrchestratorSettings).orchestrator),
    )


@lru_cache(maxsize=1)
def finisher() -> Finisher:
    """Return what ends imports."""
    from orders.adapters.clients import client, dynamodb
    from orders.adapters.dynamodb_imported import DynamoDBImportedOrders
    from orders.adapters.s3_files import S3Files
    from orders.imports.finishing import Finisher

    where = read(settings.ImportFileSettings)
    return Finisher(
        store=_store(where.imports_table),
        orders=DynamoDBImportedOrders(dynamodb(), read(OrdersSettings).orders_table),
        files=S3Files(client("s3"), where.imports_bucket),
        clock=SystemClock(),
    )


@lru_cache(maxsize=1)
def teller() -> ImportTeller | None:
    """Return what publishes how far imports are; None where the channel is off."""
    where = read(settings.ImportPublishingSettings)
    if where.graphql_url is None:
        return None
    from orders.adapters.import_publishing import AppSyncProgress
    from orders.imports.reporting import ImportTeller

    return ImportTeller(_store(where.imports_table), AppSyncProgress(where.graphql_url, where.aws_region))
