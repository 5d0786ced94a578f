"""The follower's bookkeeping: takes events, says what to hand out and what to read. No input or output."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from clients.backoff import Backoff
from clients.errors import NotFound, OrderwireError, ServerFault, Unavailable
from clients.link import Broken, Down, LinkEvent, Pushed, Up
from clients.model import Change, History
from clients.rhythm import Rhythm
from clients.tracking import Arrival, Pace, ReadDone, State, Track

# A history that keeps failing for a reason other than the network is a fault to report, not to hide.
MAX_FAULTS = 5


class Book:
    """All orders that one follower follows, over ``links`` connections.

    Parameters
    ----------
    links
        How many connections must be up; 0 for who only reads.
    everything
        Take changes of orders that are not tracked yet, too,
    only
        but of these alone, when given.
    must_exist
        A missing order is a failure.
    rhythm
        When an order is read again; that of ``pace`` when not given.

    Attributes
    ----------
    state, why
        How current the follower is, and a word of explanation (empty when there is none).
    failure
        What ended it, once something has.
    sealed
        No more orders come.
    """

    def __init__(
        self,
        links: int,
        *,
        everything: bool = False,
        only: Collection[str] | None = None,
        must_exist: bool = False,
        pace: Pace | None = None,
        rhythm: Rhythm | None = None,
    ) -> None:
        self.state = State.CONNECTING if links else State.BEHIND
        self.why = ""
        self.failure: OrderwireError | None = None
        self.sealed = not everything
        self._links = links
        self._everything = everything
        self._only = only
        self._must_exist = must_exist
        self._pace = pace or Pace()
        self._rhythm = rhythm or self._pace.rhythm
        self._tracks: dict[str, Track] = {}
        self._up: set[int] = set()
        self._lost = False
        self._epoch = 0

    @property
    def finished(self) -> bool:
        """Whether all orders are final and no more come."""
        return self.sealed and all(track.done for track in self._tracks.values())

    @property
    def dropped(self) -> int:
        """How many changes came that were there already."""
        return sum(track.merge.dropped for track in self._tracks.values())

    @property
    def open(self) -> Mapping[str, int]:
        """The orders that are not final, with the version handed out last."""
        return {track.order_id: track.merge.version for track in self._open()}

    def track(self, order_id: str, *, after: int = 0) -> None:
        """Follow one more order, from the version after ``after``."""
        self._tracks.setdefault(order_id, Track(order_id, after=after))

    def track_new(self, order_id: str, now: float) -> None:
        """Follow an order that was submitted while all connections were up, so that every event of it comes.

        Its history is read only if it stays quiet; if the connection was lost meanwhile, at once.
        """
        due = now + self._pace.quiet if self._connected else 0.0
        self._tracks.setdefault(order_id, Track(order_id, synced=self._connected, due=due))

    def take(self, event: LinkEvent | ReadDone, now: float) -> Sequence[Arrival]:
        """Take one event; return what is to be handed out, in order."""
        arrivals: Sequence[Arrival] = ()
        match event:
            case Up(link, histories):
                self._up.add(link)
                self._epoch += 1
                self._read_soon(track for track in self._open() if not track.synced)
                arrivals = [arrival for history in histories for arrival in self._brought(history, now)]
            case Down(link, error, retry_in):
                self._up.discard(link)
                self._is_lost(error, retry_in)
                for track in self._open():
                    track.synced = False
            case Pushed(None):
                self._read_soon(self._open())
            case Pushed(Change() as change):
                arrivals = self._changed(change, now)
            case ReadDone():
                arrivals = self._was_read(event, now)
            case Broken(error):
                self.failure = error
        self._update_state()
        return arrivals

    def begin_reads(self, now: float) -> list[tuple[Track, int]]:
        """Return the orders whose history is to be read now, and the epoch to report with the outcome."""
        if self.state is State.CONNECTING:
            return []  # going live asks for every history anyway
        due = [track for track in self._open() if not track.reading and track.due <= now]
        for track in due:
            track.reading = True
        return [(track, self._epoch) for track in due]

    def next_due(self) -> float | None:
        """Return when ``begin_reads`` has something next, unless an event comes before; None for never."""
        if self.state is State.CONNECTING:
            return None
        return min((track.due for track in self._open() if not track.reading), default=None)

    def _changed(self, change: Change, now: float) -> Sequence[Arrival]:
        track = self._tracks.get(change.order_id)
        if track is None:
            if not self._everything or (self._only is not None and change.order_id not in self._only):
                return ()
            track = self._tracks[change.order_id] = Track(change.order_id, synced=True)
        return track.pushed(change, self._pace, now)

    def _brought(self, history: History, now: float) -> Sequence[Arrival]:
        """Take a history that a link brought when it went live, so that it need not be read."""
        track = self._tracks[history.order_id]
        if history.version == 0 and self._must_exist:
            self.failure = NotFound(history.order_id)
        return track.read(history, self._pace, self._rhythm, now, current=True)

    def _was_read(self, done: ReadDone, now: float) -> Sequence[Arrival]:
        track = self._tracks[done.order_id]
        track.reading = False
        arrivals: Sequence[Arrival] = ()
        # A read that began before the connection went live may lack what was published in between.
        current = self._connected and done.epoch == self._epoch
        took = done.took
        if not self._links and not isinstance(done.outcome, Unavailable | ServerFault):
            self._lost = False
        match done.outcome:
            case History() as history:
                arrivals = track.read(history, self._pace, self._rhythm, now, took=took, current=current)
            case NotFound() as error:
                track.absent(self._rhythm, now, took=took, current=current)
                if self._must_exist:
                    self.failure = error
            case Unavailable() | ServerFault() as error:
                delay = Backoff(self._pace.backoff_base, self._pace.backoff_cap, track.faults).next()
                if isinstance(error, Unavailable):
                    delay = max(delay, error.retry_after or 0.0)
                track.unread(delay, now)
                if not self._links:
                    self._is_lost(error, delay)
                if isinstance(error, ServerFault) and track.faults >= MAX_FAULTS:
                    self.failure = error
            case error:
                self.failure = error
        if self._connected and not current and not track.synced:
            track.due = now
        return arrivals

    def _read_soon(self, tracks: Iterable[Track]) -> None:
        for track in tracks:
            track.due = 0.0

    def _is_lost(self, error: OrderwireError | None, retry_in: float) -> None:
        self._lost = error is not None
        self.why = "" if error is None else f"{error} Trying again in {retry_in:.1f} s."

    def _update_state(self) -> None:
        if not self._connected:
            self.state = State.AWAY if self._lost else State.CONNECTING
        elif self._lost and not self._links:
            self.state = State.AWAY
        elif any(track.behind for track in self._tracks.values()):
            self.state, self.why = State.BEHIND, ""
        else:
            self.state, self.why = State.LIVE, ""

    @property
    def _connected(self) -> bool:
        return len(self._up) == self._links

    def _open(self) -> Iterable[Track]:
        return (track for track in self._tracks.values() if not track.done)
