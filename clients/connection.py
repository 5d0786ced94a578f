"""One WebSocket connection with its subscriptions: live when all of them are, lost when one of them is."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from types import TracebackType
from typing import Protocol, Self

from gql import GraphQLRequest
from gql.transport.exceptions import TransportError, TransportQueryError
from graphql import ExecutionResult

from clients import reading
from clients.errors import OrderwireError, ServerFault, Unavailable
from clients.failures import from_errors
from clients.model import Change, History
from clients.transport import STARTED, ConnectionRefused

log = logging.getLogger(__name__)

# AppSync's limit of subscriptions on one connection.
MAX_SUBSCRIPTIONS = 200


class LiveTransport(Protocol):
    """One of gql's transports, of which each subscription first yields ``STARTED``, once it is live."""

    async def connect(self) -> None:
        """Connect."""
        ...

    def subscribe(self, request: GraphQLRequest) -> AsyncGenerator[ExecutionResult, None]:
        """Subscribe, and yield what arrives."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


class Connection:
    """Open a connection, start every subscription, wait until each is live, and pass on what arrives.

    Parameters
    ----------
    transport
        A transport that was never connected.
    requests
        At most ``MAX_SUBSCRIPTIONS`` subscriptions, each giving an ``OrderStatusChange``.
    ack_timeout
        Seconds to wait for the last ``start_ack``.

    Examples
    --------
    >>> async with Connection(transport, [request]) as connection:  # doctest: +SKIP
    ...     async for change in connection:  # live from here on
    ...         print(change)
    """

    def __init__(
        self,
        transport: LiveTransport,
        requests: Sequence[GraphQLRequest],
        *,
        ack_timeout: float = 15.0,
    ) -> None:
        self._transport = transport
        self._requests = requests
        self._ack_timeout = ack_timeout
        self._waiting = len(requests)
        self._live = asyncio.Event()
        self._pumps: list[asyncio.Task[None]] = []
        self._arrived: asyncio.Queue[Change | OrderwireError | None] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        """Return when every subscription is live.

        Raises
        ------
        OrderwireError
            ``NotSignedIn``, ``NotAllowed``, ``Refused``: trying again with the same token is of no
            use. Anything else: it may be.
        """
        try:
            await self._transport.connect()
            self._pumps = [asyncio.create_task(self._pump(request)) for request in self._requests]
            async with asyncio.timeout(self._ack_timeout):
                await self._all_live()
        except (TransportError, OSError, TimeoutError) as error:
            await self._close()
            raise from_connection(error) from None
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    @property
    def histories(self) -> Sequence[History]:
        """Nothing: AppSync sends no past."""
        return ()

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they arrive, None for an event that could not be read; raise when lost."""
        while True:
            item = await self._arrived.get()
            if isinstance(item, OrderwireError):
                raise item
            yield item

    async def _all_live(self) -> None:
        live = asyncio.create_task(self._live.wait())
        try:
            # A pump ends only by failing, and then puts its error where the changes go.
            await asyncio.wait([live, *self._pumps], return_when=asyncio.FIRST_COMPLETED)
        finally:
            live.cancel()
        while not self._live.is_set():
            item = await self._arrived.get()
            if isinstance(item, OrderwireError):
                raise item

    async def _pump(self, request: GraphQLRequest) -> None:
        try:
            async for result in self._transport.subscribe(request):
                if result is STARTED:
                    self._waiting -= 1
                    if self._waiting == 0:
                        self._live.set()
                else:
                    self._arrived.put_nowait(_change(result))
            self._arrived.put_nowait(Unavailable("The server ended the subscription."))
        except (TransportError, OSError) as error:
            self._arrived.put_nowait(from_connection(error))

    async def _close(self) -> None:
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)
        await self._transport.close()


def _change(result: ExecutionResult) -> Change | None:
    """Read an event; None when AppSync could not fill it in, or when it is not what the contract says.

    An unreadable event still means that something changed: the caller reads history.
    """
    data = result.data or {}
    try:
        (value,) = data.values() or (None,)
        return Change.parse(value, "event")
    except (reading.Unexpected, ValueError) as error:
        log.warning("An event could not be read (%s); reading history instead.", error)
        return None


def from_connection(error: Exception) -> OrderwireError:
    """Return the error for what ends a connection."""
    if isinstance(error, ConnectionRefused | TransportQueryError):
        return from_errors(list(error.errors or []))
    if isinstance(error, TransportError):
        # gql keeps the words of what went wrong in the cause of a cause.
        root: BaseException = error
        while root.__cause__ is not None:
            root = root.__cause__
        return Unavailable(f"The connection is lost ({str(root) or type(root).__name__}).")
    if isinstance(error, TimeoutError):
        return Unavailable("The server did not answer in time.")
    return ServerFault(str(error)) if not isinstance(error, OSError) else Unavailable(str(error))
