from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from clients.merge import Merge
from tests.clients.conftest import PATIENT


@dataclass(frozen=True)
class Version:
    version: int
    source: int = 0


def test_versions_in_order_pass_through() -> None:
    merge: Merge[Version] = Merge()
    assert merge.offer([Version(1)]) == (Version(1),)
    assert merge.offer([Version(2), Version(3)]) == (Version(2), Version(3))
    assert not merge.gap


def test_versions_behind_a_gap_are_held_until_it_is_filled() -> None:
    merge: Merge[Version] = Merge()
    assert merge.offer([Version(3), Version(2)]) == ()
    assert merge.gap
    assert merge.offer([Version(1)]) == (Version(1), Version(2), Version(3))
    assert not merge.gap


def test_first_copy_of_a_version_is_kept() -> None:
    merge: Merge[Version] = Merge()
    assert merge.offer([Version(1, source=1), Version(1, source=2)]) == (Version(1, source=1),)
    assert merge.dropped == 1


def test_versions_of_the_caller_are_dropped() -> None:
    merge: Merge[Version] = Merge(after=3)
    assert merge.offer([Version(2), Version(3), Version(4)]) == (Version(4),)


@st.composite
def _deliveries(draw: st.DrawFn) -> tuple[int, list[list[Version]]]:
    """Draw every version at least once, in any order, with repeats, in batches of any size."""
    last = draw(st.integers(1, 12))
    repeats = draw(st.lists(st.integers(1, last), max_size=20))
    versions = draw(st.permutations([*range(1, last + 1), *repeats]))
    batches: list[list[Version]] = [[]]
    for version in versions:
        if draw(st.booleans()):
            batches.append([])
        batches[-1].append(Version(version))
    return last, batches


@PATIENT
@given(_deliveries())
def test_merge_yields_every_version_once_and_in_order(deliveries: tuple[int, list[list[Version]]]) -> None:
    last, batches = deliveries
    merge: Merge[Version] = Merge()
    out = [arrival.version for batch in batches for arrival in merge.offer(batch)]
    assert out == list(range(1, last + 1))
    assert not merge.gap


@PATIENT
@given(_deliveries(), st.sets(st.integers(1, 12)))
def test_merge_yields_nothing_beyond_a_missing_version(
    deliveries: tuple[int, list[list[Version]]], lost: set[int]
) -> None:
    last, batches = deliveries
    merge: Merge[Version] = Merge()
    out = [a.version for batch in batches for a in merge.offer(v for v in batch if v.version not in lost)]
    first_lost = min((v for v in lost if v <= last), default=last + 1)
    assert out == list(range(1, first_lost))
    assert merge.gap == any(v not in lost for v in range(first_lost + 1, last + 1))
