"""What traces say of all handlers, as Powertools' Tracer would say it: neither it nor X-Ray's SDK is loaded.

A handler's answer and its exceptions' texts stay out of traces: they would hold what customers sent.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final, TypeVar, cast

from orders.adapters.xray.documents import Span
from orders.adapters.xray.header import current, parse_header
from orders.adapters.xray.recorder import Recorder
from resolvers.log import logger

Handler = TypeVar("Handler", bound=Callable[..., Any])

RECORDER: Final = Recorder()
SERVICE: Final = "orderwire"
WORKER: Final = "orderwire-worker"
# The first invocation of an environment is one, unless AWS had started the environment beforehand.
_COLD_START: Final = iter([os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") != "provisioned-concurrency"])


def traced(handler: Handler) -> Handler:
    """Record a handler's invocations, without what it was given or answers."""

    @wraps(handler)
    def recorded(event: object, context: object) -> object:
        with RECORDER.span(f"## {handler.__name__}") as span:
            span.annotate("ColdStart", next(_COLD_START, False))
            span.annotate("Service", SERVICE)
            return handler(event, context)

    return cast("Handler", recorded)


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
    if (span := RECORDER.innermost) is not None:
        span.annotate("order_id", order_id)
