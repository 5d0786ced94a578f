"""Access logs: a line for each request, written to a log group or a delivery stream soon after it.

Source: "Set up API logging" in API Gateway's developer guide.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from localcloud.contracts.mapping_templates import JSON
from localcloud.gateway.errors import GatewayRefused
from localcloud.gateway.mapping.sources import Exchange
from localcloud.gateway.rules.definition import AccessLog
from localcloud.gateway.rules.responses import fill

log = logging.getLogger(__name__)
_SOON: Final = 0.1
_MOST: Final = 500  # lines in one call, of the 10,000 that CloudWatch Logs takes


class CallAction(Protocol):
    """Calls an action of a service of AWS, by its name and members."""

    async def __call__(self, service: str, action: str, members: Mapping[str, JSON]) -> int:
        """Return the status of the answer."""


class AccessLogs:
    """Writes access logs. Nothing waits for it, and nothing runs while no line is there.

    Parameters
    ----------
    call
        Calls the services that keep them.
    """

    def __init__(self, call: CallAction, *, now: Callable[[], float] = time.time) -> None:
        self._call = call
        self._now = now
        self._lines: dict[str, list[tuple[int, str]]] = {}
        self._streams: set[str] = set()
        self._writing: asyncio.Task[None] | None = None

    def write(self, target: AccessLog, exchange: Exchange) -> None:
        """Write the line of a request."""
        line = fill(target.format, exchange, "-")
        self._lines.setdefault(target.group, []).append((int(self._now() * 1000), line))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def stop(self) -> None:
        """Write what is left."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self._flush()

    async def _write(self) -> None:
        await asyncio.sleep(_SOON)
        await self._flush()

    async def _flush(self) -> None:
        while self._lines:
            target, lines = self._lines.popitem()
            for at in range(0, len(lines), _MOST):
                try:
                    await self._put(target, lines[at : at + _MOST])
                except GatewayRefused as problem:
                    log.warning("An access log cannot be written to %s: %s", target, problem)

    async def _put(self, target: str, lines: list[tuple[int, str]]) -> None:
        if ":firehose:" in target:
            records: list[JSON] = [
                {"Data": base64.b64encode(f"{line}\n".encode()).decode()} for _, line in lines
            ]
            name = target.rpartition("/")[2]
            await self._call("firehose", "PutRecordBatch", {"DeliveryStreamName": name, "Records": records})
            return
        group = target.partition(":log-group:")[2].removesuffix(":*")
        stream: dict[str, JSON] = {"logGroupName": group, "logStreamName": "access"}
        if group not in self._streams:
            if await self._call("logs", "CreateLogStream", stream) == 400:  # there is one, or no group
                await self._call("logs", "CreateLogGroup", {"logGroupName": group})
                await self._call("logs", "CreateLogStream", stream)
            self._streams.add(group)
        events: list[JSON] = [{"timestamp": at, "message": line} for at, line in lines]
        await self._call("logs", "PutLogEvents", {**stream, "logEvents": events})
