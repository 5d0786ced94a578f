"""What MiniStack keeps and answers, typed as far as the engine relies on it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Protocol

# What MiniStack keeps and answers: JSON-like, and untyped there.
Record = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]
Function = Callable[..., Any]
Handler = Callable[[str, str, Mapping[str, str], bytes, Any], Coroutine[Any, Any, Response]]
Operation = Callable[[Record], Response]
# A resource's own policy and the account that owns the resource, by its ARN; None where there is none.
PolicyOf = Callable[[str], tuple[object, str] | None]

if TYPE_CHECKING:

    class ServiceError(Exception):
        """How a service of MiniStack's refuses a request."""

        code: str
        message: str
        status: int

        def __init__(self, code: str, message: str, status: int = 400) -> None: ...

    class Store(dict[Any, Any]):
        """A dictionary of MiniStack's: by itself that of the request's account and Region."""

        # Of all accounts and Regions, each with both before its own key.
        _data: dict[Any, Any]

        def _prefix(self) -> tuple[str, ...]:
            """Return the account and Region of the request that is answered."""

        def get_scoped(self, account: str | None, region: str | None, key: str, default: Any = None) -> Any:
            """Return an entry of another account and Region."""

        def set_scoped(self, account: str, region: str, key: str, value: Any) -> None:
            """Set an entry of another account and Region."""

        def has_any(self) -> bool:
            """Say whether any account and Region has an entry."""

        def all_values(self) -> list[Any]:
            """Return the values of all accounts and Regions."""

        def all_items(self) -> list[tuple[Any, Any]]:
            """Return the entries of all accounts and Regions, each with its whole key."""

else:
    ServiceError, Store = Exception, dict


class Service(Protocol):
    """A module that serves requests."""

    __name__: str
    handle_request: Handler


class Lookup(Protocol):
    """What resources are looked up in."""

    def __contains__(self, key: object) -> bool: ...

    def get(self, key: str, default: Any = None, /) -> Any:
        """Return a resource."""
