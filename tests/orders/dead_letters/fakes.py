"""Queues, a stream and functions in memory, that may fail where a test says so."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from orders.dead_letters.model import Letter, Move, StreamBatch
from orders.dead_letters.ports import Record
from orders.errors import NotHandled, RecordsGone
from orders.model import OrderId, Timestamp

AT = Timestamp("2026-11-20T18:00:00.000Z")
ORDER_ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
OTHER = OrderId("4b0c0f7e-8a53-4c57-9d62-0d9d1d3a8f10")


class Killed(BaseException):
    """The process ends here: nothing catches it."""


@dataclass
class MemoryQueues:
    """Queues by their URLs; ``hidden`` has the messages in flight."""

    letters: dict[str, list[Letter]] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    moves: dict[str, Move] = field(default_factory=dict)
    # Called before a message is deleted.
    before_delete: Callable[[Letter], None] = lambda letter: None
    _count: int = 0

    def put(self, url: str, body: object, at: Timestamp = AT, **attributes: str) -> Letter:
        self._count += 1
        text = body if isinstance(body, str) else json.dumps(body)
        letter = Letter(f"m{self._count}", f"r{self._count}", text, at, attributes)
        self.letters.setdefault(url, []).append(letter)
        return letter

    def bodies(self, url: str) -> list[str]:
        return [letter.body for letter in self.letters.get(url, [])]

    def show_hidden(self) -> None:
        """Let the visibility timeouts of a worker that died end."""
        self.hidden.clear()

    def depth(self, url: str) -> int:
        return len(self.letters.get(url, []))

    def attempts(self, url: str) -> int | None:
        return 5

    def take(self, url: str, *, seconds: int) -> Sequence[Letter]:
        letters = [letter for letter in self.letters.get(url, []) if letter.message_id not in self.hidden][
            :10
        ]
        self.hidden |= {letter.message_id for letter in letters}
        return letters

    def give_back(self, url: str, letters: Sequence[Letter]) -> None:
        self.hidden -= {letter.message_id for letter in letters}

    def delete(self, url: str, letter: Letter) -> None:
        self.before_delete(letter)
        self.letters[url].remove(letter)

    def send(self, url: str, letter: Letter) -> None:
        self.letters.setdefault(url, []).append(replace(letter, receipt="new"))

    def start_move(self, source: str, target: str) -> None:
        self.moves[source] = Move("RUNNING", 0, len(self.letters.get(source, [])), AT)

    def move(self, source: str) -> Move | None:
        return self.moves.get(source)


@dataclass
class MemoryStreams:
    """A stream's records by their sequence numbers."""

    kept: dict[int, Record] = field(default_factory=dict)

    def put(self, number: int, order: OrderId, *, old: str = "CONFIRMED", new: str = "CANCELLED") -> None:
        self.kept[number] = {
            "eventName": "MODIFY",
            "dynamodb": {
                "SequenceNumber": str(number),
                "Keys": {"pk": {"S": f"ORDER#{order}"}, "sk": {"S": "STATE"}},
                "OldImage": {"status": {"S": old}},
                "NewImage": {"status": {"S": new}},
            },
        }

    def records(self, batch: StreamBatch) -> Sequence[Record]:
        numbers = range(int(batch.first), int(batch.last) + 1)
        if numbers[0] not in self.kept:
            raise RecordsGone
        return [self.kept[number] for number in numbers if number in self.kept]


@dataclass
class MemoryFunctions:
    """Functions that note what they are handed."""

    handled: list[tuple[str, object]] = field(default_factory=list)
    broken: bool = False
    answer: object = None

    def handle(self, arn: str, event: object) -> object:
        if self.broken:
            raise NotHandled("the function failed again: ValueError")
        self.handled.append((arn, event))
        return self.answer


@dataclass
class MemoryBuses:
    """Buses that note what is put on them."""

    events: list[tuple[str, object]] = field(default_factory=list)
    refused: Sequence[object] = ()

    def put(self, bus: str, event: Mapping[str, object]) -> None:
        if event in self.refused:
            raise NotHandled("it is no event")
        self.events.append((bus, event))
