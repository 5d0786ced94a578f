"""What EventBridge's deliveries need of the cloud around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from localcloud.deliveries.events.event import Invocation
from localcloud.deliveries.outcomes import Outcome

Document = dict[str, Any]
# Its principal, where it acts on its own behalf.
EVENTS: Final = "events.amazonaws.com"


@dataclass(frozen=True)
class CallDestination:
    """Where a call goes, and what it carries along.

    Attributes
    ----------
    trace
        The X-Ray header.
    service, source
        Which service calls, by its principal, and for which rule or topic.
    role
        The role that it calls in; empty where the called's own policy has to let the service in.
    """

    account: str
    region: str
    trace: str | None = None
    service: str = ""
    source: str = ""
    role: str = ""


@dataclass(frozen=True)
class ServiceReply:
    """A service's answer.

    Attributes
    ----------
    code, message
        Of an error.
    """

    status: int
    code: str = ""
    message: str = ""


@dataclass(frozen=True)
class WebRequest:
    """A request to an HTTP endpoint."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class WebReply:
    """An answer of an HTTP endpoint; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class NoReply(Exception):
    """No answer came: nothing listens, or the connection broke."""


class TooLate(NoReply):
    """No answer came in time."""


class Elsewhere(NoReply):
    """The address is not on this machine, and the local cloud goes nowhere else."""


class CloudServices(Protocol):
    """The cloud's services."""

    async def call(
        self, place: CallDestination, service: str, operation: str, document: Document
    ) -> ServiceReply:
        """Call an operation of ``sqs``, ``sns``, ``states``, ``logs``, ``kinesis`` or ``firehose``.

        Raises
        ------
        NoReply
        """
        ...

    async def invoke(self, place: CallDestination, function: str, payload: str) -> ServiceReply:
        """Invoke a function asynchronously; 202 means that Lambda has taken the event.

        Raises
        ------
        NoReply
        """
        ...

    async def fetch(self, request: WebRequest, seconds: float) -> WebReply:
        """Send a request to an address on this machine.

        Raises
        ------
        NoReply
        """
        ...

    def signed(self, place: CallDestination, service: str, request: WebRequest) -> WebRequest:
        """Return a request with a signature (SigV4) of the account in its headers."""
        ...

    def queue_url(self, arn: str) -> str | None:
        """Return a queue's address; None where there is none."""
        ...

    def graphql_url(self, place: CallDestination, api: str) -> str | None:
        """Return where a GraphQL API is served; None where there is none."""
        ...

    def api_url(self, api: str) -> str:
        """Return where a REST API's stages are."""
        ...

    def api_destination(self, arn: str) -> Document | None:
        """Return the record of an API destination, as DescribeApiDestination answers it."""
        ...

    def connection(self, arn: str) -> Document | None:
        """Return the record of a connection, with its secrets."""
        ...

    def forward(self, invocation: Invocation, bus: str) -> bool:
        """Put an event on another bus; False where there is none."""
        ...


@dataclass(frozen=True)
class Ended:
    """How the delivery of an event to a target ended: what EventBridge's metrics count.

    Attributes
    ----------
    outcome
        Of the last attempt.
    retries
        How many attempts there were besides the first.
    dead_lettered
        Whether the event went to a dead-letter queue; None where it was delivered, or there is no queue.
    seconds
        From the event's acceptance to this end.
    """

    invocation: Invocation
    outcome: Outcome
    retries: int
    dead_lettered: bool | None
    seconds: float


class DispatchJournal(Protocol):
    """A listener for deliveries. It must return at once."""

    def begin(self, invocation: Invocation) -> None:
        """Take note of a delivery's beginning."""
        ...

    def attempted(self, invocation: Invocation, outcome: Outcome, retry: int) -> None:
        """Take note of one attempt; ``retry`` is 0 for the first."""
        ...

    def ended(self, ended: Ended) -> None:
        """Take note of a delivery's end."""
        ...
