"""The groups of subscribers to one field, found by what an event holds.

Most subscribers follow something of their own (an order, a room) by an argument, so most groups are not for
an event. They are not asked one by one, but looked up by the values that their arguments expect.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final, Protocol

from localcloud.appsync.api import Prepared, ServedApi
from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.completed import Nulled
from localcloud.appsync.execution.completion import Completion
from localcloud.appsync.execution.plan import PlannedField
from localcloud.appsync.filters import ArgumentFilter, freeze
from localcloud.wire import Outbox

_Values = tuple[object, ...]
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


class EventFilter(Protocol):
    """Decides whether an event is for a subscriber."""

    def matches(self, payload: dict[str, JSON]) -> bool:
        """Return whether the event's payload passes."""


@dataclass(eq=False, slots=True)
class Subscription:
    """One subscriber of a group; ``invalidated`` is called when a mutation ends the subscription."""

    prefix: bytes
    outbox: Outbox
    invalidated: Callable[[], None]


@dataclass(eq=False)
class Group:
    """Subscribers that get the same payloads; the lower ``number`` is the older group."""

    key: Hashable
    api: ServedApi
    prepared: Prepared
    root: PlannedField
    filter: EventFilter | None
    invalidation: EventFilter | None
    members: dict[Subscription, None] = field(default_factory=dict)
    number: int = 0

    def wants(self, payload: JSON) -> bool:
        """Return whether an event passes the group's filter."""
        if self.filter is None:
            return True
        return isinstance(payload, dict) and self.filter.matches(payload)

    def project(self, payload: JSON) -> bytes:
        """Return an event as this group sees it: what it asked for of what the mutation selected."""
        completion = Completion(self.api.access(self.prepared.context.caller))
        root = self.root
        value = completion.property_of(root, {root.name: payload}, (root.key,))
        document: dict[str, JSON] = {"data": None if isinstance(value, Nulled) else {root.key: value}}
        if completion.errors:
            document["errors"] = completion.errors
        return _encode(document).encode()


class Groups:
    """Groups by their keys, and those with arguments by what these expect as well."""

    def __init__(self) -> None:
        self._all: dict[Hashable, Group] = {}
        self._added = 0
        self._others: dict[Group, None] = {}
        self._expecting: dict[tuple[str, ...], dict[_Values, dict[Group, None]]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Group]:
        # A copy: the iterating code may end some of them.
        return iter(list(self._all.values()))

    def get(self, key: Hashable) -> Group | None:
        """Return the group of this key, if there is one."""
        return self._all.get(key)

    def add(self, group: Group) -> None:
        """Take a group in."""
        self._all[group.key] = group
        self._added += 1
        group.number = self._added
        if isinstance(group.filter, ArgumentFilter):
            names, values = _split(group.filter)
            self._expecting.setdefault(names, {}).setdefault(values, {})[group] = None
        else:
            self._others[group] = None

    def discard(self, group: Group) -> None:
        """Forget a group, if it is here."""
        if self._all.get(group.key) is not group:
            return
        del self._all[group.key]
        if not isinstance(group.filter, ArgumentFilter):
            del self._others[group]
            return
        names, values = _split(group.filter)
        same = self._expecting[names][values]
        del same[group]
        if not same:
            del self._expecting[names][values]
        if not self._expecting[names]:
            del self._expecting[names]

    def wanting(self, payload: JSON) -> list[Group]:
        """Return the groups whose filters an event passes, the oldest first."""
        groups = [group for group in self._others if group.wants(payload)]
        if isinstance(payload, dict):
            for names, expecting in self._expecting.items():
                # What the mutation did not select matches nothing, not even null.
                if all(name in payload for name in names):
                    groups += expecting.get(tuple(freeze(payload[name]) for name in names), ())
        return sorted(groups, key=attrgetter("number")) if len(groups) > 1 else groups


def _split(filter_: ArgumentFilter) -> tuple[tuple[str, ...], _Values]:
    return tuple(name for name, _ in filter_.expected), tuple(value for _, value in filter_.expected)
