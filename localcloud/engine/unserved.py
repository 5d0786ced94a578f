"""Services and families of operations that are new on AWS and are not here: refused by their names.

MiniStack takes a request that it cannot place for one of its neighbour's: a function of the name
``/2025-11-30/capacity-providers`` is not found, and an answer in XML to a client that speaks CBOR ended in
MemoryError. A refusal is in the protocol of the request.
"""

from __future__ import annotations

import json
from typing import Final

from localcloud.encodings.cbor import dumps
from localcloud.engine.asgi import Application, Layer, Receive, Scope, Send

CODE: Final = "UnknownOperationException"
# Those of Smithy's protocol RPC v2 CBOR that are here.
_SERVED_BY_CBOR: Final = frozenset({"GraniteServiceVersion20100801"})
_NAMES: Final = {"AWSEventsV2": "EventBridge V2 (stored events)"}
_PATHS: Final = {
    "/2025-11-30/capacity-providers": "Lambda's capacity providers (managed instances)",
    "/2026-04-04/network-connectors": "Lambda's network connectors",
    "/2026-10-01/runtimes": "Lambda's list of runtimes",
    "/2026-07-09/resource-policy": "Lambda's resource policies of version 2026-07-09",
    "/2025-09-09/managed-microvm-images": "Lambda MicroVMs",
    "/2025-09-09/microvm-images": "Lambda MicroVMs",
    "/2025-09-09/microvms": "Lambda MicroVMs",
    "/2025-03-07/web-account-settings": "Lambda Web Functions",
    "/2025-03-07/web-functions": "Lambda Web Functions",
    "/2025-03-07/resource-policy": "Lambda Web Functions",
}


def unserved_services() -> Layer:
    """Return the layer that refuses what is not here; everything else it lets pass."""

    def layer(application: Application) -> Application:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            path = scope.get("path", "")
            what = unserved_by(path) if scope["type"] == "http" else None
            if what is None:
                await application(scope, receive, send)
                return
            while (await receive()).get("more_body"):
                pass
            document = {"__type": CODE, "message": f"the local cloud does not serve {what}"}
            if path.startswith("/service/"):
                await _answer(
                    send, dumps(document), b"application/cbor", (b"smithy-protocol", b"rpc-v2-cbor")
                )
            else:
                body = json.dumps(document).encode()
                await _answer(send, body, b"application/json", (b"x-amzn-errortype", CODE.encode()))

        return serve

    return layer


def unserved_by(path: str) -> str | None:
    """Return the name of what a request's path asks for, and is not here.

    Examples
    --------
    >>> unserved_by("/service/AWSEventsV2/operation/ListEventBuses")
    'EventBridge V2 (stored events)'
    >>> unserved_by("/2025-09-09/microvms/vm-1")
    'Lambda MicroVMs'
    >>> unserved_by("/2015-03-31/functions")
    """
    parts = path.split("/")
    if parts[1:2] == ["service"] and parts[3:4] == ["operation"]:
        return None if parts[2] in _SERVED_BY_CBOR else _NAMES.get(parts[2], f"the service {parts[2]}")
    return _PATHS.get("/".join(parts[:3])) if parts[1][:2] == "20" else None


async def _answer(send: Send, body: bytes, kind: bytes, header: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode()), header]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": body})
