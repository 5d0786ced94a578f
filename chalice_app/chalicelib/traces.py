"""Each invocation as a part of its trace: what was asked, of which order, and how it was answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalice.app import Request, Response

from orders.adapters.xray.recorder import Recorder

Event = TypeVar("Event")
Answer = TypeVar("Answer")

RECORDER = Recorder()


def in_trace(event: Event, get_response: Callable[[Event], Answer]) -> Answer:
    """Middleware: record the invocation; nothing of it but the order's id and the answer's status."""
    with RECORDER.span("## companion") as span:
        if isinstance(event, Request):
            span.annotate("route", f"{event.method} {event.path}")
            if order_id := (event.uri_params or {}).get("order_id"):
                span.annotate("order_id", order_id)
        response = get_response(event)
        if isinstance(response, Response):
            span.annotate("status", response.status_code)
        return response
