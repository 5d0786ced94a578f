"""Memory in large pages: which of it, and that it holds what it held."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.processes.memory import FULL, LARGE, full_ranges

SMALL = 4096


def mapping(start: int, size: int, resident: int, name: str = "", rights: str = "rw-p", file: int = 0) -> str:
    """Return a mapping as Linux describes it."""
    head = f"{start:x}-{start + size:x} {rights} 00000000 00:{file:02x} {file}"
    lines = [f"{head}    {name}".rstrip() if name else f"{head} ", f"Size:   {size // 1024} kB"]
    lines += ["KernelPageSize:        4 kB", "MMUPageSize:           4 kB"]
    lines += [
        f"Rss:    {resident // 1024} kB",
        f"Pss:    {resident // 1024} kB",
        "VmFlags: rd wr mr mw me ac",
    ]
    return "\n".join(lines) + "\n"


sizes = st.integers(1, 5 * LARGE // SMALL).map(lambda pages: pages * SMALL)


@given(st.lists(st.tuples(sizes, sizes, st.floats(0, 1)), max_size=5))
def test_ranges_are_the_large_pages_within_mappings_that_are_mostly_in_use(
    drawn: list[tuple[int, int, float]],
) -> None:
    smaps, expected, start = "", [], 7 * SMALL
    for gap, size, share in drawn:
        start += gap
        resident = int(size * share) // 1024 * 1024
        smaps += mapping(start, size, resident)
        whole = [page for page in range(0, start + size, LARGE) if start <= page <= start + size - LARGE]
        if resident >= FULL * size:
            expected += whole
        start += size
    ranges = [page for first, end in full_ranges(smaps) for page in range(first, end, LARGE)]
    assert ranges == expected


@pytest.mark.parametrize(
    "other",
    [
        mapping(LARGE, 4 * LARGE, 4 * LARGE, "[stack]"),
        mapping(LARGE, 4 * LARGE, 4 * LARGE, "/usr/lib/libc.so.6", file=8),
        mapping(LARGE, 4 * LARGE, 4 * LARGE, rights="r-xp"),
        mapping(LARGE, 4 * LARGE, 4 * LARGE, rights="rw-s"),
    ],
)
def test_files_stacks_and_shared_memory_are_left_as_they_are(other: str) -> None:
    heap = mapping(8 * LARGE, 2 * LARGE, 2 * LARGE, "[heap]")
    assert list(full_ranges(other + heap)) == [(8 * LARGE, 10 * LARGE)]


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="the system does not describe its memory")
def test_memory_in_large_pages_holds_what_it_held_and_is_hardly_more() -> None:
    program = """
        import re
        from localcloud.processes.memory import take_large_pages

        def resident():
            with open("/proc/self/smaps_rollup") as file:
                return int(re.search(r"Rss: +(\\d+)", file.read())[1])

        objects = [{"number": number, "text": f"text {number}"} for number in range(100_000)]
        before = resident()
        take_large_pages()
        assert resident() < before * 1.25, (before, resident())
        assert all(each == {"number": n, "text": f"text {n}"} for n, each in enumerate(objects))
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], check=True, timeout=120)
