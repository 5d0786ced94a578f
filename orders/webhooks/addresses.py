"""Which addresses a customer may have us send to: those of the public internet, by https.

A URL is checked when it is registered, and its name is resolved again before each request of ours, which
then goes to the very address that was checked (no name can point elsewhere in between).
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from orders.errors import InvalidWebhook

LONGEST = 512
"""Characters of a URL."""

Resolve = Callable[[str, int], Sequence[str]]
"""From a host's name and a port to its addresses; ``OSError`` when there is none."""

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_CHARACTERS = re.compile(r"[!-~]+")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Code(StrEnum):
    """What is wrong with an address, for programs: ``errorInfo.code``."""

    NOT_A_URL = "NOT_A_URL"
    TOO_LONG = "TOO_LONG"
    NOT_HTTPS = "NOT_HTTPS"
    UNRESOLVED = "UNRESOLVED"
    PRIVATE_ADDRESS = "PRIVATE_ADDRESS"


def system_addresses(host: str, port: int) -> list[str]:
    """Return a host's addresses as the system resolves them."""
    infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


@dataclass(frozen=True)
class AddressRule:
    """Says which URLs may be sent to.

    Parameters
    ----------
    allow_private : bool
        Take http, and addresses inside a network, as well: on one's own machine.
    resolve : callable
        Finds the addresses of a name.
    """

    allow_private: bool = False
    resolve: Resolve = system_addresses

    def check(self, url: str, path: str) -> str:
        """Return an address to connect to for ``url``.

        Parameters
        ----------
        path : str
            Where the caller gave the URL, for the error.

        Raises
        ------
        InvalidWebhook
            With a `Code`. Which address a private name has stays secret.
        """
        parts = self._split(url, path)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            addresses = self.resolve(parts.hostname or "", port)
        except (OSError, UnicodeError):
            addresses = ()
        if not addresses:
            _refuse(path, Code.UNRESOLVED, "has a host that has no address")
        if not self.allow_private and not all(is_public(address) for address in addresses):
            _refuse(path, Code.PRIVATE_ADDRESS, "must lead to the public internet")
        return addresses[0]

    def _split(self, url: str, path: str) -> SplitResult:
        if len(url) > LONGEST:
            _refuse(path, Code.TOO_LONG, f"must have at most {LONGEST} characters")
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname
        except ValueError:
            _refuse(path, Code.NOT_A_URL, "must be a URL such as https://shop.example/webhooks")
        strange = not _CHARACTERS.fullmatch(url) or "\\" in url
        if strange or not host or not _HOST.fullmatch(host) or port == 0:
            _refuse(path, Code.NOT_A_URL, "must be a URL such as https://shop.example/webhooks")
        if parts.username is not None or parts.fragment:
            _refuse(path, Code.NOT_A_URL, "must have no user, password or fragment")
        if parts.scheme != "https" and not (self.allow_private and parts.scheme == "http"):
            _refuse(path, Code.NOT_HTTPS, "must begin with https://")
        return parts


def is_public(address: str) -> bool:
    """Return whether an address is of the public internet, whatever form it hides in.

    Examples
    --------
    >>> [is_public(a) for a in ("192.0.2.1", "8.8.8.8", "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe")]
    [False, True, False, False]
    """
    try:
        written = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return all(_is_global(form) for form in _forms(written))


def _forms(address: IPAddress) -> list[IPAddress]:
    """Return the address, and the IPv4 address that an IPv6 one carries inside."""
    if isinstance(address, ipaddress.IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inside: list[IPAddress] = [address]
    if address.sixtofour is not None:
        inside.append(address.sixtofour)
    if address.teredo is not None:
        inside += address.teredo
    if address in _NAT64:
        inside.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return inside


def _is_global(address: IPAddress) -> bool:
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def _refuse(path: str, code: Code, message: str) -> NoReturn:
    raise InvalidWebhook(message, path=path, code=code.value)
