"""AWS Lambda on one machine: the Runtime API, environments of AWS's own runtime client, mappings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localcloud.functions.credentials import RoleCredentials, RoleIdentity
from localcloud.functions.errors import (
    CallerTimedOut,
    EngineUnavailable,
    FunctionNotFound,
    FunctionsError,
    TooManyRequests,
)
from localcloud.functions.model import InvokeResult, SourceTree
from localcloud.functions.settings import Settings

if TYPE_CHECKING:
    from localcloud.functions.keeping import kept_in
    from localcloud.functions.service import LambdaService

__all__ = [
    "CallerTimedOut",
    "EngineUnavailable",
    "FunctionNotFound",
    "FunctionsError",
    "InvokeResult",
    "LambdaService",
    "RoleCredentials",
    "RoleIdentity",
    "Settings",
    "SourceTree",
    "TooManyRequests",
    "kept_in",
]


def __getattr__(name: str) -> object:
    # The service brings its HTTP servers and boto3; who wants an error's class alone does not wait for them.
    if name == "LambdaService":
        from localcloud.functions.service import LambdaService  # noqa: PLC0415

        return LambdaService
    if name == "kept_in":
        from localcloud.functions.keeping import kept_in  # noqa: PLC0415

        return kept_in
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
