"""SQS in the journal: queues, their messages with their receipts, and what FIFO queues remember."""

from __future__ import annotations

import inspect
import uuid
from collections import deque
from typing import Any

from localcloud.engine.durable.leaves import fingerprint
from localcloud.engine.durable.messages import CHANGES, MESSAGES, Log, Message, Messages, Queue
from localcloud.engine.durable.plain import plain, restored
from localcloud.engine.mends.sqs_moves import wrap_moves
from localcloud.engine.ministack.facade import Patch
from localcloud.engine.ministack.sqs import SQS, sqs
from localcloud.engine.patching import Function, Record
from localcloud.journal import Journal

MEMORY, SENT = "sqs/fifo/", "sqs/sent/"
# A queue's own field for the name of its spaces: a queue that is created again has others.
FIELD = "journal_space"
# What changes with the messages of a FIFO queue, and is written with them; a dictionary of what was sent,
# for five minutes, is written entry by entry.
SENT_FIELD = "dedup_cache"
MEMORY_FIELDS = ("fifo_seq", "group_turns", "group_served", "receive_attempts")
APART = {"messages", SENT_FIELD, *MEMORY_FIELDS}
STEPS: tuple[Patch[Any], ...] = (SQS.collect_messages, SQS.sweep_dead_letters, SQS.expire_retained)


class Memory:
    """What of a FIFO queue's memory has been written."""

    def __init__(self, journal: Journal, space: str) -> None:
        self._journal = journal
        self._space = space
        self.marks: dict[str, int] = {}
        self.sent: dict[str, None] = {}
        self.expiry: deque[tuple[float, str]] = deque()

    def write_changes(self, queue: Record) -> None:
        """Write what an action has changed."""
        for name in MEMORY_FIELDS:
            if name in queue:
                mark = fingerprint(queue[name])
                if self.marks.get(name) != mark:
                    self.marks[name] = mark
                    self._journal.put(MEMORY + self._space, name, plain(queue[name]))
        sent: Record = queue.get(SENT_FIELD) or {}
        while self.expiry and self.expiry[0][1] not in sent:
            key = self.expiry.popleft()[1]
            del self.sent[key]
            self._journal.delete(SENT + self._space, key)
        for key in reversed(sent):
            if key in self.sent:
                break
            self.remember(key, sent[key])
            self._journal.put(SENT + self._space, key, plain(sent[key]))

    def remember(self, key: str, entry: Record) -> None:
        """Take an entry as written."""
        self.sent[key] = None
        self.expiry.append((entry["expire"], key))


class Queues:
    """SQS's queues, and what of them has been written."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._sqs = sqs
        self._queues = sqs.queues
        self._names = sqs.queue_name_to_url
        self._log = Log(journal)
        self._spaces: set[str] = set()

    # -- control plane ------------------------------------------------------------------------

    def state(self) -> Record:
        """Return what is no message: queues' definitions."""
        queues = type(self._names)()
        live: set[str] = set()
        for place, queue in self._queues.all_items():
            live.add(queue[FIELD])
            queues._data[place] = {name: value for name, value in queue.items() if name not in APART}
        for space in self._spaces - live:
            for kind in (MESSAGES, CHANGES, MEMORY, SENT):
                self._journal.clear(kind + space)
        self._spaces &= live
        return {"queues": queues, "queue_name_to_url": self._names}

    def load(self, state: Record) -> None:
        """Restore the queues with their messages."""
        for place, fields in state["queues"]._data.items():
            self._queues._data[place] = self._restored(fields)
        self._sqs.load_persisted_state({"queues": {}, "queue_name_to_url": state["queue_name_to_url"]})

    def _restored(self, fields: Record) -> Queue:
        space = fields[FIELD]
        self._spaces.add(space)
        sent = {key: restored(value) for key, value in self._journal.take(SENT + space).items()}
        memory = {key: restored(value) for key, value in self._journal.take(MEMORY + space).items()}
        queue = Queue({SENT_FIELD: sent, "fifo_seq": 0, **fields, **memory}, self._log, space)
        changes = self._journal.take(CHANGES + space)
        messages: list[Message] = []
        for key, value in self._journal.take(MESSAGES + space).items():
            message = Message(restored(value), self._log)
            change = restored(changes.get(key, {}))
            message.update(change)
            message.changed, message.space = set(change), space
            messages.append(message)
        dict.__setitem__(queue, "messages", Messages(messages, self._log, space))
        if queue["is_fifo"]:
            queue.fifo = Memory(self._journal, space)
            queue.fifo.marks = {name: fingerprint(value) for name, value in memory.items()}
            for key, entry in sent.items():
                queue.fifo.remember(key, entry)
        return queue

    # -- messages -----------------------------------------------------------------------------

    def install(self) -> None:
        """Write from now on.

        Raises
        ------
        localcloud.engine.patching.MendError
            MiniStack keeps its queues in another way than it did.
        """
        self._watch_queues()
        for step in STEPS:
            step.wrap(self._in_a_batch)
        wrap_moves(self._in_a_batch)
        handlers: dict[str, Function] = self._sqs.actions
        for name, action in list(handlers.items()):
            # The table is given the action that deliveries call by its name, too.
            if action is not SQS.send_message.current and not inspect.iscoroutinefunction(action):
                handlers[name] = self._in_a_batch(action, by_url=True)
        SQS.send_message.wrap(lambda before: self._in_a_batch(before, by_url=True))

    def _watch_queues(self) -> None:
        queues, queue_of = self._queues, self._wrapped

        class Watched(type(queues)):  # type: ignore[misc] # MiniStack's
            __slots__ = ()

            def __setitem__(self, url: str, queue: Record) -> None:
                super().__setitem__(url, queue_of(queue))

            def set_scoped(self, account: str, region: str, url: str, queue: Record) -> None:
                super().set_scoped(account, region, url, queue_of(queue))

        # Code that already holds the object keeps it.
        queues.__class__ = Watched

    def _wrapped(self, fields: Record) -> Queue:
        if isinstance(fields, Queue):
            return fields
        space = fields.get(FIELD) or uuid.uuid4().hex
        self._spaces.add(space)
        queue = Queue({**fields, FIELD: space}, self._log, space)
        if queue["is_fifo"]:
            queue.fifo = Memory(self._journal, space)
        return queue

    def _in_a_batch(self, before: Function, *, by_url: bool = False) -> Function:
        """Carry a step or an action out, and write all that it changes as one frame."""
        log, find = self._log, self._sqs.get_queue

        def run(*arguments: Any) -> Any:
            log.begin()
            try:
                return before(*arguments)
            finally:
                try:
                    queue = _queue_of(find, *arguments) if by_url else arguments[0]
                    memory = getattr(queue, "fifo", None)
                    if memory is not None:
                        memory.write_changes(queue)
                finally:
                    log.commit()

        return run


def _queue_of(find: Function, data: Record, url: str) -> Record | None:
    try:
        queue: Record = find(data.get("QueueUrl", url))
    except sqs.Error:
        return None
    return queue
