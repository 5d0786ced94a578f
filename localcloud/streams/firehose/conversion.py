"""``DataFormatConversionConfiguration``: JSON to Parquet, by the schema of a Glue table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localcloud.streams.firehose.errors import InvalidArgument


@dataclass(frozen=True)
class Conversion:
    """How records become columns.

    Attributes
    ----------
    database, table, region, version, catalogue
        The table whose columns they are written by.
    compression
        Parquet's: ``SNAPPY``, ``GZIP`` or ``UNCOMPRESSED``.
    case_insensitive
        Whether keys are compared in lower case.
    dots
        Whether dots in keys stand for underscores.
    mappings
        The JSON key of a column that has another name.
    millis
        Whether timestamps are milliseconds since 1970 (``TimestampFormats: [millis]``).
    """

    database: str
    table: str
    region: str = ""
    version: str = "LATEST"
    catalogue: str = ""
    compression: str = "SNAPPY"
    case_insensitive: bool = True
    dots: bool = False
    millis: bool = False
    mappings: Mapping[str, str] = field(default_factory=dict)

    def options(self) -> dict[str, Any]:
        """Return how the worker reads JSON."""
        return {
            "caseInsensitive": self.case_insensitive,
            "dots": self.dots,
            "millis": self.millis,
            "mappings": dict(self.mappings),
        }


def parse_conversion(document: Mapping[str, Any] | None) -> Conversion | None:
    """Read a conversion; None where none is enabled.

    Raises
    ------
    InvalidArgument
        A part is missing, or is not served.
    """
    if not document or document.get("Enabled") is False:
        return None
    schema = document.get("SchemaConfiguration") or {}
    database, table = str(schema.get("DatabaseName") or ""), str(schema.get("TableName") or "")
    if not database or not table or not schema.get("RoleARN"):
        raise InvalidArgument("SchemaConfiguration needs RoleARN, DatabaseName and TableName")
    reader = (document.get("InputFormatConfiguration") or {}).get("Deserializer") or {}
    writer = (document.get("OutputFormatConfiguration") or {}).get("Serializer") or {}
    if ("OpenXJsonSerDe" in reader) == ("HiveJsonSerDe" in reader):
        raise InvalidArgument("Deserializer must be either OpenXJsonSerDe or HiveJsonSerDe")
    if writer.get("OrcSerDe") is not None:
        raise InvalidArgument("OrcSerDe is not served by the local cloud: it writes Parquet alone")
    if writer.get("ParquetSerDe") is None:
        raise InvalidArgument("Serializer must be ParquetSerDe or OrcSerDe")
    openx, hive = reader.get("OpenXJsonSerDe") or {}, reader.get("HiveJsonSerDe") or {}
    formats = hive.get("TimestampFormats") or []
    if [name for name in formats if name != "millis"]:
        raise InvalidArgument(
            "TimestampFormats: the local cloud serves millis and the default, not patterns of Joda"
        )
    return Conversion(
        database,
        table,
        region=str(schema.get("Region") or ""),
        version=str(schema.get("VersionId") or "LATEST"),
        catalogue=str(schema.get("CatalogId") or ""),
        compression=str(writer["ParquetSerDe"].get("Compression") or "SNAPPY"),
        case_insensitive=openx.get("CaseInsensitive", True) is not False,
        dots=openx.get("ConvertDotsInJsonKeysToUnderscores") is True,
        millis="millis" in formats,
        mappings=openx.get("ColumnToJsonKeyMappings") or {},
    )
