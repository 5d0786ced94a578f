"""The data source ``AMAZON_EVENTBRIDGE``: ``PutEvents`` on one event bus."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from localcloud.appsync.datasources import documents, elements
from localcloud.appsync.datasources.engine import EngineHttp
from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.datasources.services import EVENTBRIDGE, call
from localcloud.appsync.definition import JSON, EventBridgeConfig

if TYPE_CHECKING:
    from localcloud.appsync.calls import FieldCall


def _seconds(text: str, path: str) -> float:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        msg = f"Unsupported value for field '{elements.place(path)}': an RFC 3339 timestamp is expected."
        raise RequestInvalid(msg) from None
    return at.replace(tzinfo=at.tzinfo or UTC).timestamp()


class EventBridgeSource:
    """Puts events, ``{source, detail, detailType, resources, time}`` each, on a bus."""

    def __init__(self, config: EventBridgeConfig, http: EngineHttp) -> None:
        self._bus = config.event_bus_arn
        self._http = http
        # arn:aws:events:REGION:…
        self._region = [*config.event_bus_arn.split(":"), *[""] * 4][3] or http.engine.region

    async def execute(self, request: JSON, _call: FieldCall) -> JSON:
        """Put the events and return ``{Entries, FailedEntryCount}``, as EventBridge does.

        Raises
        ------
        ServiceError
            ``EventBridge:`` and the code with which it refused the call as a whole.
        """
        document = documents.document(request)
        operation = documents.text(document, "operation")
        if operation != "PutEvents":
            msg = f"Unsupported operation '{operation}' for an EventBridge data source: PutEvents."
            raise RequestInvalid(msg)
        elements.check(document, elements.EVENTBRIDGE)
        entries = [
            self._entry(event, f"events[{index}].")
            for index, event in enumerate(documents.objects(document, "events"))
        ]
        answer = await call(self._http, EVENTBRIDGE, "PutEvents", {"Entries": entries}, self._region)
        return {"Entries": answer.get("Entries"), "FailedEntryCount": answer.get("FailedEntryCount")}

    def _entry(self, event: documents.Document, path: str) -> JSON:
        entry: documents.Document = {
            "EventBusName": self._bus,
            "Source": documents.text(event, "source", path),
            "DetailType": documents.text(event, "detailType", path),
            "Detail": json.dumps(documents.mapping(event, "detail", path)),
        }
        if event.get("resources") is not None:
            entry["Resources"] = documents.items(event, "resources", path)
        if event.get("time") is not None:
            entry["Time"] = _seconds(documents.text(event, "time", path), f"{path}time")
        return entry
