# ruff: noqa: S608 - the parts are quoted, and the database sees one folder alone
"""Tables of the catalogue as views over files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from localcloud.streams.hive import Column, parse_type, quoted
from localcloud.streams.sql.worker.casts import from_parquet, from_text, literal
from localcloud.streams.sql.worker.database import CATALOGUE
from localcloud.streams.sql.worker.documents import Documents
from localcloud.streams.sql.worker.links import Links

_MOST_OBJECT: Final = 16 * 1024 * 1024
Document = Mapping[str, Any]


class Views:
    """Makes the tables of one query.

    Parameters
    ----------
    schemas
        What has been read of Parquet files by now, by their paths: objects never change.
    """

    def __init__(
        self, connection: Any, links: Links, schemas: dict[str, tuple[tuple[str, str], ...]], keys: Documents
    ) -> None:
        self._connection, self._links, self._schemas, self._keys = connection, links, schemas, keys

    def create(self, number: int, table: Document) -> None:
        """Make a table.

        Parameters
        ----------
        table
            ``database``, ``name``, ``columns`` and ``partitions`` with Hive's types, ``format``, ``options``,
            and ``files`` with ``path``, ``values`` and ``suffix``.
        """
        columns = [Column(item["name"], parse_type(item["type"])) for item in table["columns"]]
        keys = [Column(item["name"], parse_type(item["type"])) for item in table["partitions"]]
        paths = {
            self._links.add(number, index, file["path"], file["values"], file["suffix"]): file["path"]
            for index, file in enumerate(table["files"])
        }
        if not paths:
            selects = [self._empty([*columns, *keys])]
        elif table["format"] == "parquet":
            selects = self._parquet(columns, keys, paths)
        elif table["format"] == "json":
            selects = self._json(columns, keys, paths, table["options"])
        else:
            selects = [self._csv(columns, keys, list(paths), table["options"])]
        database = f"{CATALOGUE}.{quoted(table['database'])}"
        self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {database}")
        name = f"{database}.{quoted(table['name'])}"
        self._connection.execute(f"CREATE VIEW {name} AS {' UNION ALL '.join(selects)}")

    def create_view(self, view: Document) -> None:
        """Make a view of the catalogue, behind what it reads."""
        for database in (view["inner"], view["database"]):
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {CATALOGUE}.{quoted(database)}")
        self._connection.execute(f"USE {CATALOGUE}.{quoted(view['inner'])}")
        names = ", ".join(quoted(name) for name in view["columns"])
        self._connection.execute(
            f"CREATE VIEW {CATALOGUE}.{quoted(view['database'])}.{quoted(view['name'])}"
            f"{f' ({names})' if names else ''} AS {view['sql']}"
        )

    def _empty(self, columns: Sequence[Column]) -> str:
        nulls = ", ".join(f"CAST(NULL AS {column.type}) AS {quoted(column.name)}" for column in columns)
        return f"SELECT {nulls} WHERE false"

    def _parquet(
        self, columns: Sequence[Column], keys: Sequence[Column], paths: Mapping[str, str]
    ) -> list[str]:
        """Return a query for each schema that the files have: none is read by another's."""
        self._read_schemas(list(paths.values()))
        groups: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for path, stored in paths.items():
            groups.setdefault(self._schemas[stored], []).append(path)
        selects: list[str] = []
        for schema, group in groups.items():
            types = {name.lower(): (name, kind) for name, kind in schema}
            parts = [
                f"{self._stored(column, types)} AS {quoted(column.name)}" for column in columns
            ] + _partitions(keys)
            # One schema: DuckDB opens the first file to find it, and no other.
            read = f"read_parquet({_list(group)}{_hive(keys)})"
            selects.append(f"SELECT {', '.join(parts)} FROM {read}")
        return selects

    def _stored(self, column: Column, types: Mapping[str, tuple[str, str]]) -> str:
        stored = types.get(column.name.lower())
        if stored is None:
            return f"CAST(NULL AS {column.type})"
        return from_parquet(quoted(stored[0]), stored[1], str(column.type), column.name)

    def _read_schemas(self, paths: Sequence[str]) -> None:
        unread = [path for path in paths if path not in self._schemas]
        if not unread:
            return
        rows = self._connection.execute(
            "SELECT file_name, name, duckdb_type, num_children, column_id "
            f"FROM parquet_schema({_list(unread)}) ORDER BY file_name, column_id"
        ).fetchall()
        read: dict[str, list[tuple[str, str]]] = {}
        skip: dict[str, list[int]] = {}
        for file, name, kind, children, _ in rows:
            # In depth first order: what is below a column is a part of its type.
            below = skip.setdefault(file, [])
            if not below:
                below.append(int(children or 0))
                read[file] = []
                continue
            while below[-1] == 0:
                below.pop()
            below[-1] -= 1
            if len(below) == 1:
                read[file].append((name, kind))
            if children:
                below.append(int(children))
        for path in unread:
            self._schemas[path] = tuple(read.get(path, ()))

    def _json(
        self, columns: Sequence[Column], keys: Sequence[Column], paths: Mapping[str, str], options: Document
    ) -> list[str]:
        plain: dict[tuple[str | None, ...], list[str]] = {}
        converted: dict[str, str | None] = {}
        nested = any(column.type.parts for column in columns)
        for path, stored in paths.items():
            names = None if nested else self._keys.names(stored, columns, options)
            if names is None:
                # Keys are matched document by document: as rows of Parquet, once for each object.
                converted[path] = self._keys.as_parquet(stored, columns, options)
            else:
                plain.setdefault(names, []).append(path)
        selects = [self._lines(columns, keys, (names, group), options) for names, group in plain.items()]
        rows = self._links_of_parquet(converted)
        selects += self._parquet(columns, keys, rows) if rows else []
        return selects or [self._empty([*columns, *keys])]

    def _lines(
        self,
        columns: Sequence[Column],
        keys: Sequence[Column],
        files: tuple[tuple[str | None, ...], list[str]],
        options: Document,
    ) -> str:
        """Return a query over files that call the columns by the same keys."""
        names, paths = files
        parts = [
            f"CAST(NULL AS {column.type}) AS {quoted(column.name)}"
            if name is None
            else f"{from_text(quoted(name), str(column.type), column.name)} AS {quoted(column.name)}"
            for name, column in zip(names, columns, strict=True)
        ] + _partitions(keys)
        shape = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names if name is not None)
        malformed = ", ignore_errors = true" if options.get("ignoreMalformed") else ""
        shape = shape or "'_': 'VARCHAR'"
        return (
            f"SELECT {', '.join(parts)} FROM read_json({_list(paths)}, columns = {{{shape}}}, "
            f"format = 'newline_delimited', maximum_object_size = {_MOST_OBJECT}{malformed}{_hive(keys)})"
        )

    def _links_of_parquet(self, converted: Mapping[str, str | None]) -> dict[str, str]:
        groups: dict[str, str] = {}
        for path, parquet in converted.items():
            if parquet is not None:
                target = Path(path).with_name(f"{Path(path).name}.parquet")
                target.hardlink_to(parquet)
                groups[str(target)] = parquet
        return groups

    def _csv(
        self, columns: Sequence[Column], keys: Sequence[Column], paths: Sequence[str], options: Document
    ) -> str:
        lax = bool(options.get("lax"))
        names = [quoted(column.name) for column in columns]
        parts = [
            f"{from_text(name, str(column.type), column.name, lax=lax)} AS {name}"
            for name, column in zip(names, columns, strict=True)
        ] + _partitions(keys)
        shape = ", ".join(f"{literal(column.name)}: 'VARCHAR'" for column in columns)
        quote, escape = str(options.get("quote") or ""), str(options.get("escape") or "")
        null = literal(str(options.get("null", "")))
        return (
            f"SELECT {', '.join(parts)} FROM read_csv({_list(paths)}, columns = {{{shape}}}, header = false, "
            f"auto_detect = false, skip = {int(options.get('skip', 0))}, "
            f"delim = {literal(str(options['delimiter']))}, "
            f"quote = {literal(quote)}, escape = {literal(escape if quote else '')}, nullstr = {null}, "
            f"null_padding = true, strict_mode = false{_hive(keys)})"
        )


def _partitions(keys: Sequence[Column]) -> list[str]:
    return [f"CAST(__k{index} AS {key.type}) AS {quoted(key.name)}" for index, key in enumerate(keys)]


def _hive(keys: Sequence[Column]) -> str:
    if not keys:
        return ", hive_partitioning = false"
    types = ", ".join(f"'__k{index}': VARCHAR" for index in range(len(keys)))
    return f", hive_partitioning = true, hive_types = {{{types}}}"


def _list(paths: Sequence[str]) -> str:
    return f"[{', '.join(literal(path) for path in paths)}]"
