"""Small servers that play the engine's neighbours: the Lambda service and the control port."""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

from localcloud.appsync.errors import RequestError
from localcloud.appsync.evaluate import code_route, template_route
from tests.engine.patience import patience

Handler = Callable[[Any], Any]


class FunctionError(Exception):
    """Raised by a stand-in's function: the document that a real one's failure would have."""

    def __init__(self, error_type: str, message: str = "") -> None:
        super().__init__(error_type)
        self.document = {"errorMessage": message, "errorType": error_type, "stackTrace": []}


class Throttled(Exception):
    """Raised by a stand-in's function: no concurrency is left."""


class _Server:
    """An HTTP/1.1 server on loopback, on a thread, with kept connections."""

    def __init__(self) -> None:
        owner = self

        class Request(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Headers and body in one packet, or Nagle adds 40 ms to each answer.
            wbufsize = -1

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, answer = owner.answer(self.command, self.path, dict(self.headers), body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                self.wfile.flush()

            do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - http.server's names

            def log_message(self, *_args: object) -> None:
                return

            def setup(self) -> None:
                super().setup()
                with owner.lock:
                    owner.connections += 1

        self.lock = threading.Lock()
        self.connections = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Request)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        raise NotImplementedError

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class LambdaStandIn(_Server):
    """AWS's Invoke API, with Python callables as functions."""

    def __init__(self) -> None:
        self.functions: dict[str, Handler] = {}
        self.invocations: list[tuple[str, str, Any]] = []
        self.request_ids: list[str] = []
        self.counts: dict[str, Any] = {}
        self.pages: dict[str, Any] = {}
        self.paths: list[str] = []
        self.arrived = threading.Condition()
        self._threads = ThreadPoolExecutor(64, thread_name_prefix="function")
        super().__init__()

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if path == "/_localcloud/meter":
            return 200, {}, json.dumps(self.counts).encode()
        if path.startswith("/_localcloud/"):
            self.paths.append(path)
            return 200, {}, json.dumps(self.pages.pop(path.partition("?")[0], [])).encode()
        name = unquote(urlsplit(path).path.split("/")[3])
        event = json.loads(body)
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
        with self.arrived:
            self.invocations.append((name, kind, event))
            self.arrived.notify_all()
        function = self.functions.get(name)
        if function is None:
            return 404, {}, json.dumps({"__type": "ResourceNotFoundException"}).encode()
        if kind == "Event":
            self.request_ids.append(str(uuid.uuid4()))
            return 202, {"x-amzn-RequestId": self.request_ids[-1]}, b""
        limit = headers.get("X-Localcloud-Limit-Seconds")
        try:
            running = self._threads.submit(function, event)
            result = running.result(None if limit is None else float(limit))
            return 200, {"Content-Type": "application/json"}, json.dumps(result).encode()
        except TimeoutError:
            return 504, {}, json.dumps({"__type": "CallerTimedOutException"}).encode()
        except Throttled:
            return 429, {}, json.dumps({"__type": "TooManyRequestsException"}).encode()
        except FunctionError as error:
            return 200, {"X-Amz-Function-Error": "Unhandled"}, json.dumps(error.document).encode()
        finally:
            with self.arrived:  # once more: what the function has done may be waited for, too
                self.arrived.notify_all()

    def wait_for(self, predicate: Callable[[], bool], timeout: float | None = None) -> bool:
        with self.arrived:
            return self.arrived.wait_for(predicate, timeout or patience())


EVALUATIONS = {"/evaluate-code": code_route, "/evaluate-template": template_route}


def _evaluated(path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    """Evaluate for real: what the data plane's own control port does with these two."""
    try:
        answer = asyncio.run(EVALUATIONS[path]("", json.loads(body)))
    except RequestError as problem:
        return problem.status, {}, json.dumps(problem.document()).encode()
    return 200, {}, json.dumps(answer).encode()


class ControlStandIn(_Server):
    """The AppSync data plane's control port."""

    def __init__(self) -> None:
        self.apis: dict[str, str] = {}
        self.deleted: list[str] = []
        self.changed = threading.Condition()
        super().__init__()

    def answer(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        if path in EVALUATIONS:
            return _evaluated(path, body)
        api_id = path.rsplit("/", 1)[1]
        with self.changed:
            if method == "DELETE":
                self.deleted.append(api_id)
            else:
                self.apis[api_id] = json.loads(body)["name"]
            self.changed.notify_all()
        addresses = (
            {
                "http": "127.0.0.1:19998",
                "realtime": "127.0.0.1:19998",
            }
            if path.startswith("/event-apis/")
            else {
                "graphql": f"http://127.0.0.1:19999/graphql?{api_id}",
                "realtime": f"ws://127.0.0.1:19999/graphql?{api_id}",
            }
        )
        return 200, {"Content-Type": "application/json"}, json.dumps(addresses).encode()

    def wait_for(self, predicate: Callable[[], bool], timeout: float | None = None) -> bool:
        with self.changed:
            return self.changed.wait_for(predicate, timeout or patience())
