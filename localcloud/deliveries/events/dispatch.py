"""An event for a target: its input, the way there, retries and dead letters."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from localcloud.deliveries.clock import Clock, SystemClock
from localcloud.deliveries.deliverer import Deliverer, Delivery
from localcloud.deliveries.events.connections import Authorizations
from localcloud.deliveries.events.dead_letters import DeadLetters
from localcloud.deliveries.events.destinations import ApiDestinations
from localcloud.deliveries.events.event import Invocation
from localcloud.deliveries.events.failures import INTERNAL_ERROR, INVALID_PARAMETER, unreached
from localcloud.deliveries.events.interfaces import CloudServices, DispatchJournal, Ended, NoReply, WebReply
from localcloud.deliveries.events.retries import Retries
from localcloud.deliveries.events.services import (
    to_bus,
    to_delivery_stream,
    to_function,
    to_log_group,
    to_machine,
    to_queue,
    to_stream,
    to_topic,
)
from localcloud.deliveries.events.web import to_gateway, to_graphql
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome, Unavailable

logger = logging.getLogger(__name__)

Send = Callable[[Invocation, str, CloudServices], Awaitable[Outcome]]
_SENDERS: Final[Mapping[str, Send]] = {
    "lambda": to_function,
    "sqs": to_queue,
    "sns": to_topic,
    "states": to_machine,
    "event-bus": to_bus,
    "logs": to_log_group,
    "kinesis": to_stream,
    "firehose": to_delivery_stream,
    "appsync": to_graphql,
    "execute-api": to_gateway,
}
API_DESTINATION: Final = "api-destination"
# The kinds of targets that are delivered to; `check` and the start name the others.
SERVED_TARGETS: Final = frozenset({*_SENDERS, API_DESTINATION})


class EventDispatcher:
    """Delivers events to targets; to be used on the event loop's thread."""

    def __init__(
        self,
        services: CloudServices,
        deliverer: Deliverer,
        journal: DispatchJournal,
        clock: Clock | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._services, self._deliverer, self._journal = services, deliverer, journal
        self._dead_letters = DeadLetters(services, deliverer)
        self._destinations = ApiDestinations(services, Authorizations(services, self._clock.now))

    def now(self) -> float:
        """Return this moment, as :attr:`Invocation.accepted` counts it."""
        return self._clock.now()

    async def call(self, invocation: Invocation) -> WebReply | Outcome:
        """Call an API destination once, and return its answer; an outcome where none comes."""
        return await self._destinations.call(invocation, invocation.payload)

    def dispatch(self, invocation: Invocation) -> None:
        """Begin a delivery."""
        self._journal.begin(invocation)
        last: list[Outcome] = []
        kind = invocation.target.arn.kind
        is_destination = kind == API_DESTINATION

        def age() -> float:
            return self._clock.now() - invocation.accepted

        def rest() -> float:
            return last[-1].after if isinstance(last[-1], Unavailable) else 0.0

        retries = Retries(invocation.target.retries, age, rest)

        async def attempt() -> Outcome:
            outcome = await self._attempt(invocation)
            last[:] = [outcome]
            self._journal.attempted(invocation, outcome, retries.attempts)
            if isinstance(outcome, Delivered):
                self._journal.ended(Ended(invocation, outcome, retries.attempts, None, age()))
            return outcome

        def bury(_reason: str) -> None:
            outcome = last[-1]
            if not isinstance(outcome, Delivered):

                def end(buried: bool | None) -> None:
                    self._journal.ended(Ended(invocation, outcome, retries.attempts, buried, age()))

                self._dead_letters.bury(invocation, outcome, (retries.exhausted, retries.attempts), end)

        self._deliverer.submit(
            Delivery(
                invocation.target.arn.text if is_destination else invocation.lane,
                attempt,
                retries,
                bury,
                per_second=self._destinations.rate(invocation.target.arn.text) if is_destination else None,
            )
        )

    async def _attempt(self, invocation: Invocation) -> Outcome:
        try:
            text = invocation.payload
            arn = invocation.target.arn
            if arn.kind == API_DESTINATION:
                return await self._destinations.send(invocation, text)
            send = _SENDERS.get(arn.kind)
            if send is None:
                return DeliveryRefused(
                    f"the local cloud delivers nothing to {arn.service}", INVALID_PARAMETER
                )
            if arn.kind != "event-bus" and not self._near(invocation):
                return DeliveryRefused(f"{arn.text} is of another account or Region", INVALID_PARAMETER)
            return await send(invocation, text, self._services)
        except NoReply as error:
            return unreached(error)
        except Exception:
            # A fault of ours must not make an event vanish.
            logger.exception("EventBridge: an attempt to deliver %s broke", invocation.id)
            return Unavailable("the local cloud broke, see its log", INTERNAL_ERROR)

    @staticmethod
    def _near(invocation: Invocation) -> bool:
        """Return whether a target is of the rule's account and Region: others take no events of rules."""
        arn, rule = invocation.target.arn, invocation.rule
        return arn.region in {"", rule.region} and arn.account in {"", rule.account}
