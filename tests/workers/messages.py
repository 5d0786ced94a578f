"""What a worker and the process that hands out the tests say to each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ready:
    """Worker: I am at the last of my tests, and want more."""


@dataclass(frozen=True)
class TestEnded:
    """Worker: the first of the tests that I still have is over; pytest's reports, as it serializes them."""

    __test__ = False
    reports: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Trouble:
    """Worker: pytest itself, or the end of a fixture of the session, failed."""

    text: str


@dataclass(frozen=True)
class Run:
    """To a worker: run these of the collected tests, in this order; none ends it."""

    tests: Sequence[int]
