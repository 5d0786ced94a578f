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
import http.client
import importlib
import io
import json
import logging
import os
import select
import sys
import time
import traceback
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Final, cast

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

    def __init__(self, headers: http.client.HTTPMessage) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context: object = json.loads(headers["Lambda-Runtime-Client-Context"] or "null")
        self.identity: object = json.loads(headers["Lambda-Runtime-Cognito-Identity"] or "null")
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])

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
        self._connection = http.client.HTTPConnection(address)

    def handle_next(self, handler: Handler) -> None:
        """Wait for an invocation and run it."""
        event, headers = self._call("GET", f"{PREFIX}/invocation/next")
        context = Context(headers)
        os.environ["_X_AMZN_TRACE_ID"] = headers.get("Lambda-Runtime-Trace-Id", "")
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
            except (ConnectionError, http.client.HTTPException):
                self._connection.close()  # its reader has gone; the next request opens another one
            finally:
                pieces[1].close()  # its own `finally` runs now

    def report(self, path: str, error: BaseException) -> None:
        """Report that the handler raised, or cannot be loaded."""
        kind, body = _failure(error, self.request_id)
        self._call("POST", path, body, {"Content-Type": "application/json", ERROR_TYPE: kind})

    def _stream(self, path: str, prelude: bytes, pieces: Iterator[object]) -> None:
        connection, trailer = self._connection, b""
        connection.putrequest("POST", path, skip_accept_encoding=True)
        connection.putheader("Content-Type", INTEGRATION if prelude else "application/octet-stream")
        connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.putheader("Trailer", f"{ERROR_TYPE}, {ERROR_BODY}")
        connection.endheaders(_chunk(prelude))
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
            if select.select([connection.sock], [], [], 0)[0]:
                raise ConnectionError  # an answer before the end: the rest is not read
            connection.send(chunk)
        connection.send(b"0\r\n" + trailer + b"\r\n")
        connection.getresponse().read()

    def _call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[bytes, http.client.HTTPMessage]:
        self._connection.request(method, path, body, headers or {})
        response = self._connection.getresponse()
        answer = response.read()
        if method == "GET" and response.status != http.client.OK:
            raise SystemExit(f"the Runtime API answered {response.status}: {answer.decode()}")
        return answer, response.headers


def _chunk(piece: object) -> bytes:
    """Return an item as a chunk; an empty one as none, or it would be the last."""
    data = piece.encode() if isinstance(piece, str) else piece
    if not isinstance(data, (bytes, bytearray)):
        raise TypeError(f"a streamed response consists of str and bytes, not of {type(piece).__name__}")
    return b"%x\r\n" % len(data) + data + b"\r\n" if data else b""


def prepare() -> Handler:
    """Load the function's handler: Lambda's init phase."""
    http.client.parse_headers(io.BytesIO(b"\r\n"))  # what the first answer would load, loaded now
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
