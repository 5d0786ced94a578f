"""Run DynamoDB Local and send requests to it; ``python -m`` this within a network namespace.

DynamoDB Local listens on all interfaces and has no option for it. In a new namespace there is one
interface, loopback, and nobody else: so the server *and* who talks to it run inside.

Standard input: ``{"jar": path, "tables": [CreateTable…], "requests": [[operation, parameters]…]}``.
Standard output: ``{"outcomes": ["OK" or an error's code…], "messages": […], "items": {table: […]}}``.
"""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, TypeAlias

Document: TypeAlias = "dict[str, Any]"
PORT = 8000
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1


def raise_loopback() -> None:
    """Bring ``lo`` up: a new namespace has it down. Refuses where there is another interface."""
    others = {name for _, name in socket.if_nameindex()} - {"lo"}
    if others:
        raise SystemExit(f"not in a namespace of its own: there is {', '.join(sorted(others))}")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", 0)
        (flags,) = struct.unpack_from("H", fcntl.ioctl(control, SIOCGIFFLAGS, request), 16)
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | IFF_UP))


def send(operation: str, parameters: Document) -> tuple[str, Document]:
    """Return ``OK`` or the error's code, and the answer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORT}/",
        json.dumps(parameters).encode(),
        {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Authorization": "AWS4-HMAC-SHA256 Credential=local/20261120/us-east-1/dynamodb/aws4_request, "
            "SignedHeaders=host, Signature=0",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return "OK", json.loads(response.read())
    except urllib.error.HTTPError as error:
        body: Document = json.loads(error.read())
        return str(body.get("__type", error.code)).rpartition("#")[2], body


def wait(process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            send("ListTables", {})
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("DynamoDB Local did not answer")


def replay(job: Document) -> Document:
    """Start the server, make the tables, send all requests in their order, read the tables."""
    jar = Path(job["jar"])
    command = ["java", f"-Djava.library.path={jar.parent / 'DynamoDBLocal_lib'}", "-jar", str(jar)]
    with subprocess.Popen(
        [*command, "-inMemory", "-disableTelemetry", "-port", str(PORT)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=jar.parent,
    ) as process:
        try:
            wait(process)
            for table in job["tables"]:
                code, answer = send("CreateTable", table)
                if code != "OK":
                    raise SystemExit(f"CreateTable: {answer}")
            answers = [send(operation, parameters) for operation, parameters in job["requests"]]
            items = {
                table["TableName"]: send("Scan", {"TableName": table["TableName"]})[1]["Items"]
                for table in job["tables"]
            }
        finally:
            process.terminate()
    return {
        "outcomes": [code for code, _ in answers],
        "messages": [str(body.get("message", body.get("Message", ""))) for _, body in answers],
        "items": items,
    }


if __name__ == "__main__":
    raise_loopback()
    json.dump(replay(json.load(sys.stdin)), sys.stdout)
