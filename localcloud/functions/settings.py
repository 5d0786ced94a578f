"""What a person may tune of the Lambda service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from localcloud.functions.durable.tree import Invocation


@dataclass(frozen=True)
class Settings:
    """What a person may tune, and what tests shorten. Times are in seconds."""

    local_concurrency: int = 64  # per function, where none is reserved: each takes 10 to 30 MB
    patience_seconds: float = 0.1  # for each environment that there is, before another one is started
    stall_seconds: float = 0.2  # or, before that, without any of them coming free
    prepared_parent: bool = True  # environments are forked; without, each is a fresh interpreter
    streaming_concurrency: int = 1000  # responses under way, beside those: AWS's limit of an account
    abandoned_seconds: float = 30.0  # a response without a reader is closed after that
    idle_seconds: float = 300.0
    init_seconds: float = 10.0  # AWS's limit of the init phase
    scan_seconds: float = 0.3
    refresh_seconds: float = 30.0  # a feed that broke may have swallowed a change
    poll_seconds: float = 5.0  # a safety net under the feed
    retry_delays: tuple[float, float] = (60.0, 120.0)  # asynchronous invocations, as AWS waits
    throttled_delays: tuple[float, float] = (1.0, 300.0)  # the same, without room: doubling
    shows_durable: Callable[[Invocation], None] | None = None  # called with invocations of durable functions
    # Says why IAM does not let a role, in a session of this name, invoke an ARN; None where it does.
    refusal: Callable[[str, str, str], Awaitable[str | None]] | None = None
    # Returns the folder that stands for a layer of another account; None where the layer is the engine's.
    foreign_layer: Callable[[str], Path | None] = lambda _arn: None
    stream_backoff: tuple[float, float] = (0.1, 30.0)  # first and longest wait between retries of a batch
