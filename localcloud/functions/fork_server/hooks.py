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
    """The hooks of those two modules: set aside by the parent, and put back by a fork once it forks itself.

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
        self._aside: list[tuple[list[Hook], int, Hook]] = []
        self._in_time: Hook = self._before_fork  # always the same object

    def set_aside(self) -> None:
        """Take them from the interpreter's lists, if this process has but one thread."""
        self.put_back()
        if len(os.listdir("/proc/self/task")) == 1:  # noqa: PTH208 - nothing to import
            for entries, hook in self._hooks:
                self._aside.append((entries, entries.index(hook), hook))
                entries.remove(hook)

    def put_back_in_time(self) -> None:
        """Have them put back before this process forks: few do, and lists have pages, too."""
        if self._aside:
            self._hooks[0][0].append(self._in_time)

    def put_back(self) -> None:
        """Have the lists as they were."""
        if self._aside:
            aside, self._aside = self._aside, []
            for entries, place, hook in reversed(aside):
                entries.insert(place, hook)
            before = self._hooks[0][0]
            if self._in_time in before:
                before.remove(self._in_time)

    def _before_fork(self) -> None:
        """Put them back, and run the one that the interpreter, which goes through a copy, misses."""
        if self._aside:
            self.put_back()
            self._hooks[0][1]()


def _list_with(hook: Hook) -> list[Hook]:
    """Return the interpreter's own list that has a hook; an empty one where that is not clear."""
    lists = [each for each in gc.get_referrers(hook) if type(each) is list and all(map(callable, each))]
    return lists[0] if len(lists) == 1 else []
