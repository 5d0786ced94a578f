"""CloudWatch Logs in the journal: groups and streams, and the events that PutLogEvents took.

What functions print is not among them: no caller was promised that it is kept.
"""

from __future__ import annotations

import json

from localcloud.engine.durable.services import Special
from localcloud.engine.ministack.cloudwatch_logs import CloudWatchLogs, cloudwatch_logs
from localcloud.engine.ministack.facade import read_all
from localcloud.engine.patching import Function, Record, Response
from localcloud.journal import Journal

EVENTS = "logs/events/"

Place = tuple[str, str, str]


def space_of(place: Place, stream: str) -> str:
    """Return the space of a stream's events; ``place`` is an account, a Region and a group."""
    return EVENTS + json.dumps([*place, stream])


class Logs:
    """Log groups, and which of their events have been written."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._module = cloudwatch_logs
        self._groups = cloudwatch_logs.log_groups
        self._spaces: set[str] = set()
        self._number = 0

    def special(self) -> Special:
        """Return how the service is written and restored."""
        return Special(self.state, self.load)

    def state(self) -> Record:
        """Return what is no event, and clear what was written of streams that are gone."""
        groups = type(self._groups)()
        live: set[str] = set()
        for place, group in self._groups.all_items():
            streams = group.get("streams") or {}
            live.update(space_of(place, name) for name in streams)
            groups._data[place] = {**group, "streams": {name: _head(part) for name, part in streams.items()}}
        for space in self._spaces - live:
            self._journal.clear(space)
        self._spaces &= live
        names = ("destinations", "resource_policies", "log_group_policies", "metric_filters")
        more = ("delivery_sources", "delivery_destinations", "deliveries")
        rest = read_all(self._module, (*names, *more))
        return {"log_groups": groups, **rest}

    def load(self, state: Record) -> None:
        """Restore groups, streams and events."""
        for place, group in state["log_groups"]._data.items():
            for name, stream in (group.get("streams") or {}).items():
                stream["events"] = self._take(place, name)
        self._module.load_persisted_state(state)

    def _take(self, place: Place, stream: str) -> list[Record]:
        space = space_of(place, stream)
        batches = self._journal.take(space)
        if batches:
            self._spaces.add(space)
            self._number = max(self._number, *map(int, batches))
        events = [event for batch in batches.values() for event in batch]
        records = self._module.log_records
        build = self._module.build_log_record
        for event in events:
            pointer = event["eventId"]
            records.set_scoped(
                place[0],
                place[1],
                pointer,
                build(
                    ptr=pointer,
                    timestamp_ms=event["timestamp"],
                    message=event["message"],
                    log_group=place[2],
                    log_stream=stream,
                ),
            )
        return sorted(events, key=lambda event: int(event["timestamp"]))

    def install(self) -> None:
        """Write each batch of events that is put."""
        append = self._module.append_log_events
        batches: list[list[Record]] = []

        def noting(stream: Record, events: list[Record]) -> None:
            append(stream, events)
            batches.append(events)

        @CloudWatchLogs.put_log_events.wrap
        def _(before: Function) -> Function:
            def put(data: Record) -> Response:
                # Nothing here waits, and requests are answered on one thread.
                self._module.append_log_events = noting
                try:
                    response: Response = before(data)
                finally:
                    self._module.append_log_events = append
                written, batches[:] = list(batches), []
                for events in written:
                    self._write(data, events)
                return response

            return put

    def _write(self, data: Record, events: list[Record]) -> None:
        place = (*self._groups._prefix(), data["logGroupName"])
        space = space_of(place, data["logStreamName"])
        self._spaces.add(space)
        self._number += 1
        self._journal.put(space, str(self._number), events)


def _head(stream: Record) -> Record:
    """Return a stream without its events, and without what follows from them."""
    return {name: value for name, value in stream.items() if name != "events"}
