"""Tables of Glue's catalogue, as a query needs them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from localcloud.streams.hive import Column, HiveError, parse_columns
from localcloud.streams.sql.errors import QueryFailed
from localcloud.streams.sql.interfaces import Listed, SqlServices
from localcloud.streams.sql.projection import parse_projection

Format = Literal["parquet", "json", "csv"]
_PARQUET: Final = "parquethiveserde"
_JSON: Final = ("org.openx.data.jsonserde.jsonserde", "org.apache.hive.hcatalog.data.jsonserde")
_CSV: Final = "opencsvserde"
_LAZY: Final = "lazysimpleserde"
# Hive's null in text.
_NULL: Final = "\\N"


@dataclass(frozen=True)
class File:
    """An object of a table, with the values of its partition's keys."""

    bucket: str
    listed: Listed
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A table that has been read.

    Attributes
    ----------
    options
        How its objects are read, in the worker's words.
    """

    database: str
    name: str
    columns: tuple[Column, ...]
    keys: tuple[Column, ...]
    format: Format
    options: Mapping[str, Any]
    files: tuple[File, ...] = field(default=())


async def read_table(
    services: SqlServices, database: str, name: str, document: Mapping[str, Any], sql: str
) -> Table:
    """Read a table and find its objects.

    Parameters
    ----------
    document
        It as GetTable has it.
    sql
        The query: some projections take their values from it.

    Raises
    ------
    QueryFailed
    """
    storage = document.get("StorageDescriptor") or {}
    parameters = {str(key): str(value) for key, value in (document.get("Parameters") or {}).items()}
    _refuse_others(parameters, name)
    try:
        columns, keys = parse_columns(storage.get("Columns")), parse_columns(document.get("PartitionKeys"))
    except HiveError as error:
        raise QueryFailed(f"HIVE_INVALID_METADATA: Table {database}.{name}: {error}") from None
    twice = sorted({column.name for column in columns} & {key.name for key in keys})
    if twice:
        raise QueryFailed(
            f"HIVE_INVALID_METADATA: Hive metadata for table {name} is invalid: "
            f"Table descriptor contains duplicate columns: {', '.join(twice)}"
        )
    format_, options = _format(storage.get("SerdeInfo") or {}, parameters)
    projected = parameters if parameters.get("projection.enabled", "").lower() == "true" else {}
    location = str(storage.get("Location") or "")
    if not keys:
        files = [File(*item) for item in await _objects(services, location)]
    elif projected:
        files = await _projected(services, projected, keys, location, sql)
    else:
        files = await _partitioned(services, database, name)
    return Table(database, name, columns, keys, format_, options, tuple(files))


def _refuse_others(parameters: Mapping[str, str], name: str) -> None:
    if parameters.get("table_type", "").upper() in {"ICEBERG", "DELTA", "HUDI"}:
        raise QueryFailed(
            f"NOT_SUPPORTED: {name} is a table of {parameters['table_type']}: none is read here"
        )


def _format(serde: Mapping[str, Any], table: Mapping[str, str]) -> tuple[Format, dict[str, Any]]:
    library = str(serde.get("SerializationLibrary") or "").lower()
    parameters = {str(key): str(value) for key, value in (serde.get("Parameters") or {}).items()}
    if library.endswith(_PARQUET):
        return "parquet", {}
    if library in _JSON:
        return "json", _json_options(parameters, openx=library == _JSON[0])
    skip = int(table.get("skip.header.line.count") or 0)
    if library.endswith(_CSV):
        return "csv", {
            "delimiter": parameters.get("separatorChar", ","),
            "quote": parameters.get("quoteChar", '"'),
            "escape": parameters.get("escapeChar", "\\"),
            "skip": skip,
        }
    if library.endswith(_LAZY):
        delimiter = parameters.get("field.delim") or parameters.get("serialization.format") or "\x01"
        return "csv", {
            "delimiter": "\t" if delimiter == "\\t" else delimiter,
            "null": parameters.get("serialization.null.format", _NULL),
            "skip": skip,
            "lax": True,
        }
    raise QueryFailed(f"NOT_SUPPORTED: the local cloud reads no table with the SerDe {library or '(none)'}")


def _json_options(parameters: Mapping[str, str], *, openx: bool) -> dict[str, Any]:
    truth = {name.lower(): value.lower() == "true" for name, value in parameters.items()}
    mappings = {
        name.lower().removeprefix("mapping."): value
        for name, value in parameters.items()
        if name.lower().startswith("mapping.")
    }
    return {
        "caseInsensitive": truth.get("case.insensitive", True) if openx else True,
        "dots": openx and truth.get("dots.in.keys", False),
        "ignoreMalformed": truth.get("ignore.malformed.json", False),
        "mappings": mappings if openx else {},
    }


async def _objects(services: SqlServices, location: str) -> list[tuple[str, Listed]]:
    bucket, prefix = place_of(location)
    return [(bucket, listed) for listed in await _below(services, bucket, prefix)]


async def _partitioned(services: SqlServices, database: str, table: str) -> list[File]:
    files: list[File] = []
    for partition in await services.partitions(database, table):
        location = str((partition.get("StorageDescriptor") or {}).get("Location") or "")
        values = tuple(str(value) for value in partition.get("Values") or ())
        files += [File(bucket, listed, values) for bucket, listed in await _objects(services, location)]
    return files


async def _projected(
    services: SqlServices, parameters: Mapping[str, str], keys: tuple[Column, ...], location: str, sql: str
) -> list[File]:
    projection = parse_projection(parameters, [key.name for key in keys], location)
    for name in projection.injected:
        if re.search(rf"\b{re.escape(name)}\b\"?\s*(=|in\b)", sql, re.IGNORECASE) is None:
            raise QueryFailed(
                "CONSTRAINT_VIOLATION: For the injected projected partition column "
                f"{name}, the WHERE clause must contain only static equality conditions, and at least one "
                "such condition must be present."
            )
    listed = await _below(services, projection.bucket, projection.prefix)
    valued = [(item, projection.values(item.key)) for item in listed]
    return [File(projection.bucket, item, tuple(values)) for item, values in valued if values is not None]


def place_of(location: str) -> tuple[str, str]:
    """Return the bucket and the prefix of an address.

    Raises
    ------
    QueryFailed

    Examples
    --------
    >>> place_of("s3://lake/orders")
    ('lake', 'orders/')
    """
    match = re.fullmatch(r"s3[an]?://([^/]+)/?(.*)", location)
    if match is None:
        raise QueryFailed(f"HIVE_INVALID_METADATA: {location or '(none)'} is not a location in S3")
    prefix = match[2]
    return match[1], prefix if not prefix or prefix.endswith("/") else f"{prefix}/"


async def _below(services: SqlServices, bucket: str, prefix: str) -> list[Listed]:
    """Return the objects that hold data: Hive leaves out what begins with a dot or an underscore."""
    return [
        listed
        for listed in await services.list_objects(bucket, prefix)
        if listed.size
        and not any(part.startswith(("_", ".")) for part in listed.key.removeprefix(prefix).split("/"))
    ]
