"""Long polling: ask for the order, and have the server answer when there is something new."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import ClassVar

from clients.auth import TokenSource
from clients.follow import Follower
from clients.rest import MAX_WAIT
from clients.rhythm import AtOnce, Growing
from clients.settings import Settings
from clients.tracking import Pace, State
from clients.ways.polling import OrderReader, Polling


class LongPoll(Polling):
    """Follow by requests that wait, one for each order.

    Parameters
    ----------
    wait
        Seconds that the server may hold a request, at most ``MAX_WAIT``.
    at_once
        So many requests at a time. With more orders than that each waits for a second only, so that
        all get their turns.
    draw
        Numbers from 0 to 1, which keep clients from asking in step.
    """

    name: ClassVar[str] = "longpoll"

    def __init__(
        self,
        settings: Settings,
        tokens: TokenSource,
        *,
        pace: Pace | None = None,
        wait: int = MAX_WAIT,
        at_once: int = 32,
        draw: Callable[[], float] = random.random,
    ) -> None:
        if not 1 <= wait <= MAX_WAIT:
            raise ValueError(f"wait must be 1 to {MAX_WAIT} seconds")
        super().__init__(settings, tokens)
        self._pace = pace or Pace()
        self._wait = wait
        self._at_once = at_once
        self._draw = draw

    def follow(
        self,
        orders: Sequence[str],
        *,
        after: int = 0,
        must_exist: bool = False,
        on_state: Callable[[State, str], None] | None = None,
    ) -> Follower:
        """Return what follows these orders; see ``Way``."""

        def wait() -> int:
            return self._wait if len(follower.open) <= self._at_once else 1

        follower = Follower(
            OrderReader(self._rest, wait),
            self._tokens,
            (),
            orders=orders,
            after=after,
            must_exist=must_exist,
            pace=self._pace,
            rhythm=AtOnce(wait, Growing(self._pace.poll, self._pace.poll_cap, self._draw)),
            at_once=self._at_once,
            on_state=on_state,
        )
        return follower
