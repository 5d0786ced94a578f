"""The headers of every answer: what the page may load, whom it may call, and who may frame it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

_ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def headers(addresses: Iterable[str]) -> dict[str, str]:
    """Return the headers for a page that calls these addresses.

    Parameters
    ----------
    addresses
        URLs; the page may call their origins and no other. An AppSync client makes paths of its own
        below an address (``/graphql/realtime``), so the path does not count.
    """
    callable_ = " ".join(["'self'", *sorted({_origin(address) for address in addresses})])
    return {
        "Content-Security-Policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"font-src 'self'; connect-src {callable_}; manifest-src 'self'; base-uri 'none'; "
            "form-action 'self'; frame-ancestors 'none'"
        ),
        **_ALWAYS,
    }


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
