"""One invocation on its way: what goes in, and the future of what comes out."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field

from localcloud.functions.errors import CallerTimedOut
from localcloud.functions.model import InvokeResult
from localcloud.functions.response import ResponseStream
from localcloud.functions.runtime_api import Delivery
from localcloud.functions.traced import InvocationTrace


def new_trace_id() -> str:
    """Return an X-Ray trace header of an unsampled trace."""
    text = os.urandom(20).hex()
    return f"Root=1-{int(time.time()):08x}-{text[:24]};Parent={text[24:]};Sampled=0"


@dataclass(eq=False)
class Invocation:
    """An invocation that waits for an environment, or is being handled by one.

    One that only ``warms`` waits like the others, and leaves the environment idle.

    Attributes
    ----------
    limit : float or None
        Seconds of the function's own time after which the caller stops waiting.
    response : ResponseStream or None
        Where the response goes piece by piece, for a caller that takes it so.
    traced : InvocationTrace or None
        What becomes its segments, where X-Ray records it.
    """

    request_id: str
    payload: bytes
    invoked_arn: str
    limit: float | None = None
    trace_id: str = field(default_factory=new_trace_id)
    since: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    result: asyncio.Future[InvokeResult] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    warms: bool = False
    response: ResponseStream | None = None
    traced: InvocationTrace | None = None

    @property
    def is_due(self) -> bool:
        """Whether it is still to be run: a caller that gives up does not stop the function on AWS either."""
        return not self.result.done() or self.result.cancelled()

    def delivery(self, deadline_ms: int) -> Delivery:
        """Return it as it goes out to the runtime."""
        if self.traced is not None:
            self.traced.begin()
        return Delivery(self.request_id, self.payload, deadline_ms, self.invoked_arn, self.trace_id)

    def finish(self, result: InvokeResult, *, milliseconds: float = 0.0, init: float | None = None) -> None:
        """Give the result to the caller, when it still waits.

        Parameters
        ----------
        milliseconds, init
            The milliseconds of the invocation, and of the init phase before it if there was one.
        """
        if self.traced is not None:
            failed = result.function_error is not None
            self.traced.end(milliseconds, init, result.payload if failed else None)
        if not self.result.done():
            self.result.set_result(result)
        if self.response is not None:
            self.response.finish(result)

    def expire(self) -> None:
        """Have the caller wait no longer. The function runs on to its own end, as on AWS."""
        if not self.result.done():
            assert self.limit is not None
            self.result.set_exception(CallerTimedOut(self.limit))
