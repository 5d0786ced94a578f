#!/usr/bin/env bash
# uvloop 0.23.0: after uvloop.run, Ctrl-C and SIGTERM do nothing if the program handled them on the loop.
#
# One would expect: a loop that is closed gives the signals back. asyncio's close() removes its handlers: SIGINT
#   raises KeyboardInterrupt again, and SIGTERM ends the process.
# What happens: close() of uvloop leaves a bound method of the closed loop as the process's handler of both, without
#   a word. The signals are swallowed from then on.
# Why it matters: a server that shuts down cleanly on Ctrl-C and then goes on in the same process (a test suite, a
#   notebook, a command that cleans up) cannot be interrupted any more. Our test suite waited for ever.
# What we do: the local cloud removes its handlers before the loop ends (localcloud/command_line/serving.py), and each
#   test fails that leaves SIGINT to another handler.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check uvloop==0.23.0

cat > "$folder/try.py" <<'PYTHON'
import asyncio
import os
import signal
import time
from importlib.metadata import version

import uvloop

signal.signal(signal.SIGINT, signal.default_int_handler)


async def serve(remove):
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        loop.add_signal_handler(number, stop.set)
    os.kill(os.getpid(), signal.SIGINT)
    await stop.wait()
    if remove:
        for number in numbers:
            loop.remove_signal_handler(number)


def interrupted():
    """Return whether Ctrl-C interrupts the program now."""
    try:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(20):
            time.sleep(0.01)
    except KeyboardInterrupt:
        return True
    return False


def after(run, remove=False):
    signal.signal(signal.SIGINT, signal.default_int_handler)
    run(serve(remove))
    terminates = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    return interrupted(), terminates


print("uvloop", version("uvloop"))
for name, (interrupts, terminates) in (
    ("asyncio.run", after(asyncio.run)),
    ("uvloop.run", after(uvloop.run)),
    ("uvloop.run, handlers removed", after(uvloop.run, remove=True)),
):
    print(f"{name}: Ctrl-C interrupts afterwards: {interrupts}; SIGTERM has its default: {terminates}")
PYTHON

expected="uvloop 0.23.0
asyncio.run: Ctrl-C interrupts afterwards: True; SIGTERM has its default: True
uvloop.run: Ctrl-C interrupts afterwards: False; SIGTERM has its default: False
uvloop.run, handlers removed: Ctrl-C interrupts afterwards: True; SIGTERM has its default: True"
output=$("$folder/venv/bin/python" "$folder/try.py")
echo "$output"
[ "$output" = "$expected" ] || { echo "uvloop behaves otherwise now"; exit 1; }
