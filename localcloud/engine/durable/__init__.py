"""``--data``: what is acknowledged is found again, however the process ends.

The journal (:mod:`localcloud.journal`, in ``DIR/engine``) holds the engine's *state*, never its requests:

- **what changes often** is written where it is committed, before the function that commits returns: items,
  stream records and transactions' tokens of DynamoDB (``items.py``), messages of SQS with all that a receive
  changes (``messages.py``). This holds for every caller, endpoint and thread;
- **control planes** (``services.py``) are compared with what was written before the answer to a request that
  may change them (``requests.py``): leaf by leaf, and only what differs is written;
- **objects** of S3, functions' code and the keys that sign tokens are files that MiniStack writes itself,
  each in place at once;
- **what runs** (executions, deliveries that wait for another attempt) is written by our own services
  (``Keeper``), and goes on once the local cloud is ready.

A start reads the journal and gives each service its state back (``Durable.restore``); it then goes on
writing behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from localcloud.engine.durable.items import write_items
from localcloud.engine.durable.logs import Logs
from localcloud.engine.durable.objects import Objects
from localcloud.engine.durable.queues import Queues
from localcloud.engine.durable.requests import DurableRequests
from localcloud.engine.durable.services import DurableServices, Special
from localcloud.engine.durable.small import cognito, keep_code_until_the_next_start
from localcloud.engine.durable.stacks import settle_stacks
from localcloud.engine.durable.tables import Tables
from localcloud.engine.mends.sqs_moves import resume_moves
from localcloud.journal import Journal

__all__ = ["Durable", "Journal"]

# Owned by what is restored here: what remains belongs to something that no longer exists.
OWN = ("dynamodb/", "sqs/", "logs/")


class Keeper(Protocol):
    """A service of ours, which writes itself what it has to find again."""

    def keep_in(self, journal: Journal) -> None:
        """Read what the journal holds, and write from now on."""

    def resume(self) -> None:
        """Go on with what the end of the process cut off: what it calls is there by now."""

    def close(self) -> None:
        """Write what is left to write, and no more: what happens from now on is the process's own end."""


class Durable:
    """The engine's journal, and everything that writes it.

    Parameters
    ----------
    keepers
        Services of ours.
    """

    def __init__(self, journal: Journal, keepers: Sequence[Keeper]) -> None:
        self.journal = journal
        self._keepers = keepers
        self._tables = Tables(journal)
        self._queues = Queues(journal)
        self._objects = Objects()
        self._logs = Logs(journal)
        special = {
            "dynamodb": Special(self._tables.state, self._tables.load),
            "sqs": Special(self._queues.state, self._queues.load),
            "s3": Special(self._objects.state, self._objects.load),
            # It is a keeper.
            "stepfunctions": Special(dict, lambda _state: None),
            "kinesis": Special(dict, lambda _state: None),
            "cognito": cognito(),
            "cloudwatch_logs": self._logs.special(),
        }
        self._services = DurableServices(journal, special)
        self._doors = DurableRequests(self._services)

    @classmethod
    def open(cls, data: Path, keepers: Sequence[Keeper]) -> Durable:
        """Open the journal of a data folder; to be called when all mends are in place.

        Raises
        ------
        localcloud.journal.JournalError
            It is in use, damaged, or of a newer version.
        localcloud.engine.patching.MendError
            MiniStack keeps its state in another way than it did.
        """
        return cls(Journal.open(data / "engine"), keepers)

    def restore(self) -> None:
        """Give the services their state back, and write from now on."""
        self._services.restore()
        for keeper in self._keepers:
            keeper.keep_in(self.journal)
        settle_stacks()
        for space in (space for prefix in OWN for space in self.journal.spaces(prefix)):
            self.journal.clear(space)
        keep_code_until_the_next_start()
        write_items(self._tables)
        self._queues.install()
        self._objects.install()
        self._logs.install()
        self._doors.install()
        self._services.check_all()

    def resume(self) -> None:
        """Go on with what the end of the process cut off."""
        for keeper in self._keepers:
            keeper.resume()
        resume_moves()

    def rest(self) -> None:
        """Write nothing more of what runs: it goes on at the next start, as after ``kill -9``."""
        for keeper in self._keepers:
            keeper.close()

    def close(self) -> None:
        """End."""
        self._doors.close()
        self._services.check_all()
        self.journal.close()
