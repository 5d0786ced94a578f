"""Fan-outs with nothing around them, for comparison: ``bare.py aiohttp`` or ``bare.py picows``.

Whatever text a client sends is sent to every other client, and answered when it has been. Prints its address,
and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable

import uvloop


async def serve_aiohttp(on_port: Callable[[int], None]) -> None:
    """Serve with aiohttp."""
    from aiohttp import WSMsgType, web  # noqa: PLC0415 - one of the two is enough

    sockets: set[web.WebSocketResponse] = set()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        sockets.add(socket)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    for receiver in list(sockets):
                        if receiver is not socket and not receiver.closed:
                            with contextlib.suppress(ConnectionError):  # it is leaving
                                await receiver.send_str(message.data)
                    await socket.send_str("done")
        finally:
            sockets.discard(socket)
        return socket

    runner = web.ServerRunner(web.Server(handle, access_log=None))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=2048).start()
    on_port(runner.addresses[0][1])
    await asyncio.to_thread(sys.stdin.read)


async def serve_picows(on_port: Callable[[int], None]) -> None:
    """Serve with picows."""
    from picows import (  # noqa: PLC0415
        WSFrame,
        WSListener,
        WSMsgType,
        WSTransport,
        ws_create_server,
    )

    clients: set[WSTransport] = set()

    class Client(WSListener):
        def on_ws_connected(self, transport: WSTransport) -> None:
            clients.add(transport)

        def on_ws_disconnected(self, transport: WSTransport) -> None:
            clients.discard(transport)

        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            if frame.msg_type == WSMsgType.TEXT:
                payload = frame.get_payload_as_bytes()
                for client in list(clients):
                    if client is not transport:
                        client.send(WSMsgType.TEXT, payload)
                transport.send(WSMsgType.TEXT, b"done")
            elif frame.msg_type == WSMsgType.CLOSE:
                transport.disconnect()

    server = await ws_create_server(lambda _request: Client(), "127.0.0.1", 0, backlog=2048)
    on_port(server.sockets[0].getsockname()[1])
    await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Run the command line."""

    def announce(port: int) -> None:
        sys.stdout.write(f"http://127.0.0.1:{port}/\n")
        sys.stdout.flush()

    uvloop.run(serve_picows(announce) if sys.argv[1:] == ["picows"] else serve_aiohttp(announce))


if __name__ == "__main__":
    main()
