"""One API as it is defined now: loaded when it is first asked for, and again after it has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class NamedApi(Protocol):
    """What is known of any API's definition."""

    @property
    def name(self) -> str:
        """Return the API's name."""


_Definition = TypeVar("_Definition", bound=NamedApi)
_Definition_co = TypeVar("_Definition_co", covariant=True)


class Defined(Protocol[_Definition_co]):
    """An API that is ready to serve."""

    @property
    def definition(self) -> _Definition_co:
        """Return what it was built from."""


_Api = TypeVar("_Api", bound="Defined[NamedApi]")


class Loaded(Generic[_Definition, _Api]):
    """Keeps the served form of one API up to date.

    Parameters
    ----------
    load
        Reads the definition; it blocks and runs in a thread.
    build
        Makes an API of a definition; it is called only for one that is not what it was.
    """

    def __init__(
        self,
        api_id: str,
        name: str,
        load: Callable[[str], _Definition],
        build: Callable[[_Definition], _Api],
    ) -> None:
        self.id = api_id
        self.name = name
        self.served: _Api | None = None
        self._load = load
        self._build = build
        self._stale = True
        self._loading = asyncio.Lock()

    def changed(self) -> None:
        """Take note that the definition is not what it was."""
        self._stale = True

    async def current(self) -> _Api:
        """Return the API as it is defined now; live subscriptions outlast a change.

        Raises
        ------
        NotLoaded
            When it cannot be loaded; the next request tries again.
        """
        # While it is being loaded, what is served is what it was before a change.
        if not self._stale and self.served is not None and not self._loading.locked():
            return self.served
        async with self._loading:
            if self._stale or self.served is None:
                self._stale = False  # first: what changes from here on is loaded again
                try:
                    definition = await asyncio.to_thread(self._load, self.id)
                    if self.served is None or definition != self.served.definition:
                        self.served = self._build(definition)
                except BaseException:
                    self._stale = True
                    raise
                self.name = definition.name
            return self.served
