"""What the interpreter runs around a fork, and which part of it a parent with one thread can leave out.

`threading` and `logging` renew their locks in each fork, since another thread may have been within one.
The parent has no other thread. Doing it all the same has each fork write to some 110 pages of memory that
it could share with all others.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
from collections.abc import Callable

Hook = Callable[[], object]


class ForkHooks:
    """The hooks of those two modules: set aside by the parent, and put back by each fork, which may fork.

    They are looked for once, before the garbage collector has anything frozen: it shows nothing of that.
    """

    def __init__(self) -> None:
        hooks = [
            (_list_with(hook), hook)
            for module, name in (
                (logging, "_acquireLock"),
                (logging, "_releaseLock"),
                (logging, "_after_at_fork_child_reinit_locks"),
                (threading, "_after_fork"),
            )
            if (hook := vars(module).get(name)) is not None
        ]
        # Half of what `logging` does would leave its lock locked.
        complete = len(hooks) == 4 and all(entries for entries, _ in hooks)
        self._hooks = hooks if complete else []
        self._before: list[list[Hook]] = []

    def set_aside(self) -> None:
        """Take them from the interpreter's lists, if this process has but one thread."""
        if len(os.listdir("/proc/self/task")) == 1:  # noqa: PTH208 - nothing to import
            self._before = [list(entries) for entries, _ in self._hooks]
            for entries, hook in self._hooks:
                entries.remove(hook)

    def put_back(self) -> None:
        """Have the lists as they were."""
        for (entries, _), before in zip(self._hooks, self._before, strict=False):
            entries[:] = before
        self._before = []


def _list_with(hook: Hook) -> list[Hook]:
    """Return the interpreter's own list that has a hook; an empty one where that is not clear."""
    lists = [each for each in gc.get_referrers(hook) if type(each) is list and all(map(callable, each))]
    return lists[0] if len(lists) == 1 else []
