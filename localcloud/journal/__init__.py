"""A journal: what a process must find again after ``kill -9``, in a folder of its own.

The state that it keeps is a set of *spaces*, each an ordered dictionary from a key to JSON::

    journal = Journal.open(folder)              # reads what is there; drops a torn last frame
    for key, value in journal.take("queues").items():
        ...                                     # in the order in which the keys were first put
    journal.put("queues", "orders", {"delay": 0})       # in the file when it returns
    journal.delete("queues", "orders")
    journal.clear("queues")
    with journal.batch():                       # one frame: all of it is found again, or nothing
        journal.put("items", "a", 1)
        journal.put("stream", "001", ["a", 1])

*Durable* means: the bytes have left the process by ``write()``. They survive the end of the process,
however it ends; they do not survive a power cut, since nothing waits for the disk.

Owners put their name before their spaces: ``dynamodb/...``, ``sqs/...``, ``service/...`` (control
planes), ``states/...``. A list that grows (an execution's events) is a space of its own with a number
as key, zero-padded or not: order is the order of the first ``put``. A space that is no longer needed is
cleared, which costs one small record. Values are JSON; what else there is, its owner encodes.

A journal belongs to one process. The engine's is in ``DIR/engine``, that of the local cloud in
``DIR/cloud``. Every method may be called from any thread; a batch belongs to its thread, and must not
span an ``await``.

The format is in :mod:`localcloud.journal.frames`, compaction in :mod:`localcloud.journal.folding`.
"""

from __future__ import annotations

from localcloud.journal.errors import JournalError
from localcloud.journal.failing import end_the_process
from localcloud.journal.files import has_records
from localcloud.journal.journal import Journal, Json
from localcloud.journal.texts import text

__all__ = ["Journal", "JournalError", "Json", "end_the_process", "has_records", "text"]
