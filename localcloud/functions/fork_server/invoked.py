"""What each environment of a streaming function runs, run some times in its template.

The interpreter adapts code that has run, and caches what it looked up. Done once in the template, that lies
in memory once for all its forks; and what was called is known, so that it can be put side by side.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import Incomplete

TRACE = "_X_AMZN_TRACE_ID"
INVOCATION = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nLambda-Runtime-Aws-Request-Id: 0\r\n"
    b"Lambda-Runtime-Deadline-Ms: 0\r\nLambda-Runtime-Invoked-Function-Arn: arn\r\n\r\n{}"
)
ACCEPTED = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
END = b"\r\n0\r\n\r\n"


def rehearse(runtime: ModuleType, handler: object, rounds: int) -> None:
    """Run a runtime against a stand-in of the Runtime API, and what the handler's module has to rehearse.

    Parameters
    ----------
    rounds
        How often; the interpreter adapts code that has run some times.
    runtime
        A program that may be forked, with ``Runtime(address).handle_next(handler)``.
    handler
        The function's; ``rehearse()`` of its module, if there is one, is its own rehearsal.
    """
    own: Callable[[], object] | None = getattr(
        sys.modules.get(str(getattr(handler, "__module__", ""))), "rehearse", None
    )
    try:
        if hasattr(runtime, "Runtime"):
            _serve(runtime, rounds)
        if own is not None:
            for _ in range(rounds):
                own()
    except Exception:  # whatever it is, forks can do without
        traceback.print_exc()


def _serve(runtime: Incomplete, rounds: int) -> None:
    def handler(_event: object, context: Incomplete) -> object:
        context.get_remaining_time_in_millis()
        return runtime.StreamingResponse(headers={"Content-Type": "text/plain"}, body=iter((b"piece",)))

    with socket.create_server(("127.0.0.1", 0)) as door:
        api = threading.Thread(target=_answer, args=(door, rounds))
        api.start()
        address = "127.0.0.1:{}".format(*door.getsockname()[1:])
        for _ in range(rounds):
            runtime.Runtime(address).handle_next(handler)
        api.join()
    runtime.Runtime.request_id = ""
    os.environ.pop(TRACE, None)


def _answer(door: socket.socket, rounds: int) -> None:
    for _ in range(rounds):
        connection, _ = door.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(INVOCATION)
            received = b""
            while not received.endswith(END):
                received += connection.recv(4096)
            connection.sendall(ACCEPTED)
