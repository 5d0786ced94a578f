"""How a Lambda authorizer is run."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import AuthorizerFailed
from localcloud.functions.errors import CallerTimedOut, FunctionsError

if TYPE_CHECKING:
    from localcloud.appsync.datasources.lambda_function import Invoker

SECONDS: Final = 10.0  # AppSync waits no longer for an authorizer
log = logging.getLogger(__name__)
AskFunction: TypeAlias = Callable[[str, dict[str, JSON]], Awaitable[str]]
"""Runs a function, given its ARN and its event, and returns its answer; raises ``AuthorizerFailed``."""


def asking(functions: Invoker, *, seconds: float = SECONDS) -> AskFunction:
    """Return what asks functions, and says in the log why one of them did not answer."""

    async def invoke(arn: str, event: dict[str, JSON]) -> str:
        try:
            # Its own seconds: what it waits for on a busy machine does not count.
            done = await functions.invoke(arn, json.dumps(event).encode(), limit=seconds)
        except CallerTimedOut:
            problem = f"The authorizer took longer than {seconds:g} seconds."
        except FunctionsError as error:
            problem = str(error)
        else:
            text = done.payload.decode(errors="replace")
            if done.function_error is None:
                return text
            problem = _message(text)
        log.warning("The authorizer %s failed: %s", arn, problem)
        raise AuthorizerFailed(problem)

    return invoke


def _message(text: str) -> str:
    try:
        document: JSON = json.loads(text)
    except ValueError:
        document = None
    message = document.get("errorMessage") if isinstance(document, dict) else None
    return str(message or "The function failed.")
