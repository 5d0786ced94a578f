"""The webhook channel: each change once to the SNS topic of a customer who has endpoints.

Whether there are any is read for each change, or once for a batch of them (`for_batch`): a read costs
a quarter of a publish, for no endpoint of most customers' orders. It also says which endpoints to
sign for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from orders.adapters.sns import SnsPosts, publish
from orders.errors import PublishFailed, TryAgain
from orders.model import CustomerId, OrderStatusChanged
from orders.webhooks.messages import change_message
from orders.webhooks.model import Webhook
from orders.webhooks.ports import MasterKey


class Endpoints(Protocol):
    """What this channel needs to know of webhooks."""

    def prepare(self) -> None:
        """Load what the first read needs."""
        ...

    def webhooks(self, customer_id: CustomerId, *, deadline: float) -> Sequence[Webhook]:
        """Return a customer's endpoints, before ``deadline``."""
        ...

    def close(self) -> None:
        """Close what is kept open."""
        ...


class BatchEndpoints:
    """Reads each customer's endpoints once for a batch of changes.

    All of them happened before the batch was there, so an endpoint that was registered before one of them
    is in what is read now. A failed read is not remembered.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._read: dict[CustomerId, Sequence[Webhook]] = {}

    def prepare(self) -> None:
        """Load what the first read needs."""
        self._endpoints.prepare()

    def webhooks(self, customer_id: CustomerId, *, deadline: float) -> Sequence[Webhook]:
        """Return a customer's endpoints, before ``deadline`` where they are not read yet."""
        if customer_id not in self._read:
            self._read[customer_id] = self._endpoints.webhooks(customer_id, deadline=deadline)
        return self._read[customer_id]

    def close(self) -> None:
        """Close what is kept open."""
        self._endpoints.close()


class WebhookChannel:
    """Publishes to SNS, which notifies the customer's endpoints.

    Parameters
    ----------
    endpoints : Endpoints
        Looks up a customer's endpoints.
    posts : SnsPosts
        Sends to SNS.
    master : MasterKey
        What each endpoint's secret is derived from.
    now : callable
        Seconds since 1970: what a receiver compares its own clock with.
    """

    name = "webhook"
    deadline = 1.0

    def __init__(
        self,
        endpoints: Endpoints,
        posts: SnsPosts,
        master: MasterKey,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._endpoints = endpoints
        self._posts = posts
        self._master = master
        self._now = now

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._endpoints.prepare()
        self._posts.prepare()

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        """Publish ``change`` to the topic of its customer's endpoints, if there are any.

        Raises
        ------
        PublishFailed, PublishLate
        """
        webhooks = [
            webhook
            for webhook in self._endpoints.webhooks(change.customer_id, deadline=deadline)
            if webhook.hears and (not webhook.statuses or change.status in webhook.statuses)
        ]
        if not webhooks:
            return
        try:
            master = self._master.read()
        except TryAgain as error:
            raise PublishFailed(str(error)) from error
        attributes = {"customerId": change.customer_id, "status": change.status.value}
        # One topic, unless topics were added while a customer had endpoints and none of them was left.
        for topic in dict.fromkeys(webhook.topic for webhook in webhooks):
            group = [webhook for webhook in webhooks if webhook.topic == topic]
            message = change_message(change, group, master, time=int(self._now()))
            publish(self._posts, topic, message, attributes, deadline=deadline)

    def for_batch(self) -> WebhookChannel:
        """Return this channel for one batch of changes; connections are shared."""
        return WebhookChannel(BatchEndpoints(self._endpoints), self._posts, self._master, now=self._now)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._endpoints.close()
        self._posts.close()
