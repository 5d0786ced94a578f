"""The place of EventBridge's deliveries in the engine: operations, resources, targets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from localcloud.deliveries.facade import (
    Deliverer,
    EventDispatcher,
    EventsError,
    Invocation,
    Rule,
    WebReply,
    parse_target,
    unfinished,
)
from localcloud.engine.asgi import Application
from localcloud.engine.event_journal import EventJournal
from localcloud.engine.events.archives import Archives
from localcloud.engine.events.connections import ConnectionSecrets
from localcloud.engine.events.formation import EventsFormation
from localcloud.engine.events.forwarding import Forwarding
from localcloud.engine.events.invoking import Invoking
from localcloud.engine.events.pending import PendingEvents
from localcloud.engine.events.putting import Putting
from localcloud.engine.events.replays import Replays
from localcloud.engine.events.rules import Rules
from localcloud.engine.events.services import EngineServices
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.eventbridge import EventBridge, eventbridge
from localcloud.engine.patching import Record, Response
from localcloud.engine.settings import Settings
from localcloud.journal import Journal

logger = logging.getLogger("localcloud.deliveries")


class EventsAdapter:
    """Puts deliveries between MiniStack's rules and their targets.

    Attributes
    ----------
    journal
        The listeners for deliveries: each adds itself.
    """

    def __init__(
        self, events: EventBridge, application: Application, gate: EngineGate, settings: Settings
    ) -> None:
        self._events = events
        self.journal = EventJournal()
        self._deliverer = Deliverer()
        services = EngineServices(application, gate, settings, Forwarding(events).forward)
        self.dispatcher = EventDispatcher(services, self._deliverer, self.journal)
        self._invoking = Invoking(events, self.dispatcher)
        self._rules = Rules(events)
        self._putting = Putting(events)
        self._archives = Archives(events)
        self._replays = Replays(events, self._archives, self.journal)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver on this event loop."""
        self._invoking.attach(loop)
        self._replays.attach(loop)

    def keep_in(self, journal: Journal) -> None:
        """Keep in the journal what has not come to its end."""
        pending = self._invoking.pending = PendingEvents(journal)
        self.journal.on_ended.append(pending.ended)
        self._archives.keep_in(journal.folder)
        self._replays.find_left()

    def resume(self) -> None:
        """Go on with what the process before had not brought to its end."""
        self._invoking.resume()
        self._replays.resume()

    def close(self) -> None:
        """Leave what is under way to the next start."""
        self._replays.close()

    async def call_destination(self, document: Record) -> Record:
        """Call an API destination for a pipe: its target's document, and the text as ``Input``.

        Returns
        -------
        Record
            ``status`` and ``body`` of the answer, or the ``reason`` why there is none.
        """
        try:
            target = parse_target({"Id": "pipe", **document["Target"]})
        except EventsError as error:
            return {"reason": str(error)}
        rule = Rule(str(document["Pipe"]), "pipe")
        reply = await self.dispatcher.call(Invocation(document["Event"], rule, target, 0.0, ""))
        if not isinstance(reply, WebReply):
            return {"reason": getattr(reply, "reason", "no answer")}
        return {"status": reply.status, "body": reply.body.decode("utf-8", "replace")}

    def stop(self) -> None:
        """End what waits for another attempt, and say so."""
        pending = self._deliverer.stop()
        if pending:
            durable = self._invoking.pending is not None
            logger.warning("EventBridge: %s", unfinished(pending, "targets", durable=durable))
        self._replays.close()
        self._archives.close()

    def install(self) -> None:
        """Take over from MiniStack."""
        events = self._events
        EventBridge.invoke_target.replace(self._invoking.invoke)
        EventBridge.put_events.replace(self._put_events)
        EventBridge.put_rule.replace(self._answering(self._rules.put_rule))
        EventBridge.put_targets.replace(self._answering(self._rules.put_targets))
        EventBridge.remove_targets.replace(self._answering(self._rules.remove_targets))
        EventBridge.start_replay.replace(self._answering(self._replays.start))
        EventBridge.cancel_replay.replace(self._answering(self._replays.cancel))
        EventBridge.describe_replay.replace(self._answering(self._replays.describe))
        self._archives.install()
        self._rules.install()
        ConnectionSecrets(events).install()
        EventsFormation(events, self._rules).install()

    def _put_events(self, request: Record, allow_aws_source: bool = False) -> Response:
        return self._answering(
            lambda document: self._putting.put(document, allow_aws_source=allow_aws_source)
        )(request)

    def _answering(self, operation: Callable[[Record], Record | Response]) -> Callable[[Record], Response]:
        answer = self._events.json_response
        refuse = self._events.error_response_json

        def handle(request: Record) -> Response:
            try:
                result = operation(request)
            except EventsError as error:
                refusal: Response = refuse(error.code, error.message, 400)
                return refusal
            if isinstance(result, tuple):
                return result
            response: Response = answer(result)
            return response

        return handle


def install(application: Application, gate: EngineGate, settings: Settings) -> EventsAdapter:
    """Put our deliveries in the place of MiniStack's; to be called after the mends.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack asks for EventBridge in another way than it did.
    """
    adapter = EventsAdapter(eventbridge, application, gate, settings)
    adapter.install()
    return adapter
