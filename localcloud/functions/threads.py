"""The few threads in which boto3 waits for the engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """A small pool of threads that belongs to this service, so that it can end them."""

    def __init__(self, count: int = 8) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="localcloud-functions")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: call(*args, **kwargs))

    def stop(self) -> None:
        """Take no more calls. Those under way are short, and no caller waits for them."""
        self._executor.shutdown(wait=False, cancel_futures=True)
