"""What the machines of both protocols keep: where a connection is, and its subscriptions."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final, Literal

from localcloud.appsync.definition import JSON
from localcloud.appsync.serving.actions import End

MAX_SUBSCRIPTIONS: Final = 200


class SubscriptionState(Enum):
    """Where a connection is."""

    OPENED = auto()
    READY = auto()
    CLOSED = auto()


class Subscriptions:
    """The subscriptions of one connection, by the client's ids: starting, live, or not there.

    Examples
    --------
    >>> subscriptions = Subscriptions(most=1)
    >>> subscriptions.begin("1"), subscriptions.started("1"), subscriptions.states
    (None, True, {'1': 'live'})
    >>> subscriptions.begin("2")["message"]
    'Max number of 1 subscriptions reached'
    """

    def __init__(self, most: int = MAX_SUBSCRIPTIONS) -> None:
        self.states: dict[str, Literal["starting", "live"]] = {}
        self._most = most

    def begin(self, id_: str) -> dict[str, JSON] | None:
        """Take one up, and return None; or return the error that says why not."""
        if id_ in self.states:
            message = f"There is a subscription {id_} already."
            return {"errorType": "DuplicatedOperationError", "message": message}
        if len(self.states) >= self._most:
            message = f"Max number of {self._most} subscriptions reached"
            return {"errorType": "MaxSubscriptionsReachedError", "message": message}
        self.states[id_] = "starting"
        return None

    def started(self, id_: str) -> bool:
        """Take note that one is registered; False when it was ended meanwhile."""
        if self.states.get(id_) != "starting":
            return False
        self.states[id_] = "live"
        return True

    def end(self, id_: str) -> bool:
        """Forget one; False when there is none."""
        return self.states.pop(id_, None) is not None

    def clear(self) -> list[End]:
        """Forget all, and return what is to be done about them."""
        ended = [End(id_) for id_ in self.states]
        self.states.clear()
        return ended
