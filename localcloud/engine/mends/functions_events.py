"""Lambda: what Invoke refuses, and when it has accepted an event."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from localcloud.engine.mends.functions_invoke import SENT
from localcloud.engine.ministack.app import App
from localcloud.engine.ministack.lambda_svc import Lambda
from localcloud.engine.patching import Context, Function, Response, mend

# The id of the invocation that the request at hand was accepted as.
ACCEPTED: ContextVar[str] = ContextVar("accepted", default="")
INVOKE = re.compile(r"^/(2015-03-31|2014-11-13)/functions/[^/]+/(invocations|invoke-async/?)$")


@mend("lambda.accepted_events")
def events_are_accepted_before_the_answer(context: Context) -> None:
    """Answer an asynchronous Invoke with what the Lambda service says of it, and with the invocation's id.

    MiniStack answers at once, under an id of its own: an event that the service refused (it is too
    large) or never got was accepted and lost, and no record or dead letter could be found by its id.
    """

    @Lambda.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(
            method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
        ) -> Response:
            if method != "POST" or not INVOKE.match(path):
                plain: Response = await before(method, path, headers, body, query)
                return plain
            token = SENT.set([])
            try:
                response: Response = await before(method, path, headers, body, query)
                sent = SENT.get() or []
            finally:
                SENT.reset(token)
            for future in sent:
                answer = await asyncio.wrap_future(future)
                if answer.status >= 300:
                    kind = {
                        "Content-Type": "application/json",
                        "x-amzn-errortype": answer.error_type or "ServiceException",
                    }
                    return answer.status, kind, answer.payload
                ACCEPTED.set(answer.request_id)
            return response

        return handle

    @App.dispatch_service_request.wrap
    def _(before: Function) -> Function:
        async def dispatch(*args: Any) -> Response:
            response: Response = await before(*args)
            if request_id := ACCEPTED.get():
                ACCEPTED.set("")
                response[1]["x-amzn-requestid"] = request_id
            return response

        return dispatch


@mend("lambda.json_payloads")
def payloads_that_are_no_json_are_refused(context: Context) -> None:
    """Refuse a payload that is no JSON, as Lambda does.

    MiniStack invokes the function with ``{}`` in its place: what was sent is lost silently.
    """

    @Lambda.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(
            method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
        ) -> Response:
            if method == "POST" and INVOKE.match(path):
                try:
                    json.loads(body or b"{}")
                except (ValueError, RecursionError) as error:
                    message = f"Could not parse request body into json: {error}"
                    kind = {
                        "Content-Type": "application/json",
                        "x-amzn-errortype": "InvalidRequestContentException",
                    }
                    return 400, kind, json.dumps({"Type": "User", "message": message}).encode()
            response: Response = await before(method, path, headers, body, query)
            return response

        return handle
