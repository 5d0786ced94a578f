"""What an invocation does, as subsegments of the segment that Lambda writes of it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

from orders.adapters.xray.daemon import Daemon
from orders.adapters.xray.documents import Span, as_segment, as_subsegment
from orders.adapters.xray.header import TraceHeader, current

_open: ContextVar[Span | None] = ContextVar("open_span", default=None)


class Recording:
    """A block that is recorded: what it does is a part of the block around it, or is sent.

    A class, not a generator: every invocation of every function enters one, recorded or not.
    """

    def __init__(self, span: Span, send: Callable[[Span], None]) -> None:
        self._span = span
        self._send = send

    def __enter__(self) -> Span:
        self._outer = _open.get()
        self._token = _open.set(self._span)
        return self._span

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self._span.fail(error)
        _open.reset(self._token)
        self._span.close()
        if self._outer is not None:
            self._outer.children.append(self._span)
        else:
            self._send(self._span)


class Recorder:
    """Records spans within invocations, and segments of traces that began elsewhere.

    Parameters
    ----------
    daemon : Daemon, optional
        Where documents go.
    header : callable
        Returns the invocation's header.
    """

    def __init__(
        self, daemon: Daemon | None = None, header: Callable[[], TraceHeader | None] = current
    ) -> None:
        self._daemon = daemon or Daemon()
        self._header = header

    def span(self, name: str) -> Recording:
        """Record what the block does, within whatever is being recorded; an error is noted and passed on.

        Examples
        --------
        >>> with Recorder(header=lambda: None).span("not recorded") as span:
        ...     span.annotate("order_id", "4b0c0f7e")
        """
        return Recording(Span(name), self._send_part)

    def remote_span(self, name: str) -> Recording:
        """Record what the block has another service do."""
        return Recording(Span(name, remote=True), self._send_part)

    @property
    def innermost(self) -> Span | None:
        """What is being recorded."""
        return _open.get()

    def send_segment(self, span: Span, header: TraceHeader) -> None:
        """Send a whole segment of another trace than this invocation's, unless that is not recorded."""
        if header.is_recorded:
            self._daemon.send(as_segment(span, header))

    def close(self) -> None:
        """Close what is kept open."""
        self._daemon.close()

    def _send_part(self, span: Span) -> None:
        header = self._header()
        if header is not None and header.parent is not None and header.is_recorded:
            self._daemon.send(as_subsegment(span, header))
