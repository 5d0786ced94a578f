"""Operations of services that speak AWS's JSON protocol: DynamoDB, its streams, SQS, EventBridge and others.

Source of the protocol: https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
"""

from __future__ import annotations

import asyncio
import copy
import json
import random
from dataclasses import dataclass, replace
from typing import Final

from localcloud.aws import Credentials, EngineAddress
from localcloud.aws.signing import signed
from localcloud.calls.connections import SECONDS, HttpConnections
from localcloud.calls.documents import JsonDocument
from localcloud.calls.errors import NoAnswer, ServiceRefused, TimedOut
from localcloud.calls.exchange import HttpReply
from localcloud.processes.stopwatch import Overhead

RETRY_SECONDS: Final = 0.1
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class JsonService:
    """A service: its name in signatures, what its operations' targets begin with, the protocol's version.

    ``headers`` go with each call.
    """

    signing: str
    target: str
    version: str = "1.0"
    headers: tuple[tuple[str, str], ...] = ()


class JsonApi:
    """Calls operations at the engine.

    Parameters
    ----------
    engine
        Where it is, and who calls.
    overhead, seconds
        See `HttpConnections`.
    """

    def __init__(
        self, engine: EngineAddress, overhead: Overhead | None = None, seconds: float = SECONDS
    ) -> None:
        self._engine = engine
        self.connections = HttpConnections(engine.endpoint, overhead, seconds)

    def acting(self, credentials: Credentials) -> JsonApi:
        """Return one that calls with other credentials, over the same connections."""
        acting = copy.copy(self)
        acting._engine = replace(self._engine, credentials=credentials)
        return acting

    async def post(
        self, service: JsonService, operation: str, document: JsonDocument, *, region: str = ""
    ) -> HttpReply:
        """Call an operation once, and return its answer, whatever it says.

        Raises
        ------
        NoAnswer
        """
        body = _encode(document).encode()
        headers = signed(
            "POST",
            self.connections.host,
            "/",
            body,
            {
                "Content-Type": f"application/x-amz-json-{service.version}",
                "X-Amz-Target": f"{service.target}.{operation}",
                **dict(service.headers),
            },
            credentials=self._engine.credentials,
            service=service.signing,
            region=region or self._engine.region,
        )
        return await self.connections.send("POST", "/", headers, body)

    async def call(
        self,
        service: JsonService,
        operation: str,
        document: JsonDocument,
        *,
        region: str = "",
        attempts: int = 1,
    ) -> JsonDocument:
        """Call an operation, and return its result: :meth:`answer`, read."""
        return _object((await self.answer(service, operation, document, region, attempts)).body)

    async def answer(
        self,
        service: JsonService,
        operation: str,
        document: JsonDocument,
        region: str = "",
        attempts: int = 1,
    ) -> HttpReply:
        """Call an operation, and return its answer, which is no error.

        Parameters
        ----------
        attempts
            How often to try while the service is busy or breaks off, as an SDK does: an operation that must
            not be carried out twice is tried once.

        Raises
        ------
        ServiceRefused
            The service answered an error.
        NoAnswer
            No answer came.
        """
        for attempt in range(1, attempts + 1):
            try:
                answer = await self.post(service, operation, document, region=region)
                _refuse_errors(f"{service.target}.{operation}", answer)
                return answer
            except ServiceRefused as refused:
                if attempt == attempts or not refused.passing:
                    raise
            except TimedOut:
                raise
            except NoAnswer:
                if attempt == attempts:
                    raise
            # Half the wait is by chance, so that callers who were refused together do not come back together.
            await asyncio.sleep(RETRY_SECONDS * 2 ** (attempt - 1) * random.uniform(0.5, 1))  # noqa: S311
        raise AssertionError("there is at least one attempt")

    def close(self) -> None:
        """Cut the connections."""
        self.connections.close()


def result(operation: str, answer: HttpReply) -> JsonDocument:
    """Return the result that an answer carries.

    Raises
    ------
    ServiceRefused
        It is an error.
    """
    _refuse_errors(operation, answer)
    return _object(answer.body)


def _refuse_errors(operation: str, answer: HttpReply) -> None:
    if answer.status >= 300:
        request_id = answer.header("x-amzn-requestid", "unknown")
        raise ServiceRefused(operation, answer.status, _object(answer.body), request_id)


def _object(body: bytes) -> JsonDocument:
    try:
        document = json.loads(body) if body else {}
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
