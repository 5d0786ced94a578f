"""Facades of MiniStack's modules: patches are composed in a declared order, and assigned once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import pytest

from localcloud.engine.ministack.facade import Facade, MendError, Name, Patch, assign_patches, running

MODULE = "module_behind_a_facade"
Doubling = Callable[[int], int]


class Behind(Facade, module=MODULE):
    """A facade."""

    double: Patch[Doubling] = Patch("_double", "first", "second", "durable.third")
    triple: Patch[Doubling] = Patch("_triple", "first")
    limit: Name[int] = Name("_LIMIT")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    module = ModuleType(MODULE)
    vars(module).update(_double=lambda number: 2 * number, _triple=lambda number: 3 * number, _LIMIT=9)
    monkeypatch.setitem(sys.modules, MODULE, module)
    yield module
    Behind._loaded = None
    for patch in (Behind.double, Behind.triple):
        patch.links.clear()
        patch.assigned, patch._new = False, None
        Patch.waiting.pop(patch, None)


def adding(more: int) -> Callable[[Doubling], Doubling]:
    return lambda before: lambda number: before(number) + more


def test_patches_are_composed_and_assigned_once(module: ModuleType) -> None:
    behind, original = Behind(), vars(module)["_double"]
    with running("first"):
        Behind.double.wrap(adding(1))
    with running("second"):
        before = Behind.double.value
        Behind.double.replace(lambda number: -before(number))
    assert (behind.double(5), behind.limit) == (-11, 9)
    assert vars(module)["_double"] is original
    assign_patches()
    assert vars(module)["_double"](5) == behind.double(5) == -11
    assert Behind.double.links == ["first", "second"]
    with running("durable.third"), pytest.raises(MendError, match="is assigned already"):
        Behind.double.wrap(adding(1))


def test_names_of_a_package_that_is_to_come_are_left(module: ModuleType) -> None:
    with running("first"):
        Behind.double.wrap(adding(1))
        Behind.triple.wrap(adding(1))
    assign_patches(without="durable.")
    assert (vars(module)["_double"](5), vars(module)["_triple"](5)) == (10, 16)
    with running("durable.third"):
        Behind.double.wrap(adding(100))
    assign_patches()
    assert vars(module)["_double"](5) == 111


@pytest.mark.parametrize(
    ("links", "words"),
    [
        (["second", "first"], "after second, which comes later in its chain"),
        (["stranger"], "whose chain .* lacks it"),
    ],
)
def test_link_out_of_its_chain_is_refused(module: ModuleType, links: list[str], words: str) -> None:
    *before, last = links
    for link in before:
        with running(link):
            Behind.double.wrap(adding(1))
    with running(last), pytest.raises(MendError, match=words):
        Behind.double.wrap(adding(1))


def test_module_that_lacks_a_name_is_refused(module: ModuleType) -> None:
    del vars(module)["_LIMIT"]
    with pytest.raises(MendError, match=f"{MODULE} has no _LIMIT any more"):
        _ = Behind().double


def test_settled_functions_are_looked_up_no_more(module: ModuleType) -> None:
    behind = Behind()
    assert behind.limit == 9
    Behind.settle()
    vars(module).update(_triple=None, _LIMIT=10)
    assert (behind.triple(1), behind.limit) == (3, 10)
