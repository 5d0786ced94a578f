"""The ports that the parts listen on."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

from localcloud.network.blocked_ports import BLOCKED, HIGHEST, next_open, refusal
from localcloud.network.port_numbers import PortNumbers

# Behind the first port: seven AppSync APIs, twenty of API Gateway's, and then what there is one of. More APIs
# follow from the overflow on.
_FUNCTIONS, _CONTROL, _FIRST_API, _FIRST_GATEWAY, _SITE = 1, 2, 3, 10, 30
_FUNCTION_URLS, _IOT, _XRAY, _AWS = 31, 32, 33, 34
_OVERFLOW = 40
# An API beyond those goes on upwards: some room must be left.
_LAST = HIGHEST - 535
# What every cloud starts, whatever is in its templates.
_ALWAYS = {
    _FUNCTIONS: "the Runtime API of functions",
    _XRAY: "the X-Ray daemon",
    _AWS: "the way of AWS's names",
}
_WAY_OUT = "end what listens there, or begin at another --port, or at 0 for any free ones"


def site_port(port: int) -> int:
    """Return the port of the site beside a cloud that begins at ``port``; 0 for a free one."""
    return next_open(port + _SITE) if port else 0


def unfit(port: int) -> str | None:
    """Say why a cloud cannot begin at ``port``; None when it can.

    Examples
    --------
    >>> unfit(4566)
    >>> unfit(65535)
    'expected 0 to 65000: the other parts listen on the ports above it, and 65535 is the last one'
    """
    if not 0 <= port <= _LAST:
        above = f"the other parts listen on the ports above it, and {HIGHEST} is the last one"
        return f"expected 0 to {_LAST}: {above}"
    reason = refusal(port)
    # A page signs in at the engine itself.
    return f"{reason}, so no page could reach the cloud: name another one" if reason else None


class PortTaken(Exception):
    """A port that was asked for is in use; the message names it."""


@contextlib.contextmanager
def required(part: str = "an API") -> Iterator[None]:
    """Say of a port that a part cannot have that it is in use, and what helps."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise PortTaken(f"{part} cannot have its port: {reason}; {_WAY_OUT}") from error


@dataclass(frozen=True)
class Ports:
    """Where the parts listen; 0 means that the system picks.

    Attributes
    ----------
    apis, gateway
        The numbers of each AppSync API's port, and of each API of API Gateway.
    function_urls
        The port of all function URLs.
    xray
        The port of the X-Ray daemon, both by UDP and by TCP.
    aws
        The port that names of AWS lead to.
    engine_socket
        Bound to the engine's port, and handed on to it: a port that is let go of before its server
        is there may belong to another process by then.
    """

    engine: int
    functions: int
    control: int
    apis: PortNumbers
    gateway: PortNumbers
    iot: int
    function_urls: int
    xray: int
    aws: int
    engine_socket: socket.socket = field(repr=False, compare=False)

    @classmethod
    def starting_at(cls, port: int) -> Ports:
        """Return the ports from ``port`` on; with 0 free ones, chosen now for the engine.

        The caller closes the engine's socket.

        Raises
        ------
        PortTaken
            The engine's port is in use, or that of another part that every cloud has: said at once, and
            not when the stack is half created.
        """
        bound = bind(port)
        number: int = bound.getsockname()[1]
        if port == 0:
            return cls(number, 0, 0, PortNumbers(), PortNumbers(), 0, 0, 0, 0, bound)
        for offset, part in _ALWAYS.items():
            try:
                bind(port + offset).close()
            except PortTaken:
                bound.close()
                words = f"port {port + offset} is in use on 127.0.0.1, and {part} needs it"
                raise PortTaken(f"{words}; {_WAY_OUT}") from None
        apis, gateway = numbers_from(port)
        return cls(
            engine=port,
            functions=port + _FUNCTIONS,
            control=port + _CONTROL,
            apis=apis,
            gateway=gateway,
            function_urls=port + _FUNCTION_URLS,
            iot=port + _IOT,
            xray=port + _XRAY,
            aws=port + _AWS,
            engine_socket=bound,
        )


def numbers_from(port: int) -> tuple[PortNumbers, PortNumbers]:
    """Return the ports of AppSync's APIs and of API Gateway's, of a cloud that begins at ``port``."""
    overflow, used = range(port + _OVERFLOW, HIGHEST + 1), set[int]()
    apis = [range(port + _FIRST_API, port + _FIRST_GATEWAY), overflow]
    gateway = [range(port + _FIRST_GATEWAY, port + _SITE), overflow]
    return PortNumbers(apis, used), PortNumbers(gateway, used)


def bind(port: int) -> socket.socket:
    """Return a socket bound to a port of loopback, 0 for any free one that browsers open; it does not listen.

    Raises
    ------
    PortTaken
    """
    bound = _bound(port)
    while port == 0 and bound.getsockname()[1] in BLOCKED:
        with bound:  # held until there is another: else the system may pick it again
            bound = _bound(0)
    return bound


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # As the servers do: a port in TIME_WAIT from the last run is free.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
    except OSError as error:
        bound.close()
        if error.errno == errno.EACCES:
            raise PortTaken(f"port {port} is for the system's administrator; name one above 1023") from error
        raise PortTaken(
            f"port {port} is in use on 127.0.0.1; name another one, or 0 for any free ones"
        ) from error
    return bound
