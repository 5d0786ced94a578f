"""What the resolvers of one request are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from strawberry.types import Info

from chalicelib.graphql.errors import TooManyResolvers
from orders.caller import Caller
from orders.origins import Orchestrator
from orders.ports import Approvals, Clock, OrderQueue, OrderStore
from orders.tracing.reading import Executions
from orders.tracing.spans import SpanStore
from orders.webhooks.ports import WebhookDesk

MAX_RESOLVERS = 1000
"""The template's `ResolverCountLimit`: aliases could ask for ten thousand reads at once."""


@dataclass(slots=True)
class Context:
    """The caller, and what there is to answer with.

    Attributes
    ----------
    queue, approvals, executions, spans, webhooks, orchestrator
        Return the companion's queue, what wakes workflows, what is kept of them and of traces, where webhooks
        are registered, and what runs an order that names nothing: most operations do without.
    """

    caller: Caller
    store: OrderStore
    queue: Callable[[], OrderQueue]
    approvals: Callable[[], Approvals]
    executions: Callable[[], Executions]
    spans: Callable[[], SpanStore]
    clock: Clock
    webhooks: Callable[[], WebhookDesk]
    orchestrator: Callable[[], Orchestrator]
    resolved: int = 0

    def count(self) -> None:
        """Count one resolver that reads or writes.

        Raises
        ------
        TooManyResolvers
        """
        self.resolved += 1
        if self.resolved > MAX_RESOLVERS:
            raise TooManyResolvers(MAX_RESOLVERS)


RequestInfo: TypeAlias = Info[Context, None]
