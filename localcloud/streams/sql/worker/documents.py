"""JSON objects of S3: which keys they hold, and as rows where they are nested."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from localcloud.streams.hive import Column
from localcloud.streams.sql.worker.casts import literal
from localcloud.streams.sql.worker.converting import write_parquet
from localcloud.streams.sql.worker.rows import documents, line, row
from localcloud.streams.sql.worker.values import Reader

_MOST_OBJECT: Final = 16 * 1024 * 1024


class Malformed(ValueError):
    """An object that is no JSON; the message is Athena's."""


class Documents:
    """Remembers what has been read of objects: they never change.

    Parameters
    ----------
    folder
        Where rows are written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._keys: dict[str, tuple[str, ...]] = {}
        self._connection: Any = None

    def use(self, connection: Any) -> None:
        """Read with a connection from now on."""
        self._connection = connection

    def names(
        self, path: str, columns: Sequence[Column], options: Mapping[str, Any]
    ) -> tuple[str | None, ...] | None:
        """Return the key that an object has for each column; None where one has several."""
        reader, mappings = _reader(options), options.get("mappings") or {}
        spellings: dict[str, list[str]] = {}
        for key in self._keys_of(path, options):
            spellings.setdefault(reader.key(key), []).append(key)
        keys = [reader.key(str(mappings.get(column.name) or column.name)) for column in columns]
        if any(len(spellings.get(name, ())) > 1 for name in keys):
            return None
        return tuple(spellings[name][0] if name in spellings else None for name in keys)

    def as_parquet(self, path: str, columns: Sequence[Column], options: Mapping[str, Any]) -> str | None:
        """Return the path of an object's rows as Parquet; None where it has none.

        Raises
        ------
        Malformed
        """
        shape = repr([(column.name, str(column.type)) for column in columns]) + repr(sorted(options.items()))
        name = f"{Path(path).name}-{hashlib.sha256(shape.encode()).hexdigest()[:16]}"
        target = self._folder / f"{name}.parquet"
        if target.exists():
            return str(target)
        data = Path(path).read_bytes()
        data = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
        reader = _reader(options)
        lines = self._folder / f"{name}.rows.json"
        count = 0
        with lines.open("wb") as file:
            for text in data.splitlines():
                try:
                    rows = [line(row(document, columns, reader)) for document in documents(text)]
                except (ValueError, ArithmeticError, RecursionError) as error:
                    if options.get("ignoreMalformed"):
                        continue
                    raise Malformed(f"HIVE_BAD_DATA: {error}") from None
                count += len(rows)
                file.writelines(rows)
        if count:
            write_parquet(self._connection, lines, target, columns, "SNAPPY")
        lines.unlink()
        return str(target) if count else None

    def _keys_of(self, path: str, options: Mapping[str, Any]) -> tuple[str, ...]:
        if path not in self._keys:
            with Path(path).open("rb") as file:
                compressed = ", compression = 'gzip'" if file.read(2) == b"\x1f\x8b" else ""
            malformed = ", ignore_errors = true" if options.get("ignoreMalformed") else ""
            rows = self._connection.execute(
                f"SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects({literal(path)}, "  # noqa: S608
                f"format = 'newline_delimited', maximum_object_size = {_MOST_OBJECT}{compressed}{malformed})"
            ).fetchall()
            self._keys[path] = tuple(sorted(key for (key,) in rows))
        return self._keys[path]


def _reader(options: Mapping[str, Any]) -> Reader:
    return Reader(
        case_insensitive=options.get("caseInsensitive", True) is not False,
        dots=options.get("dots") is True,
        mappings=options.get("mappings") or {},
    )
