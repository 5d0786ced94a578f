"""The template of engines: ``python -m tests.engine.forking CHANNEL``, in the engine's environment.

See `tests.engine.template`.
"""

from __future__ import annotations

import importlib
import json
import os
import select
import socket
import sys
from collections.abc import Callable

PACKET_BYTES = 65_536
# What an engine imports, but for MiniStack itself: it reads its settings while it is imported.
LIBRARIES = (
    *("cryptography.hazmat.primitives.asymmetric.rsa", "cryptography.x509", "defusedxml.ElementTree"),
    *("email.policy", "graphql", "hypercorn.config", "multiprocessing.synchronize"),
    *("smtplib", "tarfile", "tomllib", "uvicorn.lifespan.on", "localcloud.engine.server"),
)


def serve(channel: socket.socket, run: Callable[[], int]) -> None:
    """Be the template."""
    running: dict[int, tuple[int, int]] = {}
    while True:
        for descriptor in select.select([channel.fileno(), *running], [], [])[0]:
            if descriptor == channel.fileno():
                packet, descriptors, _, _ = socket.recv_fds(channel, PACKET_BYTES, 4)
                if not packet:
                    return
                pid = os.fork()
                if pid == 0:
                    kept = [channel.detach(), *running, *(ending for _, ending in running.values())]
                    *words, environment = json.loads(packet)
                    become(words, environment, descriptors, kept, run)
                running[os.pidfd_open(pid)] = (pid, descriptors.pop(2))
                for each in descriptors:
                    os.close(each)
                channel.send(str(pid).encode())
            else:
                pid, ending = running.pop(descriptor)
                os.close(descriptor)
                os.write(ending, str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())
                os.close(ending)


def become(
    words: list[str],
    environment: dict[str, str],
    descriptors: list[int],
    kept: list[int],
    run: Callable[[], int],
) -> None:
    """Be an engine: what ``python -m localcloud.engine`` is."""
    stdin, output, ending, *listener = descriptors
    os.setsid()
    for source, target in ((stdin, 0), (output, 1), (output, 2)):
        os.dup2(source, target)
    for each in (stdin, output, ending, *kept):
        os.close(each)
    os.environ.clear()
    os.environ.update(environment)
    if listener:
        os.environ["LOCALCLOUD_ENGINE_SOCKET"] = str(listener[0])
    sys.argv = ["localcloud.engine", *words]
    code = 1
    try:
        code = run()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    from localcloud.importing import all_stays, import_cache

    import_cache("engine").install()
    with all_stays():
        from localcloud.engine.command import main

        for library in LIBRARIES:
            importlib.import_module(library)
    serve(socket.socket(fileno=int(sys.argv[1])), main)
