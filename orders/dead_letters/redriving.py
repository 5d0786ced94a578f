"""Lists, shows and redrives dead letters, for staff.

A letter is deleted after its work was done, never before, so that a kill in between loses nothing.
What is done twice then has no second effect: an order is started under its own name, a change is known by its
version, stock and money are given back once, and a parcel's report finds the order where it brought it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from orders.caller import Caller
from orders.dead_letters.model import (
    Described,
    Failure,
    Inspected,
    Letter,
    Place,
    Redriven,
    Way,
)
from orders.dead_letters.ports import Buses, Functions, Queues, Streams
from orders.dead_letters.reading import batch_of, change_of, describe, event_of
from orders.dead_letters.records import order_of, wanted
from orders.errors import DeadLettersNotFound, LetterStays, NotHandled, RecordsGone, StaffOnly
from orders.model import OrderId

LOOK_SECONDS = 10
"""For how long a letter is hidden while a reader looks at it."""
WORK_SECONDS = 120
"""The same, while it is handled again."""


@dataclass(frozen=True)
class Desk:
    """Where staff look after dead letters.

    Parameters
    ----------
    places
        All of the stack's.
    in_time
        Whether there is time for another letter; the rest is for the next call.
    """

    places: Sequence[Place]
    queues: Queues
    streams: Streams
    functions: Functions
    buses: Buses
    in_time: Callable[[], bool]

    def list_places(self, caller: Caller) -> list[Inspected]:
        """Return how each place is doing.

        Raises
        ------
        StaffOnly
        """
        _only_staff(caller)
        return [self._inspect(place) for place in self.places]

    def show(self, name: str, caller: Caller, *, limit: int) -> list[Described]:
        """Return letters of a place, the oldest first; they stay where they are.

        Raises
        ------
        StaffOnly, DeadLettersNotFound
        """
        place = self._place(name, caller)
        with _Looking(self.queues, place, LOOK_SECONDS) as looking:
            shown = [self._described(place, letter) for letter in looking.letters(limit, self.in_time)]
        return sorted(shown, key=lambda described: described.letter.sent_at)

    def redrive(
        self, name: str, caller: Caller, *, only: OrderId | None = None, dry_run: bool = False
    ) -> Redriven:
        """Put each letter back where it came from; with ``only``, those that name one order.

        Raises
        ------
        StaffOnly, DeadLettersNotFound
        """
        place = self._place(name, caller)
        if place.way is Way.MOVE and only is None:
            return self._move(place, dry_run=dry_run)
        matched, redriven = 0, 0
        failures: list[Failure] = []
        with _Looking(self.queues, place, LOOK_SECONDS if dry_run else WORK_SECONDS) as looking:
            for letter in looking.letters(None, self.in_time):
                contents = self._described(place, letter).contents
                if only is not None and only not in contents.orders:
                    continue
                matched += 1
                if contents.problem is not None:
                    failures.append(Failure(letter.message_id, contents.problem))
                elif not dry_run:
                    try:
                        done = self._handle(place, letter, only)
                    except LetterStays as error:
                        failures.append(Failure(letter.message_id, str(error)))
                        continue
                    redriven += 1
                    if done:
                        looking.delete(letter)
            return Redriven(matched, redriven, tuple(failures), more=looking.more)

    def _inspect(self, place: Place) -> Inspected:
        inspected = Inspected(place, self.queues.depth(place.url))
        if place.way is Way.MOVE:
            inspected = replace(inspected, move=self.queues.move(place.url))
        if inspected.depth == 0 or (inspected.move and inspected.move.active):
            # A move would miss what is hidden from it.
            return inspected
        letters = self.queues.take(place.url, seconds=LOOK_SECONDS)
        self.queues.give_back(place.url, letters)
        return replace(inspected, oldest_at=min((letter.sent_at for letter in letters), default=None))

    def _described(self, place: Place, letter: Letter) -> Described:
        attempts = self.queues.attempts(place.target) if place.way is Way.MOVE else None
        contents = describe(place, letter, attempts)
        batch = batch_of(letter) if place.way is Way.STREAM else None
        if batch is None:
            return Described(letter, contents)
        try:
            records = [record for record in self.streams.records(batch) if wanted(place.name, record)]
        except RecordsGone as error:
            return Described(letter, replace(contents, problem=str(error)))
        orders = tuple(dict.fromkeys(order_id for record in records if (order_id := order_of(record))))
        return Described(letter, replace(contents, orders=orders))

    def _move(self, place: Place, *, dry_run: bool) -> Redriven:
        running = self.queues.move(place.url)
        depth = self.queues.depth(place.url)
        if dry_run or (running and running.active) or depth == 0:
            return Redriven(depth, move=running if running and running.active else None)
        self.queues.start_move(place.url, place.target)
        return Redriven(depth, move=self.queues.move(place.url))

    def _handle(self, place: Place, letter: Letter, only: OrderId | None) -> bool:
        """Do a letter's work again; return whether all of it is done."""
        match place.way:
            case Way.MOVE:
                self.queues.send(place.target, letter)
            case Way.INVOKE:
                self.functions.handle(place.target, event_of(letter))
            case Way.EVENT:
                self.buses.put(place.target, event_of(letter))
            case Way.REPUBLISH:
                message = json.dumps(
                    {"channel": "webhook", "change": change_of(letter)}, separators=(",", ":")
                )
                self.queues.send(place.target, replace(letter, body=message, attributes={}))
            case Way.STREAM:
                return self._handle_records(place, letter, only)
        return True

    def _handle_records(self, place: Place, letter: Letter, only: OrderId | None) -> bool:
        batch = batch_of(letter)
        if batch is None:
            return False
        records = [record for record in self.streams.records(batch) if wanted(place.name, record)]
        chosen = [record for record in records if only is None or order_of(record) == only]
        answer = self.functions.handle(place.target, {"Records": chosen})
        if isinstance(answer, dict) and answer.get("batchItemFailures"):
            raise NotHandled("the function could not handle all of its records")
        return len(chosen) == len(records)

    def _place(self, name: str, caller: Caller) -> Place:
        _only_staff(caller)
        for place in self.places:
            if place.name == name:
                return place
        raise DeadLettersNotFound


class _Looking:
    """Takes a place's letters one after the other, and gives back in the end what was not deleted."""

    def __init__(self, queues: Queues, place: Place, seconds: int) -> None:
        self._queues = queues
        self._url = place.url
        self._seconds = seconds
        self._received: dict[str, Letter] = {}
        self.more = False

    def __enter__(self) -> _Looking:
        return self

    def __exit__(self, *error: object) -> None:
        self._queues.give_back(self._url, list(self._received.values()))

    def letters(self, limit: int | None, in_time: Callable[[], bool]) -> Iterator[Letter]:
        """Yield letters until there are no more, or enough, or no more time."""
        count = 0
        while limit is None or count < limit:
            if not in_time():
                self.more = True
                return
            letters = self._queues.take(self._url, seconds=self._seconds)
            fresh = [letter for letter in letters if letter.message_id not in self._received]
            self._received |= {letter.message_id: letter for letter in letters}
            if not fresh:
                return
            for letter in fresh if limit is None else fresh[: limit - count]:
                if not in_time():
                    self.more = True
                    return
                count += 1
                yield letter

    def delete(self, letter: Letter) -> None:
        """Delete a letter whose work is done."""
        self._queues.delete(self._url, letter)
        del self._received[letter.message_id]


def _only_staff(caller: Caller) -> None:
    if not caller.is_staff:
        raise StaffOnly("look after dead letters")
