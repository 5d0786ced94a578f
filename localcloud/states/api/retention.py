"""How much of finished executions is kept, so that memory stays bounded.

AWS forgets after 90 days. Names stay taken, for that is what makes StartExecution idempotent.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

KEEP_HISTORIES = 1_000
KEEP_RECORDS = 10_000
KEEP_NAMES = 500_000


class Retention:
    """Decides what is forgotten when one more execution has ended.

    Examples
    --------
    >>> retention = Retention(histories=1, records=2, names=9)
    >>> [retention.ended(arn) for arn in ("a", "b", "c")][-1]
    (['b'], ['a'])
    >>> "a" in retention
    True
    """

    def __init__(
        self, *, histories: int = KEEP_HISTORIES, records: int = KEEP_RECORDS, names: int = KEEP_NAMES
    ) -> None:
        self._histories, self._records, self._names = histories, records, names
        self._with_history: OrderedDict[str, None] = OrderedDict()
        self._without_history: OrderedDict[str, None] = OrderedDict()
        self._forgotten: OrderedDict[str, None] = OrderedDict()

    def ended(self, arn: str) -> tuple[list[str], list[str]]:
        """Note an execution that has ended; return whose history, and whose record, is to go."""
        stripped: list[str] = []
        dropped: list[str] = []
        self._with_history[arn] = None
        while len(self._with_history) > self._histories:
            stripped.append(self._with_history.popitem(last=False)[0])
            self._without_history[stripped[-1]] = None
        while len(self._with_history) + len(self._without_history) > self._records:
            dropped.append(self._without_history.popitem(last=False)[0])
            self._forgotten[dropped[-1]] = None
        while len(self._forgotten) > self._names:
            self._forgotten.popitem(last=False)
        return stripped, dropped

    def redriven(self, arn: str) -> None:
        """Note an execution that runs again: it is kept until it has ended once more."""
        self._with_history.pop(arn, None)
        self._without_history.pop(arn, None)

    def forgotten(self) -> list[str]:
        """Return the names whose records were dropped, oldest first."""
        return list(self._forgotten)

    def remember(self, arns: Iterable[str]) -> None:
        """Take names whose records were dropped before a stop."""
        self._forgotten.update(dict.fromkeys(arns))

    def __contains__(self, arn: str) -> bool:
        return arn in self._forgotten
