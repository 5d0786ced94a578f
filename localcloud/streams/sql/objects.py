"""Objects of S3 in the worker's folder: copied once, since an object with its ETag never changes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from localcloud.streams.sql.catalogue import File, Table
from localcloud.streams.sql.interfaces import SqlServices

MOST_BYTES: Final = 4 << 30


class Objects:
    """Copies objects for the worker."""

    def __init__(self) -> None:
        self._copied: dict[str, int] = {}

    def forget(self) -> None:
        """Note that the folder has gone."""
        self._copied = {}

    async def tables(
        self, services: SqlServices, tables: Sequence[Table], folder: Path
    ) -> list[dict[str, Any]]:
        """Copy what tables need, and return them as the worker reads them.

        Raises
        ------
        localcloud.streams.sql.interfaces.Unreachable
        """
        return [
            {
                "database": table.database,
                "name": table.name,
                "columns": [{"name": column.name, "type": column.hive} for column in table.columns],
                "partitions": [{"name": key.name, "type": key.hive} for key in table.keys],
                "format": table.format,
                "options": dict(table.options),
                "files": [
                    {
                        "path": await self._copy(services, file, folder),
                        "values": [_value(value) for value in file.values],
                        "suffix": ".gz" if file.listed.key.endswith(".gz") else "",
                    }
                    for file in table.files
                ],
            }
            for table in tables
        ]

    async def _copy(self, services: SqlServices, file: File, folder: Path) -> str:
        identity = f"{file.bucket}/{file.listed.key}\0{file.listed.etag}"
        target = folder / "objects" / hashlib.sha256(identity.encode()).hexdigest()[:40]
        if target.name not in self._copied:
            body = await services.get_object(file.bucket, file.listed.key)
            self._make_room(len(body), folder)
            target.write_bytes(body)
            self._copied[target.name] = len(body)
        return str(target)

    def _make_room(self, size: int, folder: Path) -> None:
        """Remove what was copied first, while there is too much; what a query reads is linked elsewhere."""
        while self._copied and sum(self._copied.values()) + size > MOST_BYTES:
            oldest = next(iter(self._copied))
            del self._copied[oldest]
            (folder / "objects" / oldest).unlink(missing_ok=True)


def _value(value: str) -> str | None:
    return None if value == "__HIVE_DEFAULT_PARTITION__" else value
