"""One WebSocket connection that is live once everything is subscribed to, whatever is spoken on it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import ClassVar, Self

import aiohttp

from clients.errors import OrderwireError, Refused, Unavailable
from clients.traffic import Traffic

# A peer that is gone does not answer a close frame: do not wait long for it.
_CLOSING = aiohttp.ClientWSTimeout(ws_close=1.0)


class LiveSocket(ABC):
    """A connection to open and close; a subclass says what makes it live.

    Parameters
    ----------
    patience
        Seconds to wait for an answer.
    protocols
        Offered in the handshake.

    Attributes
    ----------
    peer
        Who is at the other end, as messages begin.
    refusals
        What statuses of the handshake mean, with the end of the sentence.
    """

    peer: ClassVar[str]
    refusals: ClassVar[Mapping[int, tuple[type[OrderwireError], str]]]

    _socket: aiohttp.ClientWebSocketResponse

    def __init__(
        self,
        session: aiohttp.ClientSession,
        address: str,
        *,
        traffic: Traffic,
        patience: float,
        protocols: Sequence[str] = (),
    ) -> None:
        self._session = session
        self._address = address
        self._traffic = traffic
        self._patience = patience
        self._protocols = protocols

    @abstractmethod
    async def _go_live(self) -> None:
        """Return when every subscription is live; raise what refuses one."""

    async def _query(self) -> dict[str, str]:
        """Return what the address is asked with. Raises ``OrderwireError``."""
        return {}

    async def __aenter__(self) -> Self:
        """Return when every subscription is live.

        Raises
        ------
        OrderwireError
            ``NotSignedIn``, ``NotAllowed``, ``Refused``: trying again with the same token is of no
            use. Anything else: it may be.
        """
        query = await self._query()
        try:
            self._socket = await self._session.ws_connect(
                self._address, params=query, protocols=self._protocols, timeout=_CLOSING
            )
        except aiohttp.WSServerHandshakeError as error:
            raise self._refused(error.status) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"{self._address} does not answer ({type(error).__name__}).") from None
        try:
            async with asyncio.timeout(self._patience):
                await self._go_live()
        except TimeoutError:
            await self._socket.close()
            raise Unavailable(f"{self.peer} did not answer in time.") from None
        except BaseException:
            await self._socket.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._socket.close()

    async def _send(self, data: str | bytes) -> None:
        try:
            if isinstance(data, str):
                await self._socket.send_str(data)
            else:
                await self._socket.send_bytes(data)
        except (aiohttp.ClientError, OSError):
            raise Unavailable("The connection is lost.") from None
        if isinstance(data, str):
            self._traffic.sent(data)
        else:
            self._traffic.sent_bytes(len(data))

    def _lost(self) -> Unavailable:
        """Return the error of a connection that has ended."""
        return Unavailable(f"The connection is lost (code {self._socket.close_code}).")

    def _refused(self, status: int) -> OrderwireError:
        if status in self.refusals:
            kind, words = self.refusals[status]
            return kind(f"{self.peer} {words}.")
        if status == 429 or status >= 500:
            return Unavailable(f"{self.peer} is busy: it answers HTTP {status}.")
        return Refused(f"{self.peer} answers HTTP {status}.")
