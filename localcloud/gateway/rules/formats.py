"""The formats of JSON Schema draft 4, and the words of their errors."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:?\d\d)")
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.?[^@\s]*")
_HOST: Final = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]{1,63})*")


def _date_time(text: str) -> bool:
    if not _DATE_TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", text))
    except ValueError:
        return False
    return True


def _address(kind: Callable[[str], object]) -> Callable[[str], bool]:
    def holds(text: str) -> bool:
        try:
            kind(text)
        except ValueError:
            return False
        return True

    return holds


def _uri(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme) and " " not in text
    except ValueError:
        return False


def _regex(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


FORMATS: Final[dict[str, tuple[Callable[[str], bool], str]]] = {
    "date-time": (
        _date_time,
        "string {} is invalid against requested date format(s) [yyyy-MM-dd'T'HH:mm:ssZ, "
        "yyyy-MM-dd'T'HH:mm:ss.[0-9]{{1,12}}Z]",
    ),
    "email": (lambda text: _MAIL.fullmatch(text) is not None, "string {} is not a valid email address"),
    "hostname": (lambda text: _HOST.fullmatch(text) is not None, "string {} is not a valid hostname"),
    "ipv4": (_address(ipaddress.IPv4Address), "string {} is not a valid IPv4 address"),
    "ipv6": (_address(ipaddress.IPv6Address), "string {} is not a valid IPv6 address"),
    "uri": (_uri, "string {} is not a valid URI"),
    "regex": (_regex, "string {} is not a valid ECMA 262 regular expression"),
}
"""By each format: whether a text has it, and what is said of one that has not."""
