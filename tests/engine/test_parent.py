"""What the engine does when a service of its parent's breaks off."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from localcloud.calls import NoAnswer
from localcloud.engine import parent


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    event = threading.Event()
    monkeypatch.setattr(parent, "_exited", event)
    monkeypatch.setattr(parent, "CLOSING_SECONDS", 0)
    return event


def nobody() -> parent.ParentsConnections:
    """Connections to a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return parent.ParentsConnections(f"http://127.0.0.1:{probe.getsockname()[1]}", seconds=None)


async def test_unreachable_service_raises_while_the_parent_lives(
    gone: threading.Event,
) -> None:
    with pytest.raises(NoAnswer):
        await nobody().send("POST", "/", {})


async def test_request_stays_unanswered_when_the_parent_was_killed(gone: threading.Event) -> None:
    gone.set()
    request = asyncio.ensure_future(nobody().send("POST", "/", {}))
    done, _ = await asyncio.wait([request], timeout=0.5)
    assert not done
    request.cancel()
