"""The data source ``AWS_LAMBDA``: ``Invoke`` and ``BatchInvoke``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, Protocol

from localcloud.appsync.datasources import documents, elements
from localcloud.appsync.datasources.batching import Batcher
from localcloud.appsync.datasources.failures import DataSourceFailure, RequestInvalid
from localcloud.appsync.definition import JSON, LambdaConfig
from localcloud.functions.errors import FunctionNotFound, FunctionsError, InvokeRefused, TooManyRequests

if TYPE_CHECKING:
    from localcloud.appsync.calls import FieldCall
    from localcloud.functions.model import InvokeResult


DEFAULT_BATCH: Final = 5
"""How many payloads go together where a resolver has no ``maxBatchSize``, as AWS documents it."""


class Invoker(Protocol):
    """Who runs functions; ``LambdaService`` is the real one."""

    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        """Run a function, given by its name or ARN, and return how it ended."""


async def invoke(functions: Invoker, arn: str, payload: JSON, *, asynchronous: bool = False) -> JSON:
    """Invoke a function as AppSync does.

    Raises
    ------
    DataSourceFailure
        ``Lambda:Unhandled`` with the function's ``errorMessage``, or ``Lambda:`` and the code with which
        the service refused.
    """
    try:
        done = await functions.invoke(arn, json.dumps(payload).encode(), asynchronous=asynchronous)
    except FunctionNotFound as error:
        raise DataSourceFailure(str(error), "Lambda:ResourceNotFoundException") from None
    except TooManyRequests as error:
        raise DataSourceFailure(str(error), "Lambda:TooManyRequestsException") from None
    except InvokeRefused as error:
        raise DataSourceFailure(
            f"{error} (Service: Lambda, Status Code: 403)", f"Lambda:{error.code}"
        ) from None
    except FunctionsError as error:
        raise DataSourceFailure(str(error), "Lambda:ServiceException") from None
    if asynchronous:
        return None
    answer = _read(done.payload or b"null")
    if done.function_error is None:
        return answer
    message = answer.get("errorMessage") if isinstance(answer, dict) else None
    raise DataSourceFailure(str(message or "The function failed."), f"Lambda:{done.function_error}")


def _read(payload: bytes) -> JSON:
    """Return what a function answered; awslambdaric posts bytes, and writes NaN, as they are."""

    def refuse(constant: str) -> JSON:
        raise ValueError(constant)

    try:
        answer: JSON = json.loads(payload, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        excerpt = payload[:60].decode(errors="replace")
        raise DataSourceFailure(
            f"The function's answer is no JSON ({error}): {excerpt}", "Lambda:InvalidResponse"
        ) from None
    return answer


class LambdaSource:
    """Sends a request document's payload to a function."""

    def __init__(self, config: LambdaConfig, functions: Invoker) -> None:
        self._arn = config.function_arn
        self._functions = functions
        self._batcher = Batcher()

    async def execute(self, request: JSON, call: FieldCall) -> JSON:
        """Run ``{operation, payload, invocationType}`` and return what the function returned."""
        document = documents.document(request)
        operation = documents.text(document, "operation")
        elements.check(document, elements.LAMBDA)
        kind = documents.optional_text(document, "invocationType") or "RequestResponse"
        if kind not in {"Event", "RequestResponse"}:
            msg = f"Unsupported invocationType '{kind}' for a Lambda data source: Event or RequestResponse."
            raise RequestInvalid(msg)
        asynchronous = kind == "Event"

        async def send(payload: JSON) -> JSON:
            return await invoke(self._functions, self._arn, payload, asynchronous=asynchronous)

        async def send_batch(payloads: list[JSON]) -> JSON:
            answer = await send(payloads)
            return [None] * len(payloads) if asynchronous else answer

        if operation == "Invoke":
            return await send(document.get("payload"))
        if operation != "BatchInvoke":
            msg = f"Unsupported operation '{operation}' for a Lambda data source: Invoke or BatchInvoke."
            raise RequestInvalid(msg)
        size = document.get("maxBatchSize")  # run.js adds the resolver's
        size = size if isinstance(size, int) else DEFAULT_BATCH
        # By identity: a request's object lives as long as its calls do, and they outlive the batch.
        key = (id(call.request), call.type_name, call.field_name, call.step, asynchronous)
        return await self._batcher.request(key, document.get("payload"), size, send_batch)
