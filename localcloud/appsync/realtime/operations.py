"""How a GraphQL subscription begins and ends: what the connection, which knows no GraphQL, is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from localcloud.appsync.api import ServedApi
from localcloud.appsync.errors import RequestError
from localcloud.appsync.realtime.frames import Start, data_prefix
from localcloud.appsync.realtime.groups import Subscription
from localcloud.appsync.realtime.hub import Hub
from localcloud.appsync.realtime.machine import GraphQLConnectionMachine
from localcloud.appsync.realtime.subscribing import SubscriptionRefused, subscribe
from localcloud.appsync.serving.actions import Send
from localcloud.appsync.serving.connection import CarryOut, Ending
from localcloud.wire import Outbox


@dataclass(frozen=True, slots=True)
class Subscribing:
    """Begins the subscriptions of one connection.

    Attributes
    ----------
    current
        Returns the API as it is defined now; each start asks again.
    """

    machine: GraphQLConnectionMachine
    hub: Hub
    current: Callable[[], Awaitable[ServedApi]]
    source_ip: str

    async def begin(self, start: Start, outbox: Outbox, end: CarryOut) -> Ending:
        """Authorize and register a subscription, and return what forgets it."""
        api = await self.current()
        subscribed = await subscribe(api, start, self.source_ip)
        subscription = Subscription(
            data_prefix(start.id), outbox, lambda: end(self.machine.invalidated(start.id))
        )
        group = self.hub.register(
            subscription,
            api=api,
            prepared=subscribed.prepared,
            filter_=subscribed.filter,
            invalidation=subscribed.invalidation,
        )
        return partial(self.hub.remove, group, subscription)

    def refused(self, id_: str, problem: RequestError) -> list[Send]:
        """Return what the machine says to a refusal."""
        if isinstance(problem, SubscriptionRefused):
            return self.machine.refused(id_, problem.errors)
        return self.machine.refused(id_, [{"errorType": problem.error_type, "message": problem.message}])
