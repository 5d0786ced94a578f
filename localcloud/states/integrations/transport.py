"""The port by which tasks reach services, functions and the web."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Literal, Protocol

InvocationType = Literal["RequestResponse", "Event", "DryRun"]
_ROLE: ContextVar[str] = ContextVar("execution role", default="")


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Let what starts in the block call services in a role: an execution's own."""
    token = _ROLE.set(role)
    try:
        yield
    finally:
        _ROLE.reset(token)


def acting_role() -> str:
    """Return the ARN of the role that services are called in; empty outside of executions."""
    return _ROLE.get()


@dataclass(slots=True)
class TaskReply:
    """A service's answer.

    Attributes
    ----------
    headers
        In whatever case the service spells them.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(slots=True)
class InvokeReply:
    """The Lambda service's answer.

    Attributes
    ----------
    status
        200, 202 for an event; 504 when the limit is over; others when nothing ran.
    payload
        What the function returned, the record of its error, or the service's error.
    function_error
        ``Unhandled`` or ``Handled`` when the function failed.
    error_code
        The service's error, such as ``ResourceNotFoundException``; without it the status decides.
    """

    status: int
    payload: bytes = b""
    function_error: str | None = None
    executed_version: str | None = None
    error_code: str | None = None
    log_result: str | None = None


class CallRefused(Exception):
    """A fault or a quota in force stops a call.

    Parameters
    ----------
    code
        The service's code, such as ``ThrottlingException``.
    status
        That of the service's answer; None where the caller gets none.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(code, message, status)
        self.code = code
        self.message = message
        self.status = status


class Transport(Protocol):
    """Carries requests out.

    Each method may raise :class:`CallRefused` for faults and quotas in force.
    """

    async def send(
        self,
        service: str,
        operation: str,
        *,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
    ) -> TaskReply:
        """Send a request to a service of the engine; the path includes the query."""

    async def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        kind: InvocationType,
        client_context: str | None,
        limit: float | None,
    ) -> InvokeReply:
        """Invoke a function, given by its name or its ARN, with its qualifier."""

    async def fetch(self, method: str, url: str, headers: dict[str, str], body: bytes) -> TaskReply:
        """Send a request to any address.

        Raises
        ------
        OSError
            There is no answer.
        """
