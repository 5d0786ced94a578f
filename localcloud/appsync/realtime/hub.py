"""The live subscriptions of a GraphQL API, and the fan-out of an event to them.

Subscribers that asked the same, may see the same fields and have the same filter form a group. An event is
filtered, projected and encoded once for each group, and only the subscription id is spliced into each frame.
The events of one turn of the loop are written together: what costs most is the system call for each of them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Hashable
from typing import Final

from localcloud.appsync.api import Prepared, ServedApi
from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.published import PublishedEvent
from localcloud.appsync.measuring import ApiMeasures
from localcloud.appsync.realtime.groups import EventFilter, Group, Groups, Subscription
from localcloud.appsync.realtime.reloading import still_valid
from localcloud.wire.outbox import frame_header

MAX_EVENT_BYTES: Final = 240 * 1024
log = logging.getLogger(__name__)
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


def _hashable(filter_: EventFilter | None) -> Hashable:
    if filter_ is None or isinstance(filter_, Hashable):
        return filter_
    return id(filter_)


def _key(
    api: ServedApi, prepared: Prepared, filter_: EventFilter | None, invalidation: EventFilter | None
) -> Hashable:
    context = prepared.context
    return (
        api,  # after a reload the same text may mean another selection
        prepared.document.text,
        prepared.operation.node.name.value if prepared.operation.node.name else None,
        json.dumps(context.given_variables, sort_keys=True),
        context.caller.field_class,
        _hashable(filter_),
        _hashable(invalidation),
    )


class Hub:
    """The subscriptions of one API. It outlives the API's definition: a reload keeps subscribers.

    Attributes
    ----------
    measures
        Called with what happens here, where CloudWatch shows it.
    """

    def __init__(self, name: str) -> None:
        self.measures: ApiMeasures | None = None
        self._name = name
        self._groups: dict[str, Groups] = {}
        self._pending: dict[Group, list[bytes]] = {}

    def register(
        self,
        subscription: Subscription,
        *,
        api: ServedApi,
        prepared: Prepared,
        filter_: EventFilter | None,
        invalidation: EventFilter | None,
    ) -> Group:
        """Make a subscriber live, and return the group that it is in."""
        (root,) = prepared.plan.fields.values()
        key = _key(api, prepared, filter_, invalidation)
        groups = self._groups.setdefault(root.name, Groups())
        group = groups.get(key)
        if group is None:
            group = Group(key, api, prepared, root, filter_, invalidation)
            groups.add(group)
        group.members[subscription] = None
        if self.measures is not None:
            self.measures.subscribed()
        return group

    def remove(self, group: Group, subscription: Subscription) -> None:
        """Forget a subscriber."""
        group.members.pop(subscription, None)
        if self.measures is not None:
            self.measures.unsubscribed()
        if not group.members:
            self._groups[group.root.name].discard(group)

    def adopt(self, api: ServedApi) -> None:
        """Go on with a definition that has changed; a subscription that is not valid any more ends."""
        self.flush()
        for groups in self._groups.values():
            for group in groups:
                prepared = still_valid(group.prepared, api)
                if prepared is None:
                    for member in list(group.members):
                        member.invalidated()
                    continue
                groups.discard(group)
                group.api, group.prepared = api, prepared
                (group.root,) = prepared.plan.fields.values()
                group.key = _key(api, prepared, group.filter, group.invalidation)
                groups.add(group)

    def publish(self, event: PublishedEvent) -> int:
        """Send an event to its subscribers, and return their number."""
        sent = 0
        for name in event.subscriptions:
            if name in self._groups:
                for group in self._groups[name].wanting(event.payload):
                    sent += self._send(group, event)
        if sent and self.measures is not None:
            self.measures.published(sent)
        return sent

    def invalidate(self, field_name: str, payload: dict[str, JSON]) -> None:
        """End the subscriptions to a field whose invalidation filter the payload passes."""
        self.flush()  # the mutation that ends them may have published to them before
        for group in self._groups.get(field_name, ()):
            if group.invalidation is not None and group.invalidation.matches(payload):
                for member in list(group.members):
                    member.invalidated()

    def _send(self, group: Group, event: PublishedEvent) -> int:
        payload = group.project(event.payload)
        if len(payload) > MAX_EVENT_BYTES:
            log.error(
                "AppSync API %s: an event of %s for %s has %d bytes. AWS drops one over 240 KB in silence, "
                "and so %d subscriber(s) do not get it.",
                self._name, event.mutation, group.root.name, len(payload), len(group.members),
            )  # fmt: skip
            return 0
        if not self._pending:
            asyncio.get_running_loop().call_soon(self.flush)
        self._pending.setdefault(group, []).append(payload + b"}")
        return len(group.members)

    def flush(self) -> None:
        """Write what was published."""
        pending, self._pending = self._pending, {}
        for group, tails in pending.items():
            # The ids of a client are mostly of one length, and so are the headers of its frames.
            headers: dict[int, list[bytes]] = {}
            for member in list(group.members):
                prefix = member.prefix
                size = len(prefix)
                if size not in headers:
                    headers[size] = [frame_header(size + len(tail)) for tail in tails]
                if len(tails) == 1:
                    member.outbox.write(headers[size][0] + prefix + tails[0])
                else:
                    parts = zip(headers[size], tails, strict=True)
                    member.outbox.write(b"".join([header + prefix + tail for header, tail in parts]))

    def __len__(self) -> int:
        return sum(len(g.members) for groups in self._groups.values() for g in groups)
