"""The trace that the current task works for: who calls another service sends it along.

A context variable, so that it goes where the work goes (tasks inherit it) and no signature in between
has to name it. Where nothing is traced it is None, and costs one look.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from localcloud.watchtower.traces.header import NAME, TraceHeader, parse_header

_HEADER: Final[ContextVar[TraceHeader | str | None]] = ContextVar("localcloud_trace", default=None)
_LINKS: Final[ContextVar[tuple[TraceHeader, ...]]] = ContextVar("localcloud_trace_links", default=())


def current() -> TraceHeader | None:
    """Return the header that calls of this task carry; None where nothing is traced."""
    header = _HEADER.get()
    return parse_header(header) if isinstance(header, str) else header


def current_text() -> str | None:
    """Return the header as it is sent; None where there is none."""
    header = _HEADER.get()
    return None if header is None else str(header)


def trace_headers() -> dict[str, str]:
    """Return the header for a request to send along; none where there is none.

    Examples
    --------
    >>> trace_headers()
    {}
    """
    text = current_text()
    return {} if text is None else {NAME: text}


def links() -> tuple[TraceHeader, ...]:
    """Return the traces that led to this task's work, where there are several."""
    return _LINKS.get()


def use(header: TraceHeader | str | None, linked: tuple[TraceHeader, ...] = ()) -> None:
    """Have this task work for a trace from now on; a header as it came is read on demand."""
    _HEADER.set(header)
    _LINKS.set(linked)


@contextmanager
def working_for(header: TraceHeader | None) -> Iterator[None]:
    """Have the block work for a trace.

    Examples
    --------
    >>> with working_for(TraceHeader("1-5759e988-bd862e3fe1be46a994272793")):
    ...     str(current())
    'Root=1-5759e988-bd862e3fe1be46a994272793'
    >>> current() is None
    True
    """
    token = _HEADER.set(header)
    try:
        yield
    finally:
        _HEADER.reset(token)
