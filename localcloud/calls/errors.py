"""How a call of the engine fails.

::

    CallFailed
    ├── NoAnswer          the engine cannot be reached, or breaks off
    │   └── TimedOut      it does not answer in time
    ├── AnswerTooLarge    the answer's body is longer than was allowed
    └── ServiceRefused    the service answered an error
"""

from __future__ import annotations

from localcloud.calls.documents import JsonDocument


class CallFailed(Exception):
    """A call that has no result."""


class NoAnswer(CallFailed):
    """The engine cannot be reached, or breaks its answer off."""


class TimedOut(NoAnswer):
    """The engine does not answer in time."""


class AnswerTooLarge(CallFailed):
    """The body of an answer is longer than was allowed."""


class ServiceRefused(CallFailed):
    """A service refused a call.

    Attributes
    ----------
    code
        The error's code without the name space, such as ``ConditionalCheckFailedException``.
    message
        What the service says of it; the code where it says nothing.
    status
        The HTTP status.
    body
        The whole answer: some errors carry items.
    request_id
        As the service gave it; ``"unknown"`` where it gave none.
    """

    def __init__(self, operation: str, status: int, body: JsonDocument, request_id: str = "unknown") -> None:
        code = str(body.get("__type") or "InternalServerError").rpartition("#")[2]
        message = str(body.get("message") or body.get("Message") or code)
        super().__init__(f"{operation} was refused: {code}: {message}")
        self.code, self.message, self.status = code, message, status
        self.body, self.request_id = body, request_id

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed a moment later: the service is busy or broken."""
        return self.status >= 500 or "Throttl" in self.code or self.code in _BUSY


_BUSY = frozenset({"ProvisionedThroughputExceededException", "LimitExceededException", "RequestThrottled"})
