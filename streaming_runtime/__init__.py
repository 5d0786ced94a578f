#!/bin/sh
# fmt: off
"exec" "$1" "$0" "$@"
# fmt: on
__doc__ = """A runtime for AWS Lambda's managed Python that can stream responses, in one file.

``awslambdaric`` sends nothing before a handler has returned, so this file speaks Lambda's Runtime API
instead. Put it into the function's package, executable, and set ``AWS_LAMBDA_EXEC_WRAPPER`` to its path
(``/var/task/streaming_runtime/__init__.py``): the first lines above have a shell start it with the usual
runtime's interpreter. A handler's iterator of ``str`` or ``bytes`` is streamed:

>>> def handler(event, context):
...     yield StreamingResponse(headers={"Content-Type": "text/plain"})
...     for number in range(3):
...         yield f"{number} "

A ``StreamingResponse`` with the iterator as its body is, too; anything else is one JSON document, as always.
How to use it, and what it leaves out: ``docs/streaming.md``.
Source of the protocol: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html
"""
# localcloud: may be forked between prepare() and serve()

import base64
import importlib
import io
import json
import logging
import os
import select
import socket
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from types import TracebackType
from typing import BinaryIO, Final, cast

Handler = Callable[[object, "Context"], object]
PREFIX: Final = "/2018-06-01/runtime"
INTEGRATION: Final = "application/vnd.awslambda.http-integration-response"
ERROR_TYPE: Final = "Lambda-Runtime-Function-Error-Type"
ERROR_BODY: Final = "Lambda-Runtime-Function-Error-Body"


class StreamingResponse:
    """A streamed HTTP response: what API Gateway and function URLs make an answer of.

    Parameters
    ----------
    status
        The HTTP status.
    headers
        By name; a list has several values, which function URLs do not take.
    body
        The pieces of the body; text is sent as UTF-8.
    cookies
        Each the value of one ``Set-Cookie``.
    """

    def __init__(
        self,
        status: int = 200,
        headers: Mapping[str, str | list[str]] | None = None,
        body: Iterable[str | bytes] = (),
        cookies: Iterable[str] = (),
    ) -> None:
        self.status, self.headers, self.body, self.cookies = status, headers or {}, body, list(cookies)

    def prelude(self) -> bytes:
        """Return what comes before the body: JSON, then eight NUL bytes."""
        single = {name: text for name, text in self.headers.items() if isinstance(text, str)}
        several = {name: texts for name, texts in self.headers.items() if name not in single}
        rest = {"multiValueHeaders": several, "cookies": self.cookies}
        document = {"statusCode": self.status, "headers": single, **{k: v for k, v in rest.items() if v}}
        return json.dumps(document, separators=(",", ":")).encode() + b"\0" * 8


class Context:
    """A handler's second argument, with the members that ``awslambdaric`` gives it."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers["lambda-runtime-invoked-function-arn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context: object = json.loads(headers.get("lambda-runtime-client-context") or "null")
        self.identity: object = json.loads(headers.get("lambda-runtime-cognito-identity") or "null")
        self._deadline_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take."""
        return max(0, self._deadline_ms - int(time.time() * 1000))


class BadHandler(Exception):
    """The handler cannot be loaded; ``kind`` and the message are Lambda's own."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = f"Runtime.{kind}"


def load(name: str) -> Handler:
    """Import a handler, ``package.module.function``, or raise :class:`BadHandler`."""
    path, _, attribute = name.rpartition(".")
    if not path:
        raise BadHandler("MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack")
    try:
        module = importlib.import_module(path.replace("/", "."))
    except ImportError as error:
        raise BadHandler("ImportModuleError", f"Unable to import module '{path}': {error}") from error
    except SyntaxError as error:
        raise BadHandler("UserCodeSyntaxError", f"Syntax error in module '{path}': {error}") from error
    if not hasattr(module, attribute):
        raise BadHandler("HandlerNotFound", f"Handler '{attribute}' missing on module '{path}'")
    return cast("Handler", getattr(module, attribute))


def _failure(error: BaseException, request_id: str = "") -> tuple[str, bytes]:
    """Log an exception, and return its type and document: the handler's frames, none of this file's."""
    kind = error.kind if isinstance(error, BadHandler) else type(error).__name__
    frames: TracebackType | None = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    trace = traceback.format_tb(frames)
    sys.stdout.write(f"[ERROR] {kind}: {error}\nTraceback (most recent call last):\n{''.join(trace)}")
    document = {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}
    return kind, json.dumps(document).encode()


def _pieces(result: object) -> tuple[bytes, Generator[object]] | None:
    """Return how a result is streamed: what precedes it, if anything, and its items; None if it is not."""
    first, rest = result, cast("Iterator[object]", iter(()))
    if isinstance(result, Iterator):
        # What fails before the first item is a failure like any other.
        first, rest = next(result, b""), result
    elif not isinstance(result, StreamingResponse):
        return None
    if isinstance(first, StreamingResponse):
        return first.prelude(), _chained(first.body, rest)
    return b"", _chained((first,), rest)


def _chained(first: Iterable[object], rest: Iterable[object]) -> Generator[object]:
    yield from first
    yield from rest


class Runtime:
    """Speaks the Runtime API: takes invocations one after the other, and sends what the handler makes."""

    request_id = ""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = (host, int(port))
        self._socket: socket.socket | None = None

    def handle_next(self, handler: Handler) -> None:
        """Wait for an invocation and run it."""
        event, headers = self._call("GET", f"{PREFIX}/invocation/next")
        context = Context(headers)
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("lambda-runtime-trace-id", "")
        Runtime.request_id = context.aws_request_id
        path = f"{PREFIX}/invocation/{self.request_id}"
        try:
            result = handler(json.loads(event), context)
            pieces = _pieces(result)
            body = json.dumps(result, ensure_ascii=False).encode() if pieces is None else b""
        except Exception as error:  # whatever a handler raises is its invocation's result
            self.report(f"{path}/error", error)
        else:
            if pieces is None:
                self._call("POST", f"{path}/response", body, {"Content-Type": "application/json"})
                return
            try:
                self._stream(f"{path}/response", *pieces)
            except ConnectionError:
                self._close()  # its reader has gone; the next request opens another one
            finally:
                pieces[1].close()  # its own `finally` runs now

    def report(self, path: str, error: BaseException) -> None:
        """Report that the handler raised, or cannot be loaded."""
        kind, body = _failure(error, self.request_id)
        self._call("POST", path, body, {"Content-Type": "application/json", ERROR_TYPE: kind})

    def _stream(self, path: str, prelude: bytes, pieces: Iterator[object]) -> None:
        trailer = b""
        headers = {
            "Content-Type": INTEGRATION if prelude else "application/octet-stream",
            "Lambda-Runtime-Function-Response-Mode": "streaming",
            "Transfer-Encoding": "chunked",
            "Trailer": f"{ERROR_TYPE}, {ERROR_BODY}",
        }
        connection = self._send("POST", path, headers, _chunk(prelude))
        while True:
            try:
                chunk = _chunk(next(pieces))
            except StopIteration:
                break
            except Exception as error:  # too late for another status: it goes behind the body
                kind, body = _failure(error, self.request_id)
                trailer = b"%b: %b\r\n" % (ERROR_TYPE.encode(), kind.encode())
                trailer += b"%b: %b\r\n" % (ERROR_BODY.encode(), base64.b64encode(body))
                break
            if select.select([connection], [], [], 0)[0]:
                raise ConnectionError  # an answer before the end: the rest is not read
            connection.sendall(chunk)
        connection.sendall(b"0\r\n" + trailer + b"\r\n")
        self._answer()

    def _call(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, Mapping[str, str]]:
        self._send(method, path, {**(headers or {}), "Content-Length": str(len(body))}, body)
        status, headers, answer = self._answer()
        if method == "GET" and status != 200:
            raise SystemExit(f"the Runtime API answered {status}: {answer.decode()}")
        return answer, headers

    # `http.client` reads a head with the parser of mail. Where environments are forks of one process, that
    # is half of the memory that each has to itself while it waits.

    def _send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> socket.socket:
        if self._socket is None:
            self._socket = socket.socket()
            self._socket.connect(self._address)
            self._answers: BinaryIO = self._socket.makefile("rb")
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        host = "{}:{}".format(*self._address)
        self._socket.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n{head}\r\n".encode() + body)
        return self._socket

    def _answer(self) -> tuple[int, Mapping[str, str], bytes]:
        line, headers, read = self._answers.readline(), {}, self._answers.readline
        if not line:
            raise ConnectionResetError("the Runtime API closed the connection")
        while field := read().strip():
            name, _, value = field.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        body = self._answers.read(int(headers.get("content-length", "0")))
        if headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(read().partition(b";")[0], 16):
                body += self._answers.read(size + 2)[:-2]
            while read().strip():  # trailers
                pass
        if headers.get("connection", "").lower() == "close":
            self._close()
        return int(line.split()[1]), headers, body

    def _close(self) -> None:
        if self._socket is not None:
            self._answers.close()
            self._socket.close()
            self._socket = None  # the next request opens another one


def _chunk(piece: object) -> bytes:
    """Return an item as a chunk; an empty one as none, or it would be the last."""
    data = piece.encode() if isinstance(piece, str) else piece
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError(f"a streamed response consists of str and bytes, not of {type(piece).__name__}")
    return b"%x\r\n" % len(data) + data + b"\r\n" if data else b""


def prepare() -> Handler:
    """Load the function's handler: Lambda's init phase."""
    # A handler that imports this file by its name gets this very module.
    name = __file__.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
    sys.modules[name] = sys.modules[__name__]
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    cast("io.TextIOWrapper", sys.stdout).reconfigure(line_buffering=True)
    lines = logging.StreamHandler(sys.stdout)
    lines.addFilter(lambda record: vars(record).update(aws_request_id=Runtime.request_id) is None)
    form = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    lines.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S"))  # TZ is UTC in Lambda
    logging.getLogger().addHandler(lines)
    try:
        return load(os.environ["_HANDLER"])
    except BaseException as error:
        Runtime(os.environ["AWS_LAMBDA_RUNTIME_API"]).report(f"{PREFIX}/init/error", error)
        raise SystemExit(1) from error


def serve(handler: Handler) -> None:
    """Run invocations until Lambda ends the process."""
    runtime = Runtime(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        runtime.handle_next(handler)


if __name__ == "__main__":
    serve(prepare())
