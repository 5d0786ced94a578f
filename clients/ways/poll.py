"""Polling: ask for the order now and then."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import ClassVar

from clients.auth import TokenSource
from clients.follow import Follower
from clients.rhythm import Fixed, Growing, Rhythm
from clients.settings import Settings
from clients.tracking import Pace, State
from clients.ways.polling import OrderReader, Polling


class Poll(Polling):
    """Follow by asking: when the server says that it is worth it, and ever less often while nothing happens.

    Parameters
    ----------
    interval
        Seconds to ask again after where the server does not say; ``Pace.poll`` when not given.
    fixed
        Ask at that interval whatever the server says: the habit that others are compared with. What
        fails is still repeated ever less often.
    at_once
        So many requests at a time.
    draw
        Numbers from 0 to 1, which keep clients from asking in step.
    """

    name: ClassVar[str] = "poll-backoff"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        interval: float | None = None,
        fixed: bool = False,
        at_once: int = 16,
        draw: Callable[[], float] = random.random,
    ) -> None:
        if interval is not None and interval <= 0:
            raise ValueError("interval must be more than 0 seconds")
        super().__init__(settings, tokens)
        self._pace = pace or Pace()
        base = self._pace.poll if interval is None else interval
        self._rhythm: Rhythm = Fixed(base) if fixed else Growing(base, self._pace.poll_cap, draw)
        self._at_once = at_once

    def follow(
        self,
        orders: Sequence[str],
        *,
        after: int = 0,
        must_exist: bool = False,
        on_state: Callable[[State, str], None] | None = None,
    ) -> Follower:
        """Return what follows these orders; see ``Way``."""
        return Follower(
            OrderReader(self._rest),
            self._tokens,
            (),
            orders=orders,
            after=after,
            must_exist=must_exist,
            pace=self._pace,
            rhythm=self._rhythm,
            at_once=self._at_once,
            on_state=on_state,
        )


class PollFixed(Poll):
    """Follow by asking at a fixed interval, whatever the server says: the habit of many a client."""

    name: ClassVar[str] = "poll-fixed"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        interval: float | None = None,
    ) -> None:
        super().__init__(settings, tokens, pace=pace, interval=interval, fixed=True)
