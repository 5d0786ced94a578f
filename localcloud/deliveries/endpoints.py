"""Addresses of endpoints, and whether they are on this machine."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, unquote, urlsplit

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
