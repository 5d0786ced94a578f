"""Lambda: every invocation inside the engine is sent to the Lambda service, over kept connections."""

from __future__ import annotations

import base64
import json
import logging
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

from localcloud.engine.calls import CallerPool, CallError
from localcloud.engine.ministack.lambda_runtime import LambdaRuntime
from localcloud.engine.ministack.lambda_svc import Lambda, lambda_svc
from localcloud.engine.patching import Context, Record, mend
from localcloud.watchtower.traces.facade import trace_headers

logger = logging.getLogger(__name__)

# The events that are on their way to the Lambda service for the request at hand, if it waits for them.
SENT: ContextVar[list[Future[InvokeAnswer]] | None] = ContextVar("sent", default=None)


@dataclass(frozen=True)
class InvokeAnswer:
    """What the Lambda service said to an invocation, as AWS's Invoke API would."""

    status: int
    payload: bytes
    function_error: str | None = None
    log_tail: str = ""
    request_id: str = ""
    error_type: str = ""

    @property
    def document(self) -> Any:
        """The payload as JSON; text that is none stays text."""
        if not self.payload:
            return None
        try:
            return json.loads(self.payload)
        except ValueError:
            return self.payload.decode("utf-8", "replace")


class LambdaService:
    """The Lambda service's Invoke API, for threads."""

    def __init__(self, url: str) -> None:
        self._path = f"{urlsplit(url).path}/2015-03-31/functions"
        # The service ends every invocation in time, and by a clock that a busy machine slows down.
        self._caller = CallerPool(url, None)
        self._senders = ThreadPoolExecutor(max_workers=16, thread_name_prefix="lambda-event")

    def invoke(
        self,
        name: str,
        qualifier: str | None,
        event: Any,
        *,
        kind: str = "RequestResponse",
        with_log: bool = False,
    ) -> InvokeAnswer:
        """Invoke and wait; a service that cannot be reached answers status 500."""
        target = f"{self._path}/{quote(name, safe='')}/invocations"
        if qualifier:
            target += f"?Qualifier={quote(qualifier, safe='')}"
        headers = {"Content-Type": "application/json", "X-Amz-Invocation-Type": kind}
        if with_log:
            headers["X-Amz-Log-Type"] = "Tail"
        headers |= trace_headers()
        body = json.dumps(event, ensure_ascii=False).encode()
        try:
            reply = self._caller.post(target, headers, body)
        except CallError as error:
            document = {
                "errorType": "ServiceException",
                "errorMessage": f"the Lambda service cannot be reached: {error}",
            }
            return InvokeAnswer(500, json.dumps(document).encode())
        log = ""
        with suppress(ValueError):
            log = base64.b64decode(reply.headers.get("x-amz-log-result", "")).decode("utf-8", "replace")
        headers = reply.headers
        failure = headers.get("x-amz-function-error")
        request_id, error_type = headers.get("x-amzn-requestid", ""), headers.get("x-amzn-errortype", "")
        return InvokeAnswer(reply.status, reply.body, failure, log, request_id, error_type)

    def send(self, name: str, qualifier: str | None, event: Any) -> Future[InvokeAnswer]:
        """Invoke asynchronously: the service queues it, tries it again and minds its destinations."""
        # The thread works for the trace of who sends.
        context = copy_context()
        return self._senders.submit(context.run, self.invoke, name, qualifier, event, kind="Event")


def note_loss(function: str, sent: Future[InvokeAnswer]) -> None:
    """Log the loss of an event that no caller waits for: S3 has answered its caller long ago."""
    answer = sent.result()
    if answer.status >= 300:
        reason = answer.payload.decode("utf-8", "replace")
        logger.warning("an event for %s is lost, the Lambda service did not take it: %s", function, reason)


def _qualifier(config: Record) -> str | None:
    """Return the version or alias that a configuration's ARN ends in."""
    parts = str(config.get("FunctionArn", "")).split(":")
    qualifier = parts[7] if len(parts) == 8 else None
    # A durable function is invoked by a qualifier alone, and this is one.
    return None if qualifier == "$LATEST" and "DurableConfig" not in config else qualifier


@mend("lambda.invoke")
def invocations_go_to_the_lambda_service(context: Context) -> None:
    """Send every invocation to the Lambda service, synchronous and asynchronous ones.

    MiniStack runs functions in workers of its own, 55 ms a call, whose errors all become
    ``Runtime.HandlerError``; on AWS the error's name is the exception's class. Reserved
    concurrency, retries, destinations and logs are the Lambda service's business as well.
    """
    service = LambdaService(context.settings.lambda_url)
    throttled = lambda_svc.throttle_response

    def execute(function: Record, event: Any) -> Record:
        config = function.get("config") or function
        answer = service.invoke(config["FunctionName"], _qualifier(config), event, with_log=True)
        if answer.status == 429:
            reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
            refusal: Record = throttled(reason_code=reason, msg="Rate Exceeded.")
            return refusal
        result: Record = {"body": answer.document, "log": answer.log_tail}
        if answer.status >= 300 or answer.function_error:
            result |= {"error": True, "function_error": answer.function_error or "Unhandled"}
        return result

    def send(function: Record, event: Any) -> None:
        config = function.get("config") or function
        answer = service.send(config["FunctionName"], _qualifier(config), event)
        waiting = SENT.get()
        if waiting is not None:
            waiting.append(answer)
        else:
            answer.add_done_callback(partial(note_loss, config["FunctionName"]))

    class Worker:
        """What WebSocket routes ask for instead: they go round ``_execute_function``."""

        def __init__(self, _name: str, config: Record, _code: bytes, qualifier: str = "") -> None:
            self._config = config

        def invoke(self, event: Any, _request_id: str) -> Record:
            result = execute({"config": self._config}, event)
            if result.get("error"):
                return {"status": "error", "error": result["body"]}
            return {"status": "ok", "result": result["body"]}

    LambdaRuntime.get_or_create_worker.replace(Worker)
    Lambda.execute_function.replace(execute)
    Lambda.invoke_async_with_retry.replace(send)


@mend("lambda.no_pollers")
def pollers_are_off(context: Context) -> None:
    """Leave event source mappings to the Lambda service.

    MiniStack's own poller ignores MaximumRetryAttempts, BisectBatchOnFunctionError and OnFailure,
    and would take the messages before the Lambda service sees them.
    """
    Lambda.ensure_poller.replace(lambda: None)
    Lambda.poll_loop.replace(lambda: None)
