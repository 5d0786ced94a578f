"""Follow orders: every version once and in order, whatever the network does.

Events may be late, repeated, reordered or lost, and none is ever replayed. So a follower

1. subscribes, and waits until the subscription is live,
2. only then reads each order's history, so that nothing can fall between the two,
3. merges both by version, dropping what it has,
4. reads history again when a version is missing, when an event cannot be read, and now and then when
   an order is quiet (the lost event may have been the last),
5. begins again at 1 after every reconnect; while it is away it goes on by reading.

A follower without links, one that polls, is what remains of this without notifications: it reads, in a
rhythm of its own. So every way of following shares one merge and one promise.

Here are the tasks and queues; what follows from each event is decided in ``book``.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Collection, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Protocol, Self

from clients.auth import TokenSource
from clients.backoff import Backoff
from clients.book import Book
from clients.errors import OrderwireError
from clients.link import Link, LinkEvent, stay_connected
from clients.model import History, Order
from clients.rhythm import Rhythm
from clients.tracking import Arrival, Pace, ReadDone, State, Track


class HistoryReader(Protocol):
    """What a follower needs of the API."""

    async def history(self, order_id: str, *, after: int = 0) -> History:
        """Return what happened after a version. Raises ``NotFound``."""
        ...


class Follower:
    """Follow some orders, or all of one's own.

    Parameters
    ----------
    links
        The connections that bring news; none to read alone.
    orders
        Their ids. They may not exist yet. None follows all orders of the signed-in user; ``track``
        adds those that must not be missed even when no event of theirs arrives.
    only
        With ``orders`` None: leave out all orders but these, such as those that are about to be submitted.
    must_exist
        Raise ``NotFound`` for an order that is not there, rather than wait for it.
    after
        The last version of ``orders`` that the caller already has.
    rhythm
        When an order is read again; that of ``pace`` when not given.
    at_once
        So many reads at a time; the others wait for their turn.
    on_state
        Called at every change of state, with a word of explanation (empty when there is none).

    Examples
    --------
    >>> async with client.follower(["4b0c…"]) as follower:  # doctest: +SKIP
    ...     async for arrival in follower:
    ...         print(arrival.change.status)
    """

    def __init__(
        self,
        history: HistoryReader,
        tokens: TokenSource,
        links: Sequence[Link],
        *,
        orders: Sequence[str] | None,
        only: Collection[str] | None = None,
        must_exist: bool = False,
        after: int = 0,
        pace: Pace | None = None,
        rhythm: Rhythm | None = None,
        at_once: int = 16,
        on_state: Callable[[State, str], None] | None = None,
    ) -> None:
        self._history = history
        self._tokens = tokens
        self._links = links
        self._pace = pace or Pace()
        self._on_state = on_state
        self._book = Book(
            len(links),
            everything=orders is None,
            only=only,
            must_exist=must_exist,
            pace=self._pace,
            rhythm=rhythm,
        )
        for order_id in orders or ():
            self._book.track(order_id, after=after)
        self._shown = self._book.state
        self._live = asyncio.Event()
        # None only wakes the worker: the book was changed by a call.
        self._inbox: asyncio.Queue[LinkEvent | ReadDone | None] = asyncio.Queue()
        self._out: asyncio.Queue[Arrival | Exception | None] = asyncio.Queue()
        self._failure: Exception | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._reads = asyncio.Semaphore(at_once)

    @property
    def state(self) -> State:
        """How current the follower is."""
        return self._book.state

    @property
    def open(self) -> Mapping[str, int]:
        """The orders that are not final, with the version handed out last."""
        return self._book.open

    @property
    def dropped(self) -> int:
        """How many changes came that it already had."""
        return self._book.dropped

    def track(self, order_id: str, *, after: int = 0) -> None:
        """Also follow this order, handing out what comes after version ``after``."""
        self._book.track(order_id, after=after)
        self._inbox.put_nowait(None)

    def track_submitted(self, order: Order) -> None:
        """Also follow this order, which the API answered to a submission made after ``wait_live``.

        When the submission made the order, its history need not be read at once: the subscription brings
        it all. A later version shows that the order may be older, for its token was sent before.
        """
        if order.version == 1:
            self._book.track_new(order.id, _now())
        else:
            self._book.track(order.id)
        self._inbox.put_nowait(None)

    def seal(self) -> None:
        """Say that no more orders come: iteration ends when all that are tracked are final."""
        self._book.sealed = True
        self._inbox.put_nowait(None)

    async def wait_live(self) -> None:
        """Return when nothing that happens from now on can be missed.

        Raises
        ------
        OrderwireError
            Following failed for good, such as ``NotSignedIn``.
        """
        await self._live.wait()
        if self._failure is not None:
            raise self._failure

    async def __aenter__(self) -> Self:
        for number, link in enumerate(self._links):
            self._start(
                stay_connected(
                    number,
                    link,
                    tokens=self._tokens,
                    have=lambda: self._book.open,
                    backoff=Backoff(self._pace.backoff_base, self._pace.backoff_cap),
                    report=self._inbox.put_nowait,
                )
            )
        self._start(self._work())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Python 3.11's wait_for, which gql waits with, can swallow a cancellation that meets its result:
        # ask again until they are gone.
        while self._tasks:
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(self._tasks, timeout=0.5)

    async def __aiter__(self) -> AsyncGenerator[Arrival, None]:
        """Yield each version of each order once and in order; end when all orders are final."""
        while (item := await self._out.get()) is not None:
            if isinstance(item, Exception):
                raise item
            yield item

    async def _work(self) -> None:
        """Take one event at a time, so that the book changes in one place."""
        while not self._book.finished and self._book.failure is None:
            self._show_state()
            for track, epoch in self._book.begin_reads(_now()):
                self._start(self._read(track, epoch))
            event: LinkEvent | ReadDone | None = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._book.next_due()):
                    event = await self._inbox.get()
            if event is not None:
                for arrival in self._book.take(event, _now()):
                    self._out.put_nowait(arrival)
        self._end(self._book.failure)

    async def _read(self, track: Track, epoch: int) -> None:
        outcome: History | OrderwireError
        async with self._reads:
            start = _now()
            try:
                outcome = await self._history.history(track.order_id, after=track.merge.version)
            except OrderwireError as error:
                outcome = error
        self._inbox.put_nowait(ReadDone(track.order_id, epoch, outcome, _now() - start))

    def _show_state(self) -> None:
        state = self._book.state
        if state is State.LIVE:
            self._live.set()
        if state is not self._shown:
            self._shown = state
            if self._on_state is not None:
                self._on_state(state, self._book.why)

    def _end(self, failure: Exception | None) -> None:
        self._failure = failure
        self._out.put_nowait(failure)
        self._live.set()

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self._end(error)  # a mistake of ours: the caller gets it rather than wait for ever


def _now() -> float:
    return asyncio.get_running_loop().time()
