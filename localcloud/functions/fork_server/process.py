"""The prepared parent's process, and what each fork of it changes of itself before it goes on."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Collection

from localcloud.functions.fork_server.hidden import HiddenModules, ImportRecord
from localcloud.functions.fork_server.messages import Fork


def become(channel: int, provided: Collection[str]) -> Callable[[int], list[str]]:
    """Be the prepared parent, and return in each fork.

    What is returned is for a fork that becomes a parent itself, once it has loaded its handler: it takes
    the descriptor of its own socket, and returns in each fork of that one with its ``sys.argv``.

    Parameters
    ----------
    channel : int
        The descriptor of the socket to the local cloud.
    provided : collection of str
        The top-level packages that the runtime brings.
    """
    record = ImportRecord()
    hidden = HiddenModules(record, provided)
    library = list(sys.path)
    with record.noting():
        import socket  # noqa: PLC0415 - a fresh interpreter has not imported it

        from localcloud.functions.fork_server.server import Server  # noqa: PLC0415 - nor what this needs
        from localcloud.functions.fork_server.warm import steps  # noqa: PLC0415

    request = Server(socket.socket(fileno=channel), steps(record, hidden)).serve()
    _settle(request, library)
    processes = hidden.loaded("multiprocessing.process")
    if processes is not None:  # the secret by which the processes of one program know one another
        processes.current_process().authkey = os.urandom(32)
    hidden.bundled = request.bundled
    hidden.hide()

    def become_again(channel: int) -> list[str]:
        request = Server(socket.socket(fileno=channel), iter(())).serve()
        _surround(request)
        return sys.argv

    return become_again


def _settle(request: Fork, library: list[str]) -> None:
    """Put right what an interpreter takes from its surroundings when it starts."""
    _surround(request)
    sys.path[:] = [*request.import_path, *library]
    # What a log record's `relativeCreated` counts from.
    vars(logging)["_startTime"] = time.time() if sys.version_info < (3, 13) else time.time_ns()


def _surround(request: Fork) -> None:
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    sys.orig_argv = list(request.command)
    sys.argv = sys.orig_argv[-4:]  # what follows the interpreter's own options
    vars(threading.main_thread())["_native_id"] = threading.get_native_id()
    _name(request.environment["_HANDLER"])


def _name(handler: str) -> None:
    """Name the process after its handler's module, for `ps` and `top`: its command line is the parent's."""
    module = handler.rpartition(".")[0].rpartition(".")[2].rpartition("/")[2]
    with contextlib.suppress(OSError), open("/proc/self/comm", "w") as name:  # noqa: PTH123 - pathlib is hidden
        name.write(module)
