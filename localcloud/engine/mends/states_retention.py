"""Step Functions: how much of finished executions is kept, so that memory stays bounded."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterable

from localcloud.engine.mends.patching import Context, Function, Record, mend, original, wrap

KEEP_HISTORIES = 1_000
KEEP_RECORDS = 10_000
KEEP_NAMES = 500_000

Key = tuple[str, str, str]


class Retention:
    """Decides what is forgotten when one more execution has finished.

    Examples
    --------
    >>> kept = Retention(histories=1, records=2, names=9)
    >>> [kept.finished(("0", "r", arn)) for arn in ("a", "b", "c")][-1]
    ([('0', 'r', 'b')], [('0', 'r', 'a')])
    >>> kept.knows(("0", "r", "a"))
    True
    """

    def __init__(
        self, *, histories: int = KEEP_HISTORIES, records: int = KEEP_RECORDS, names: int = KEEP_NAMES
    ) -> None:
        self._histories, self._records, self._names = histories, records, names
        self._with_history: deque[Key] = deque()
        self._without_history: deque[Key] = deque()
        self._known: OrderedDict[Key, None] = OrderedDict()
        self._lock = threading.Lock()

    def finished(self, key: Key) -> tuple[list[Key], list[Key]]:
        """Note a finished execution; return whose history, and whose whole record, is to go."""
        stripped: list[Key] = []
        dropped: list[Key] = []
        with self._lock:
            self._with_history.append(key)
            while len(self._with_history) > self._histories:
                stripped.append(self._with_history.popleft())
                self._without_history.append(stripped[-1])
            while len(self._with_history) + len(self._without_history) > self._records:
                dropped.append(self._without_history.popleft())
                self._known[dropped[-1]] = None
            while len(self._known) > self._names:
                self._known.popitem(last=False)
        return stripped, dropped

    def forgotten(self) -> list[Key]:
        """Return the names whose records were dropped, oldest first."""
        with self._lock:
            return list(self._known)

    def remember(self, keys: Iterable[Key]) -> None:
        """Take names that were dropped before a stop."""
        with self._lock:
            self._known.update(dict.fromkeys(keys))

    def knows(self, key: Key) -> bool:
        """Whether a record of this name was dropped: it must not be used again."""
        return key in self._known


RETENTION = Retention()


@mend("states.retention")
def finished_executions_are_pruned(context: Context) -> None:
    """Keep the histories of the last 1,000 finished executions, and records of the last 10,000.

    AWS forgets after 90 days; MiniStack never does, 34 KB for an order. Names stay taken: that is
    what makes StartExecution idempotent.
    """
    from ministack.core import responses  # noqa: PLC0415
    from ministack.services import stepfunctions  # noqa: PLC0415

    account, region = original(responses, "get_account_id"), original(responses, "get_region")
    executions = original(stepfunctions, "_executions")

    @wrap(stepfunctions, "_run_execution")
    def _(before: Function) -> Function:
        def run(arn: str) -> None:
            try:
                before(arn)
            finally:
                stripped, dropped = RETENTION.finished((account(), region(), arn))
                for key in stripped:
                    record: Record | None = executions.get_scoped(*key)
                    if record:
                        record["events"] = record["events"][:1] + record["events"][-1:]
                for key in dropped:
                    executions.pop_scoped(*key, None)

        return run
