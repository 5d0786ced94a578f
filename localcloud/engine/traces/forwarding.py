"""X-Ray's API at the engine's address: sent on to the daemon's process, where the segments are."""

from __future__ import annotations

import json

from localcloud.calls import CallFailed, HttpConnections
from localcloud.engine.asgi import Application, Layer, Receive, Scope, Send
from localcloud.engine.traces.recording import use_rules

SIGNED = b"/xray/aws4_request"
CHANGES = frozenset({"/CreateSamplingRule", "/UpdateSamplingRule", "/DeleteSamplingRule"})
UNREACHABLE = b'{"message":"the X-Ray daemon cannot be reached"}'


def xray_requests(url: str) -> Layer:
    """Return the layer that sends requests signed for X-Ray on to ``url``."""
    daemon: list[HttpConnections] = []

    def layer(application: Application) -> Application:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if not url or scope["type"] != "http" or not _is_signed_for_xray(scope):
                await application(scope, receive, send)
                return
            body = (await receive()).get("body", b"")  # whole: the gate has read it
            if not daemon:  # connections belong to the loop that runs by now
                daemon.append(HttpConnections(url))
            headers = {"content-type": "application/json"}
            try:
                answer = await daemon[0].send(scope["method"], scope["path"], headers, body)
                if scope["path"] in CHANGES and answer.status == 200:
                    rules = await daemon[0].send("POST", "/GetSamplingRules", headers, b"{}")
                    use_rules(json.loads(rules.body))
            except CallFailed:
                await _answer(send, 500, UNREACHABLE, "InternalFailure")
                return
            await _answer(send, answer.status, answer.body, answer.header("x-amzn-errortype"))

        return serve

    return layer


def _is_signed_for_xray(scope: Scope) -> bool:
    return any(name == b"authorization" and SIGNED in value for name, value in scope["headers"])


async def _answer(send: Send, status: int, body: bytes, error: str) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if error:
        headers.append((b"x-amzn-errortype", error.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
