"""DuckDB, confined: one folder, no network, no extensions, and locked settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb

THREADS: Final = 2
MEMORY: Final = "512MB"
CATALOGUE: Final = "awsdatacatalog"


def connect(folder: Path) -> Any:
    """Return a connection to an empty database, with Presto's rules where DuckDB's differ.

    Parameters
    ----------
    folder
        The only place on this machine that it reads and writes.

    Notes
    -----
    Presto divides integers without a rest and sorts nulls last; DuckDB is set to do the same.
    """
    connection = duckdb.connect(":memory:", config={"threads": THREADS, "memory_limit": MEMORY})
    for setting in (
        f"SET allowed_directories = ['{folder}']",
        "SET enable_external_access = false",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET python_enable_replacements = false",
        "SET enable_progress_bar = false",
        # What files hold is read for each query; what they say about themselves, once.
        "SET enable_external_file_cache = false",
        "SET parquet_metadata_cache = true",
        "SET integer_division = true",
        "SET default_null_order = 'nulls_last'",
        "SET TimeZone = 'UTC'",
        f"ATTACH ':memory:' AS {CATALOGUE}",
        f"USE {CATALOGUE}",
    ):
        connection.execute(setting)
    return connection


def lock(connection: Any) -> None:
    """Lock the settings."""
    connection.execute("SET lock_configuration = true")
