"""Services and families of operations that are not here: refused by their names.

MiniStack takes a request that it cannot place for one of its neighbour's: a function of the name
``/2025-11-30/capacity-providers`` is not found, and an answer in XML to a client that speaks CBOR ended in
MemoryError. Of services that only stand-ins would need, it would answer from a record of its own. A refusal
is in the protocol of the request.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Collection
from functools import cache
from typing import Final
from xml.sax.saxutils import escape

from localcloud.contracts.absent_services import BY_SCOPE, CODE, refusal_of_service
from localcloud.encodings.cbor import dumps
from localcloud.engine.asgi import Application, Layer, Receive, Scope, Send
from localcloud.engine.ministack.app import app
from localcloud.engine.ministack.router import Router, router

_FORM: Final = b"application/x-www-form-urlencoded"
_SCOPES: Final = {name.encode(): service for name, service in BY_SCOPE.items()}
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


StandIns = Callable[[Collection[str]], list[str]]


def unserved_services(
    stand_ins: StandIns = lambda formations: [], answers: Callable[[str], bool] = lambda scope: True
) -> Layer:
    """Return the layer that refuses what is not here; everything else it lets pass.

    Parameters
    ----------
    stand_ins
        Names the stand-ins of services, as CloudFormation calls them: the refusal says which they are.
    answers
        Returns whether something answers for a service, by its name in signatures.
    """

    def layer(application: Application) -> Application:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            sentence = _refusal(scope, stand_ins, answers) if scope["type"] == "http" else None
            if sentence is None:
                await application(scope, receive, send)
                return
            while (await receive()).get("more_body"):
                pass
            await _refuse(send, scope, sentence)

        return serve

    return layer


def _refusal(scope: Scope, stand_ins: StandIns, answers: Callable[[str], bool]) -> str | None:
    for name, value in scope.get("headers", ()):
        if name == b"authorization":
            # Credential=KEY/DATE/REGION/SERVICE/aws4_request
            parts = value.split(b"/", 4)
            signed_for = parts[3] if len(parts) > 3 else b""
            service = _SCOPES.get(signed_for)
            if service is not None:
                return refusal_of_service(service, stand_ins(service.formations))
            if signed_for and not answers(signed_for.decode("latin-1")):
                return f"the local cloud does not serve {signed_for.decode('latin-1')}"
            break
    what = unserved_by(scope.get("path", ""))
    return None if what is None else f"the local cloud does not serve {what}"


def take_every_name_for_a_service() -> None:
    """Have MiniStack refuse each service that it does not know, without asking whether AWS has it.

    For that it would read all models of botocore with the first of them: more than a second, in which
    nothing else is answered.
    """
    Router.is_aws_service_name.replace(lambda _name: True)


@cache
def answered(scope: str) -> bool:
    """Return whether MiniStack answers for a service, by its name in signatures."""
    signed = {"authorization": f"AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/{scope}/aws4_request"}
    return router.detect_service("POST", "/", signed, {}) in app.service_handlers


async def _refuse(send: Send, scope: Scope, sentence: str) -> None:
    document = {"__type": CODE, "message": sentence}
    if scope["path"].startswith("/service/"):
        cbor = (b"smithy-protocol", b"rpc-v2-cbor")
        await _answer(send, dumps(document), b"application/cbor", cbor)
    elif any(name == b"content-type" and value.startswith(_FORM) for name, value in scope["headers"]):
        error = f"<Error><Type>Sender</Type><Code>{CODE}</Code><Message>{escape(sentence)}</Message></Error>"
        body = f"<ErrorResponse>{error}<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>".encode()
        await _answer(send, body, b"text/xml", (b"x-amzn-errortype", CODE.encode()))
    else:
        body = json.dumps(document).encode()
        await _answer(send, body, b"application/json", (b"x-amzn-errortype", CODE.encode()))


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
