"""Many subscribers and a few publishers, made to cost little: it runs in a process of its own.

Nothing is parsed that need not be: frames of one server have one length, so bytes show how many came.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import uvloop

from bench.servers import Endpoint
from bench.wire import PATIENCE, Publisher, Subscriber, full_note, publisher

AT_ONCE = 50  # handshakes
PUBLISHERS = 4  # a mutation each under way
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FanOut:
    """What came of a fan-out.

    Attributes
    ----------
    frames
        How many reached subscribers.
    length
        Bytes of each.
    """

    frames: int
    seconds: float
    length: int

    @property
    def rate(self) -> float:
        """Frames a second."""
        return self.frames / self.seconds


def fan_out(endpoint: Endpoint, subscribers: int, seconds: float) -> FanOut:
    """Publish as fast as the server answers, to everybody, for about so long."""
    return _run(_fan_out(endpoint, subscribers, seconds))


def paced(endpoint: Endpoint, subscribers: int, rate: float, count: int) -> list[float]:
    """Publish at a pace; return the milliseconds from each mutation's sending to each receipt."""
    return _run(_paced(endpoint, subscribers, rate, count))


def mutations(endpoint: Endpoint, connections: int, seconds: float) -> float:
    """Send mutations over some connections, each the next one once the last is answered; return the rate."""
    return _run(_mutations(endpoint, connections, seconds))


def idle(endpoint: Endpoint, subscribers: int, pid: int) -> tuple[int, int]:
    """Return the memory of a process in bytes, without subscribers and with them."""
    return _run(_idle(endpoint, subscribers, pid))


def _run(work: Coroutine[Any, Any, T]) -> T:
    return uvloop.run(work)


async def _fan_out(endpoint: Endpoint, subscribers: int, seconds: float) -> FanOut:
    crowd = Crowd(endpoint)
    await crowd.gather(subscribers)
    publishers = [await publisher(endpoint, full_note(endpoint)) for _ in range(PUBLISHERS)]
    length = await crowd.calibrate(publishers[0])
    # A first round warms up, and shows how many make the time full.
    took = await crowd.round(publishers, 8)
    events = max(8, int(8 * seconds / took))
    took = await crowd.round(publishers, events)
    crowd.leave()
    return FanOut(events * subscribers, took, length)


async def _paced(endpoint: Endpoint, subscribers: int, rate: float, count: int) -> list[float]:
    crowd = Crowd(endpoint)
    await crowd.gather(subscribers)
    poster = await publisher(endpoint, full_note(endpoint))
    await crowd.calibrate(poster)
    await crowd.round([poster], 3)
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number in range(count):
        await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
        crowd.sent = time.perf_counter()
        crowd.waits.append([])
        await crowd.round([poster], 1)
    crowd.leave()
    return [wait * 1000 for event in crowd.waits for wait in event]


async def _mutations(endpoint: Endpoint, connections: int, seconds: float) -> float:
    publishers = [await publisher(endpoint, "n") for _ in range(connections)]
    await asyncio.gather(*(poster.ask(20) for poster in publishers))
    start = time.perf_counter()
    ends = start + seconds

    async def ask(poster: Publisher) -> int:
        done = 0
        while time.perf_counter() < ends:
            await poster.ask(25)
            done += 25
        return done

    done = sum(await asyncio.gather(*(ask(poster) for poster in publishers)))
    return done / (time.perf_counter() - start)


async def _idle(endpoint: Endpoint, subscribers: int, pid: int) -> tuple[int, int]:
    # What the first ones bring about (modules, pools of memory) is no subscriber's own.
    first = Crowd(endpoint)
    await first.gather(20)
    before = resident(pid)
    crowd = Crowd(endpoint)
    await crowd.gather(subscribers)
    await asyncio.sleep(1)
    after = resident(pid)
    crowd.leave()
    first.leave()
    return before, after


def resident(pid: int) -> int:
    """Return the resident memory of a process in bytes."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123 - read in a loop's time
        line = next(line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024


class Crowd:
    """Subscribers of one server.

    Attributes
    ----------
    waits
        Of each event that was paced, the seconds until each receipt.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self.members: list[Subscriber] = []
        self.length = 0
        self.bytes = 0
        self.sent = 0.0
        self.waits: list[list[float]] = []
        self._wanted = 0
        self._enough = asyncio.Event()

    async def gather(self, count: int) -> None:
        """Connect and subscribe so many, some at once."""
        loop = asyncio.get_running_loop()
        port = self.endpoint.port
        async with asyncio.timeout(PATIENCE + count / 100):
            for start in range(0, count, AT_ONCE):
                some = [
                    Subscriber(self.endpoint, number, self.received)
                    for number in range(start, min(count, start + AT_ONCE))
                ]
                for member in some:
                    await loop.create_connection(lambda member=member: member, "127.0.0.1", port)  # type: ignore[misc]
                await asyncio.gather(*(member.live for member in some))
                self.members += some

    async def calibrate(self, poster: Publisher) -> int:
        """Publish once; return how long a frame is."""
        self.bytes = 0
        await poster.ask()
        async with asyncio.timeout(PATIENCE):
            while not all(member.received_bytes for member in self.members):  # noqa: ASYNC110 - once, at the beginning
                await asyncio.sleep(0.01)
        lengths = {member.received_bytes for member in self.members}
        if len(lengths) != 1:
            raise RuntimeError(f"frames of one event are {sorted(lengths)} bytes long")
        self.length = lengths.pop()
        return self.length

    async def round(self, publishers: Sequence[Publisher], events: int) -> float:
        """Publish so many events; return the seconds until the last subscriber has the last one."""
        self.bytes = 0
        self._wanted = events * len(self.members) * self.length
        self._enough.clear()
        start = time.perf_counter()
        parts = [events // len(publishers) + (n < events % len(publishers)) for n in range(len(publishers))]
        await asyncio.gather(
            *(poster.ask(part) for poster, part in zip(publishers, parts, strict=True) if part)
        )
        async with asyncio.timeout(PATIENCE):
            await self._enough.wait()
        return time.perf_counter() - start

    def received(self, member: Subscriber, count: int) -> None:
        """Count bytes that a subscriber received."""
        if self.length == 0:
            member.received_bytes += count
        self.bytes += count
        if self.waits:
            self.waits[-1].append(time.perf_counter() - self.sent)
        if self.bytes >= self._wanted:
            self._enough.set()

    def leave(self) -> None:
        """Disconnect all."""
        for member in self.members:
            member.transport.abort()
