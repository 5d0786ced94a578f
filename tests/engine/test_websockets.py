"""WebSockets at the engine's address: MQTT, as IoT Core's clients speak it."""

from __future__ import annotations

import base64
import socket

import pytest

from tests.engine.world import World

CONNECT = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01a"
CONNACK = b"\x20\x02\x00\x00"


def masked(payload: bytes) -> bytes:
    """Return a client's frame with a mask of zeros."""
    return bytes([0x82, 0x80 | len(payload)]) + bytes(4) + payload


# Signed addresses hold a session's token, and may come in several packets.
@pytest.mark.parametrize("length", [0, 12_000])
def test_mqtt_runs_over_a_websocket_with_a_long_address(world: World, length: int) -> None:
    host = "a1b2c3-ats.iot.us-east-1.amazonaws.com"
    query = f"X-Amz-Credential=000000000000/20261129/us-east-1/iotdevicegateway/aws4_request&t={'a' * length}"
    lines = [
        f"GET /mqtt?{query} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: mqtt",
    ]
    request = "\r\n".join([*lines, "", ""]).encode()
    with socket.create_connection(("127.0.0.1", world.port), timeout=60) as connection:
        connection.sendall(request[:5000])
        connection.sendall(request[5000:])
        with connection.makefile("rb") as answer:
            assert answer.readline() == b"HTTP/1.1 101 Switching Protocols\r\n"
            headers = dict(line.lower().split(b": ") for line in iter(answer.readline, b"\r\n"))
            assert headers[b"sec-websocket-protocol"] == b"mqtt\r\n"
            connection.sendall(masked(CONNECT))
            assert answer.read(6) == b"\x82\x04" + CONNACK


def test_websocket_on_an_unknown_path_is_refused(world: World) -> None:
    lines = [
        "GET /nothing HTTP/1.1",
        "Host: 127.0.0.1",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(bytes(16)).decode()}",
        "Sec-WebSocket-Version: 13",
    ]
    with socket.create_connection(("127.0.0.1", world.port), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 403 ")
