"""AWS IoT's data plane as a whole: one port for MQTT over WebSockets and for HTTP."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from localcloud.auth.principals import CredentialRegistry, Principals
from localcloud.aws import EngineAddress
from localcloud.iot.admission import IotContext
from localcloud.iot.authorizing import Authorizers, EngineDirectory, NoAnswer, NotAuthorized
from localcloud.iot.authorizing.asking import Invoke
from localcloud.iot.broker import Broker
from localcloud.iot.connection import MqttConnection
from localcloud.iot.dataplane import DataPlane
from localcloud.iot.endpoint import IotEndpoint
from localcloud.iot.limits import MAX_PACKET, Times
from localcloud.network.blocked_ports import next_open
from localcloud.wire import Server, serve

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class IotAddress:
    """Where AWS IoT is.

    Attributes
    ----------
    endpoint
        What DescribeEndpoint answers: a host and its port, ``127.0.0.1:PORT``.
    """

    endpoint: str

    @property
    def websocket(self) -> str:
        """Where MQTT is spoken over WebSockets, with the subprotocol ``mqtt``."""
        return f"ws://{self.endpoint}/mqtt"

    @property
    def http(self) -> str:
        """Where the HTTP data plane is."""
        return f"http://{self.endpoint}"


class IotService:
    """Serves MQTT in front of the engine's broker.

    Parameters
    ----------
    engine
        Whose broker and authorizers they are.
    invoke
        Invokes an authorizer's function: ``LambdaService.invoke``.
    registry
        Who else may sign with IAM, beside the administrator: usually the Lambda service.

    Attributes
    ----------
    in_use
        Whether there is an authorizer, or was one since the start.

    Examples
    --------
    ::

        iot = IotService(engine, functions.invoke, registry=sessions)
        await iot.start()                     # before the engine, which passes the address on
        ...                                   # iot.notify(kind) at each change in the control planes
        await iot.stop()                      # before the Lambda service and the engine
    """

    def __init__(
        self,
        engine: EngineAddress,
        invoke: Invoke,
        *,
        registry: CredentialRegistry | None = None,
        times: Times | None = None,
    ) -> None:
        times = times or Times()
        self._directory = EngineDirectory(engine)
        authorizers = Authorizers(self._directory, invoke, shortest_life=times.shortest_life)
        self._broker = Broker(engine)
        self._plane = DataPlane(engine)
        context = IotContext(authorizers, self._broker, engine.region, engine.account, times)
        self._endpoint = IotEndpoint(
            context, Principals(engine, registry), authorizers, self._plane, self._accept
        )
        self._connections: set[asyncio.Task[None]] = set()
        self._server: Server | None = None
        self.in_use = False

    @property
    def address(self) -> IotAddress:
        """Where it is served, once it was started."""
        return IotAddress(f"127.0.0.1:{self._server.port if self._server else 0}")

    async def start(self, *, port: int = 0) -> None:
        """Listen on a loopback port that browsers open; 0 takes a free one.

        Raises
        ------
        OSError
            The port is in use.
        """
        self._server = await serve(self._endpoint, next_open(port), max_body=MAX_PACKET)

    def notify(self, kind: str) -> None:
        """Take note that something changed in the engine; authorizers are read again where they may have.

        Parameters
        ----------
        kind
            A feed event's: ``iot``, or ``functions``, whose permissions say who may invoke them.
        """
        self.in_use = self.in_use or kind == "iot"
        if kind in {"hello", "iot", "functions"}:
            self._directory.forget()

    async def look(self) -> None:
        """Take note of the authorizers that there are already: those that were kept over a stop."""
        try:
            self.in_use = self.in_use or await self._directory.any()
        except (NoAnswer, NotAuthorized) as problem:
            log.warning("AWS IoT's authorizers could not be listed: %s", problem)

    async def stop(self) -> None:
        """Close every connection and the port."""
        if self._server is not None:
            await self._server.close()
            self._server = None
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._broker.close()
        await self._plane.close()

    def _accept(self, connection: MqttConnection) -> None:
        self._connections.add(connection.task)
        connection.task.add_done_callback(self._connections.discard)
