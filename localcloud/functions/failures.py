"""AWS's documents for the failures that a function cannot report itself."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass

from localcloud.functions.model import error_payload
from localcloud.functions.runtime_api import RESPONSE_LIMIT


@dataclass(frozen=True)
class InitFailure:
    """Why an environment ended before it could take an invocation.

    Attributes
    ----------
    error : bytes or None
        What the runtime reported itself (an import error, for one): AWS answers just that.
    reason : str
        Otherwise: how the process ended.
    """

    error: bytes | None
    reason: str

    def payload(self, request_id: str) -> bytes:
        """Return the answer for the invocation that this environment was started for."""
        if self.error is not None:
            return self.error
        kind = "Sandbox.Timedout" if self.reason.startswith("Task timed out") else "Runtime.ExitError"
        return error_payload(kind, f"RequestId: {request_id} Error: {self.reason}")

    def error_type(self) -> str:
        """Return the error's type as the REPORT line names it."""
        document = json.loads(self.payload(""))
        return str(document.get("errorType", "")) if isinstance(document, dict) else ""


def exit_reason(code: int) -> str:
    """Put a process's exit into AWS's words.

    Parameters
    ----------
    code : int
        As `asyncio.subprocess.Process.wait` gives it: a signal is negative.

    Examples
    --------
    >>> exit_reason(1)
    'Runtime exited with error: exit status 1'
    >>> exit_reason(-9)
    'Runtime exited with error: signal: killed'
    """
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    words = (signal.strsignal(-code) or f"signal {-code}").lower()
    return f"Runtime exited with error: signal: {words}"


def truncated(request_id: str) -> bytes:
    """Return the error of a streamed response whose end is missing."""
    return error_payload(
        "Runtime.TruncatedResponse", f"RequestId: {request_id} Error: the response broke off"
    )


def too_large() -> bytes:
    """Return the error of a response above 6 MB."""
    return error_payload(
        "Function.ResponseSizeTooLarge",
        f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes).",
    )
