"""Under which keys values are cached, and what the store does with them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.caching.keys import call_key, evicted_key, normal, value_of
from localcloud.appsync.caching.store import MAX_ENTRIES, ApiCache, Hit
from localcloud.appsync.calls import FieldCall
from localcloud.appsync.definition import JSON


def call(arguments: dict[str, JSON], source: JSON = None, identity: JSON = None) -> FieldCall:
    return FieldCall("Query", "note", arguments, source=source, identity=identity)


@pytest.mark.parametrize(
    "name",
    [
        "$context.arguments.id",
        "$ctx.args.id",
        "context.args.id",
        "ctx.arguments.id",
        "${context.arguments.id}",
    ],
)
def test_caching_key_has_one_canonical_form(name: str) -> None:
    assert normal(name) == "context.arguments.id"


def test_caching_key_returns_the_value_that_it_names() -> None:
    request = call({"input": {"id": "7"}}, source={"id": "p"}, identity={"claims": {"username": "ada"}})
    assert value_of(request, "context.arguments.input.id") == "7"
    assert value_of(request, "context.source.id") == "p"
    assert value_of(request, "context.identity.claims.username") == "ada"
    assert value_of(request, "context.identity") == {"claims": {"username": "ada"}}
    assert value_of(request, "context.arguments.input.id.deeper") is None
    assert value_of(request, "context.stash") is None


def test_eviction_names_its_keys_in_the_configured_order() -> None:
    request = call({"id": "7"}, identity={"sub": "ada"})
    kept = call_key(request, ["context.identity.sub", "context.arguments.id"])
    expected: dict[str, JSON] = {"ctx.identity.sub": "ada", "ctx.args.id": "7"}
    assert evicted_key("Query", "note", expected) == kept
    assert evicted_key("Query", "note", dict(reversed(expected.items()))) != kept
    assert evicted_key("Query", "note", {"ctx.args.id": "7"}) != kept
    assert evicted_key("Query", "other", expected) != kept


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=2),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["id", "first"]), JSON_VALUES, max_size=2)


@given(ARGUMENTS, ARGUMENTS)
def test_calls_with_equal_arguments_share_a_cache_entry(
    first: dict[str, JSON], other: dict[str, JSON]
) -> None:
    def exact(value: JSON) -> object:  # in Python 1 is True, in JSON it is not
        if isinstance(value, dict):
            return {name: exact(inner) for name, inner in value.items()}
        return [exact(inner) for inner in value] if isinstance(value, list) else (type(value), value)

    names = ["context.arguments"]
    assert (call_key(call(first), names) == call_key(call(other), names)) == (exact(first) == exact(other))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_cache_entry_expires_after_its_time_to_live() -> None:
    clock = Clock()
    cache = ApiCache(clock)
    cache.put("a", None, 60)
    assert cache.get("a") == Hit(None)  # null is a value
    clock.now += 59.9
    assert cache.get("a") == Hit(None)
    clock.now += 0.1
    assert cache.get("a") is None
    assert not cache.evict("a")
    assert len(cache) == 0


def test_oldest_cache_entry_is_removed_at_the_limit() -> None:
    cache = ApiCache(Clock())
    for number in range(MAX_ENTRIES + 1):
        cache.put(number, number, 60)
    assert len(cache) == MAX_ENTRIES
    assert cache.get(0) is None
    assert cache.get(1) == Hit(1)
    assert cache.evict(1)
    cache.clear()
    assert len(cache) == 0
