"""Which groups of subscribers an event finds, without asking each of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.definition import JSON
from localcloud.appsync.filters import argument_filter, parse_filter
from localcloud.appsync.realtime.groups import EventFilter, Group, Groups


@dataclass(eq=False)
class FakeGroup:
    """What the index knows of a group, and how often it was asked."""

    key: str
    filter: EventFilter | None
    number: int = 0
    payloads: list[JSON] = field(default_factory=list)

    def wants(self, payload: JSON) -> bool:
        self.payloads.append(payload)
        return self.filter is None or (isinstance(payload, dict) and self.filter.matches(payload))


def added(groups: Groups, key: str, filter_: Any = None) -> FakeGroup:
    group = FakeGroup(key, filter_)
    groups.add(cast("Group", group))
    return group


def keys(groups: Groups, payload: JSON) -> list[str]:
    return [str(group.key) for group in groups.wanting(payload)]


def test_index_skips_groups_that_expect_another_value() -> None:
    groups = Groups()
    many = [added(groups, f"g{n}", argument_filter({"id": str(n)})) for n in range(1000)]
    enhanced = parse_filter(
        {"filterGroup": [{"filters": [{"fieldName": "id", "operator": "eq", "value": "7"}]}]}
    )
    added(groups, "all")
    added(groups, "enhanced", enhanced)
    assert keys(groups, {"id": "7"}) == ["g7", "all", "enhanced"]
    assert keys(groups, {"id": "7000"}) == ["all"]
    assert not any(group.payloads for group in many)
    assert len(groups) == 1002
    groups.discard(cast("Group", many[7]))
    groups.discard(cast("Group", many[7]))
    assert keys(groups, {"id": "7"}) == ["all", "enhanced"]
    assert len(list(groups)) == 1001


@pytest.mark.parametrize(
    ("arguments", "payload", "expected"),
    [
        ({"id": None}, {"id": None}, True),
        ({"id": None}, {}, False),
        ({"id": 1}, {"id": 1.0}, True),
        ({"id": 1}, {"id": True}, False),
        ({"id": "1", "room": "a"}, {"id": "1", "room": "a", "more": [{}]}, True),
        ({"id": "1", "room": "a"}, {"id": "1"}, False),
        ({"tags": ["a", {"b": 1}]}, {"tags": ["a", {"b": 1}]}, True),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, False),
        ({"id": "1"}, "text", False),
        ({"id": "1"}, None, False),
    ],
)
def test_arguments_are_expected_values_of_the_index(arguments: Any, payload: JSON, expected: bool) -> None:
    groups = Groups()
    added(groups, "it", argument_filter(arguments))
    assert (keys(groups, payload) == ["it"]) is expected


VALUES = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["a", "b", 1.0])
OBJECTS = st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3)


@given(st.lists(OBJECTS, max_size=8), OBJECTS)
def test_index_selects_the_same_subscriptions_as_a_scan(
    documents: list[dict[str, Any]], payload: dict[str, Any]
) -> None:
    groups = Groups()
    every = [
        added(groups, str(n), argument_filter(document) if document else None)
        for n, document in enumerate(documents)
    ]
    for gone in every[::3]:
        groups.discard(cast("Group", gone))
    rest = [group for n, group in enumerate(every) if n % 3]
    assert keys(groups, payload) == [group.key for group in rest if group.wants(payload)]
