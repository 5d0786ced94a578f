"""Powertools' Tracer for all handlers, on a provider of ours: the X-Ray SDK is not loaded.

A handler's answer and its exceptions' texts stay out of traces: they would hold what customers sent.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from aws_lambda_powertools.tracing import Tracer
from aws_lambda_powertools.tracing.base import BaseProvider, BaseSegment

from orders.adapters.xray.documents import Span
from orders.adapters.xray.header import current, parse_header
from orders.adapters.xray.recorder import Recorder
from resolvers.log import logger

if TYPE_CHECKING:
    import numbers
    import traceback

Handler = TypeVar("Handler", bound=Callable[..., Any])

RECORDER: Final = Recorder()
WORKER: Final = "orderwire-worker"


class Subsegment(BaseSegment):
    """A span, by the names that Powertools calls its parts."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def close(self, end_time: int | None = None) -> None:
        """Note when it ended."""
        self._span.close(end_time)

    def add_subsegment(self, subsegment: Subsegment) -> None:
        """Add a part."""
        self._span.children.append(subsegment._span)

    def remove_subsegment(self, subsegment: Subsegment) -> None:
        """Take a part away."""
        self._span.children.remove(subsegment._span)

    def put_annotation(self, key: str, value: str | numbers.Number | bool) -> None:
        """Say something that traces can be searched by."""
        self._span.annotate(key, value if isinstance(value, str | int | float | bool) else str(value))

    def put_metadata(self, key: str, value: object, namespace: str = "default") -> None:
        """Say something that is shown."""
        self._span.add_metadata(key, value, namespace)

    def add_exception(
        self, exception: BaseException, stack: list[traceback.StackSummary], remote: bool = False
    ) -> None:
        """Note what went wrong."""
        self._span.fail(exception)


class Provider(BaseProvider):
    """What Powertools asks of a provider, by a `Recorder`."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @contextmanager
    def in_subsegment(self, name: str | None = None, **_: object) -> Generator[Subsegment, None, None]:
        """Record what the block does."""
        with self._recorder.span(name or "subsegment") as span:
            yield Subsegment(span)

    def in_subsegment_async(
        self, name: str | None = None, **_: object
    ) -> AbstractAsyncContextManager[BaseSegment]:
        """Refuse: no handler here is asynchronous."""
        raise NotImplementedError

    def put_annotation(self, key: str, value: str | numbers.Number | bool) -> None:
        """Annotate what is being recorded."""
        if (span := self._recorder.innermost) is not None:
            Subsegment(span).put_annotation(key, value)

    def put_metadata(self, key: str, value: object, namespace: str = "default") -> None:
        """Add to what is being recorded."""
        if (span := self._recorder.innermost) is not None:
            span.add_metadata(key, value, namespace)

    def patch(self, modules: Sequence[str]) -> None:
        """Patch nothing: what calls other services here is ours."""

    def patch_all(self) -> None:
        """Patch nothing."""


# Said outright that it is not disabled: outside Lambda Powertools would load the SDK to disable that.
tracer: Final = Tracer(service="orderwire", provider=Provider(RECORDER), auto_patch=False, disabled=False)


def traced(handler: Handler) -> Handler:
    """Record a handler's invocations, without what it was given or answers."""
    decorated = tracer.capture_lambda_handler(handler, capture_response=False, capture_error=False)
    return cast("Handler", decorated)


@contextmanager
def of_message(name: str, header: str | None) -> Generator[None, None, None]:
    """Record what is done with one message of a batch, in the trace that the message came with as well.

    A batch whose messages have several traces is invoked with a new one, which has links to theirs: there
    the trace would not show what became of this message.
    """
    segment = Span(WORKER)
    try:
        with RECORDER.span(name) as span:
            segment.children.append(span)
            yield
    except BaseException as error:
        segment.fail(error)
        raise
    finally:
        segment.close()
        sent, own = parse_header(header), current()
        if sent is not None and (own is None or own.root != sent.root):
            RECORDER.send_segment(segment, sent)


def about(order_id: str) -> None:
    """Give the order's id to the log, and to the trace: both can be searched by it."""
    logger.set_correlation_id(order_id)
    tracer.put_annotation("order_id", order_id)
