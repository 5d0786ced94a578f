"""Handlers that look around in their own process, and ones that leave a mess there."""

import builtins
import contextlib
import gc
import locale
import logging
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

STREAMS: list[Any] = [sys.__stdin__, sys.__stdout__, sys.__stderr__]
# What differs from one environment to the next, and which of two functions this is.
OWN = (
    "RUNTIME_API",
    "STREAM_NAME",
    "TRACE_ID",
    "KEY",
    "KEY_ID",
    "TOKEN",
    "FUNCTION_NAME",
    "GROUP_NAME",
    "UTF8",
)


def everything(event: Any, context: Any) -> Any:
    """Return what a function can know of its interpreter."""
    modules = {
        name for name, module in sys.modules.items() if str(getattr(module, "__file__", "")).endswith(".py")
    }
    import resource
    import subprocess

    return {
        "environment": {name: text for name, text in os.environ.items() if not name.endswith(OWN)},
        "C environment": sorted(
            line
            for line in subprocess.check_output(["env"], text=True).splitlines()
            if not line.partition("=")[0].endswith(OWN)
        ),
        "path": sys.path,
        "finders": [getattr(item, "__name__", type(item).__name__) for item in sys.meta_path],
        "hooks": len(sys.path_hooks),
        "flags": str(sys.flags),
        "argv": [*sys.argv[:2], *sys.argv[3:]],
        "orig_argv": [*sys.orig_argv[:5], *sys.orig_argv[6:]],
        "main": sys.modules["__main__"].__file__,
        "modules": sorted(modules),
        "folder": str(Path.cwd()),
        "files": sorted(_open_files()),
        "signals": [str(signal.getsignal(valid_signal)) for valid_signal in sorted(signal.valid_signals())],
        "blocked": [str(item) for item in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
        "threads": [item.name for item in threading.enumerate()],
        "main thread": threading.main_thread().native_id == os.getpid(),
        "session": os.getsid(0) == os.getpgid(0) == os.getpid(),
        "collector": [gc.isenabled(), gc.get_threshold()],
        "locale": locale.setlocale(locale.LC_ALL),
        "time zone": [time.tzname, time.localtime(0).tm_hour],
        "streams": [[stream.encoding, stream.errors, stream.isatty()] for stream in STREAMS],
        "warnings": [str(item) for item in warnings.filters],
        "loggers": [str(handler) for handler in logging.getLogger().handlers],
        "niceness": os.nice(0),
        "limits": [resource.getrlimit(item) for item in range(10)],
        "recursion": sys.getrecursionlimit(),
        "depth": _depth(),
        "builtins": sorted(vars(builtins)),
    }


def _open_files() -> list[str]:
    targets = []
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was open to list the others
            targets.append(str(entry.readlink()).partition(":")[0])
    return targets


def _depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def spoil(event: Any, context: Any) -> Any:
    """Change everything that another function might share."""
    import boto3
    import botocore.session

    vars(boto3)["client"] = vars(botocore.session)["Session"] = None
    vars(sys.modules["json"])["left_behind"] = True
    os.environ["LEFT_BEHIND"] = "1"
    os.chdir("/")
    signal.signal(signal.SIGUSR1, lambda *_: None)
    os.dup(1)
    threading.Thread(target=time.sleep, args=(60,), daemon=True, name="left behind").start()
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    sys.path.append("/left/behind")
    return os.getppid()


def look(event: Any, context: Any) -> Any:
    """Return what is there of another's mess."""
    import boto3
    import botocore.session

    return {
        "boto3": None in (vars(boto3)["client"], vars(botocore.session)["Session"]),
        "json": hasattr(sys.modules["json"], "left_behind"),
        "environment": "LEFT_BEHIND" in os.environ,
        "folder": str(Path.cwd()) == "/",
        "signal": signal.getsignal(signal.SIGUSR1) is not signal.SIG_DFL,
        "threads": threading.active_count() - 1,
        "time zone": time.tzname[0] == "JST",
        "path": "/left/behind" in sys.path,
        "parent": os.getppid(),
    }


def numbers(event: Any, context: Any) -> Any:
    """Return what must be another one in each process, and never the same twice."""
    import multiprocessing
    import random
    import secrets
    import tempfile
    import uuid

    return {
        "random": random.random(),
        "integer": random.SystemRandom().random(),
        "uuid4": str(uuid.uuid4()),
        "uuid1": str(uuid.uuid1()),
        "secret": secrets.token_hex(),
        "file": Path(tempfile.mktemp()).name,
        "key": multiprocessing.current_process().authkey.hex(),
    }


def run(event: Any, context: Any) -> Any:
    """Run Python code, and return what it calls `answer`."""
    names: dict[str, Any] = {}
    exec(event["code"], names)
    return names["answer"]
