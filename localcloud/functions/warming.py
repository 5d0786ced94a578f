"""Environments that are up before the first invocation comes, as AWS's provisioned concurrency has them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field

from localcloud.functions.model import InvokeResult


@dataclass(frozen=True)
class Warmed:
    """What a warm-up came to.

    Attributes
    ----------
    ready
        The functions that have an environment that has run its init phase.
    failed
        Why others have none.
    late
        Those whose environment was still starting when the time was over. It goes on.
    """

    ready: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    late: tuple[str, ...] = ()


async def warm(
    names: Iterable[str], start: Callable[[str], Awaitable[InvokeResult | None]], seconds: float
) -> Warmed:
    """Have an environment of each function started, and wait until each is up, or has failed.

    Parameters
    ----------
    start
        Returns once a function's environment is up, or has ended: then with its error. None says that the
        function has none to start.
    seconds
        How long to wait.
    """
    starting = {name: asyncio.ensure_future(start(name)) for name in names}
    if starting:
        await asyncio.wait(starting.values(), timeout=seconds)
    ready, late, failed = [], [], {}
    for name, task in starting.items():
        if not task.done():
            late.append(name)
            task.cancel()
        elif (error := task.exception()) is not None:
            failed[name] = str(error)
        elif (result := task.result()) is not None:
            if result.function_error is None:
                ready.append(name)
            else:
                failed[name] = _reason(result)
    return Warmed(tuple(ready), failed, tuple(late))


def _reason(result: InvokeResult) -> str:
    document = json.loads(result.payload)
    return f"{document.get('errorType')}: {document.get('errorMessage')}"
