"""How the tests read results, and wait for what another process or task does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localcloud.functions import InvokeResult
from localcloud.functions.prepared.rules import POSSIBLE

EVENTS = Path(__file__).parent.parent / "events"


def ways(*quick: bool) -> list[Any]:
    """Return the parameters of ``forked``: whether environments are forked, or are interpreters of their own.

    The runtime is the same in both. A quick run tries most by one way, and the others are slow.
    """
    return [
        pytest.param(
            way,
            id="forked" if way else "fresh",
            marks=[] if way in quick or not POSSIBLE else pytest.mark.slow,
        )
        for way in ([True, False] if POSSIBLE else [False])
    ]


FORKED = pytest.mark.parametrize("forked", ways(True))
BOTH = pytest.mark.parametrize("forked", ways(True, False))


def value(result: InvokeResult) -> Any:
    """Return what the function returned; it must not have failed."""
    assert result.function_error is None, result.payload
    return json.loads(result.payload)


def failure(result: InvokeResult) -> dict[str, Any]:
    """Return the error document; the function must have failed."""
    assert result.function_error == "Unhandled", result.payload
    document: dict[str, Any] = json.loads(result.payload)
    return document


async def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + 180  # a busy machine starts processes slowly
    pause = 0.001
    while not condition():
        assert time.monotonic() < deadline, "it never came about"
        await asyncio.sleep(pause)
        pause = min(1.25 * pause, 0.02)  # what takes long is looked at seldom


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def event(name: str) -> Any:
    """Return one of AWS's event documents."""
    return json.loads((EVENTS / name).read_text("utf-8"))
