"""What is broken by hand, at its place in the campaign."""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from math import inf

from campaign.cloud import LocalCloud
from campaign.plan import Strike, StrikeKind
from campaign.relay import Relays
from campaign.weather import Fault, renewed

CUT_SHARE = 0.5
OUTAGES = (StrikeKind.RESTART, StrikeKind.KILL)


class Striker:
    """Carries strikes out when so many orders were accepted.

    Parameters
    ----------
    margin
        So many orders may be on their way when the whole cloud is struck.
    faults
        The document of calls that fail by chance, which a fresh start does not know.
    note
        Called with a line about each strike at the whole cloud.
    """

    def __init__(
        self,
        cloud: LocalCloud,
        relays: Relays,
        strikes: tuple[Strike, ...],
        *,
        seed: int,
        margin: int,
        faults: Fault,
        note: Callable[[str], None],
    ) -> None:
        self.done: Counter[str] = Counter()
        self.hits = 0
        self._cloud = cloud
        self._relays = relays
        self._strikes = list(strikes)
        self._chance = random.Random(seed)
        self._faults = faults
        self._note = note
        self._moved = asyncio.Event()
        self._struck = asyncio.Condition()
        self._margin = margin
        self._count = 0

    def answered(self, count: int) -> None:
        """Take note that so many orders were accepted or refused."""
        self._count = count
        self._moved.set()

    async def admit(self, number: int) -> None:
        """Return when purchase ``number`` may be handed in, so that each outage meets orders on their way."""
        async with self._struck:
            await self._struck.wait_for(lambda: number <= self._outage)

    @property
    def _outage(self) -> float:
        """The last purchase before the next outage."""
        outages = (strike.after for strike in self._strikes if strike.kind in OUTAGES)
        return next(outages, inf) + self._margin

    async def run(self) -> None:
        """Strike, in order, until all strikes are done; cancel to end."""
        while self._strikes:
            while self._count < self._strikes[0].after:
                self._moved.clear()
                await self._moved.wait()
            strike = self._strikes.pop(0)
            async with self._struck:
                self._struck.notify_all()
            await self._carry_out(strike)

    async def _carry_out(self, strike: Strike) -> None:
        match strike.kind:
            case StrikeKind.FUNCTION:
                killed = await asyncio.to_thread(self._cloud.kill_function, module_of(strike.function))
                self.done["environments killed"] += killed
            case StrikeKind.SOCKETS:
                self.done["sockets cut"] += self._relays.cut(CUT_SHARE, self._chance)
            case StrikeKind.RESTART:
                self.hits += await asyncio.to_thread(self._cloud.hits)
                await self._cloud.stop()
                await self._begin_again("stopped", "restarts")
            case StrikeKind.KILL:
                self.hits += await asyncio.to_thread(self._cloud.hits)
                await asyncio.to_thread(self._cloud.kill)
                await self._begin_again("killed", "kills of the whole cloud")

    async def _begin_again(self, how: str, counter: str) -> None:
        # In force before the executions go on, or those would meet none.
        faults = self._cloud.folder / "faults.json"
        faults.write_text(json.dumps(renewed(self._faults, len(self._cloud.starts))), "utf-8")
        await self._cloud.start(faults)
        self.done[counter] += 1
        seconds = self._cloud.starts[-1]
        self._note(f"the local cloud was {how} after {self._count} orders, and ready {seconds:.1f} s later")


def module_of(function: str) -> str:
    """Return the module of a function's handler.

    Examples
    --------
    >>> module_of("ReserveStock")
    'reserve_stock'
    """
    return re.sub(r"(?<!^)(?=[A-Z])", "_", function).lower()
