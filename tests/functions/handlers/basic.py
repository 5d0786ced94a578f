"""Small handlers, each showing one behaviour of the runtime."""

import itertools
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any


def echo(event: Any, context: Any) -> Any:
    return event


def context(event: Any, context: Any) -> Any:
    return {
        "request_id": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "version": context.function_version,
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
        "group": context.log_group_name,
        "stream": context.log_stream_name,
    }


def environment(event: Any, context: Any) -> Any:
    return {**os.environ, "cwd": str(Path.cwd()), "pgid": os.getpgid(0), "pid": os.getpid(), "path": sys.path}


def fail(event: Any, context: Any) -> Any:
    raise LookupError("no such order")


def fail_at_length(event: Any, context: Any) -> Any:
    raise LookupError("no such order: " + "x" * event["letters"])


def hang(event: Any, context: Any) -> Any:
    time.sleep(600)


def leave(event: Any, context: Any) -> Any:
    os._exit(int(event["code"]))


def die(event: Any, context: Any) -> Any:
    os.kill(os.getpid(), int(event["signal"]))


def big(event: Any, context: Any) -> Any:
    return "x" * int(event["size"])


def talk(event: Any, context: Any) -> Any:
    print("first line")  # noqa: T201 - a function logs by printing
    print("second line", file=sys.stderr)  # noqa: T201
    os.write(1, b"no line end")
    return "done"


def log_failure(event: Any, context: Any) -> Any:
    try:
        raise RuntimeError("expected")
    except RuntimeError:
        logging.getLogger().exception("it failed")
    print("next line")  # noqa: T201


def flood(event: Any, context: Any) -> Any:
    for number in range(1000):
        print(f"line {number:04}")  # noqa: T201


count = itertools.count(1)


def counter(event: Any, context: Any) -> Any:
    return {"pid": os.getpid(), "count": next(count)}


def imports(event: Any, context: Any) -> Any:
    import importlib

    results = {}
    for name in event:
        try:
            importlib.import_module(name)
            results[name] = True
        except ImportError:
            results[name] = False
    return results


def rendezvous_or_echo(event: Any, context: Any) -> Any:
    return rendezvous(event, context) if "folder" in event else event


def rendezvous(event: Any, context: Any) -> Any:
    """Say that this process is here, and wait until as many others are."""
    folder = Path(event["folder"])
    (folder / str(os.getpid())).touch()
    deadline = time.monotonic() + 60
    while len(list(folder.iterdir())) < event["count"]:
        if time.monotonic() > deadline:
            raise TimeoutError("the others did not come")
        time.sleep(0.002)
    return os.getpid()
