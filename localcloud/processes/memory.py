"""The memory of this process: what only the start needed, and how the rest is held."""

from __future__ import annotations

import ctypes
import gc
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

LARGE: Final = 2 * 1024 * 1024
"""Bytes of a large page of x86-64's, and of ARM's with small pages of 4 KB."""
FULL: Final = 0.75
"""The share of a mapping that is in use if a large page is worth what it takes in addition."""
_ARENAS: Final = -8
"""``M_ARENA_MAX`` of glibc's ``malloc.h``."""
_COLLAPSE: Final = 25
"""``MADV_COLLAPSE`` of Linux's ``mman.h``, since 6.1."""
# An own, writable mapping without a file, and how much of it is in memory; the heap has a name.
_MAPPING: Final = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 *(?:\[heap\])?\n(?:\w+: .*\n)*?Rss: +(\d+) kB", re.MULTILINE
)


def give_back() -> None:
    """Hand what is free back to the system: glibc keeps it, 4 MB after a deployment."""
    gc.collect()
    if sys.platform == "linux":
        # Another C library than glibc has no such function, and keeps less.
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def share_one_heap() -> None:
    """Have all threads take memory from one heap: glibc gives each its own, of which little is ever used."""
    if sys.platform == "linux":
        # Another C library than glibc has no such function, and one heap anyway.
        option = getattr(ctypes.CDLL(None), "mallopt", None)
        if option is not None:
            option(_ARENAS, 1)


def take_large_pages() -> None:
    """Have the kernel hold in large pages what is in memory by now.

    A processor finds what it has looked up lately without a walk through the page tables. In a virtual
    machine such a walk is two, and the few hundred small pages that it remembers are far less than what one
    request touches. Where the kernel has no such call, or no large page to spare, nothing changes.
    """
    if sys.platform != "linux":
        return
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    try:
        smaps = Path("/proc/self/smaps").read_text("utf-8", "replace")
    except OSError:
        return
    for start, end in full_ranges(smaps):
        advise(start, end - start, _COLLAPSE)  # where it fails, that part stays as it was


def full_ranges(smaps: str) -> Iterator[tuple[int, int]]:
    r"""Yield where large pages fit into mappings that are mostly in use, by proc_pid_smaps(5).

    A thread's stack is one that mostly is not: a large page would fill it with zeros.

    Examples
    --------
    >>> heap = "00300000-00900000 rw-p 00000000 00:00 0    [heap]\nSize: 6144 kB\nRss: 6000 kB\n"
    >>> [f"{start:x}-{end:x}" for start, end in full_ranges(heap)]
    ['400000-800000']
    """
    for mapping in _MAPPING.finditer(smaps):
        start, end = int(mapping[1], 16), int(mapping[2], 16)
        if int(mapping[3]) * 1024 >= FULL * (end - start):
            first, last = -(-start // LARGE) * LARGE, end // LARGE * LARGE
            if first < last:
                yield first, last
