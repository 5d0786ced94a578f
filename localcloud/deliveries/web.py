"""Messages over HTTP and HTTPS: headers, one POST, and what its answer means."""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from localcloud.calls import CallFailed, ClientConnection
from localcloud.deliveries.outcomes import Delivered, Outcome, Refused, Unavailable, Unreachable
from localcloud.stopwatch import Overhead

AGENT: Final = "Amazon Simple Notification Service Agent"
# "The connection will time out in approximately 15 seconds."
SECONDS: Final = 15.0
# Nobody reads what an endpoint answers.
MOST_ANSWER_BYTES: Final = 1024 * 1024
_PATH: Final = "!$%&'()*+,/:;=@~"
_QUERY: Final = _PATH + "?"


@dataclass(frozen=True)
class Endpoint:
    """Where a subscriber listens.

    Attributes
    ----------
    target
        Path and query.
    authorization
        The header for a user and a password in the address, if it has any.
    """

    scheme: str
    host: str
    port: int
    target: str
    authorization: str | None

    @property
    def authority(self) -> str:
        """The Host header."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        usual = {"http": 80, "https": 443}[self.scheme]
        return name if self.port == usual else f"{name}:{self.port}"

    @property
    def here(self) -> bool:
        """Whether it is on this machine, as its address says: no name is looked up for it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    def __str__(self) -> str:
        """Return the address without what is secret in it: user, password and query."""
        return f"{self.scheme}://{self.authority}{self.target.partition('?')[0]}"


def parse_endpoint(address: str) -> Endpoint:
    """Return the parts of an address.

    Raises
    ------
    ValueError
        It is no address of HTTP or HTTPS.

    Examples
    --------
    >>> str(parse_endpoint("https://user:secret@example.com/hook?key=1"))
    'https://example.com/hook'
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the address is none of HTTP or HTTPS")
    target = quote(parts.path or "/", safe=_PATH)
    if parts.query:
        target += "?" + quote(parts.query, safe=_QUERY)
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + base64.b64encode(pair.encode()).decode()
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    return Endpoint(parts.scheme, parts.hostname, port, target, authorization)


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
        named = {
            "x-amz-sns-message-type": self.kind,
            "x-amz-sns-message-id": self.message,
            "x-amz-sns-topic-arn": self.topic,
        }
        if self.subscription is not None:
            named["x-amz-sns-subscription-arn"] = self.subscription
        if self.raw:
            named["x-amz-sns-rawdelivery"] = "true"
        return named | {"Content-Type": self.content_type}


def judge(status: int) -> Outcome:
    """Return what an answer's status means: 429 and 5xx are tried again, nothing else is.

    Examples
    --------
    >>> judge(204)
    Delivered()
    >>> judge(404)
    Refused(reason='the endpoint answered 404 Not Found')
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
    return Unavailable(reason) if status == HTTPStatus.TOO_MANY_REQUESTS or status >= 500 else Refused(reason)


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
            endpoint = parse_endpoint(self._reach(address))
        except ValueError as error:
            return Refused(str(error))
        if not endpoint.here:
            return Refused(f"{endpoint} is not on this machine, and the local cloud goes nowhere else")
        request = _request(endpoint, headers, body)
        try:
            async with asyncio.timeout(self._seconds):
                try:
                    connection = await self._connect(endpoint)
                except ssl.SSLError:
                    raise
                except OSError as error:
                    return Unreachable(f"the endpoint cannot be reached: {error}")
                try:
                    answer = await connection.exchange(request, MOST_ANSWER_BYTES, None)
                finally:
                    connection.abort()
        except TimeoutError:
            return Unavailable(f"the endpoint did not answer within {self._seconds:g} s")
        except (OSError, CallFailed) as error:
            return Unavailable(f"the endpoint cannot be reached: {error}")
        return judge(answer.status)

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


def _request(endpoint: Endpoint, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [f"POST {endpoint.target} HTTP/1.1"]
    whole = {
        **headers,
        "Content-Length": str(len(body)),
        "Host": endpoint.authority,
        "User-Agent": AGENT,
        "Accept-Encoding": "gzip,deflate",
        "Connection": "close",
    }
    if endpoint.authorization is not None:
        whole["Authorization"] = endpoint.authorization
    lines += [f"{name}: {value}" for name, value in whole.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body
