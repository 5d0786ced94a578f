"""What is written of a service's state when a part of it changes."""

from __future__ import annotations

import threading
from collections import deque
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.engine.durable import leaves as leaves_module
from localcloud.engine.durable.leaves import UNREADABLE, fingerprint, key_of, leaves, records, tree
from localcloud.engine.durable.plain import NotPlain, plain, restored

KEYS = st.one_of(st.text(max_size=5), st.integers(), st.tuples(st.text(max_size=3), st.integers()))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.binary(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(KEYS, inner, max_size=3),
        st.dictionaries(st.just("__is__"), inner, max_size=1),
    ),
    max_leaves=8,
)


class Scoped:
    """Stands for MiniStack's dictionaries by account."""

    def __init__(self) -> None:
        self._data: dict[Any, Any] = {}


@pytest.fixture(autouse=True)
def no_ministack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localcloud.engine.durable.plain._scoped", lambda: {"Scoped": Scoped})
    monkeypatch.setattr(leaves_module, "SCOPED", ("Scoped",))


@given(value=VALUES)
def test_value_round_trips_through_the_journal(value: Any) -> None:
    assert restored(plain(value)) == value


@pytest.mark.parametrize("value", [{1, 2}, frozenset("a"), deque([1], maxlen=3)])
def test_collection_keeps_its_type_through_the_journal(value: Any) -> None:
    back = restored(plain(value))
    assert (back, type(back)) == (value, type(value))


def test_unsupported_value_of_a_journal_is_named() -> None:
    with pytest.raises(NotPlain, match=r"a _thread\.lock"):
        plain({"a": [threading.Lock()]})
    assert fingerprint({"a": threading.Lock()}) == UNREADABLE
    with pytest.raises(NotPlain, match="SimpleNamespace"):
        plain(SimpleNamespace())


@given(state=st.dictionaries(st.text(max_size=3), st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_state_is_restored_from_its_leaves(state: dict[str, Any]) -> None:
    entries = {
        key_of(path): plain(value) for at, record in records(state) for path, value in leaves(at, record)
    }
    assert tree(entries) == state


def test_stores_by_account_are_restored() -> None:
    store = Scoped()
    store._data[("0", "pool")] = {"users": {"ada": {"a": 1}}}
    entries = {
        key_of(path): plain(value)
        for at, record in records({"pools": store})
        for path, value in leaves(at, record)
    }
    back = tree(entries)["pools"]
    assert (type(back), back._data) == (Scoped, store._data)
