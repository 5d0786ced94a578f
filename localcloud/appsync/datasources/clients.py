"""From a data source's definition to what asks it; holds the one HTTP session of the data plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from localcloud.appsync.datasources.absent import absence, error_type
from localcloud.appsync.datasources.dynamodb.source import DynamoDBSource
from localcloud.appsync.datasources.engine import EngineHttp
from localcloud.appsync.datasources.eventbridge import EventBridgeSource
from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.datasources.http import HttpSource
from localcloud.appsync.datasources.lambda_function import Invoker, LambdaSource
from localcloud.appsync.datasources.roles import SESSION, RoleInvoker
from localcloud.appsync.definition import (
    JSON,
    DataSource,
    DynamoDBConfig,
    EventBridgeConfig,
    HttpConfig,
    LambdaConfig,
)
from localcloud.aws import Credentials
from localcloud.processes.stopwatch import Overhead

if TYPE_CHECKING:
    from localcloud.appsync.calls import FieldCall
    from localcloud.auth.permissions import Permissions
    from localcloud.aws import EngineAddress
    from localcloud.functions import RoleCredentials


class SourceClient(Protocol):
    """A data source that can be asked."""

    async def execute(self, request: JSON, call: FieldCall) -> JSON:
        """Answer a request document: ``ctx.result``.

        Raises
        ------
        DataSourceFailure
            ``ctx.error``: the response handler decides what becomes of it.
        RequestInvalid
            The document cannot be used; the field fails.
        """


class Sources(Protocol):
    """Opens the data sources of an API."""

    def open(self, source: DataSource) -> SourceClient:
        """Return what asks a data source."""


class NoneSource:
    """The data source ``NONE``: the payload comes back as it is (a run in JavaScript does so by itself)."""

    async def execute(self, request: JSON, _call: FieldCall) -> JSON:
        """Return the payload."""
        return request.get("payload") if isinstance(request, dict) else None


class UnservedSource:
    """A data source that nothing here answers for."""

    def __init__(self, source: DataSource) -> None:
        self._source = source

    async def execute(self, _request: JSON, call: FieldCall) -> JSON:
        """Refuse."""
        where, source = f"{call.type_name}.{call.field_name}", self._source
        raise RequestInvalid(f"{where}: data source {source.name} {absence(source)}", error_type(source))


class DataSourceClients:
    """What data sources need to reach the world: the engine, the functions, one HTTP session.

    Parameters
    ----------
    engine
        Where DynamoDB and the other AWS services are.
    functions
        Who runs Lambda functions.
    overhead
        What the local cloud itself takes, which counts against no time limit.
    roles
        Gives out the sessions of data sources' roles; None: all of them act as the account.
    permissions
        Says what a role may invoke.
    """

    def __init__(
        self,
        engine: EngineAddress,
        functions: Invoker,
        *,
        overhead: Overhead | None = None,
        roles: RoleCredentials | None = None,
        permissions: Permissions | None = None,
    ) -> None:
        self._http = EngineHttp(engine, overhead)
        self._functions = functions
        self._roles, self._permissions = roles, permissions

    def open(self, source: DataSource) -> SourceClient:
        """Return what asks a data source, with its role's session."""
        http, functions = self._http, self._functions
        if source.role_arn and self._roles is not None:
            session = self._roles.session(source.role_arn, SESSION)
            http = http.acting(
                Credentials(session.access_key_id, session.secret_access_key, session.session_token)
            )
            if self._permissions is not None:
                functions = RoleInvoker(functions, self._permissions, source.role_arn)
        if absence(source) is not None:
            return UnservedSource(source)
        match source.config:
            case LambdaConfig():
                return LambdaSource(source.config, functions)
            case DynamoDBConfig():
                return DynamoDBSource(source.config, http, functions)
            case HttpConfig():
                return HttpSource(source.config, http)
            case EventBridgeConfig():
                return EventBridgeSource(source.config, http)
            case None:
                return NoneSource()

    async def close(self) -> None:
        """Close the HTTP session."""
        await self._http.close()
