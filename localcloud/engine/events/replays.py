"""Replays: an archive's events on their bus again, in the order of their times.

AWS replays minute by minute, and in no promised order within one. Here one event follows the other, and no
more are on their way than targets take: a replay of a hundred thousand needs no memory for them.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Final

from localcloud.deliveries.facade import Ended, Invocation, NoSuchResource, Position
from localcloud.engine.event_journal import EventJournal
from localcloud.engine.events.archives import Archives
from localcloud.engine.events.refusals import IllegalStatus, ReplayExists, not_valid
from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Record

logger = logging.getLogger("localcloud.deliveries")

MOST_UNDERWAY: Final = 200
"""Deliveries that a replay has not brought to their end."""
PATIENCE: Final = 5.0
"""Seconds without an end, after which it goes on all the same: a target may be away for a day."""
_NAME: Final = re.compile(r"[\.\-_A-Za-z0-9]{1,64}", re.ASCII)
_UNDER_WAY: Final = frozenset({"STARTING", "RUNNING"})


class Replays:
    """StartReplay and CancelReplay, in the place of MiniStack's; it keeps the records.

    Parameters
    ----------
    events
        MiniStack's module.
    """

    def __init__(self, events: EventBridge, archives: Archives, journal: EventJournal) -> None:
        self._events, self._archives = events, archives
        self._records = events.replays
        self._now = events.now_ts
        self._timestamp = events.coerce_timestamp
        self._scope = responses.request_scope
        self._account, self._region = events.get_account_id, events.get_region
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._underway: dict[str, int] = {}
        self._ended: dict[str, asyncio.Event] = {}
        self._unfinished: list[tuple[str, str, Record]] = []
        journal.on_start.append(self._note_begun)
        journal.on_ended.append(self._note_ended)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Replay on this event loop."""
        self._loop = loop

    def start(self, request: Record) -> Record:
        """Start a replay, and return the operation's result.

        Raises
        ------
        EventsError
        """
        name = str(request.get("ReplayName") or "")
        if not _NAME.fullmatch(name):
            raise not_valid("ReplayName", "It has 1 to 64 letters, digits, dots, dashes and underscores.")
        archive, bus = self._check(request)
        since, until = (
            self._timestamp(request.get(member) or 0) for member in ("EventStartTime", "EventEndTime")
        )
        if since >= until:
            raise not_valid("EventEndTime", "EventStartTime must be before EventEndTime.")
        if name in self._records:
            raise ReplayExists(f"Replay {name} already exists.")
        record = self._records[name] = {
            "ReplayName": name,
            "ReplayArn": f"arn:aws:events:{self._region()}:{self._account()}:replay/{name}",
            "Description": request.get("Description", ""),
            "EventSourceArn": request["EventSourceArn"],
            "EventStartTime": since,
            "EventEndTime": until,
            "Destination": request["Destination"],
            "State": "STARTING",
            "ReplayStartTime": self._now(),
        }
        self._begin(self._account(), self._region(), record, archive, bus)
        return {"ReplayArn": record["ReplayArn"], "State": "STARTING", "ReplayStartTime": self._now()}

    def cancel(self, request: Record) -> Record:
        """Stop a replay: what is on its way arrives.

        Raises
        ------
        EventsError
        """
        name = str(request.get("ReplayName") or "")
        record = self._records.get(name)
        if record is None:
            raise NoSuchResource(f"Replay {name} does not exist.")
        if record["State"] not in _UNDER_WAY:
            raise IllegalStatus(f"Replay {name} is not in a valid state for this operation.")
        record["State"] = "CANCELLED"
        record["ReplayEndTime"] = self._now()
        return {"ReplayArn": record["ReplayArn"], "State": "CANCELLING"}

    def describe(self, request: Record) -> Record:
        """Return how a replay is doing.

        Raises
        ------
        EventsError
        """
        name = str(request.get("ReplayName") or "")
        record = self._records.get(name)
        if record is None:
            raise NoSuchResource(f"Replay {name} does not exist.")
        return {member: value for member, value in record.items() if not member.startswith("_")}

    def find_left(self) -> None:
        """Take note of the replays that were cut off by the end of a process; MiniStack calls them FAILED."""
        for (account, region, _), record in list(self._records._data.items()):
            if record.pop("_UnderWay", False):
                record["State"] = "RUNNING"
                record.pop("ReplayEndTime", None)
                self._unfinished.append((account, region, record))

    def resume(self) -> None:
        """Go on with the replays that the end of the process before cut off, behind the last event."""
        unfinished, self._unfinished = self._unfinished, []
        for account, region, record in unfinished:
            with self._scope(account, region):
                archive, bus = self._check(record)
                self._begin(account, region, record, archive, bus)

    def close(self) -> None:
        """Stop, without a word: the next start goes on."""
        for task in self._tasks:
            task.cancel()

    def _check(self, request: Record) -> tuple[Record, str]:
        """Return archive and bus that a request names."""
        source = str(request.get("EventSourceArn") or "")
        resource = source.split(":", 5)[-1]
        if not source.startswith("arn:") or not resource.startswith("archive/"):
            raise not_valid("EventSourceArn", "Must contain an archive ARN.")
        archive = self._events.archives.get(resource.partition("/")[2])
        if archive is None or archive["ArchiveArn"] != source:
            reason = f"Archive {resource.partition('/')[2]} does not exist."
            raise not_valid("EventSourceArn", reason)
        destination = request.get("Destination") or {}
        bus = str(destination.get("Arn") or "")
        if not bus.startswith("arn:") or ":event-bus/" not in bus:
            raise not_valid("Destination.Arn", "Must contain an event bus ARN.")
        if bus != archive["EventSourceArn"]:
            raise not_valid("Destination.Arn", "Cross event bus replay is not permitted.")
        arns = {rule["Arn"] for rule in self._events.rules.values()}
        for rule in destination.get("FilterArns") or ():
            if rule not in arns:
                raise not_valid("Destination.FilterArns", f"Rule {rule} does not exist.")
        return archive, bus.partition(":event-bus/")[2]

    def _begin(self, account: str, region: str, record: Record, archive: Record, bus: str) -> None:
        if self._loop is None:
            raise RuntimeError("replays have no event loop yet")
        record["_UnderWay"] = True

        def begin() -> None:
            task = asyncio.get_running_loop().create_task(self._run(account, region, record, archive, bus))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._loop.call_soon_threadsafe(begin)

    async def _run(self, account: str, region: str, record: Record, archive: Record, bus: str) -> None:
        name = record["ReplayName"]
        self._ended[name] = asyncio.Event()
        record["State"] = "RUNNING"
        place = Position(*record["_Position"]) if "_Position" in record else None
        reading = self._archives.archived.read(
            archive["ArchiveArn"], record["EventStartTime"], record["EventEndTime"], place
        )
        try:
            for place, event in reading:
                if record["State"] != "RUNNING":
                    break
                with self._scope(account, region):
                    self._events.dispatch_event({**event, "EventBusName": bus, "ReplayName": name})
                record["EventLastReplayedTime"], record["_Position"] = place.time, list(place)
                # Deliveries begin in the loop's next round, and are counted there.
                await asyncio.sleep(0)
                await self._until_below(name, MOST_UNDERWAY)
            await self._until_below(name, 1)
            if record["State"] == "RUNNING":
                record["State"], record["ReplayEndTime"] = "COMPLETED", self._now()
        except Exception as error:
            logger.exception("EventBridge: the replay %s broke", name)
            record["State"], record["ReplayEndTime"] = "FAILED", self._now()
            record["StateReason"] = f"the local cloud broke: {type(error).__name__}"
        finally:
            if record["State"] not in _UNDER_WAY:
                record.pop("_UnderWay", None)
            self._underway.pop(name, None)
            self._ended.pop(name, None)

    async def _until_below(self, name: str, most: int) -> None:
        ended = self._ended[name]
        while self._underway.get(name, 0) >= most:
            ended.clear()
            try:
                await asyncio.wait_for(ended.wait(), PATIENCE)
            except TimeoutError:
                return

    def _note_begun(self, invocation: Invocation) -> None:
        name = invocation.event.get("replay-name")
        if name in self._ended:
            self._underway[name] = self._underway.get(name, 0) + 1

    def _note_ended(self, ended: Ended) -> None:
        name = ended.invocation.event.get("replay-name")
        if name in self._ended:
            self._underway[name] = self._underway.get(name, 0) - 1
            self._ended[name].set()
