"""AWS Lambda on one machine: the Runtime API, environments of AWS's own runtime client, mappings."""

from localcloud.functions.credentials import RoleCredentials, RoleIdentity
from localcloud.functions.errors import EngineUnavailable, FunctionNotFound, FunctionsError, TooManyRequests
from localcloud.functions.model import InvokeResult, Settings, SourceTree
from localcloud.functions.service import LambdaService

__all__ = [
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
]
