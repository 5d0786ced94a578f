"""The rings that functions print into: what is kept, in which order, and how much."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from localcloud.watchtower.facade import Rings
from localcloud.watchtower.logs.ring import MOST_CHARACTERS, MOST_UNREAD, Ring


@given(st.lists(st.integers(0, MOST_CHARACTERS), max_size=30))
def test_ring_keeps_the_newest_lines_within_its_size(sizes: list[int]) -> None:
    ring = Ring()
    lines = [(number, "s", "x" * size) for number, size in enumerate(sizes)]
    for line in lines:
        ring.add(line)
    kept = ring.drain()
    assert kept == lines[len(lines) - len(kept) :]
    assert ring.dropped == len(lines) - len(kept)
    assert sum(len(line[2]) for line in kept) <= MOST_CHARACTERS or len(kept) == 1
    assert ring.drain() == []


def test_a_ring_counts_lines_too() -> None:
    rings = Rings(clock=lambda: 1.0)
    stream = rings.stream("/aws/lambda/pay", "s")
    for number in range(MOST_UNREAD + 5):
        stream.add(str(number))
    kept = rings.drain("/aws/lambda/pay")
    assert (len(kept), kept[0][2]) == (MOST_UNREAD, "5")


def test_group_exists_from_its_first_line() -> None:
    rings = Rings()
    stream = rings.stream("/aws/lambda/pay", "s")
    assert rings.groups() == []
    stream.add("hello")
    assert rings.groups() == ["/aws/lambda/pay"]
    assert rings.drain("/aws/lambda/other") == []
