"""What both ways of polling share: the order's own document, asked for again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from clients.auth import TokenSource
from clients.model import History
from clients.rest import Fetched, NotModified, RestClient
from clients.settings import Settings
from clients.traffic import Traffic


@dataclass
class OrderReader:
    """Reads what is new of an order from its document, and nothing when it has not changed.

    The document carries the order's whole history: what changed twice between two reads is reported
    by the second one.

    Attributes
    ----------
    wait
        For how many seconds the server may hold a request; 0 for not at all. Nor may it at first, and
        after a failure: who waits must know that all is well so far.
    """

    rest: RestClient
    wait: Callable[[], int] = field(default=lambda: 0)
    _etags: dict[str, tuple[int, str]] = field(default_factory=dict)
    _well: set[str] = field(default_factory=set)

    async def history(self, order_id: str, *, after: int = 0) -> History:
        """Return what happened after a version. Raises ``NotFound``."""
        version, etag = self._etags.get(order_id, (0, None))
        wait = self.wait() if order_id in self._well else 0
        self._well.discard(order_id)
        answer = await self.rest.order(
            order_id,
            # Only what was handed out may be left out of the answer.
            etag=etag if version == after else None,
            wait=wait or None,
            after=after if wait else None,
        )
        self._well.add(order_id)
        match answer:
            case NotModified(retry_after):
                return History(order_id, after, (), retry_after)
            case Fetched(order, etag, retry_after):
                if etag is not None:
                    self._etags[order_id] = (order.version, etag)
                changes = tuple(change for change in order.history if change.version > after)
                return History(order_id, order.version, changes, retry_after)


class Polling:
    """A session with the REST API, whose requests are counted."""

    def __init__(self, settings: Settings, tokens: TokenSource) -> None:
        self.traffic = Traffic()
        # Who follows repeats by itself, and shows that it does.
        self._rest = RestClient(settings, tokens, attempts=1, traffic=self.traffic)
        self._tokens = tokens

    async def __aenter__(self) -> Self:
        await self._rest.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._rest.__aexit__(kind, error, trace)
