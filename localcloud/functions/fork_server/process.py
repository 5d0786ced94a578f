"""The prepared parent's process, and what each fork of it changes of itself before it goes on."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Collection
from types import ModuleType

from localcloud.functions.fork_server.hidden import HiddenModules, ImportRecord
from localcloud.functions.fork_server.messages import Fork, Forked, decode, encode

REHEARSED, ROUNDS = "_LOCALCLOUD_REHEARSED", 16  # the interpreter adapts code that has run some times


def become(channel: int, provided: Collection[str]) -> Callable[[int, ModuleType, object], None]:
    """Be the prepared parent, and return in each fork.

    What is returned is for a fork that becomes a parent itself, once it has loaded its handler: it takes
    the descriptor of its own socket, the runtime and the handler, and returns in each fork of that one.

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

        from localcloud.functions.fork_server.holes import KEPT, fill  # noqa: PLC0415 - nor what these need
        from localcloud.functions.fork_server.hooks import ForkHooks  # noqa: PLC0415
        from localcloud.functions.fork_server.hot import gather  # noqa: PLC0415
        from localcloud.functions.fork_server.invoked import rehearse  # noqa: PLC0415
        from localcloud.functions.fork_server.server import Server, share_one_heap  # noqa: PLC0415
        from localcloud.functions.fork_server.warm import steps  # noqa: PLC0415

    share_one_heap()
    hooks = ForkHooks()
    server = Server(socket.socket(fileno=channel), steps(record, hidden), hooks)
    request = server.serve()
    KEPT.append(server)  # what it knows of each other fork would be gone through to be freed
    _settle(request, library)
    processes = hidden.loaded("multiprocessing.process")
    if processes is not None:  # the secret by which the processes of one program know one another
        processes.current_process().authkey = os.urandom(32)
    hidden.bundled = request.bundled
    hidden.hide()

    def become_again(channel: int, runtime: ModuleType, handler: object) -> None:
        def rehearse_all(rounds: int) -> None:
            _rehearse(rounds)
            rehearse(runtime, handler, rounds)

        fill()  # what is copied now is to lie side by side
        gather(
            lambda: rehearse_all(1),
            [*sys.modules.values(), *globals().values(), Server, ForkHooks],
            [*vars(Server).values(), *vars(ForkHooks).values(), vars(runtime).get("serve"), handler],
        )
        server = Server(socket.socket(fileno=channel), iter(()), hooks)
        sys._clear_type_cache()  # a name that another one drives out is written to
        rehearse_all(ROUNDS)
        sys.argv[2] = sys.orig_argv[-2] = str(os.getpid())  # whose forks they are
        request = server.serve()
        KEPT.append(server)
        _surround(request)

    return become_again


def _rehearse(rounds: int) -> None:
    """Run what a template's fork runs first: the interpreter then adapts that code once for all of them."""
    for _ in range(rounds):
        encode(Forked(1, 1))
        for fork in Fork(1, [], {REHEARSED: "1"}, [], [], []), Fork(1, [], {}, [REHEARSED], [], []):
            request = decode(encode(fork))
            assert isinstance(request, Fork)
            _surround(request)


def _settle(request: Fork, library: list[str]) -> None:
    """Put right what an interpreter takes from its surroundings when it starts."""
    _surround(request)
    sys.path[:] = [*request.import_path, *library]
    # What a log record's `relativeCreated` counts from.
    vars(logging)["_startTime"] = time.time() if sys.version_info < (3, 13) else time.time_ns()


def _surround(request: Fork) -> None:
    variables = os.environ
    for name in list(variables) if request.unset is None else request.unset:
        del variables[name]
    for name in request.environment:  # `update` would ask what kind of mapping it is
        variables[name] = request.environment[name]
    if request.command:
        sys.orig_argv = list(request.command)
        sys.argv = sys.orig_argv[-4:]  # what follows the interpreter's own options
    if "TZ" in request.environment:
        time.tzset()
    vars(threading.main_thread())["_native_id"] = threading.get_native_id()
    if "_HANDLER" in request.environment:
        _name(request.environment["_HANDLER"])


def _name(handler: str) -> None:
    """Name the process after its handler's module, for `ps` and `top`: its command line is the parent's."""
    module = handler.rpartition(".")[0].rpartition(".")[2].rpartition("/")[2]
    with contextlib.suppress(OSError), open("/proc/self/comm", "w") as name:  # noqa: PTH123 - pathlib is hidden
        name.write(module)
