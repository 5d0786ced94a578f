"""The files of one query, in folders that name their partitions."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

NULL = "__HIVE_DEFAULT_PARTITION__"


class Links:
    """Gives each object of a table a path that DuckDB reads its partition from.

    The folders are called ``__k0=...``: no column of a file is, so that neither hides the other.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()

    def add(self, table: int, number: int, path: str, values: Sequence[Any], suffix: str) -> str:
        """Return the path of an object."""
        folder = self._folder / str(table)
        for index, value in enumerate(values):
            folder /= f"__k{index}={NULL if value is None else quote(str(value), safe='') or NULL}"
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{number}{suffix}"
        os.link(path, target)
        return str(target)

    def remove(self) -> None:
        """Take all of them away; the objects stay."""
        shutil.rmtree(self._folder, ignore_errors=True)
