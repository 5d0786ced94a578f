"""Who may listen to what on the Event API, and who may publish: the table that the tests try."""

from __future__ import annotations

from dataclasses import dataclass

from tests.access.table import Caller, Outcome


@dataclass(frozen=True)
class ChannelRow:
    """An operation on channels, and what comes of it for each caller, in the order of `Caller`.

    ``{owner}`` and ``{order}`` stand for the owner's customer id and an order's id.
    """

    operation: str
    channel: str
    outcomes: tuple[Outcome, Outcome, Outcome, Outcome, Outcome]

    def outcome(self, caller: Caller) -> Outcome:
        """Return what comes of it for ``caller``."""
        return self.outcomes[list(Caller).index(caller)]


_YES, _NO = Outcome.DONE, Outcome.NOT_AUTHORIZED
_BELOW_OWN = (_YES, _NO, _YES, _NO, _NO)
CHANNEL_ROWS = (
    ChannelRow("subscribe", "/orders/{owner}/{order}", _BELOW_OWN),
    ChannelRow("subscribe", "/orders/{owner}/*", _BELOW_OWN),
    ChannelRow("subscribe", "/orders/*", (_NO, _NO, _YES, _NO, _NO)),
    ChannelRow("publish", "/orders/{owner}/{order}", (_NO, _NO, _NO, _YES, _YES)),
)
