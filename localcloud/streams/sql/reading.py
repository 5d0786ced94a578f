"""Everything that a query reads: tables, and the views between it and them."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from localcloud.streams.sql.catalogue import Table, read_table
from localcloud.streams.sql.client import Worker
from localcloud.streams.sql.errors import QueryFailed
from localcloud.streams.sql.interfaces import SqlServices

_CATALOGUE: Final = frozenset({"", "awsdatacatalog"})
_VIEW: Final = re.compile(r"\s*/\*\s*Presto View:\s*([A-Za-z0-9+/=\s]+?)\s*\*/\s*")
# Views of views of views; one that reads itself would go on for ever.
_MOST_DEPTH: Final = 16


@dataclass(frozen=True)
class View:
    """A view, as the worker creates it.

    Attributes
    ----------
    inner
        The database that names in it belong to.
    """

    database: str
    name: str
    sql: str
    inner: str
    columns: tuple[str, ...]


@dataclass
class QueryReading:
    """What a query reads.

    Attributes
    ----------
    sql
        The query, as the worker has translated it.
    views
        Each behind those that it reads.
    """

    services: SqlServices
    worker: Worker
    seconds: float
    sql: str = ""
    tables: list[Table] = field(default_factory=list)
    views: list[View] = field(default_factory=list)

    async def read(self, sql: str, database: str) -> None:
        """Find what a query reads.

        Raises
        ------
        QueryFailed
        localcloud.streams.sql.interfaces.Unreachable
        """
        self.sql = await self._read(sql, database, 0)

    async def _read(self, sql: str, database: str, depth: int) -> str:
        if depth > _MOST_DEPTH:
            raise QueryFailed("VIEW_IS_RECURSIVE: a view reads itself")
        answer = await self.worker.request("tables", self.seconds, sql=sql)
        for table in answer["tables"]:
            if table["catalogue"] not in _CATALOGUE:
                raise QueryFailed(f"CATALOG_NOT_FOUND: Catalog '{table['catalogue']}' does not exist")
            await self._add(table["database"] or database, table["name"], sql, depth)
        return str(answer["sql"])

    async def _add(self, database: str, name: str, sql: str, depth: int) -> None:
        present = {(table.database, table.name) for table in self.tables}
        if (database, name) in present | {(view.database, view.name) for view in self.views}:
            return
        document = await self.services.table(database, name)
        if document is None:
            raise QueryFailed(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{database}.{name}' does not exist")
        if document.get("TableType") != "VIRTUAL_VIEW":
            self.tables.append(await read_table(self.services, database, name, document, sql))
            return
        view = parse_view(document)
        inner = str(view.get("schema") or database).lower()
        translated = await self._read(str(view["originalSql"]), inner, depth + 1)
        columns = tuple(str(column["name"]) for column in view.get("columns") or ())
        self.views.append(View(database, name, translated, inner, columns))


def parse_view(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document that Athena keeps of a view.

    Raises
    ------
    QueryFailed

    Examples
    --------
    >>> encoded = base64.b64encode(b'{"originalSql": "SELECT 1"}').decode()
    >>> parse_view({"Name": "one", "ViewOriginalText": f"/* Presto View: {encoded} */"})
    {'originalSql': 'SELECT 1'}
    """
    match = _VIEW.fullmatch(str(document.get("ViewOriginalText") or ""))
    try:
        view = json.loads(base64.b64decode(match[1])) if match is not None else None
    except (binascii.Error, ValueError):
        view = None
    if not isinstance(view, dict) or not view.get("originalSql"):
        raise QueryFailed(f"INVALID_VIEW: {document.get('Name')} is not a view of Athena's")
    return view
