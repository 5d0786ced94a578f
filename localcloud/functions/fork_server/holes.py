"""Where a fork puts its own objects: on pages of its own, not into the gaps between its parent's.

Python keeps small objects of one size in pools, and gives a new one the place of an object that has gone.
A parent that has imported a lot has such gaps on most pages: each object of a fork's would have the
kernel copy one more page. So the parent fills them before it forks. What is left over is never freed.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys

KEPT: list[object] = []
# Of `sys._debugmallocstats`: a pool's class, its objects' size, pools, objects, and gaps.
_LINE = re.compile(rb"^ *\d+ +(\d+) +\d+ +\d+ +(\d+)$", re.MULTILINE)
# Python asks the C library for what is larger than 512 bytes.
LARGE = (65_536, 32_768, 16_384, 8_192, 4_096, 2_048, 1_024, 528)
# What is not Python's object comes from there, however small: locks, and what libraries keep.
SMALL = range(520, 23, -16)
# Of each size up to the first, it keeps seven at hand that were freed.
AT_HAND, CACHED = range(1032, 23, -16), 8
_BYTES_HEAD = 33  # what an object of `bytes` has besides its bytes


def fill() -> None:
    """Fill the gaps of every pool, and those between what is larger."""
    for _ in range(2):  # this leaves some itself
        _fill_heap()
        for size, gaps in _gaps():
            if size >= 48:
                KEPT.append([bytes(size - _BYTES_HEAD) for _ in range(gaps)])
            elif size == 32:
                KEPT.append(list(range(1 << 20, (1 << 20) + gaps)))
            else:
                KEPT.append([object() for _ in range(gaps)])


class _Use(ctypes.Structure):
    """glibc's ``struct mallinfo2``."""

    _fields_ = [
        *((f"counted_{number}", ctypes.c_size_t) for number in range(8)),
        ("fordblks", ctypes.c_size_t),  # what is free, gaps and all
        ("keepcost", ctypes.c_size_t),  # of that, the end of the heap
    ]


def _fill_heap() -> None:
    """Take what the C library would give out of gaps, until it takes from the end of its heap (glibc)."""
    try:
        library = ctypes.CDLL(None)
        allocate, use = library.malloc, library.mallinfo2
    except AttributeError:
        return
    KEPT.append(library)  # or its classes would leave gaps
    allocate.argtypes, allocate.restype, use.restype = [ctypes.c_size_t], ctypes.c_void_p, _Use

    def gaps() -> int:
        report = use()
        return int(report.fordblks - report.keepcost)

    for size in (*LARGE, *SMALL):
        count, before = max(1, (1 << 15) // size), gaps()
        while before:
            for _ in range(count):
                allocate(size)
            after = gaps()
            if before - after < count * size // 2:
                break
            before = after
    for size in AT_HAND:
        for _ in range(CACHED):
            allocate(size)


def _gaps() -> list[tuple[int, int]]:
    """Return the sizes of objects that there are pools for, and how many gaps each has: larger ones first."""
    report, error = os.memfd_create("pools"), os.dup(2)
    try:
        os.dup2(report, 2)
        sys._debugmallocstats()
    finally:
        os.dup2(error, 2)
        os.close(error)
    text = os.pread(report, 1 << 16, 0)
    os.close(report)
    return [(int(size), int(gaps)) for size, gaps in reversed(_LINE.findall(text))]
