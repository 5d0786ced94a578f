"""What an invocation does, as subsegments of the segment that Lambda writes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from orders.adapters.xray.daemon import Daemon
from orders.adapters.xray.documents import Span, as_segment, as_subsegment
from orders.adapters.xray.header import TraceHeader, current

_open: ContextVar[Span | None] = ContextVar("open_span", default=None)


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

    @contextmanager
    def span(self, name: str) -> Iterator[Span]:
        """Record what the block does, within whatever is being recorded; an error is noted and passed on.

        Examples
        --------
        >>> with Recorder(header=lambda: None).span("not recorded") as span:
        ...     span.annotate("order_id", "4b0c0f7e")
        """
        with self._recorded(Span(name)) as span:
            yield span

    @contextmanager
    def remote_span(self, name: str) -> Iterator[Span]:
        """Record what the block has another service do."""
        with self._recorded(Span(name, remote=True)) as span:
            yield span

    @contextmanager
    def _recorded(self, span: Span) -> Iterator[Span]:
        outer = _open.get()
        token = _open.set(span)
        try:
            yield span
        except BaseException as error:
            span.fail(error)
            raise
        finally:
            _open.reset(token)
            span.close()
            if outer is not None:
                outer.children.append(span)
            else:
                self._send_part(span)

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
