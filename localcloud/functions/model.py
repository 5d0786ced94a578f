"""The Lambda service's requests and answers: plain values, shared by all its parts."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

JSON = dict[str, "JSON"] | list["JSON"] | str | int | float | bool | None

ASYNCHRONOUS_LIMIT: Final = 1_048_576
"""The largest event of an asynchronous invocation, in bytes."""

# Takes the function's name, the request's id ("" while the environment initializes) and one line.
LogCallback = Callable[[str, str, str], None]


@dataclass(frozen=True)
class InvokeResult:
    """How an invocation ended.

    Attributes
    ----------
    payload : bytes
        The function's answer, or on a failure AWS's error document: one JSON document.
    function_error : str or None
        None, or ``"Unhandled"`` when the function failed, as in ``X-Amz-Function-Error``.
    log_tail : str
        The last 4 KB of the invocation's log.
    request_id : str
        The invocation's ``AwsRequestId``.
    version : str
        The version that ran.
    durable_arn : str
        The ARN of the durable execution that was started or joined, of a durable function.
    """

    payload: bytes
    function_error: str | None = None
    log_tail: str = ""
    request_id: str = ""
    version: str = "$LATEST"
    durable_arn: str = ""


class Invoke(Protocol):
    """How the parts of the service invoke a function: `LambdaService.invoke`."""

    def __call__(
        self, function: str, payload: bytes, *, asynchronous: bool = False
    ) -> Awaitable[InvokeResult]:
        """Invoke a function by its name or ARN."""


@dataclass(frozen=True)
class SourceTree:
    """Local folders that stand for a function's artefact and its layers.

    Each layer is laid out as AWS wants it: Python packages lie in its ``python/`` folder. What is in the
    folders of ``packages`` lies beside the code in the artefact.
    """

    code: Path
    layers: tuple[Path, ...] = ()
    packages: tuple[Path, ...] = ()


@dataclass(frozen=True)
class DurableConfig:
    """A function's DurableConfig: the most seconds of an execution, and days that an ended one is kept."""

    execution_timeout: int = 86_400
    retention_days: int = 14
    key_arn: str = ""


@dataclass(frozen=True)
class FunctionDefinition:
    """A function as the control plane describes it (GetFunction).

    ``timeout`` is in seconds, ``memory`` in MB. ``qualifier`` is the version or alias it was asked by.
    """

    name: str
    arn: str
    runtime: str
    handler: str
    role_arn: str
    timeout: float = 3
    memory: int = 128
    version: str = "$LATEST"
    qualifier: str = ""
    package_type: str = "Zip"
    environment: Mapping[str, str] = field(default_factory=dict)
    code_sha256: str = ""
    code_location: str = ""
    layers: tuple[str, ...] = ()
    reserved_concurrency: int | None = None
    dead_letter_arn: str | None = None
    log_group: str = ""
    log_format: str = "Text"
    log_level: str = ""
    tracing: str = "PassThrough"
    system_log_level: str = ""
    durable: DurableConfig | None = None

    @property
    def invoked_arn(self) -> str:
        """The ARN as the caller named it: with the qualifier, when there was one."""
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn


def new_request_id() -> str:
    """Return an id as AWS gives each invocation."""
    text = os.urandom(16).hex()  # a random UUID (version 4), in half of the time that uuid takes
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def error_payload(error_type: str, message: str) -> bytes:
    """Return AWS's error document for a failure that the function did not report itself."""
    return json.dumps({"errorType": error_type, "errorMessage": message}, separators=(",", ":")).encode()
