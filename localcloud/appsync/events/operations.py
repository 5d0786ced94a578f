"""What a client of an Event API asks for over its WebSocket: the connection itself knows no channels."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from localcloud.appsync.errors import InternalFailure, RequestError
from localcloud.appsync.events.api import Asking, ServedEventApi
from localcloud.appsync.events.errors import error_of
from localcloud.appsync.events.frames import Publish, Subscribe
from localcloud.appsync.events.hub import EventHub
from localcloud.appsync.events.machine import EventConnectionMachine
from localcloud.appsync.serving.actions import Send
from localcloud.appsync.serving.connection import Ending
from localcloud.wire import Outbox

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EventOperations:
    """Begins the subscriptions of one connection, and publishes for it.

    Attributes
    ----------
    current
        Returns the API as it is defined now; each operation asks again.
    """

    machine: EventConnectionMachine
    hub: EventHub
    current: Callable[[], Awaitable[ServedEventApi]]
    source_ip: str

    async def begin(self, frame: Subscribe, outbox: Outbox, _end: object) -> Ending:
        """Authorize and register a subscription, and return what forgets it; only its client ends it."""
        api = await self.current()
        channel = await api.subscribe(frame.channel, Asking(frame.authorization, self.source_ip))
        return partial(self.hub.remove, self.hub.register(frame.id, channel, outbox))

    def refused(self, id_: str, problem: RequestError) -> list[Send]:
        """Return what the machine says to a refusal."""
        return self.machine.refused(id_, error_of(problem))

    async def publish(self, frame: Publish) -> list[Send]:
        """Authorize and publish, and return what the machine says to the outcome."""
        try:
            api = await self.current()
            asking = Asking(frame.authorization, self.source_ip)
            batch = await api.publish(self.hub, frame.channel, frame.events, asking)
        except RequestError as problem:
            return self.machine.unpublished(frame.id, error_of(problem))
        except Exception:
            log.exception("Events could not be published")
            return self.machine.unpublished(frame.id, error_of(InternalFailure()))
        return self.machine.published(frame.id, batch.successful, batch.failed)
