#!/usr/bin/env bash
# aiomqtt 2.5.1: subscribe() and publish() wait out their whole time limit after the connection has ended.
#
# One would expect: the client learns of the end at once, for its messages end with an error then; so a call that
#   waits for an acknowledgement on that connection ends too.
# What happens: a broker of MQTT 3.1.1 may end the connection instead of a SUBACK or PUBACK, and AWS IoT Core does
#   so for a topic that the policy does not allow. The iteration of messages raises "Disconnected" at once. The
#   call goes on until its limit (10 s unless another is set) and says "Operation timed out", whatever the limit.
# Why it matters: a refusal looks like a slow network, and a follower that reconnects with backoff stands still
#   for the limit first. A long limit, as a slow network wants one, makes it worse.
# What we do: our own client (clients/mqtt.py) reads the answer from the socket itself, whose end is an error at
#   once. With aiomqtt, iterate the messages beside the call, and end the call when they fail.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check aiomqtt==2.5.1 paho-mqtt==2.2.0

cat > "$folder/try.py" <<'PYTHON'
import asyncio
import time
from importlib.metadata import version

from aiomqtt import Client, MqttError, ProtocolVersion

CONNECT = 1
LIMITS = (3, 6)  # seconds


async def refuse(reader, writer):
    """Serve a connection by MQTT 3.1.1: take CONNECT, and end the connection at whatever comes next."""
    while True:
        kind, length = await reader.readexactly(2)  # packets here are shorter than 128 bytes
        await reader.readexactly(length)
        if kind >> 4 != CONNECT:
            writer.close()
            return
        writer.write(bytes((0x20, 2, 0, 0)))


async def seconds_and_error(waiting):
    start = time.monotonic()
    try:
        await waiting
    except MqttError as error:
        return time.monotonic() - start, str(error)
    raise AssertionError("no error")


async def iterate(client):
    async for _ in client.messages:
        pass


async def attempt(port, limit, name, call):
    try:
        async with Client("127.0.0.1", port, protocol=ProtocolVersion.V311, timeout=limit) as client:
            messages = asyncio.create_task(seconds_and_error(iterate(client)))
            took, error = await seconds_and_error(call(client))
            ended, reason = await messages
            print(f"limit of {limit} s, {name}")
            print(f"    messages: {reason}, at once: {ended < limit / 2}")
            print(f"    {name}: {error}, the whole limit: {took >= limit - 0.1}")
    except MqttError:
        pass  # leaving says again that the connection has ended


async def main():
    print("aiomqtt", version("aiomqtt"))
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    for limit in LIMITS:
        await attempt(port, limit, "subscribe", lambda client: client.subscribe("forbidden", qos=1))
    await attempt(port, LIMITS[0], "publish", lambda client: client.publish("forbidden", b"", qos=1))
    server.close()


asyncio.run(main())
PYTHON

timeout 60 "$folder/venv/bin/python" "$folder/try.py" | tee "$folder/output"
diff - "$folder/output" <<'EXPECTED'
aiomqtt 2.5.1
limit of 3 s, subscribe
    messages: Disconnected during message iteration, at once: True
    subscribe: Operation timed out, the whole limit: True
limit of 6 s, subscribe
    messages: Disconnected during message iteration, at once: True
    subscribe: Operation timed out, the whole limit: True
limit of 3 s, publish
    messages: Disconnected during message iteration, at once: True
    publish: Operation timed out, the whole limit: True
EXPECTED
