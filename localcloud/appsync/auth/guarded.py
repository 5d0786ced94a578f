"""What the gate needs to know of an API, whichever kind it is: GraphQL or Events."""

from __future__ import annotations

from typing import Protocol

from localcloud.appsync.definition import ApiKey, AuthMode


class Guarded(Protocol):
    """An API that a gate stands before; ``ApiDefinition`` is one."""

    @property
    def id(self) -> str:
        """Return the API's id."""

    @property
    def name(self) -> str:
        """Return the name that messages call it by."""

    @property
    def region(self) -> str:
        """Return the region that requests to it are signed for."""

    @property
    def account(self) -> str:
        """Return the account that it belongs to."""

    @property
    def auth_modes(self) -> tuple[AuthMode, ...]:
        """Return every authorization provider, the default one first."""

    @property
    def api_keys(self) -> tuple[ApiKey, ...]:
        """Return its API keys, those that have expired as well."""
