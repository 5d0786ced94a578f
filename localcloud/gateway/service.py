"""The gateway as a whole: a port for each REST, HTTP and WebSocket API of the engine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from localcloud.auth.issuers import IssuerKeys
from localcloud.auth.permissions import Permissions
from localcloud.auth.principals import CredentialRegistry, Principals
from localcloud.auth.tokens import UserPoolKeys
from localcloud.aws import EngineAddress
from localcloud.contracts.mapping_templates import Render, no_templates
from localcloud.functions import RoleCredentials
from localcloud.gateway.api_port import HOST, ApiEndpoint, GatewayApiAddress, GatewayApiPort
from localcloud.gateway.authorizers.jwt_issuers import IssuerTokens
from localcloud.gateway.authorizers.lambda_function import LambdaAuthorizers
from localcloud.gateway.authorizers.signatures import Signatures
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.http import HttpApi
from localcloud.gateway.definitions.rest import RestApi
from localcloud.gateway.http.calling import HttpCalls
from localcloud.gateway.http.opening import HttpEndpoints
from localcloud.gateway.invoking import FunctionInvoker, Invoke
from localcloud.gateway.loader import Loaded
from localcloud.gateway.mapping.backends import Backends
from localcloud.gateway.mapping.rendering import Templates
from localcloud.gateway.measuring import GatewayMeasures, MeasuredEndpoint
from localcloud.gateway.rest.endpoint import RestEndpoint
from localcloud.gateway.rest.gate import RestGate
from localcloud.gateway.rest.integrating import Integrations
from localcloud.gateway.rest.mapped import MappedCalls
from localcloud.gateway.rules.logs import AccessLogs
from localcloud.gateway.streaming import OpenStream, no_streams
from localcloud.gateway.traced import Recorder, TracedEndpoint
from localcloud.gateway.unserved import unanswerable, unserved
from localcloud.gateway.websocket.endpoint import WebSocketEndpoint
from localcloud.gateway.websocket.integrating import SocketIntegrations
from localcloud.gateway.websocket.settings import WebSocketSettings
from localcloud.network.port_numbers import PortNumbers
from localcloud.watchtower.facade import Metrics

Load = Callable[[], Loaded]
log = logging.getLogger(__name__)


class GatewayService:
    """Serves every REST, HTTP and WebSocket API of the engine.

    Parameters
    ----------
    engine
        Where user pools' keys are, and whose account and region it is.
    invoke
        Invokes a function: ``LambdaService.invoke``.
    load
        Reads the APIs: an ``ApiLoader``. It blocks, and runs in a thread.
    streams
        Invokes a function whose response is taken piece by piece: ``LambdaService.stream``.
    registry
        Who else may sign with IAM, beside the administrator: usually the Lambda service.
    render
        Renders the mapping templates of integrations with AWS services.
    traces
        Keeps the segments of requests that X-Ray records.
    permissions
        Says what roles of callers may do, and which functions let APIs invoke them.
    roles
        Gives out the sessions of integrations' roles; None: all of them act as the account.

    Examples
    --------
    ::

        gateway = GatewayService(engine, functions.invoke, ApiLoader(engine), registry=sessions)
        await gateway.start(first_port=4570)
        addresses = await gateway.load_all()
        ...                                   # gateway.notify() at each change in the control plane
        await gateway.stop()                    # before the Lambda service: $disconnect is invoked
    """

    def __init__(
        self,
        engine: EngineAddress,
        invoke: Invoke,
        load: Load,
        streams: OpenStream = no_streams,
        *,
        registry: CredentialRegistry | None = None,
        settings: WebSocketSettings | None = None,
        render: Render = no_templates,
        metrics: Metrics | None = None,
        traces: Recorder | None = None,
        permissions: Permissions | None = None,
        roles: RoleCredentials | None = None,
    ) -> None:
        self._traces = traces
        self._measures = GatewayMeasures(metrics or Metrics())
        self._engine = engine
        self._load = load
        self._calls = HttpCalls(engine, self._address_of)
        self._keys = UserPoolKeys(engine.endpoint)
        self._issuers = IssuerKeys(engine.endpoint)
        self._signatures = Signatures(Principals(engine, registry), engine.region, permissions=permissions)
        self._functions = FunctionInvoker(invoke, permissions, engine.region, engine.account)
        self._backends = Backends(engine, self._functions, self._address_of, roles)
        self._templates = Templates(render)
        mapped = MappedCalls(self._backends, self._templates)
        self._integrations = Integrations(self._functions, mapped, self._measures, streams)
        self._logs = AccessLogs(self._backends.action)
        self._settings = settings or WebSocketSettings()
        self._ports: dict[str, GatewayApiPort] = {}
        self._warnings: tuple[str, ...] = ()
        self._apis: tuple[Api, ...] = ()
        self._numbers = PortNumbers()
        self._secured_at = 0
        self._loading = asyncio.Lock()
        self._stale = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def start(
        self, *, first_port: int = 0, numbers: PortNumbers | None = None, secured_at: int = 0
    ) -> None:
        """Make ready. APIs get the ports from ``first_port`` on; 0 takes free ones.

        ``numbers``, where they are given, are what others take their ports from as well; ``secured_at`` is
        who takes TLS off, for a client that speaks it.
        """
        self._secured_at = secured_at
        self._numbers = numbers or PortNumbers.starting_at(first_port)
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def load_all(self) -> list[GatewayApiAddress]:
        """Load every API as it is now, and return where each is served.

        A changed API is reloaded on its port, a new one gets a port, a deleted one loses it. Open connections
        of the other APIs, and of those that changed, stay.

        Raises
        ------
        OSError
            A port is in use.
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError
            The engine did not answer.
        """
        async with self._loading:
            self._stale.clear()  # first: what changes from here on is loaded again
            loaded = await asyncio.to_thread(self._load)
            apis = {api.id: api for api in loaded.apis}
            for api_id in self._ports.keys() - apis.keys():
                removed = self._ports.pop(api_id)
                await removed.close()
                self._numbers.give_back(removed.port)
            for api_id, api in apis.items():
                served = self._ports.get(api_id)
                if served is not None:
                    served.serve(api)
                else:
                    await self._open(api)
            self._apis, self._warnings = loaded.apis, (*loaded.warnings, *unserved(loaded.apis))
        return self.addresses()

    def addresses(self) -> list[GatewayApiAddress]:
        """Return where the loaded APIs are served: one address for each stage."""
        return [address for port in self._ports.values() for address in port.addresses()]

    def port_of(self, api_id: str) -> int | None:
        """Return the port of an API; None when there is none."""
        return self._ports[api_id].port if api_id in self._ports else None

    def has_port(self, number: int) -> bool:
        """Return whether a port is an API's."""
        return any(port.port == number for port in self._ports.values())

    def notify(self) -> None:
        """Take note that something changed in the control planes: it is loaded soon."""
        self._stale.set()

    def warnings(self) -> list[str]:
        """Return what the loaded APIs ask for and the gateway does not do."""
        return list(dict.fromkeys(self._warnings))

    def unanswerable(self, functions: Collection[str]) -> list[str]:
        """Return the routes that cannot answer where these functions cannot run."""
        return unanswerable(self._apis, functions)

    async def stop(self) -> None:
        """Close every connection (1001), call ``$disconnect``, and close every port."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        async with self._loading:
            await asyncio.gather(*(port.close() for port in self._ports.values()))
            self._ports.clear()
        await self._functions.stop()
        await self._logs.stop()
        await self._backends.stop()
        await self._calls.stop()

    async def _open(self, api: Api) -> None:
        endpoint = self._endpoint(api)
        if isinstance(api, RestApi):
            endpoint = MeasuredEndpoint(endpoint, lambda: self._ports[api.id].api, self._measures)
            if self._traces is not None:
                place = f"{self._engine.region}:{self._engine.account}"
                endpoint = TracedEndpoint(endpoint, lambda: self._ports[api.id].api, self._traces, place)
        port = GatewayApiPort(api, endpoint)
        number = self._numbers.take()
        try:
            await port.open(number, self._secured_at)
        except BaseException:
            self._numbers.give_back(number)
            raise
        self._ports[api.id] = port

    def _address_of(self, api_id: str) -> str | None:
        port = self.port_of(api_id)
        return None if port is None else f"http://{HOST}:{port}"

    def _endpoint(self, api: Api) -> ApiEndpoint:
        lambdas = LambdaAuthorizers(self._functions)
        region, account = self._engine.region, self._engine.account
        if isinstance(api, RestApi):
            gate = RestGate(
                keys=self._keys,
                issuers=IssuerTokens(self._issuers),
                signatures=self._signatures,
                lambdas=lambdas,
                region=region,
            )
            integrations = self._integrations
            return RestEndpoint(api, gate=gate, integrations=integrations, account=account, logs=self._logs)
        if isinstance(api, HttpApi):
            shared = (self._engine, self._issuers, self._signatures, self._functions)
            return HttpEndpoints(*shared, self._calls, self._measures).endpoint_of(api)
        return WebSocketEndpoint(
            api,
            integrations=SocketIntegrations(self._functions, self._backends, self._templates),
            signatures=self._signatures,
            lambdas=lambdas,
            region=region,
            account=account,
            settings=self._settings,
            measures=self._measures,
        )

    async def _watch(self) -> None:
        while True:
            await self._stale.wait()
            # A deployment changes much at once: its end is what is wanted, not each of its steps.
            await asyncio.sleep(0.05)
            try:
                await self.load_all()
            except Exception:
                log.exception("The APIs could not be reloaded; the previous versions are served")
