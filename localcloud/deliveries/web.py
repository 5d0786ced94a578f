"""Messages over HTTP and HTTPS: headers, one POST, and what its answer means."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from localcloud.calls import CallFailed, ClientConnection, HttpReply
from localcloud.deliveries.endpoints import Endpoint, parse_endpoint
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome, Unavailable, Unreachable
from localcloud.processes.stopwatch import Overhead

AGENT: Final = "Amazon Simple Notification Service Agent"
# "The connection will time out in approximately 15 seconds."
SECONDS: Final = 15.0
# An endpoint's answer is not read.
MOST_ANSWER_BYTES: Final = 1024 * 1024
_UNSAFE: Final = str.maketrans(dict.fromkeys("\r\n\0", " "))


class NotHere(Exception):
    """The address is none of HTTP, or not on this machine."""


class NobodyThere(Exception):
    """Nothing listens at the address."""


class ConnectionBroken(Exception):
    """The connection broke before the answer had come."""


@dataclass(frozen=True)
class Head:
    """What the headers of a message say.

    Attributes
    ----------
    subscription
        Absent from the request for confirmation: its subscription has no ARN yet.
    """

    kind: str
    message: str
    topic: str
    subscription: str | None
    content_type: str
    raw: bool = False

    def headers(self) -> dict[str, str]:
        """Return the headers, in AWS's order."""
        headers = {
            "x-amz-sns-message-type": self.kind,
            "x-amz-sns-message-id": self.message,
            "x-amz-sns-topic-arn": self.topic,
        }
        if self.subscription is not None:
            headers["x-amz-sns-subscription-arn"] = self.subscription
        if self.raw:
            headers["x-amz-sns-rawdelivery"] = "true"
        return headers | {"Content-Type": self.content_type}


def judge(status: int) -> Outcome:
    """Return what an answer's status means: 429 and 5xx are tried again, nothing else is.

    Examples
    --------
    >>> judge(204)
    Delivered()
    >>> judge(404)
    DeliveryRefused(reason='the endpoint answered 404 Not Found')
    >>> judge(429)
    Unavailable(reason='the endpoint answered 429 Too Many Requests')
    """
    if 200 <= status < 300:
        return Delivered()
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    reason = f"the endpoint answered {status} {phrase}".rstrip()
    return (
        Unavailable(reason)
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500
        else DeliveryRefused(reason)
    )


class Web:
    """Posts messages to endpoints on this machine, each over a connection of its own.

    Parameters
    ----------
    seconds
        How long an endpoint may take for connection and answer.
    trust
        Whose certificates count; without, the system's, and those that ``SSL_CERT_FILE`` names.
    reach
        Returns where on this machine an address is; one that it does not know it returns as it is.
    """

    def __init__(
        self,
        seconds: float = SECONDS,
        trust: ssl.SSLContext | None = None,
        reach: Callable[[str], str] = str,
    ) -> None:
        self._seconds = seconds
        self._trust = trust
        self._reach = reach
        self._overhead = Overhead(time.monotonic)

    async def post(self, address: str, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Send a message once."""
        try:
            answer = await self.exchange("POST", address, headers, body)
        except NotHere as error:
            return DeliveryRefused(str(error))
        except NobodyThere as error:
            return Unreachable(str(error))
        except (ConnectionBroken, TimeoutError) as error:
            return Unavailable(str(error))
        return judge(answer.status)

    async def exchange(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        seconds: float | None = None,
    ) -> HttpReply:
        """Send a request once, and return its answer.

        Parameters
        ----------
        seconds
            Another limit than the usual one.

        Raises
        ------
        NotHere, NobodyThere, Broken, TimeoutError
        """
        limit = self._seconds if seconds is None else seconds
        try:
            endpoint = parse_endpoint(self._reach(address))
        except ValueError as error:
            raise NotHere(str(error)) from None
        if not endpoint.here:
            raise NotHere(f"{endpoint} is not on this machine, and the local cloud goes nowhere else")
        request = _request(method, endpoint, headers, body)
        try:
            async with asyncio.timeout(limit):
                try:
                    connection = await self._connect(endpoint)
                except ssl.SSLError:
                    raise
                except OSError as error:
                    raise NobodyThere(f"the endpoint cannot be reached: {error}") from None
                try:
                    return await connection.exchange(request, MOST_ANSWER_BYTES, None)
                finally:
                    connection.abort()
        except TimeoutError:
            raise TimeoutError(f"the endpoint did not answer within {limit:g} s") from None
        except (OSError, CallFailed) as error:
            raise ConnectionBroken(f"the endpoint cannot be reached: {error}") from None

    async def _connect(self, endpoint: Endpoint) -> ClientConnection:
        trust: ssl.SSLContext | None = None
        if endpoint.scheme == "https":
            trust = self._trust = self._trust or ssl.create_default_context()
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: ClientConnection(lambda _connection: None, self._overhead),
            endpoint.host,
            endpoint.port,
            ssl=trust,
            server_hostname=endpoint.host if trust is not None else None,
        )
        return connection


def _request(method: str, endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"{method} {endpoint.target} HTTP/1.1"]
    whole = {
        **headers,
        "Content-Length": str(len(body)),
        "Host": endpoint.authority,
        "User-Agent": headers.get("User-Agent", AGENT),
        "Accept-Encoding": "gzip,deflate",
        "Connection": "close",
    }
    if endpoint.authorization is not None:
        whole["Authorization"] = endpoint.authorization
    # A break of the line in a value would begin another header.
    lines += [f"{name}: {value}".translate(_UNSAFE) for name, value in whole.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body
