"""The engine's services, as EventBridge's deliveries reach them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from localcloud.aws import Credentials
from localcloud.calls import Connections
from localcloud.deliveries.front import (
    Broken,
    Elsewhere,
    Invocation,
    NobodyThere,
    NoReply,
    NotHere,
    Place,
    Reply,
    TooLate,
    Web,
    WebReply,
    WebRequest,
)
from localcloud.engine.asgi import Application
from localcloud.engine.deliveries.targets import local_address
from localcloud.engine.events.signatures import signed
from localcloud.engine.gate import Gate
from localcloud.engine.mends.patching import Record, original
from localcloud.engine.settings import Settings
from localcloud.engine.states.transport import EngineTransport
from localcloud.states.integrations import CallRefused

Forward = Callable[[Invocation, str], bool]
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


class EngineServices:
    """Calls services in this process, the Lambda service, and addresses on this machine.

    Parameters
    ----------
    forward
        Puts an event on another bus.
    """

    def __init__(self, application: Application, gate: Gate, settings: Settings, forward: Forward) -> None:
        from ministack.core import responses  # noqa: PLC0415
        from ministack.services import eventbridge, sqs  # noqa: PLC0415

        self._application, self._gate, self._settings = application, gate, settings
        self._forward = forward
        self._events = eventbridge
        self._by_arn = original(sqs, "_queue_by_arn")
        self._scope = original(responses, "request_scope")
        self._functions: Connections | None = None
        self._transports: dict[tuple[str, str], EngineTransport] = {}
        self._web = Web(reach=lambda address: local_address(address, settings.port))

    async def call(self, place: Place, service: str, operation: str, document: Record) -> Reply:
        """Call an operation."""
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
        transport = self._transport(place)
        try:
            reply = await transport.send(
                service, operation, method="POST", path="/", headers=headers, body=body
            )
        except CallRefused as refused:
            return _refused(refused)
        return _read(reply.status, reply.body)

    async def invoke(self, place: Place, function: str, payload: str) -> Reply:
        """Invoke a function asynchronously."""
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
        return Reply(read.status, reply.error_code or read.code, read.message)

    async def fetch(self, request: WebRequest, seconds: float) -> WebReply:
        """Send a request to an address on this machine."""
        try:
            answer = await self._web.exchange(
                request.method, request.url, request.headers, request.body, seconds=seconds
            )
        except NotHere as error:
            raise Elsewhere(str(error)) from None
        except TimeoutError as error:
            raise TooLate(str(error)) from None
        except (NobodyThere, Broken) as error:
            raise NoReply(str(error)) from None
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return WebReply(answer.status, lowered, answer.body)

    def signed(self, place: Place, service: str, request: WebRequest) -> WebRequest:
        """Return a request with a signature of the account's key."""
        credentials = Credentials(place.account, self._settings.secret)
        return signed(request, credentials, service=service, region=place.region)

    def queue_url(self, arn: str) -> str | None:
        """Return a queue's address."""
        queue: Record | None = self._by_arn(arn)
        return None if queue is None else str(queue["url"])

    def graphql_url(self, place: Place, api: str) -> str | None:
        """Return where a GraphQL API is served."""
        from ministack.services import appsync  # noqa: PLC0415

        with self._scope(place.account, place.region):
            record: Record | None = original(appsync, "_apis").get(api)
        return None if record is None else str(record["uris"]["GRAPHQL"])

    def api_url(self, api: str) -> str:
        """Return where a REST API's stages are."""
        return f"http://127.0.0.1:{self._settings.port}/_aws/execute-api/{api}"

    def api_destination(self, arn: str) -> Record | None:
        """Return the record of an API destination."""
        return self._record("_api_destinations", arn)

    def connection(self, arn: str) -> Record | None:
        """Return the record of a connection, with its secrets."""
        return self._record("_connections", arn)

    def forward(self, invocation: Invocation, bus: str) -> bool:
        """Put an event on another bus."""
        return self._forward(invocation, bus)

    def _record(self, registry: str, arn: str) -> Record | None:
        parts = arn.split(":", 5)
        # AWS adds an id behind the name.
        name = parts[-1].split("/")
        if len(parts) != 6 or len(name) < 2:
            return None
        with self._scope(parts[4], parts[3]):
            record: Record | None = original(self._events, registry).get(name[1])
        return record

    def _transport(self, place: Place) -> EngineTransport:
        transport = self._transports.get((place.account, place.region))
        if transport is None:
            if self._functions is None:
                self._functions = Connections(self._settings.lambda_url, seconds=None)
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


def _refused(refused: CallRefused) -> Reply:
    """Return what a fault or a quota answers.

    Raises
    ------
    NoReply
        It answers nothing.
    """
    if refused.status is None:
        raise NoReply(refused.message)
    return Reply(refused.status, refused.code, refused.message)


def _read(status: int, body: bytes) -> Reply:
    """Return an answer, with the code and the message of an error.

    Examples
    --------
    >>> _read(400, b'{"__type": "com.amazonaws#ResourceNotFoundException", "message": "gone"}')
    Reply(status=400, code='ResourceNotFoundException', message='gone')
    >>> _read(404, b"<Error><Code>NotFound</Code><Message>gone</Message></Error>")
    Reply(status=404, code='NotFound', message='gone')
    """
    if status < 300:
        return Reply(status)
    text = body.decode("utf-8", "replace")
    try:
        document: Any = json.loads(text)
    except ValueError:
        found = dict(_XML.findall(text))
        return Reply(status, found.get("Code", ""), found.get("Message", ""))
    if not isinstance(document, dict):
        return Reply(status)
    code = str(document.get("__type") or document.get("Type") or "").rpartition("#")[2]
    return Reply(status, code, str(document.get("message") or document.get("Message") or ""))
