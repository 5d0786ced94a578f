"""``--data``: what is acknowledged is found again, however the process ends.

The journal (:mod:`localcloud.journal`, in ``DIR/engine``) holds the engine's *state*, never its requests:

- **what changes often** is written where it is committed, before the function that commits returns: items,
  stream records and transactions' tokens of DynamoDB (``items.py``), messages of SQS with all that a receive
  changes (``messages.py``). Whoever asked, by whatever door, on whatever thread;
- **control planes** (``services.py``) are compared with what was written before the answer to a request that
  may change them (``doors.py``): leaf by leaf, and only what differs is written;
- **objects** of S3, functions' code and the keys that sign tokens are files that MiniStack writes itself,
  each in place at once.

A start reads the journal and gives each service its state back (``Durable.restore``); it then goes on
writing behind it.
"""

from __future__ import annotations

from pathlib import Path

from localcloud.engine.durable.doors import Doors
from localcloud.engine.durable.executions import Executions
from localcloud.engine.durable.items import write_items
from localcloud.engine.durable.objects import Objects
from localcloud.engine.durable.queues import Queues
from localcloud.engine.durable.services import Services, Special
from localcloud.engine.durable.small import cognito, keep_code_until_the_next_start
from localcloud.engine.durable.stacks import settle_stacks
from localcloud.engine.durable.tables import Tables
from localcloud.journal import Journal
from localcloud.states.front import Service

__all__ = ["Durable", "Journal"]

# Owned by what is restored here: what nobody takes belongs to what is there no more.
OWN = ("dynamodb/", "sqs/")


class Durable:
    """The engine's journal, and everything that writes it."""

    def __init__(self, journal: Journal, service: Service) -> None:
        self.journal = journal
        self._tables = Tables(journal)
        self._queues = Queues(journal)
        self._objects = Objects()
        self._executions = Executions(journal, service)
        special = {
            "dynamodb": Special(self._tables.state, self._tables.load),
            "sqs": Special(self._queues.state, self._queues.load),
            "s3": Special(self._objects.state, self._objects.load),
            "stepfunctions": Special(self._executions.state, self._executions.load),
            "cognito": cognito(),
        }
        self._services = Services(journal, special)
        self._doors = Doors(self._services)

    @classmethod
    def open(cls, data: Path, service: Service) -> Durable:
        """Open the journal of a data folder; to be called when all mends are in place.

        Raises
        ------
        localcloud.journal.JournalError
            It is in use, damaged, or of a newer version.
        localcloud.engine.mends.patching.MendError
            MiniStack keeps its state in another way than it did.
        """
        return cls(Journal.open(data / "engine"), service)

    def restore(self) -> None:
        """Give the services their state back, and write from now on."""
        self._services.restore()
        settle_stacks()
        for space in (space for prefix in OWN for space in self.journal.spaces(prefix)):
            self.journal.clear(space)
        keep_code_until_the_next_start()
        write_items(self._tables)
        self._queues.install()
        self._objects.install()
        self._doors.install()
        self._services.check_all()

    def close(self) -> None:
        """Write what a clean stop keeps besides, and end."""
        self._doors.close()
        self._services.check_all()
        self._executions.write_ended()
        self.journal.close()
