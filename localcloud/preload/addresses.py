"""Leads what a Python program asks of AWS's own addresses to the local cloud.

Names of AWS get a loopback address that nothing listens at; connections to it go to the local cloud's proxy
instead, which knows by the name what they are for. ``ssl`` trusts the proxy's authority beside the others. It
is patched when it is there: a program that speaks no TLS loads none of it.

It runs in whatever Python a program has, from 3.8 on, and imports nothing that is not there already.
"""

from __future__ import annotations

import errno
import re
import socket
import sys
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ADDRESS = "127.64.83.1"
_NAMES = re.compile(
    r"(?:^|\.)(?:amazonaws\.com(?:\.cn)?|on\.aws|api\.aws|amazoncognito\.com)\.?$|\.execute-api\.",
    re.IGNORECASE,
)
_STAND_IN = ".stand-in."
_LOOPBACK = ("127.0.0.1", "localhost")
_AUTHORITY = b"GET /_localcloud/authority.pem HTTP/1.0\r\nHost: proxy\r\n\r\n"
_SERVED = (80, 443)
_SECONDS = 10.0


def of_aws(host: object) -> bool:
    """Return whether a host is AWS's: text, or bytes as some programs have it.

    Examples
    --------
    >>> of_aws("abc.execute-api.us-east-1.amazonaws.com"), of_aws(b"sqs.eu-west-1.amazonaws.com")
    (True, True)
    >>> of_aws("amazonaws.com.example"), of_aws("127.0.0.1"), of_aws(None)
    (False, False, False)
    """
    if isinstance(host, (bytes, bytearray)):
        host = bytes(host).decode("ascii", "replace")
    return isinstance(host, str) and _NAMES.search(host) is not None


def _refuse_stand_in(host: Any, port: Any) -> None:
    """Raise for the name of a stand-in, but for the ports at which the proxy says what it is."""
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if _STAND_IN in name and port not in (*_SERVED, *map(str, _SERVED), None, "http", "https"):
        text = f"{name} is the address of a stand-in: nothing runs behind it in the local cloud"
        raise ConnectionRefusedError(errno.ECONNREFUSED, text)


def install(proxy: str) -> None:
    """Lead names of AWS to ``HOST:PORT``; nothing is done without one, nor a second time."""
    host, _, port = proxy.partition(":")
    if port.isdigit() and not hasattr(socket.socket.connect, "__localcloud__"):
        _Leading((host, int(port))).install()


class _Leading:
    def __init__(self, proxy: tuple[str, int]) -> None:
        self._proxy = proxy
        self._connect = socket.socket.connect
        self._connect_ex = socket.socket.connect_ex
        self._authority: str | None = None
        self._secured = False

    def install(self) -> None:
        getaddrinfo, by_name, by_name_ex = socket.getaddrinfo, socket.gethostbyname, socket.gethostbyname_ex

        def resolve(
            host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
        ) -> Any:
            self._secure()
            if of_aws(host):
                _refuse_stand_in(host, port)
                return getaddrinfo(ADDRESS, port, socket.AF_INET, type, proto)
            return getaddrinfo(host, port, family, type, proto, flags)

        def connect(sock: socket.socket, address: Any) -> None:
            self._connect(sock, self._led(address))

        def connect_ex(sock: socket.socket, address: Any) -> int:
            try:
                return self._connect_ex(sock, self._led(address))
            except ConnectionRefusedError as problem:
                return problem.errno or errno.ECONNREFUSED

        connect.__localcloud__ = True  # type: ignore[attr-defined]
        changes: dict[Any, dict[str, Any]] = {
            socket: {
                "getaddrinfo": resolve,
                "gethostbyname": lambda host: ADDRESS if of_aws(host) else by_name(host),
                "gethostbyname_ex": lambda host: (host, [], [ADDRESS]) if of_aws(host) else by_name_ex(host),
            },
            socket.socket: {"connect": connect, "connect_ex": connect_ex},
        }
        for owner, names in changes.items():
            for name, value in names.items():
                setattr(owner, name, value)

    def _led(self, address: Any) -> Any:
        """Return where a connection goes."""
        self._secure()
        if not isinstance(address, tuple) or not (address[0] == ADDRESS or of_aws(address[0])):
            return address
        if address[1] not in _SERVED:
            text = f"the local cloud serves the ports 80 and 443 of AWS's names, not {address[1]}"
            raise ConnectionRefusedError(errno.ECONNREFUSED, text)
        return self._proxy

    def _secure(self) -> None:
        """Have ``ssl`` trust the proxy's authority, for names of AWS and of loopback, once it is there."""
        ssl: Any = sys.modules.get("ssl")
        if self._secured or not hasattr(ssl, "SSLContext"):
            return
        self._secured = True
        trusting: weakref.WeakSet[Any] = weakref.WeakSet()

        def wrapping(before: Callable[..., Any], at: int) -> Callable[..., Any]:
            def wrap(context: Any, *arguments: Any, **keywords: Any) -> Any:
                positional = arguments[at] if len(arguments) > at else None
                name = keywords.get("server_hostname", positional)
                if context not in trusting and (of_aws(name) or name in _LOOPBACK):
                    pem = self._pem()
                    if pem:
                        trusting.add(context)
                        context.load_verify_locations(cadata=pem)
                return before(context, *arguments, **keywords)

            return wrap

        ssl.SSLContext.wrap_socket = wrapping(ssl.SSLContext.wrap_socket, 4)
        ssl.SSLContext.wrap_bio = wrapping(ssl.SSLContext.wrap_bio, 3)

    def _pem(self) -> str:
        """Return the certificate of the proxy's authority; empty when the proxy does not say."""
        if not self._authority:
            pieces = []
            try:
                with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
                    sock.settimeout(_SECONDS)
                    self._connect(sock, self._proxy)
                    sock.sendall(_AUTHORITY)
                    piece = sock.recv(65536)
                    while piece:
                        pieces.append(piece)
                        piece = sock.recv(65536)
            except OSError:
                return ""
            self._authority = b"".join(pieces).partition(b"\r\n\r\n")[2].decode("ascii")
        return self._authority
