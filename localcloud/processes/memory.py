"""Memory that only the start needed."""

from __future__ import annotations

import ctypes
import gc
import sys

_ARENAS = -8
"""``M_ARENA_MAX`` of glibc's ``malloc.h``."""


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
