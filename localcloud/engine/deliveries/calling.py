"""Calls of the engine's services and of the Lambda service, as deliveries make them."""

from __future__ import annotations

import json
import re
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from localcloud.calls import HttpConnections
from localcloud.deliveries.facade import CallDestination, NoReply, ServiceReply
from localcloud.engine.asgi import Application
from localcloud.engine.gate import EngineGate
from localcloud.engine.parent import ParentsConnections
from localcloud.engine.patching import Record
from localcloud.engine.settings import Settings
from localcloud.engine.states.invocations import invocations_path
from localcloud.engine.states.transport import EngineTransport
from localcloud.states.integrations import CallRefused

# The header that names an operation, and the version of the JSON protocol.
_JSON: Final = {
    "sqs": ("AmazonSQS", "1.0"),
    "states": ("AWSStepFunctions", "1.0"),
    "logs": ("Logs_20140328", "1.1"),
    "kinesis": ("Kinesis_20131202", "1.1"),
    "firehose": ("Firehose_20150804", "1.1"),
}
_SNS_VERSION: Final = "2010-03-31"
_XML: Final = re.compile(r"<(Code|Message)>([^<]*)</")


class Calling:
    """Calls services in this process, and the Lambda service, once faults and quotas let it pass.

    Parameters
    ----------
    application
        MiniStack, without the layers around it.
    """

    def __init__(self, application: Application, gate: EngineGate, settings: Settings) -> None:
        self._application, self._gate, self._settings = application, gate, settings
        self._functions: HttpConnections | None = None
        self._transports: dict[tuple[str, str], EngineTransport] = {}

    async def call(
        self, place: CallDestination, service: str, operation: str, document: Record
    ) -> ServiceReply:
        """Call an operation of ``sqs``, ``sns``, ``states``, ``logs``, ``kinesis`` or ``firehose``.

        Raises
        ------
        NoReply
        """
        traced = {} if place.trace is None else {"X-Amzn-Trace-Id": place.trace}
        if service == "sns":
            form = {"Action": operation, "Version": _SNS_VERSION, **document}
            headers = {"Content-Type": "application/x-www-form-urlencoded", **traced}
            body = urlencode(form).encode()
        else:
            target, version = _JSON[service]
            headers = {
                "Content-Type": f"application/x-amz-json-{version}",
                "X-Amz-Target": f"{target}.{operation}",
                **traced,
            }
            body = json.dumps(document, ensure_ascii=False).encode()
        denied = self._denied(place, service, operation, body)
        if denied is not None:
            return denied
        transport = self._transport(place)
        try:
            reply = await transport.send(
                service, operation, method="POST", path="/", headers=headers, body=body
            )
        except CallRefused as refused:
            return _refused(refused)
        return _read(reply.status, reply.body)

    async def invoke(self, place: CallDestination, function: str, payload: str) -> ServiceReply:
        """Invoke a function asynchronously.

        Raises
        ------
        NoReply
        """
        denied = self._denied(place, "lambda", "Invoke", b"", invocations_path("", function))
        if denied is not None:
            return denied
        transport = self._transport(place)
        try:
            reply = await transport.invoke(
                function,
                payload.encode(),
                kind="Event",
                client_context=None,
                limit=None,
                trace=place.trace,
            )
        except CallRefused as refused:
            return _refused(refused)
        read = _read(reply.status, reply.payload)
        return ServiceReply(read.status, reply.error_code or read.code, read.message)

    def _denied(
        self, place: CallDestination, service: str, operation: str, body: bytes, path: str = "/"
    ) -> ServiceReply | None:
        """Return the refusal of a call by IAM, where its place says who calls."""
        iam = self._gate.iam
        if iam is None or not place.service:
            return None
        from localcloud.iam.actions import ApiCall  # noqa: PLC0415 - not needed where IAM is off

        plain, _, query = path.partition("?")
        call = ApiCall(service, operation, place.account, place.region, body, path=plain, query=query)
        refusal = iam.role(place.role, call) if place.role else iam.service(place.service, place.source, call)
        return None if refusal is None else ServiceReply(refusal.status, refusal.code, refusal.message)

    def _transport(self, place: CallDestination) -> EngineTransport:
        transport = self._transports.get((place.account, place.region))
        if transport is None:
            if self._functions is None:
                self._functions = ParentsConnections(self._settings.lambda_url, seconds=None)
            transport = self._transports[place.account, place.region] = EngineTransport(
                self._application,
                self._gate,
                (self._functions, urlsplit(self._settings.lambda_url).path),
                account=place.account,
                region=place.region,
                port=self._settings.port,
                by="client",
            )
        return transport


def _refused(refused: CallRefused) -> ServiceReply:
    """Return what a fault or a quota answers.

    Raises
    ------
    NoReply
        It answers nothing.
    """
    if refused.status is None:
        raise NoReply(refused.message)
    return ServiceReply(refused.status, refused.code, refused.message)


def _read(status: int, body: bytes) -> ServiceReply:
    """Return an answer, with the code and the message of an error.

    Examples
    --------
    >>> _read(400, b'{"__type": "com.amazonaws#ResourceNotFoundException", "message": "gone"}')
    ServiceReply(status=400, code='ResourceNotFoundException', message='gone')
    >>> _read(404, b"<Error><Code>NotFound</Code><Message>gone</Message></Error>")
    ServiceReply(status=404, code='NotFound', message='gone')
    """
    if status < 300:
        return ServiceReply(status)
    text = body.decode("utf-8", "replace")
    try:
        document: Any = json.loads(text)
    except ValueError:
        members = dict(_XML.findall(text))
        return ServiceReply(status, members.get("Code", ""), members.get("Message", ""))
    if not isinstance(document, dict):
        return ServiceReply(status)
    code = str(document.get("__type") or document.get("Type") or "").rpartition("#")[2]
    return ServiceReply(status, code, str(document.get("message") or document.get("Message") or ""))
