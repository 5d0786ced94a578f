"""Where a web address leads from here: loopback and AWS's own hosts. Nothing leaves the machine.

Source: the host names of API Gateway's APIs, ``{api}.execute-api.{region}.amazonaws.com``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

FindApi = Callable[[str], str | None]
"""Returns where an API of an id is served, ``http://127.0.0.1:4576``; None where there is none."""

_API: Final = re.compile(r"(?P<id>[\w-]+)\.execute-api\.[\w-]+\.amazonaws\.com(?:\.cn)?")
_AWS: Final = re.compile(r"(?:.+\.)?amazonaws\.com(?:\.cn)?")


@dataclass(frozen=True)
class Lead:
    """Where a request goes, and the host that it is for."""

    url: str
    host: str | None = None


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine; no name is looked up for it.

    Examples
    --------
    >>> is_loopback("api.localhost"), is_loopback("::1"), is_loopback("example.com")
    (True, True, False)
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def lead(url: str, engine: str, find_api: FindApi) -> Lead | None:
    """Return where a request to an address goes; None where it would leave the machine.

    Parameters
    ----------
    engine
        The engine's endpoint, for the services of AWS.

    Examples
    --------
    >>> find = {"abc": "http://127.0.0.1:4576"}.get
    >>> lead("https://abc.execute-api.eu-west-1.amazonaws.com/prod/x?a=1", "http://127.0.0.1:4566", find).url
    'http://127.0.0.1:4576/prod/x?a=1'
    >>> lead("https://example.com/", "http://127.0.0.1:4566", find) is None
    True
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if is_loopback(host):
        return Lead(url)
    rest = url[len(parts.scheme) + 3 + len(parts.netloc) :]
    if (api := _API.fullmatch(host)) is not None:
        address = find_api(api["id"])
        return None if address is None else Lead(address + rest, host)
    return Lead(engine + rest, host) if _AWS.fullmatch(host) else None


def stays_here(url: str) -> bool:
    """Return whether requests to an address may stay on this machine; one that a variable hides may.

    Examples
    --------
    >>> stays_here("https://example.com/{path}"), stays_here("http://${stageVariables.host}/")
    (False, True)
    """
    return "${" in url or lead(url, "", lambda _api_id: "") is not None
