"""Requests for Athena: query executions are ours, MiniStack keeps workgroups and saved queries."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from localcloud.engine.asgi import Application
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.athena import Athena, athena
from localcloud.engine.ministack.glue import glue
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.settings import Settings
from localcloud.engine.streams.workers import Workers
from localcloud.journal import Journal

if TYPE_CHECKING:
    from localcloud.streams.sql.facade import Objects, SqlService

logger = logging.getLogger("localcloud.sql")
_HEADERS: Final = {"Content-Type": "application/x-amz-json-1.1"}
_SPACE: Final = "athena/executions/"
OURS: Final = frozenset(
    {
        *("StartQueryExecution", "GetQueryExecution", "BatchGetQueryExecution", "GetQueryResults"),
        *("GetQueryRuntimeStatistics", "StopQueryExecution", "ListQueryExecutions"),
    }
)


class AthenaAdapter:
    """Answers the operations on query executions; loads nothing before the first."""

    def __init__(
        self, athena: Athena, application: Application, gate: EngineGate, settings: Settings, workers: Workers
    ) -> None:
        self._athena, self._application, self._gate, self._settings = athena, application, gate, settings
        self._workers = workers
        self._account: Callable[[], str] = responses.get_account_id
        self._region: Callable[[], str] = responses.get_region
        self._scope = responses.request_scope
        self._services: dict[tuple[str, str], SqlService] = {}
        self._objects: Objects | None = None
        self._journal: Journal | None = None

    def install(self) -> None:
        """Take requests."""

        @Athena.handle_request.wrap
        def _(before: Function) -> Function:
            async def handle(
                method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any
            ) -> Response:
                operation = headers.get("x-amz-target", "").rpartition(".")[2]
                if operation in OURS:
                    return await self._response(operation, body)
                response: Response = await before(method, path, headers, body, query)
                return response

            return handle

        @Athena.get_table_metadata.wrap
        def _(before: Function) -> Function:
            def get(request: Record) -> Response:
                if self._table(request) is None:
                    name = f"{request.get('DatabaseName')}.{request.get('TableName')}"
                    return _refusal("MetadataException", f"EntityNotFoundException: Table {name} not found")
                response: Response = before(request)
                return response

            return get

    def _table(self, request: Record) -> Record | None:
        key = f"{str(request.get('DatabaseName')).lower()}/{str(request.get('TableName')).lower()}"
        table: Record | None = glue.tables.get(key)
        return table

    async def _response(self, operation: str, body: bytes) -> Response:
        from localcloud.streams.sql.facade import AthenaError  # noqa: PLC0415

        try:
            request = json.loads(body) if body else {}
            answer = await self._service((self._account(), self._region())).operations[operation](request)
        except AthenaError as error:
            return _refusal(error.code, error.message)
        except ValueError:
            return _refusal("SerializationException", "The request is no JSON")
        return 200, dict(_HEADERS), json.dumps(answer, separators=(",", ":")).encode()

    def _service(self, place: tuple[str, str]) -> SqlService:
        service = self._services.get(place)
        if service is None:
            from localcloud.engine.streams.around import Around  # noqa: PLC0415
            from localcloud.streams.sql.facade import Objects, Runner, SqlService  # noqa: PLC0415

            worker = self._workers.worker
            if self._objects is None:
                self._objects = Objects()
                worker.on_stop.append(self._objects.forget)
            around = Around(self._application, self._gate, self._settings, place)
            services = AthenaServices(around, self._athena, lambda: self._scope(*place))
            runner = Runner(services, worker, self._objects)
            service = self._services[place] = SqlService("/".join(place), services, runner, time.time)
            if self._journal is not None:
                service.keep_in(self._journal)
        return service

    # Keeper.

    def keep_in(self, journal: Journal) -> None:
        """Read what the journal holds, and write from now on."""
        self._journal = journal
        for space in journal.spaces(_SPACE):
            account, _, region = space.removeprefix(_SPACE).partition("/")
            self._service((account, region))

    def resume(self) -> None:
        """Nothing goes on: a query that was cut off has failed."""

    def close(self) -> None:
        """Everything is written as it comes."""


class AthenaServices:
    """S3 and Glue's catalogue as SQL needs them, with what MiniStack keeps of Athena."""

    def __init__(self, around: Any, athena: Athena, scope: Callable[[], Any]) -> None:
        self._around, self._athena, self._scope = around, athena, scope

    async def get_object(self, bucket: str, key: str) -> bytes:
        """Return an object's bytes."""
        return bytes(await self._carried_out(self._around.get_object(bucket, key)))

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object."""
        await self._carried_out(self._around.put_object(bucket, key, body))

    async def list_objects(self, bucket: str, prefix: str) -> list[Any]:
        """Return every object below a prefix."""
        return list(await self._carried_out(self._around.list_objects(bucket, prefix)))

    async def databases(self) -> list[str]:
        """Return the names of the catalogue's databases."""
        return [item["Name"] for item in await self._pages("GetDatabases", {}, "DatabaseList")]

    async def tables(self, database: str) -> list[str]:
        """Return the names of a database's tables."""
        return [
            item["Name"] for item in await self._pages("GetTables", {"DatabaseName": database}, "TableList")
        ]

    async def table(self, database: str, name: str) -> Mapping[str, Any] | None:
        """Return a table as GetTable has it; None where there is none."""
        from localcloud.engine.streams.around import UpstreamRefused  # noqa: PLC0415
        from localcloud.streams.sql.facade import Unreachable  # noqa: PLC0415

        try:
            answer = await self._around.call("glue", "GetTable", {"DatabaseName": database, "Name": name})
        except UpstreamRefused as refused:
            if refused.code == "EntityNotFoundException":
                return None
            raise Unreachable(str(refused)) from None
        table: Mapping[str, Any] = answer["Table"]
        return table

    async def partitions(self, database: str, table: str) -> Sequence[Mapping[str, Any]]:
        """Return a table's partitions as GetPartitions has them."""
        return await self._pages(
            "GetPartitions", {"DatabaseName": database, "TableName": table}, "Partitions"
        )

    async def add_partitions(
        self, database: str, table: str, partitions: Sequence[Mapping[str, Any]]
    ) -> None:
        """Add partitions to a table."""
        for start in range(0, len(partitions), 100):
            request = {
                "DatabaseName": database,
                "TableName": table,
                "PartitionInputList": list(partitions[start : start + 100]),
            }
            await self._carried_out(self._around.call("glue", "BatchCreatePartition", request))

    def workgroup(self, name: str) -> Mapping[str, Any] | None:
        """Return a workgroup; None where there is none."""
        with self._scope():
            self._athena.ensure_default_workgroup()
            workgroup: Record | None = self._athena.workgroups.get(name)
        return workgroup

    def prepared_statement(self, workgroup: str, name: str) -> str | None:
        """Return a prepared statement's SQL; None where there is none."""
        with self._scope():
            statement = self._athena.prepared_statements.get(f"{workgroup}/{name}")
        return None if statement is None else str(statement["QueryStatement"])

    async def _pages(self, operation: str, request: Record, member: str) -> list[Any]:
        items: list[Any] = []
        while True:
            answer = await self._carried_out(self._around.call("glue", operation, request))
            items += answer.get(member) or []
            if not answer.get("NextToken"):
                return items
            request = {**request, "NextToken": answer["NextToken"]}

    async def _carried_out(self, call: Any) -> Any:
        from localcloud.engine.streams.around import UpstreamRefused  # noqa: PLC0415
        from localcloud.streams.sql.facade import Unreachable  # noqa: PLC0415

        try:
            return await call
        except UpstreamRefused as refused:
            raise Unreachable(str(refused)) from None


def _refusal(code: str, message: str) -> Response:
    body = json.dumps({"__type": code, "message": message}).encode()
    return 400, {**_HEADERS, "x-amzn-errortype": code}, body


def install(
    application: Application, gate: EngineGate, settings: Settings, workers: Workers
) -> AthenaAdapter:
    """Put our query executions in the place of MiniStack's; to be called after the mends.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack asks for Athena in another way than it did.
    """
    logger.setLevel(logging.INFO)
    adapter = AthenaAdapter(athena, application, gate, settings, workers)
    adapter.install()
    return adapter
