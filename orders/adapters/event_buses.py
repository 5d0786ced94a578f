"""`orders.dead_letters.ports.Buses` on EventBridge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from orders.errors import NotHandled

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef


class EventBridgeBuses:
    """Puts events again."""

    def __init__(self, client: EventBridgeClient) -> None:
        self._client = client

    def put(self, bus: str, event: Mapping[str, object]) -> None:
        """Put an event on a bus; source, type, detail and time are those that it had."""
        entry: PutEventsRequestEntryTypeDef = {
            "EventBusName": bus,
            "Source": str(event.get("source")),
            "DetailType": str(event.get("detail-type")),
            "Detail": json.dumps(event.get("detail")),
        }
        try:
            entry["Time"] = datetime.fromisoformat(str(event.get("time")))
            [result] = self._client.put_events(Entries=[entry])["Entries"]
        except ValueError as error:
            raise NotHandled("it is no event") from error
        except (ClientError, BotoCoreError) as error:
            raise NotHandled("the bus was not reached") from error
        if not result.get("EventId"):
            raise NotHandled(f"the bus refused it: {result.get('ErrorCode')}")
