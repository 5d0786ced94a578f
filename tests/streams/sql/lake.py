"""Buckets and a catalogue in memory, and a worker that answers over them."""

from __future__ import annotations

import asyncio
import io
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from localcloud.streams.sql.facade import Listed, Objects, Runner, SqlService, Worker

ROOT = Path(__file__).parents[3]
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
OPENX = "org.openx.data.jsonserde.JsonSerDe"
OPEN_CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"


def worker(idle: float = 60.0) -> Worker:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    return Worker((sys.executable, "-P", "-m", "localcloud.streams.sql.worker"), environment, idle=idle)


class Services:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.catalogue: dict[tuple[str, str], dict[str, Any]] = {}

    async def get_object(self, bucket: str, key: str) -> bytes:
        return self.objects[f"{bucket}/{key}"]

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        self.objects[f"{bucket}/{key}"] = body

    async def list_objects(self, bucket: str, prefix: str) -> list[Listed]:
        return [
            Listed(name.partition("/")[2], len(body), str(hash(body)))
            for name, body in sorted(self.objects.items())
            if name.startswith(f"{bucket}/{prefix}")
        ]

    async def databases(self) -> list[str]:
        return sorted({database for database, _ in self.catalogue})

    async def tables(self, database: str) -> list[str]:
        return sorted(name for where, name in self.catalogue if where == database)

    async def table(self, database: str, name: str) -> Mapping[str, Any] | None:
        return self.catalogue.get((database, name))

    async def partitions(self, database: str, table: str) -> Sequence[Mapping[str, Any]]:
        return ()

    async def add_partitions(
        self, database: str, table: str, partitions: Sequence[Mapping[str, Any]]
    ) -> None:
        raise NotImplementedError

    def workgroup(self, name: str) -> Mapping[str, Any] | None:
        return {"Configuration": {"ResultConfiguration": {"OutputLocation": "s3://lake/results/"}}}

    def prepared_statement(self, workgroup: str, name: str) -> str | None:
        return None


class Lake:
    """Runs queries one after the other, as a person would."""

    def __init__(self, seconds: float = 60.0) -> None:
        self.runner = asyncio.Runner()
        self.worker = worker()
        self.services = Services()
        objects = Objects()
        self.worker.on_stop.append(objects.forget)
        self.service = SqlService(
            "000000000000/us-east-1",
            self.services,
            Runner(self.services, self.worker, objects, seconds),
            lambda: 1.0,
        )

    def close(self) -> None:
        async def end() -> None:
            self.worker.stop()
            await self.worker.ended()

        self.runner.run(end())
        self.runner.close()

    def table(self, name: str, columns: dict[str, str], library: str = PARQUET, **more: Any) -> None:
        described = [{"Name": column, "Type": kind} for column, kind in columns.items()]
        storage = {
            "Columns": described,
            "Location": f"s3://lake/{name}/",
            "SerdeInfo": {"SerializationLibrary": library, "Parameters": more.pop("serde", {})},
        }
        self.services.catalogue["shop", name] = {"Name": name, "StorageDescriptor": storage, **more}

    def write(self, key: str, body: bytes) -> None:
        self.services.objects[f"lake/{key}"] = body

    def write_parquet(self, key: str, **columns: Any) -> None:
        target = io.BytesIO()
        pq.write_table(pa.table(columns), target)
        self.write(key, target.getvalue())

    async def answer(self, sql: str) -> dict[str, Any]:
        request = {"QueryString": sql, "QueryExecutionContext": {"Database": "shop"}}
        name = (await self.service.operations["StartQueryExecution"](request))["QueryExecutionId"]
        while True:
            query = await self.service.operations["GetQueryExecution"]({"QueryExecutionId": name})
            execution: dict[str, Any] = query["QueryExecution"]
            if execution["Status"]["State"] not in {"QUEUED", "RUNNING"}:
                return execution
            await asyncio.sleep(0.001)

    def rows(self, sql: str) -> list[list[str | None]]:
        async def read() -> list[list[str | None]]:
            execution = await self.answer(sql)
            assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
            request = {"QueryExecutionId": execution["QueryExecutionId"]}
            answer = await self.service.operations["GetQueryResults"](request)
            rows = answer["ResultSet"]["Rows"][1:]
            return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]

        return self.runner.run(read())

    def value(self, expression: str) -> str | None:
        return self.rows(f"SELECT {expression}")[0][0]

    def reason(self, sql: str) -> str:
        status = self.runner.run(self.answer(sql))["Status"]
        assert status["State"] == "FAILED", status
        return str(status["StateChangeReason"])
