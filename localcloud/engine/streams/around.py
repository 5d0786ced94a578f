"""The engine's services, as Firehose and SQL reach them: S3, Glue, Kinesis, functions and the worker."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree

from localcloud.calls import HttpConnections
from localcloud.engine.asgi import Application
from localcloud.engine.gate import EngineGate
from localcloud.engine.parent import ParentsConnections
from localcloud.engine.settings import Settings
from localcloud.engine.states.transport import EngineTransport
from localcloud.states.integrations import CallRefused, TaskReply
from localcloud.streams.sql.facade import Listed, Worker

_JSON: Final = {"kinesis": "Kinesis_20131202", "glue": "AWSGlue", "logs": "Logs_20140328"}
_KEPT: Final = ("PATH", "HOME", "LANG", "TMPDIR")
_PACKAGES: Final = str(Path(__file__).resolve().parents[3])


class UpstreamRefused(Exception):
    """A service has refused, or does not answer.

    Attributes
    ----------
    code
        Its name of the error.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class Around:
    """Calls services of one account in one Region, once faults and quotas let it pass.

    Parameters
    ----------
    application
        MiniStack, without the layers around it.
    """

    def __init__(
        self, application: Application, gate: EngineGate, settings: Settings, place: tuple[str, str]
    ) -> None:
        functions: HttpConnections = ParentsConnections(settings.lambda_url, seconds=None)
        self._transport = EngineTransport(
            application,
            gate,
            (functions, urlsplit(settings.lambda_url).path),
            account=place[0],
            region=place[1],
            port=settings.port,
            by="client",
        )

    async def call(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out an operation of a JSON service.

        Raises
        ------
        Refused
        """
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{_JSON[service]}.{operation}",
        }
        reply = await self._send(service, operation, ("POST", "/"), headers, json.dumps(request).encode())
        document = json.loads(reply.body or b"{}")
        if reply.status >= 300:
            code = str(document.get("__type") or reply.status).rpartition("#")[2]
            raise UpstreamRefused(code, str(document.get("message") or document.get("Message") or ""))
        return dict(document)

    async def invoke(self, function: str, payload: bytes) -> bytes:
        """Invoke a function and return its answer.

        Raises
        ------
        Refused
            It is not there, is throttled, or fails; AWS retries all three.
        """
        try:
            reply = await self._transport.invoke(
                function, payload, kind="RequestResponse", client_context=None, limit=None
            )
        except CallRefused as refused:
            raise UpstreamRefused(f"Lambda.{refused.code}", refused.message) from None
        if reply.status >= 300:
            raise UpstreamRefused(
                f"Lambda.{reply.error_code or reply.status}", reply.payload.decode("utf-8", "replace")
            )
        if reply.function_error:
            message = reply.payload.decode("utf-8", "replace")[:1000]
            raise UpstreamRefused(
                "Lambda.FunctionError", f"The Lambda function returned an error result: {message}"
            )
        return reply.payload

    async def put_object(self, bucket: str, key: str, body: bytes) -> None:
        """Write an object.

        Raises
        ------
        Refused
        """
        headers = {"Content-Type": "application/octet-stream"}
        await self._s3("PutObject", "PUT", f"/{bucket}/{quote(key)}", body, headers)

    async def get_object(self, bucket: str, key: str) -> bytes:
        """Return an object's bytes.

        Raises
        ------
        Refused
        """
        return (await self._s3("GetObject", "GET", f"/{bucket}/{quote(key)}")).body

    async def list_objects(self, bucket: str, prefix: str) -> list[Listed]:
        """Return every object below a prefix.

        Raises
        ------
        Refused
        """
        objects: list[Listed] = []
        query = {"list-type": "2", "prefix": prefix}
        while True:
            reply = await self._s3("ListObjectsV2", "GET", f"/{bucket}?{urlencode(query)}")
            tree = _tree(reply.body)
            for entry in tree.iter("Contents"):
                text = entry.findtext
                objects.append(
                    Listed(str(text("Key")), int(text("Size") or 0), str(text("ETag") or "").strip('"'))
                )
            token = tree.findtext("NextContinuationToken")
            if not token:
                return objects
            query["continuation-token"] = token

    async def _s3(
        self, operation: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> TaskReply:
        reply = await self._send("s3", operation, (method, path), headers or {}, body)
        if reply.status >= 300:
            tree = _tree(reply.body) if reply.body.lstrip().startswith(b"<") else None
            code = str((tree.findtext("Code") if tree is not None else None) or reply.status)
            message = str((tree.findtext("Message") if tree is not None else None) or "")
            raise UpstreamRefused(code, f"{message} (s3:/{path.partition('?')[0]})")
        return reply

    async def _send(
        self, service: str, operation: str, target: tuple[str, str], headers: dict[str, str], body: bytes
    ) -> TaskReply:
        try:
            return await self._transport.send(
                service, operation, method=target[0], path=target[1], headers=headers, body=body
            )
        except CallRefused as refused:
            raise UpstreamRefused(refused.code, refused.message) from None


def worker_of(settings: Settings) -> Worker:
    """Return the worker of SQL: it runs in the environment that the local cloud runs in."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    command: Sequence[str] = (settings.python, "-P", "-m", "localcloud.streams.sql.worker")
    return Worker(command, {**environment, "PYTHONPATH": _PACKAGES})


def _tree(body: bytes) -> ElementTree.Element:
    """Return XML of our own engine without its namespaces."""
    return ElementTree.fromstring(re.sub(rb' xmlns="[^"]*"', b"", body, count=1))  # noqa: S314 - our engine's
