"""When each change was committed: the moment from which its receipt is timed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

import aiohttp

from clients import Change, Unavailable, reading
from compare.meter import number

Source = Literal["commit", "at"]
# Seconds since 1970, by order and version.
Times = Mapping[tuple[str, int], float]


class Commits(Protocol):
    """Anything that knows the times of commits."""

    async def times(self, versions: Mapping[str, int]) -> Times:
        """Return the times of all changes of some orders, as far as they are known.

        Parameters
        ----------
        versions
            How many changes each order has seen.
        """
        ...


class NoCommits:
    """Knows none: each change's own ``at`` is taken, when the workflow came to the state that writes it."""

    async def times(self, versions: Mapping[str, int]) -> Times:
        """Return nothing."""
        return {}


class EngineCommits:
    """What the local engine noted of the orders table.

    Parameters
    ----------
    address
        Its address, from the ready file.
    stream
        The ARN of the table's stream.
    """

    def __init__(self, address: str, stream: str) -> None:
        self._address = address
        self._stream = stream
        self._after: str | None = None
        self._times: dict[str, list[float]] = {}

    async def times(self, versions: Mapping[str, int]) -> Times:
        """Return the times of orders whose every change was noted.

        Each write of an order's state is one version of it, so the writes need only be counted; where there
        are more or fewer than versions, nothing is said of the order.

        Raises
        ------
        Unavailable
            The engine does not answer.
        """
        for order_id, time in await self._news():
            self._times.setdefault(order_id, []).append(time)
        return {
            (order_id, version): time
            for order_id, count in versions.items()
            if len(moments := self._times.get(order_id, [])) == count
            for version, time in enumerate(moments, 1)
        }

    async def _news(self) -> list[tuple[str, float]]:
        query = {"arn": self._stream} | ({} if self._after is None else {"after": self._after})
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session,
                session.get(self._address, params=query) as response,
            ):
                if response.status != 200:
                    raise Unavailable(f"{self._address} answers HTTP {response.status}.")
                document: object = await response.json()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(f"{self._address} does not answer ({type(error).__name__}).") from error
        data = reading.mapping(document, "commits")
        entries = [
            reading.mapping(entry, "commits[]") for entry in reading.sequence(data.get("commits"), "commits")
        ]
        if entries:
            self._after = reading.text(entries[-1].get("sequence"), "commits[].sequence")
        return [written for entry in entries if (written := state_written(entry)) is not None]


def state_written(entry: Mapping[str, object]) -> tuple[str, float] | None:
    """Return the order whose state a commit wrote, and when; None when it wrote something else.

    Examples
    --------
    >>> state_written({"time": 7.5, "keys": {"pk": {"S": "ORDER#4b0c"}, "sk": {"S": "STATE"}}})
    ('4b0c', 7.5)
    """
    keys = reading.mapping(entry.get("keys"), "commits[].keys")
    pk, sk = (reading.mapping(keys.get(name), f"keys.{name}").get("S") for name in ("pk", "sk"))
    if not isinstance(pk, str) or not pk.startswith("ORDER#") or sk != "STATE":
        return None
    return pk.removeprefix("ORDER#"), number(entry.get("time"), "commits[].time")


def committed(change: Change, times: Times) -> tuple[float, Source]:
    """Return when a change was committed, and how that is known."""
    moment = times.get((change.order_id, change.version))
    return (change.at.timestamp(), "at") if moment is None else (moment, "commit")
