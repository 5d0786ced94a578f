"""What follows a start, when the engine ends at that moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

import aiohttp
import pytest

from localcloud.lifecycle import cloud
from localcloud.lifecycle.cloud import LocalCloud
from localcloud.processes.children import Exit


@dataclass
class Ending:
    """A local cloud whose engine answers nothing more, and whose end is noticed when it is."""

    error: Exception
    noticed: asyncio.Event = field(default_factory=asyncio.Event)
    restored: bool = False

    @property
    def permissions(self) -> Ending:
        return self

    async def review(self) -> None:
        asyncio.get_running_loop().call_soon(self.noticed.set)
        raise self.error

    async def ended(self) -> Exit:
        await self.noticed.wait()
        return Exit("engine", -9, ())


@pytest.mark.parametrize("error", [ConnectionResetError(), aiohttp.ServerDisconnectedError()])
async def test_engine_that_ends_right_after_the_start_is_no_error_of_what_follows(error: Exception) -> None:
    await LocalCloud.go_on(cast(LocalCloud, Ending(error)))


async def test_error_of_an_engine_that_lives_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "NOTICED", 0.0)
    ending = Ending(ConnectionResetError())
    with pytest.raises(ConnectionResetError):
        await LocalCloud.go_on(cast(LocalCloud, ending))
