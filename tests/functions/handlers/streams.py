"""Handlers that stream. Files in the event's folder say how far the test is, and how far they are."""

import logging
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streaming_runtime import StreamingResponse


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.005)


def steps(event: Any, context: Any) -> Iterator[str]:
    """Send one piece, and the next one once the test has the first."""
    yield "one "
    wait_for(Path(event["folder"], "go"))
    yield "two"


def page(event: Any, context: Any) -> StreamingResponse:
    headers: dict[str, str | list[str]] = {"Content-Type": "text/event-stream", "X-Many": ["a", "b"]}
    return StreamingResponse(201, headers, steps(event, context), ["a=1; Path=/", "b=2"])


def announced(event: Any, context: Any) -> Iterator[StreamingResponse | str | bytes]:
    yield StreamingResponse(headers={"Content-Type": "text/plain"})
    yield "caf\u00e9 "
    yield b""
    yield b"\0\xff"


def plain(event: Any, context: Any) -> Any:
    logging.getLogger().warning("asked")
    sys.stdout.write("printed\n")
    return {
        "event": event,
        "name": context.function_name,
        "arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
        "trace": os.environ["_X_AMZN_TRACE_ID"],
    }


def fail_at_once(event: Any, context: Any) -> Iterator[str]:
    if event is not None:
        raise LookupError("no such order")
    yield ""


def fail_later(event: Any, context: Any) -> Iterator[str]:
    yield "so far"
    raise LookupError("lost it")


def wrong_piece(event: Any, context: Any) -> Iterator[object]:
    yield "so far"
    yield 7


def endless(event: Any, context: Any) -> Iterator[str]:
    """Send heartbeats until the stream is closed; a file says that it was."""
    try:
        while True:
            yield "beat "
            time.sleep(0.005)
    finally:
        Path(event["folder"], "closed").touch()


def large(event: Any, context: Any) -> Iterator[bytes]:
    """Send so many pieces of 64 KiB; a file counts those that were taken."""
    count = Path(event.get("folder", "/dev"), "count" if "folder" in event else "null")
    for number in range(event["pieces"]):
        yield bytes(65536)
        count.write_text(str(number + 1))


def exit_later(event: Any, context: Any) -> Iterator[str]:
    yield "so far"
    os._exit(3)


def hang_later(event: Any, context: Any) -> Iterator[str]:
    yield "so far"
    time.sleep(600)


LOADED = os.urandom(8).hex()


def identity(event: Any, context: Any) -> Iterator[str]:
    """Tell which process loaded this module for which one; then wait as long as the test wants."""
    yield f"{LOADED} {os.getpid()}"
    wait_for(Path(event["folder"], "go"))


REHEARSED: list[int] = []


def rehearse() -> None:
    REHEARSED.append(os.getpid())


def rehearsed(event: Any, context: Any) -> Iterator[str]:
    """Send in which process this module was rehearsed, and in which one this runs."""
    yield f"{REHEARSED} {os.getppid()}"


def memory(event: Any, context: Any) -> Iterator[str]:
    """Send how many KB this process has to itself."""
    with Path("/proc/self/smaps_rollup").open() as rollup:
        sizes = [int(line.split()[1]) for line in rollup if line.startswith("Private_Dirty:")]
    yield str(sum(sizes))
