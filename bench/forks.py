"""The least that a process for each stream can be: forks of one interpreter that wait on a socket.

``python bench/forks.py COUNT`` forks so many, says when they wait, and ends with its input. With
``answered`` behind it, each of them has sent a request before, and has read the JSON of its answer.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"version": [1]}'


def main(count: str, kind: str = "waiting") -> None:
    """Fork, and wait for the end of the input."""
    gc.collect()
    gc.freeze()  # as any server does that forks: the collector writes to nothing that is there before
    sockets = []
    for _ in range(int(count)):
        ours, theirs = socket.socketpair()
        if os.fork() == 0:
            os.closerange(3, theirs.fileno())  # or none would learn that the other side is gone
            wait(theirs, answered=kind == "answered")
        theirs.close()
        sockets.append(ours)
        if kind == "answered":
            ours.recv(4096)
            ours.sendall(ANSWER)
        ours.recv(1)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


def wait(connection: socket.socket, *, answered: bool) -> None:
    """Be a fork, until the other side is gone."""
    if answered:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        head, _, body = connection.recv(4096).partition(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
        document = json.loads(body[: int(fields[b"Content-Length"])])
        json.dumps(document)
    connection.sendall(b"1")
    connection.recv(1)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
