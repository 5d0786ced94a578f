"""What the local cloud reports while it starts and runs, and through which functions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from localcloud.appsync.tracing import Tracer
from localcloud.stack.deploy import ResourceEvent

if TYPE_CHECKING:
    from localcloud.functions.durable.tree import Invocation


@dataclass
class Progress:
    """Give it functions that show what the local cloud does.

    Attributes
    ----------
    trace
        Shows each GraphQL request once it is answered; None when they are not shown, which costs
        nothing.
    durable
        Shows each invocation of a durable function once it has ended; or None.
    """

    step: Callable[[str], None] = lambda text: None
    resource: Callable[[ResourceEvent], None] = lambda event: None
    warning: Callable[[str], None] = lambda text: None
    function_log: Callable[[str, str, str], None] = lambda function, request_id, line: None
    engine_log: Callable[[str], None] = lambda line: None
    trace: Tracer | None = None
    durable: Callable[[Invocation], None] | None = None
