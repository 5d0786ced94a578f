"""What others use of SQL."""

from __future__ import annotations

from localcloud.streams.sql.client import Worker
from localcloud.streams.sql.errors import AthenaError, InvalidRequest, QueryFailed
from localcloud.streams.sql.interfaces import Listed, SqlServices, Unreachable
from localcloud.streams.sql.objects import Objects
from localcloud.streams.sql.running import Runner
from localcloud.streams.sql.service import SPACE, SqlService

__all__ = [
    "SPACE",
    "AthenaError",
    "InvalidRequest",
    "Listed",
    "Objects",
    "QueryFailed",
    "Runner",
    "SqlService",
    "SqlServices",
    "Unreachable",
    "Worker",
]
