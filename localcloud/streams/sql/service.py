"""Athena's operations on query executions."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from localcloud.journal import Journal
from localcloud.streams.sql.catalogue import place_of
from localcloud.streams.sql.errors import AthenaError, InvalidRequest, QueryFailed
from localcloud.streams.sql.executions import ENDED, QueryExecution, described
from localcloud.streams.sql.interfaces import SqlServices, Unreachable
from localcloud.streams.sql.results import page
from localcloud.streams.sql.running import Runner, as_json, rows_of
from localcloud.streams.sql.statements import kind_of

Document = dict[str, Any]
SPACE: Final = "athena/executions/"
MOST_SQL: Final = 262_144
MOST_KEPT: Final = 5_000
# What Athena runs of one account at a time; the rest is QUEUED.
AT_ONCE: Final = 4
_ID: Final = re.compile(r"\S{1,128}")


class SqlService:
    """Carries operations out, for one account in one Region.

    Parameters
    ----------
    name
        What it is called in the journal.
    now
        Seconds since 1970.
    """

    def __init__(self, name: str, services: SqlServices, runner: Runner, now: Callable[[], float]) -> None:
        self._name, self._services, self._runner, self._now = name, services, runner, now
        self._executions: dict[str, QueryExecution] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._rows: tuple[str, list[list[str | None]]] = ("", [])
        self.journal: Journal | None = None
        self.operations: dict[str, Callable[[Document], Awaitable[Document]]] = {
            "StartQueryExecution": self._start,
            "GetQueryExecution": self._get,
            "BatchGetQueryExecution": self._get_several,
            "GetQueryResults": self._results,
            "GetQueryRuntimeStatistics": self._statistics,
            "StopQueryExecution": self._stop,
            "ListQueryExecutions": self._list,
        }

    def keep_in(self, journal: Journal) -> None:
        """Take the executions of the process before; those that ran have failed."""
        self.journal = journal
        for record in journal.take(SPACE + self._name).values():
            execution = QueryExecution(**record)
            self._executions[execution.id] = execution
            if execution.state not in ENDED:
                self._end(execution, "FAILED", "INTERNAL_ERROR: the local cloud ended while the query ran")

    async def _start(self, request: Document) -> Document:
        sql = str(request.get("QueryString") or "")
        if not 0 < len(sql) <= MOST_SQL or not sql.strip():
            raise InvalidRequest(f"QueryString must have between 1 and {MOST_SQL} characters")
        token = str(request.get("ClientRequestToken") or "")
        if token and not 32 <= len(token) <= 128:
            raise InvalidRequest("ClientRequestToken must have between 32 and 128 characters")
        for execution in self._executions.values() if token else ():
            if execution.token == token:
                if execution.sql != sql:
                    raise InvalidRequest("Idempotent parameters do not match")
                return {"QueryExecutionId": execution.id}
        workgroup = str(request.get("WorkGroup") or "primary")
        configuration = self._workgroup(workgroup)
        context = request.get("QueryExecutionContext") or {}
        catalogue = str(context.get("Catalog") or "AwsDataCatalog")
        if catalogue.lower() != "awsdatacatalog":
            raise InvalidRequest(f"The local cloud has one catalog, AwsDataCatalog, and not {catalogue}")
        location = _location(configuration, request)
        name = str(uuid.uuid4())
        kind = kind_of(sql)
        execution = QueryExecution(
            id=name,
            sql=sql,
            kind=kind,
            database=str(context.get("Database") or "default").lower(),
            workgroup=workgroup,
            output=f"{location}{name}.{'csv' if kind == 'DML' else 'txt'}",
            submitted=self._now(),
            token=token,
            parameters=[str(value) for value in request.get("ExecutionParameters") or ()],
        )
        self._keep(execution)
        cutoff = configuration.get("BytesScannedCutoffPerQuery")
        task = asyncio.get_running_loop().create_task(
            self._run(execution, None if cutoff is None else int(cutoff))
        )
        self._tasks[name] = task
        task.add_done_callback(lambda _: self._tasks.pop(name, None))
        return {"QueryExecutionId": name}

    async def _run(self, execution: QueryExecution, cutoff: int | None) -> None:
        try:
            async with self._turns:
                execution.state, execution.started = "RUNNING", self._now()
                await self._runner.run(execution, cutoff)
        except QueryFailed as error:
            self._end(execution, "FAILED", str(error))
        except asyncio.CancelledError:
            self._end(execution, "CANCELLED", "Query cancelled by user")
        except Exception as error:
            self._end(execution, "FAILED", f"INTERNAL_ERROR: {type(error).__name__}: {error}")
            raise
        else:
            self._end(execution, "SUCCEEDED", "")

    def _end(self, execution: QueryExecution, state: str, reason: str) -> None:
        execution.state, execution.reason, execution.completed = state, reason, self._now()
        self._keep(execution)

    def _keep(self, execution: QueryExecution) -> None:
        self._executions[execution.id] = execution
        if self.journal is not None:
            self.journal.put(SPACE + self._name, execution.id, as_json(execution))
        while len(self._executions) > MOST_KEPT:
            oldest = next(iter(self._executions))
            del self._executions[oldest]
            if self.journal is not None:
                self.journal.delete(SPACE + self._name, oldest)

    def _workgroup(self, name: str) -> Mapping[str, Any]:
        workgroup = self._services.workgroup(name)
        if workgroup is None:
            raise InvalidRequest(f"WorkGroup {name} is not found.")
        if workgroup.get("State") == "DISABLED":
            raise InvalidRequest(f"WorkGroup {name} is disabled.")
        return workgroup.get("Configuration") or {}

    async def _get(self, request: Document) -> Document:
        return {"QueryExecution": described(self._execution(request.get("QueryExecutionId")))}

    async def _get_several(self, request: Document) -> Document:
        names = [str(name) for name in request.get("QueryExecutionIds") or ()]
        if not 0 < len(names) <= 50:
            raise InvalidRequest("QueryExecutionIds must have between 1 and 50 members")
        return {
            "QueryExecutions": [
                described(self._executions[name]) for name in names if name in self._executions
            ],
            "UnprocessedQueryExecutionIds": [
                {
                    "QueryExecutionId": name,
                    "ErrorCode": "INVALID_INPUT",
                    "ErrorMessage": f"QueryExecution {name} was not found",
                }
                for name in names
                if name not in self._executions
            ],
        }

    async def _results(self, request: Document) -> Document:
        execution = self._execution(request.get("QueryExecutionId"))
        if execution.state in {"QUEUED", "RUNNING"}:
            raise InvalidRequest(f"Query has not yet finished. Current state: {execution.state}")
        if execution.state != "SUCCEEDED":
            raise InvalidRequest(f"Query did not finish successfully. Final query state: {execution.state}")
        most, start = int(request.get("MaxResults") or 1000), str(request.get("NextToken") or "0")
        if not 0 < most <= 1000:
            raise InvalidRequest("MaxResults is more than maximum allowed length 1000.")
        if not start.isdigit():
            raise InvalidRequest("Token is invalid.")
        rows, following = page(await self._read(execution), int(start), most)
        document: Document = {
            "UpdateCount": 0,
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": execution.columns}},
        }
        if following is not None:
            document["NextToken"] = following
        return document

    async def _read(self, execution: QueryExecution) -> list[list[str | None]]:
        """Read a result from where it lies; the last stays at hand for its next page."""
        if self._rows[0] != execution.id:
            bucket, key = place_of(execution.output)
            try:
                body = await self._services.get_object(bucket, key.rstrip("/"))
            except Unreachable as error:
                raise InvalidRequest(f"Could not find results: {error}") from None
            self._rows = (execution.id, rows_of(execution, body))
        return self._rows[1]

    async def _statistics(self, request: Document) -> Document:
        execution = self._execution(request.get("QueryExecutionId"))
        times = {
            name: value
            for name, value in described(execution)["Statistics"].items()
            if name.endswith("InMillis")
        }
        return {"QueryRuntimeStatistics": {"Timeline": times, "Rows": {"InputBytes": execution.scanned}}}

    async def _stop(self, request: Document) -> Document:
        execution = self._execution(request.get("QueryExecutionId"))
        task = self._tasks.get(execution.id)
        if task is not None:
            task.cancel()
        return {}

    async def _list(self, request: Document) -> Document:
        workgroup = str(request.get("WorkGroup") or "primary")
        self._workgroup(workgroup)
        most, start = int(request.get("MaxResults") or 50), str(request.get("NextToken") or "0")
        if not 0 <= most <= 50 or not start.isdigit():
            raise InvalidRequest("MaxResults must be at most 50, and NextToken one that was answered")
        names = [item.id for item in reversed(self._executions.values()) if item.workgroup == workgroup]
        end = int(start) + most
        document: Document = {"QueryExecutionIds": names[int(start) : end]}
        if end < len(names):
            document["NextToken"] = str(end)
        return document

    def _execution(self, name: object) -> QueryExecution:
        if not isinstance(name, str) or _ID.fullmatch(name) is None:
            raise InvalidRequest("QueryExecutionId must have between 1 and 128 characters")
        execution = self._executions.get(name)
        if execution is None:
            raise InvalidRequest(f"QueryExecution {name} was not found")
        return execution


def _location(configuration: Mapping[str, Any], request: Mapping[str, Any]) -> str:
    """Return where results go: the workgroup's place, where it insists or the request names none.

    Raises
    ------
    InvalidRequest
    """
    of_workgroup = str((configuration.get("ResultConfiguration") or {}).get("OutputLocation") or "")
    of_request = str((request.get("ResultConfiguration") or {}).get("OutputLocation") or "")
    enforced = configuration.get("EnforceWorkGroupConfiguration") in {True, "true"}
    location = (of_workgroup if enforced and of_workgroup else of_request) or of_workgroup
    if not location:
        raise InvalidRequest(
            "No output location provided. An output location is required either through the Workgroup "
            "result configuration setting or as an API input."
        )
    try:
        place_of(location)
    except QueryFailed:
        raise InvalidRequest(f"outputLocation is not a valid S3 path: {location}") from None
    return location if location.endswith("/") else f"{location}/"


__all__ = ["AthenaError", "SqlService"]
