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
from importlib.machinery import SourceFileLoader
from importlib.metadata import distribution
from types import CodeType

from localcloud.engine.mends import MODULES
from tests.engine.template import CHANNEL

PACKET_BYTES = 65_536
# What an engine imports, but for MiniStack itself: it reads its settings while it is imported.
LIBRARIES = (
    *("cryptography.hazmat.primitives.asymmetric.rsa", "cryptography.x509", "defusedxml.ElementTree"),
    *("argparse", "cryptography.hazmat.decrepit.ciphers.algorithms", "email.mime.multipart"),
    *("cryptography.hazmat.primitives.serialization", "email.mime.text", "email.policy", "graphql"),
    *("h2.events", "hypercorn.config", "hypercorn.protocol.events", "hypercorn.typing", "hypercorn.utils"),
    *("multiprocessing.synchronize", "smtplib", "tarfile", "tomllib", "uvicorn.lifespan.on"),
    *("localcloud.engine.server", "localcloud.engine.iot_authorizers", "localcloud.engine.calls"),
    *(f"localcloud.engine.mends.{name}" for name in MODULES),
)


def keep_ministack_read() -> None:
    """Have forks load MiniStack's modules from memory: to read them is a quarter of an engine's start."""
    read = SourceFileLoader.get_code
    codes: dict[str, CodeType | None] = {}
    for file in distribution("ministack").files or ():
        if file.suffix == ".py":
            path = str(file.locate())
            codes[path] = read(SourceFileLoader("", path), "")

    def get_code(self: SourceFileLoader, name: str) -> CodeType | None:
        return codes.get(self.path) or read(self, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]


def serve(channel: socket.socket, run: Callable[[], int]) -> None:
    """Be the template, until all channels are closed."""
    channels = {channel.fileno(): channel}
    running: dict[int, tuple[int, int]] = {}
    while channels:
        for descriptor in select.select([*channels, *running], [], [])[0]:
            if descriptor in channels:
                packet, descriptors, _, _ = socket.recv_fds(channels[descriptor], PACKET_BYTES, 4)
                if not packet:
                    channels.pop(descriptor).close()
                    continue
                if packet == CHANNEL:
                    channels[descriptors[0]] = socket.socket(fileno=descriptors[0])
                    continue
                pid = os.fork()
                if pid == 0:
                    kept = [each.detach() for each in channels.values()]
                    kept += [*running, *(ending for _, ending in running.values())]
                    *words, environment = json.loads(packet)
                    become(words, environment, descriptors, kept, run)
                running[os.pidfd_open(pid)] = (pid, descriptors.pop(2))
                for each in descriptors:
                    os.close(each)
                channels[descriptor].send(str(pid).encode())
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
        keep_ministack_read()
    serve(socket.socket(fileno=int(sys.argv[1])), main)
