"""jsonata-python, imported so that it changes nothing for the rest of the process.

When it is imported, the library (0.7.1) lets the whole process recurse ten times as deep: what guards
others against documents that are nested too deeply would guard them no more.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_usual: Final = sys.getrecursionlimit()

from jsonata.functions import Functions  # noqa: E402 - the limit has to be read before
from jsonata.jexception import JException  # noqa: E402
from jsonata.jsonata import Jsonata  # noqa: E402
from jsonata.parser import Parser  # noqa: E402
from jsonata.utils import Utils  # noqa: E402

_library_limit: Final = sys.getrecursionlimit()
sys.setrecursionlimit(_usual)

__all__ = ["Functions", "JException", "Jsonata", "Parser", "Utils", "deep_recursion"]


# Threads evaluate expressions at the same time: the last one that ends restores the limit.
_lock: Final = threading.Lock()
_depth = 0
_before = _usual


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let the library recurse as deep as it wants to, for the length of one evaluation."""
    global _before, _depth  # noqa: PLW0603 - the limit is the process's
    with _lock:
        if not _depth:
            _before = sys.getrecursionlimit()
            sys.setrecursionlimit(max(_before, _library_limit))
        _depth += 1
    try:
        yield
    finally:
        with _lock:
            _depth -= 1
            if not _depth:
                sys.setrecursionlimit(_before)
