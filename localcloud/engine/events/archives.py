"""Archives: MiniStack keeps what they are, a file of ours what they hold."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Final

from localcloud.deliveries.facade import ArchivedEvents, NoSuchResource
from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.patching import Function, Record, Response

logger = logging.getLogger("localcloud.deliveries")
FILE: Final = "archives.sqlite"


class Archives:
    """Takes the place of MiniStack's lists in memory.

    Parameters
    ----------
    events
        MiniStack's module.

    Attributes
    ----------
    archived
        What the archives hold; opened when the first event comes, or a data folder has one.
    """

    def __init__(self, events: EventBridge) -> None:
        self._events = events
        self._records = events.archives
        self._matches = events.matches_pattern_view
        self._view = events.pattern_event_view
        self._account, self._region = events.get_account_id, events.get_region
        self._bus_name = events.event_bus_name_from_ref
        self._path: Path | None = None
        self._archived: ArchivedEvents | None = None

    @property
    def archived(self) -> ArchivedEvents:
        """What the archives hold."""
        if self._archived is None:
            self._archived = ArchivedEvents(self._path)
        return self._archived

    def keep_in(self, folder: Path) -> None:
        """Keep the events in a data folder; lists that an older release left are taken over."""
        self._path = folder / FILE
        for record in self._records.all_values():
            for event in record.pop("Events", ()):
                self._add(record, event)

    def close(self) -> None:
        """Close the file."""
        if self._archived is not None:
            self._archived.close()

    def install(self) -> None:
        """Take over from MiniStack."""
        EventBridge.archive_event.replace(self.archive)

        @EventBridge.create_archive.wrap
        def _(before: Function) -> Function:
            def create(request: Record) -> Response:
                source = str(request.get("EventSourceArn") or "")
                name, problem = self._bus_name(source)
                buses = self._events.event_buses
                if problem or (name != "default" and name not in buses):
                    refuse = self._events.error_response_json
                    reason = f"Event bus {name or source} does not exist."
                    refusal: Response = refuse(NoSuchResource.code, reason, 400)
                    return refusal
                created: Response = before(request)
                return created

            return create

        @EventBridge.delete_archive.wrap
        def _(before: Function) -> Function:
            def delete(request: Record) -> Response:
                record = self._records.get(request.get("ArchiveName"))
                deleted: Response = before(request)
                if record is not None and deleted[0] == 200:
                    self.archived.delete(record["ArchiveArn"])
                return deleted

            return delete

        @EventBridge.describe_archive.wrap
        def _(before: Function) -> Function:
            return lambda request: self._counted(before(request))

        @EventBridge.list_archives.wrap
        def _(before: Function) -> Function:
            return lambda request: self._all_counted(before(request))

    def archive(self, event: Record, view: Any = None) -> None:
        """Keep an event in each archive of its bus whose pattern it matches."""
        bus = event.get("EventBusName", "default")
        bus_arn = f"arn:aws:events:{self._region()}:{self._account()}:event-bus/{bus}"
        for record in self._records.values():
            if record.get("EventSourceArn") != bus_arn:
                continue
            pattern = record.get("EventPattern")
            if pattern:
                view = view or self._view(event)
                if not self._matches(pattern, view, f"archive {record['ArchiveName']}"):
                    continue
            self._add(record, event)

    def _add(self, record: Record, event: Record) -> None:
        days = int(record.get("RetentionDays") or 0)
        self.archived.add(record["ArchiveArn"], int(event.get("Time", 0)), event, days)

    def _counted(self, response: Response) -> Response:
        status, headers, body = response
        if status != 200:
            return response
        return status, headers, json.dumps(self._with_counts(json.loads(body))).encode()

    def _all_counted(self, response: Response) -> Response:
        status, headers, body = response
        document = json.loads(body)
        archives = [self._with_counts(record) for record in document.get("Archives", ())]
        return status, headers, json.dumps({**document, "Archives": archives}).encode()

    def _with_counts(self, record: Record) -> Record:
        arn = self._records[record["ArchiveName"]]["ArchiveArn"]
        content = self.archived.content(arn)
        return {**record, "EventCount": content.events, "SizeBytes": content.bytes}
