"""The open ports of one kind of API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from localcloud.appsync.errors import NoSchema, RequestError
from localcloud.network.port_numbers import PortNumbers
from localcloud.wire import Server


class Listening(Protocol):
    """What listens on a port."""

    @property
    def server(self) -> Server:
        """Return its server."""


class Reloading(Protocol):
    """An API that is loaded when it is asked for."""

    def changed(self) -> None:
        """Take note that the definition is not what it was."""

    async def current(self) -> object:
        """Return the API as it is defined now."""


class Port(Listening, Protocol):
    """One API behind its port."""

    @property
    def loaded(self) -> Reloading:
        """Return the API."""


_Port = TypeVar("_Port", bound=Port)


class OpenPorts(Generic[_Port]):
    """The open ports of one kind of API, by the id of the API.

    Parameters
    ----------
    opening
        Opens the port of an API, given its id, its name and the port, 0 for a free one. Requests are answered
        from then on, with 503 until the API can be loaded.
    """

    def __init__(self, numbers: PortNumbers, opening: Callable[[str, str, int], Awaitable[_Port]]) -> None:
        self._numbers = numbers
        self._opening = opening
        self._ports: dict[str, _Port] = {}
        self._one_by_one = asyncio.Lock()

    def __getitem__(self, api_id: str) -> _Port:
        return self._ports[api_id]

    def number_of(self, api_id: str) -> int | None:
        """Return the number of an API's port; None when it has none."""
        return self._ports[api_id].server.port if api_id in self._ports else None

    def __iter__(self) -> Iterator[_Port]:
        return iter(self._ports.values())

    async def open(self, api_id: str, name: str, preferred: int = 0) -> _Port:
        """Return the port of an API, opened on the number that is wanted where there is none yet."""
        async with self._one_by_one:
            if api_id not in self._ports:
                number = self._numbers.take(preferred)
                try:
                    self._ports[api_id] = await self._opening(api_id, name, number)
                except BaseException:
                    self._numbers.give_back(number)
                    raise
            return self._ports[api_id]

    async def load(self, listed: Iterable[tuple[str, str, int]]) -> None:
        """Load APIs again, each given by id, name and the port that it wants.

        Raises
        ------
        NotLoaded
            When one of them cannot be loaded.
        """
        for api_id, name, preferred in listed:
            port = await self.open(api_id, name, preferred)
            port.loaded.changed()
            with contextlib.suppress(NoSchema):  # its requests say so, and a warning does
                await port.loaded.current()

    async def freshen(self) -> None:
        """Load what has changed; one that cannot be loaded stays as it is."""
        for port in list(self._ports.values()):
            with contextlib.suppress(RequestError):
                await port.loaded.current()

    def changed(self, api_id: str) -> None:
        """Take note that an API changed: it is loaded again before its next request."""
        if api_id in self._ports:
            self._ports[api_id].loaded.changed()

    async def close(self, api_id: str) -> None:
        """Close the port of an API; one that there is none of is closed already."""
        port = self._ports.pop(api_id, None)
        if port is not None:
            await _close(port)
            self._numbers.give_back(port.server.port)

    async def stop(self) -> None:
        """Close every port."""
        await asyncio.gather(*map(_close, self._ports.values()))
        self._ports.clear()


async def _close(port: Port) -> None:
    """Close a port and every connection; clients connect again when the API is back."""
    await port.server.close("The API is going away")
