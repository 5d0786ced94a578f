"""SubscribeToShard on the wire: events as they come, and no faster than their reader takes them.

Source of the form: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShard.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from localcloud.encodings.event_stream import encode_event, encode_message
from localcloud.engine.asgi import Receive, Send
from localcloud.streams.kinesis.facade import JSON, KinesisError, KinesisService, Subscription, write

_CONTENT = {True: "application/json", False: "application/x-amz-cbor-1.1"}


Runner = Callable[[Send, Receive], Awaitable[None]]


def run(service: KinesisService, subscription: Subscription, kind: str) -> Runner:
    """Return what sends a subscription's events until it is over or its reader has gone."""
    content = _CONTENT[kind == JSON]

    def event(name: str, members: Mapping[str, Any]) -> bytes:
        return encode_event(name, content, write(kind, members))

    def exception(error: KinesisError) -> bytes:
        headers = {
            ":exception-type": error.code,
            ":content-type": content,
            ":message-type": "exception",
        }
        return encode_message(headers, write(kind, {"message": error.message}))

    async def send_events(send: Send, receive: Receive) -> None:
        loop = asyncio.get_running_loop()
        woken = asyncio.Event()

        def wake() -> None:
            # Records may come from any thread.
            loop.call_soon_threadsafe(woken.set)

        with service.lock:
            subscription.follow(wake)
        disconnected = asyncio.ensure_future(_disconnect(receive))
        try:
            await _send(send, event("initial-response", {}))
            while not (disconnected.done() or subscription.is_over or service.is_ending):
                woken.clear()
                try:
                    with service.lock:
                        members, seconds = subscription.event(), subscription.wait()
                except KinesisError as error:
                    await _send(send, exception(error))
                    break
                if members is not None:
                    # It returns when the connection takes more: a slow reader is waited for.
                    await _send(send, event("SubscribeToShardEvent", members))
                    continue
                await _wait(woken, disconnected, seconds, paced=subscription.is_paced)
        finally:
            disconnected.cancel()
            with service.lock:
                subscription.leave()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    return send_events


async def _send(send: Send, message: bytes) -> None:
    await send({"type": "http.response.body", "body": message, "more_body": True})


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _wait(
    woken: asyncio.Event, disconnected: asyncio.Future[None], seconds: float, *, paced: bool
) -> None:
    """Wait until there may be something to send, the time is over, or the reader has gone."""
    if paced:
        # Whatever comes meanwhile has to wait as well.
        await asyncio.wait({disconnected}, timeout=seconds)
        return
    waking = asyncio.ensure_future(woken.wait())
    either: set[asyncio.Future[Any]] = {waking, disconnected}
    await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    waking.cancel()
