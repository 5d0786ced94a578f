"""The follower's bookkeeping against any sequence of events that a network can make of the truth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from clients.book import MAX_FAULTS, Book
from clients.errors import NotFound, NotSignedIn, OrderwireError, ServerFault, Unavailable
from clients.link import Broken, Down, Pushed, Up
from clients.model import Change, History, Status
from clients.rhythm import Fixed, Growing, Rhythm
from clients.tracking import Pace, ReadDone, State
from tests.clients.conftest import PATIENT
from tests.examples import examples

LIFE = [
    Status.RECEIVED,
    Status.VALIDATED,
    Status.CONFIRMED,
    Status.PACKED,
    Status.SHIPPED,
    Status.DELIVERED,
]
PACE = Pace(gap_grace=0.1, quiet=5.0, quiet_cap=60.0, backoff_base=0.2, backoff_cap=20.0)
START = datetime(2026, 11, 20, 18, tzinfo=UTC)


def change(order: str, version: int) -> Change:
    return Change(order, "sub-ada", version, LIFE[version - 1], START + timedelta(seconds=version))


def history(order: str, upto: int, after: int = 0) -> History:
    return History(order, upto, tuple(change(order, v) for v in range(after + 1, upto + 1)))


@dataclass(frozen=True)
class StartedRead:
    """A read on its way: what it will answer was decided by the server at some moment since."""

    order: str
    epoch: int
    after: int
    version: int


class Network(RuleBasedStateMachine):
    """Changes happen; events of them arrive at any time, in any order, any number of times, or never."""

    reads = Bundle("reads")

    def __init__(self) -> None:
        super().__init__()
        self.book = Book(1, everything=True, pace=PACE)
        self.truth: dict[str, int] = {}
        self.out: dict[str, list[int]] = {}
        self.now = 100.0
        self.up = False
        for order in ("a", "b"):
            self.book.track(order)

    def _hand(self, event: Up | Down | Pushed | ReadDone) -> None:
        for arrival in self.book.take(event, self.now):
            self.out.setdefault(arrival.change.order_id, []).append(arrival.version)

    def _begin(self) -> list[StartedRead]:
        return [
            StartedRead(track.order_id, epoch, track.merge.version, self.truth.get(track.order_id, 0))
            for track, epoch in self.book.begin_reads(self.now)
        ]

    def _end(self, read: StartedRead, *, late: bool) -> None:
        upto = self.truth.get(read.order, 0) if late else read.version
        outcome = history(read.order, upto, read.after) if upto else NotFound(read.order)
        self._hand(ReadDone(read.order, read.epoch, outcome))

    @rule(order=st.sampled_from("abc"))
    def happen(self, order: str) -> None:
        self.truth[order] = min(self.truth.get(order, 0) + 1, len(LIFE))

    @precondition(lambda self: self.up and self.truth)
    @rule(data=st.data())
    def push(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(sorted(self.truth)))
        version = data.draw(st.integers(1, self.truth[order]))
        self._hand(Pushed(change(order, version)))

    @rule()
    def unreadable(self) -> None:
        self._hand(Pushed(None))

    @precondition(lambda self: not self.up)
    @rule()
    def connect(self) -> None:
        self.up = True
        self._hand(Up(0))

    @precondition(lambda self: self.up)
    @rule(renewed=st.booleans())
    def lose(self, renewed: bool) -> None:
        self.up = False
        self._hand(Down(0, None if renewed else Unavailable("gone"), 0.1))

    @rule(target=reads, seconds=st.sampled_from([0.0, 0.05, 0.2, 6.0, 100.0]))
    def read(self, seconds: float) -> object:
        self.now += seconds
        return tuple(self._begin())

    @rule(started=consumes(reads), late=st.booleans(), fails=st.booleans())
    def answer(self, started: tuple[StartedRead, ...], late: bool, fails: bool) -> None:
        for read in started:
            if fails:
                self._hand(ReadDone(read.order, read.epoch, Unavailable("busy")))
            else:
                self._end(read, late=late)

    @invariant()
    def every_version_once_and_in_order(self) -> None:
        for order, versions in self.out.items():
            assert versions == list(range(1, len(versions) + 1))
            assert len(versions) <= self.truth[order]

    @invariant()
    def live_means_nothing_is_missing_that_was_read(self) -> None:
        if self.book.state is State.LIVE:
            assert self.up

    def teardown(self) -> None:
        """Whatever happened: once the network works, every named version arrives in the end."""
        # Reads that never answered do not exist in practice: each ends, if only by a time-out.
        for track in self.book._tracks.values():
            if track.reading:
                self._hand(ReadDone(track.order_id, -1, Unavailable("timed out")))
        if not self.up:
            self._hand(Up(0))
        for _ in range(200):
            due = self.book.next_due()
            if due is None:
                break
            self.now = max(self.now, due)
            for read in self._begin():
                self._end(read, late=True)
        for order in {"a", "b"} & set(self.truth):
            assert self.out[order] == list(range(1, self.truth[order] + 1))
        if "c" in self.out:  # nobody named it: it is followed once an event of it came
            assert self.out["c"] == list(range(1, self.truth["c"] + 1))


TestNetwork = Network.TestCase
TestNetwork.settings = settings(PATIENT, max_examples=examples(150), stateful_step_count=40)


def _state(book: Book) -> State:
    """Read the state again: mypy would narrow it by the last assertion."""
    return book.state


def _live(*orders: str) -> Book:
    book = Book(1, pace=PACE)
    for order in orders:
        book.track(order)
    book.take(Up(0), 0.0)
    for track, epoch in book.begin_reads(0.0):
        book.take(ReadDone(track.order_id, epoch, history(track.order_id, 1)), 0.0)
    return book


def test_book_is_behind_until_history_is_read_after_going_live() -> None:
    book = Book(1, pace=PACE)
    book.track("a")
    assert (book.state, book.begin_reads(0.0)) == (State.CONNECTING, [])
    book.take(Up(0), 0.0)
    assert _state(book) is State.BEHIND
    ((track, epoch),) = book.begin_reads(0.0)
    assert book.begin_reads(0.0) == []
    book.take(ReadDone(track.order_id, epoch, history("a", 1)), 0.0)
    assert _state(book) is State.LIVE


def test_read_started_before_the_connection_does_not_count() -> None:
    book = _live("a")
    book.take(Down(0, Unavailable("gone")), 0.0)
    ((_, old),) = book.begin_reads(100.0)  # while away it goes on by reading
    book.take(Up(0), 100.0)
    book.take(ReadDone("a", old, history("a", 1)), 100.0)
    assert _state(book) is State.BEHIND
    ((_, new),) = book.begin_reads(100.0)
    book.take(ReadDone("a", new, history("a", 2, 1)), 100.0)
    assert _state(book) is State.LIVE


def test_going_live_again_reads_every_history_at_once() -> None:
    book = _live("a", "b")
    book.take(Down(0, None), 1.0)
    assert book.begin_reads(1.0) == []
    book.take(Up(0), 1.0)
    assert [track.order_id for track, _ in book.begin_reads(1.0)] == ["a", "b"]


def test_gap_is_read_when_it_does_not_close_by_itself() -> None:
    book = _live("a")
    assert book.take(Pushed(change("a", 3)), 1.0) == ()
    assert _state(book) is State.BEHIND
    assert book.begin_reads(1.05) == []
    assert [t.order_id for t, _ in book.begin_reads(1.1)] == ["a"]
    assert [a.version for a in book.take(Pushed(change("a", 2)), 1.2)] == [2, 3]
    assert _state(book) is State.LIVE


def test_quiet_order_is_read_at_growing_intervals() -> None:
    book = _live("a")
    now, waits = 0.0, []
    for _ in range(6):
        due = book.next_due()
        assert due is not None
        waits.append(due - now)
        now = due
        ((track, epoch),) = book.begin_reads(now)
        book.take(ReadDone(track.order_id, epoch, history("a", 1, 1)), now)
    assert waits == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]


def test_order_created_while_live_is_read_only_if_it_stays_quiet() -> None:
    book = _live("a")
    book.track_new("b", 1.0)
    assert _state(book) is State.LIVE
    assert book.begin_reads(1.0) == []
    assert [t.order_id for t, _ in book.begin_reads(6.0)] == ["a", "b"]


def test_order_created_while_disconnected_is_read_at_once() -> None:
    book = _live("a")
    book.take(Down(0, Unavailable("gone")), 1.0)
    book.track_new("b", 1.0)
    assert [t.order_id for t, _ in book.begin_reads(1.0)] == ["b"]


def test_book_is_finished_when_all_orders_are_final() -> None:
    book = _live("a", "b")
    for order in "ab":
        assert not book.finished
        for version in range(2, 7):
            book.take(Pushed(change(order, version)), 1.0)
    assert book.finished


def test_changes_of_unnamed_orders_are_ignored() -> None:
    assert _live("a").take(Pushed(change("z", 1)), 1.0) == ()


def test_named_orders_alone_are_followed_among_own_orders() -> None:
    book = Book(1, everything=True, only={"a"}, pace=PACE)
    book.take(Up(0), 0.0)
    assert book.take(Pushed(change("z", 1)), 1.0) == ()
    assert [a.version for a in book.take(Pushed(change("a", 1)), 1.0)] == [1]


def test_missing_order_is_awaited_unless_it_must_exist() -> None:
    for must_exist in (False, True):
        book = Book(1, must_exist=must_exist, pace=PACE)
        book.track("a")
        book.take(Up(0), 0.0)
        ((_, epoch),) = book.begin_reads(0.0)
        book.take(ReadDone("a", epoch, NotFound("a")), 0.0)
        assert isinstance(book.failure, NotFound) == must_exist
        assert _state(book) is State.LIVE


def test_repeatedly_failing_server_is_reported() -> None:
    book = _live("a")
    for faults in range(1, MAX_FAULTS + 1):
        book.take(Pushed(None), 100.0 * faults)
        ((_, epoch),) = book.begin_reads(100.0 * faults)
        book.take(ReadDone("a", epoch, ServerFault("broken")), 100.0 * faults)
        assert (book.failure is None) == (faults < MAX_FAULTS)


def test_permanent_error_ends_the_book() -> None:
    error = NotSignedIn("no")
    book = _live("a")
    book.take(Broken(error), 1.0)
    assert book.failure is error


# A book without links: of who polls.


def _polls(rhythm: Rhythm, *orders: str) -> Book:
    book = Book(0, pace=PACE, rhythm=rhythm)
    for order in orders:
        book.track(order)
    return book


def _polled(book: Book, now: float, outcome: History | OrderwireError) -> float:
    """Have the only order that is due read, and return in how many seconds it is due again."""
    ((track, epoch),) = book.begin_reads(now)
    book.take(ReadDone(track.order_id, epoch, outcome, 0.01), now)
    due = book.next_due()
    assert due is not None
    return due - now


def test_polling_is_live_once_every_order_was_read() -> None:
    book = _polls(Fixed(1.0), "a", "b")
    assert _state(book) is State.BEHIND
    for track, epoch in book.begin_reads(0.0):
        book.take(ReadDone(track.order_id, epoch, history(track.order_id, 1)), 0.0)
    assert _state(book) is State.LIVE


def test_polls_obey_retry_after_and_back_off() -> None:
    book = _polls(Growing(1.0, 20.0, draw=lambda: 0.5), "a")
    nothing = History("a", 1, (), retry_after=2.0)
    now, waits = 100.0, [_polled(_polls(Fixed(7.0), "a"), 0.0, history("a", 1))]
    waits.append(_polled(book, now, replace(history("a", 1), retry_after=2.0)))
    for _ in range(5):
        now += waits[-1]
        waits.append(_polled(book, now, nothing))
    assert waits == pytest.approx([7.0, 2.5, 5.0, 10.0, 20.0, 25.0, 25.0])
    now += waits[-1]
    assert _polled(book, now, replace(history("a", 2, 1), retry_after=2.0)) == 2.5  # news: begin again


def test_polls_of_a_missing_order_back_off() -> None:
    book = _polls(Growing(1.0, 20.0, draw=lambda: 0.0), "a")
    now, waits = 0.0, []
    for _ in range(4):
        waits.append(_polled(book, now, NotFound("a")))
        now += waits[-1]
    assert waits == [1.0, 2.0, 4.0, 8.0]


def test_failed_poll_is_shown_and_repeated_no_sooner_than_requested() -> None:
    book = _polls(Fixed(1.0), "a")
    assert 0 <= _polled(book, 0.0, Unavailable("busy")) <= PACE.backoff_base
    assert (_state(book), book.why[:20]) == (State.AWAY, "busy Trying again in")
    assert _polled(book, 1.0, Unavailable("busy", retry_after=9.0)) == 9.0
    _polled(book, 10.0, history("a", 1))
    assert (_state(book), book.why) == (State.LIVE, "")


def test_final_order_is_not_polled() -> None:
    book = _polls(Fixed(1.0), "a", "b")
    for track, epoch in book.begin_reads(0.0):
        upto = 6 if track.order_id == "a" else 1
        book.take(ReadDone(track.order_id, epoch, history(track.order_id, upto)), 0.0)
    assert [track.order_id for track, _ in book.begin_reads(100.0)] == ["b"]
    assert book.open == {"b": 1}


def test_answer_with_fewer_changes_than_its_version_is_requested_again() -> None:
    book = _polls(Fixed(60.0), "a")
    assert _polled(book, 0.0, History("a", 3, ())) == PACE.gap_grace


def test_link_that_delivers_history_needs_no_reads() -> None:
    book = Book(1, pace=PACE)
    book.track("a")
    book.track("b")
    arrivals = book.take(Up(0, (history("a", 2), history("b", 0))), 10.0)
    assert [(a.version, a.pushed) for a in arrivals] == [(1, False), (2, False)]
    assert (_state(book), book.begin_reads(10.0), book.next_due()) == (State.LIVE, [], 15.0)


def test_order_unknown_to_a_link_is_missing_if_it_must_exist() -> None:
    book = Book(1, must_exist=True, pace=PACE)
    book.track("a")
    book.take(Up(0, (history("a", 0),)), 0.0)
    assert isinstance(book.failure, NotFound)


def test_duplicate_changes_are_counted() -> None:
    book = _live("a")
    book.take(Pushed(change("a", 1)), 1.0)
    assert book.dropped == 1
