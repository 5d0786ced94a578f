"""Details of events as the journal holds them: a value that is there already is not written again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.states.language.scope import ABSENT, Json

# The members whose values pass from event to event.
SHARED = ("input", "output", "parameters")
INPUT, LATEST = "i", "l"


class Values:
    """The values of one line of control, each written once.

    Parameters
    ----------
    data
        The execution's input.

    Attributes
    ----------
    latest
        The value that was written last, here or on the line around it.

    Examples
    --------
    >>> order = {"id": 1}
    >>> Values(order).written({"input": order, "name": "A"})
    ({'input': None, 'name': 'A'}, {'input': 'i'})
    """

    __slots__ = ("_data", "latest")

    def __init__(self, data: Json) -> None:
        self._data = data
        self.latest: Json = ABSENT

    def written(self, details: Mapping[str, Any]) -> tuple[dict[str, Json], dict[str, str]]:
        """Return details without the values that are known, and where those are."""
        written, known = dict(details), dict[str, str]()
        for name in SHARED:
            if name not in written:
                continue
            value = written[name]
            if value is self._data:
                known[name] = INPUT
            elif value is self.latest:
                known[name] = LATEST
            if name in known:
                written[name] = None
            self.latest = value
        return written, known

    def read(self, written: dict[str, Json], known: Mapping[str, str]) -> dict[str, Json]:
        """Return the details that were written; the opposite of :meth:`written`."""
        for name in SHARED:
            if name not in written:
                continue
            if name in known:
                written[name] = self._data if known[name] == INPUT else self.latest
            self.latest = written[name]
        return written
