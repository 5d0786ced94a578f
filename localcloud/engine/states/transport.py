"""How tasks reach the engine's services, in this process, and functions, over kept connections."""

from __future__ import annotations

import asyncio
import contextvars
import json
import re
import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from localcloud.calls import HttpConnections, NoAnswer
from localcloud.engine.asgi import Application
from localcloud.engine.faults import Fault
from localcloud.engine.gate import EngineGate
from localcloud.engine.measures import measure_task
from localcloud.engine.meter import Caller
from localcloud.engine.ministack.app import app
from localcloud.engine.ministack.responses import responses
from localcloud.engine.operations import OperationCall
from localcloud.engine.parent import ParentsConnections
from localcloud.engine.states.asking import call_application, http_scope
from localcloud.engine.states.invocations import invocation_call, invocations_path
from localcloud.engine.states.roles import Roles
from localcloud.states.integrations import (
    CallRefused,
    InvocationType,
    InvokeReply,
    TaskReply,
    signing_name,
)
from localcloud.watchtower.traces.facade import current_text, trace_headers, use

LIMIT_HEADER = "X-Localcloud-Limit-Seconds"
FETCH_SECONDS = 60.0
API_HOST = re.compile(r"([a-z0-9]+)\.execute-api\.")
# Services whose handlers wait for nothing and look at nothing but the operation: no need of the application.
# Where operations are named, it is so for these.
DIRECT = {"dynamodb": "dynamodb", "sqs": "sqs", "sns": "sns", "logs": "cloudwatch_logs"}
DIRECT_OPERATIONS = {"sns": {"Publish"}, "logs": {"PutLogEvents"}}


class EngineTransport:
    """Carries the requests of one account in one region out.

    Parameters
    ----------
    application
        MiniStack.
    functions
        The connections to the Lambda service, and where in it.
    by
        Who calls, for the meter.
    """

    def __init__(
        self,
        application: Application,
        gate: EngineGate,
        functions: tuple[HttpConnections, str],
        *,
        account: str,
        region: str,
        port: int,
        by: Caller = "states",
    ) -> None:
        self._application = application
        self._gate = gate
        self._functions, self._base = functions
        self._account, self._region = account, region
        self._roles = Roles(gate, account, region)
        self._host = f"127.0.0.1:{port}"
        self._by: Caller = by
        self._set_account = responses.set_request_account_id
        self._set_region = responses.set_request_region
        self._context = contextvars.copy_context()

    async def send(
        self, service: str, operation: str, *, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> TaskReply:
        """Have a service of the engine answer a request, once faults and quotas let it pass."""
        signed_as = signing_name(service)
        call = OperationCall(signed_as, operation, body)
        request = _Request(service, signed_as, method, path, headers, body, operation)
        self._roles.check(signed_as, operation, body, method, path)
        if self._gate.open:
            self._gate.meter.carried_out(call.name, self._by)
            return await self._carry_out(request)
        fault = await self._pass(call)
        reply = await self._carry_out(request)
        if fault is not None and fault.kind == "duplicate":
            self._gate.meter.carried_out(call.name, self._by)
            await self._carry_out(request)
        _drop(fault, reply.status)
        return reply

    async def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        kind: InvocationType,
        client_context: str | None,
        limit: float | None,
        trace: str | None = None,
    ) -> InvokeReply:
        """Invoke a function at the Lambda service; ``trace`` is the X-Ray header that goes with it."""
        self._roles.check("lambda", "Invoke", b"", "POST", invocations_path("", function))
        fault = None if self._gate.open else await self._pass(invocation_call(function, payload))
        if self._gate.open:
            self._gate.meter.carried_out("lambda.Invoke", self._by)
        headers = {"Content-Type": "application/json", "X-Amz-Invocation-Type": kind}
        if client_context is not None:
            headers["X-Amz-Client-Context"] = client_context
        if limit is not None:
            headers[LIMIT_HEADER] = str(limit)
        headers |= trace_headers() if trace is None else {"X-Amzn-Trace-Id": trace}
        target = invocations_path(self._base, function)
        started = time.perf_counter()
        reply = await self._invoked(target, headers, payload)
        if self._by == "states":
            failed = reply.status >= 400 or reply.function_error is not None
            measure_task(self._gate.meter.metrics, function, time.perf_counter() - started, failed=failed)
        if fault is not None and fault.kind == "duplicate":
            self._gate.meter.carried_out("lambda.Invoke", self._by)
            await self._invoked(target, headers, payload)
        _drop(fault, reply.status)
        return reply

    async def fetch(self, method: str, url: str, headers: dict[str, str], body: bytes) -> TaskReply:
        """Send a request to an address on this machine, or to an API by AWS's own address of it.

        Raises
        ------
        OSError
            There is no answer, or the address is elsewhere.
        """
        parts = urlsplit(url)
        api = API_HOST.match(parts.hostname or "")
        if api is not None:
            query = f"?{parts.query}" if parts.query else ""
            path = f"/_aws/execute-api/{api[1]}{parts.path}{query}"
            reply = await self._carry_out(_Request("", "execute-api", method, path, headers, body))
            # What a connection would say, were there one.
            reply.headers = {"Connection": "keep-alive", "Date": formatdate(usegmt=True), **reply.headers}
            return reply
        if parts.scheme != "http" or parts.hostname not in {"127.0.0.1", "localhost"}:
            raise OSError(f"the local cloud calls addresses on loopback alone, not {parts.hostname}")
        connections = ParentsConnections(f"http://{parts.netloc}", seconds=FETCH_SECONDS)
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        try:
            answer = await connections.send(method, target, {**headers, **trace_headers()}, body)
        except NoAnswer as error:
            raise OSError(str(error)) from error
        finally:
            connections.close()
        return TaskReply(answer.status, answer.headers, answer.body)

    async def _invoked(self, target: str, headers: dict[str, str], payload: bytes) -> InvokeReply:
        try:
            # The Lambda service ends a function in time, by a clock that knows a busy machine.
            answer = await self._functions.send("POST", target, headers, payload)
        except NoAnswer as error:
            message = f"the Lambda service cannot be reached: {error}"
            return InvokeReply(500, json.dumps({"message": message}).encode())
        body = answer.body
        if answer.status == 404:
            # The Lambda service's words are for who calls it; these are what a task's cause holds on AWS.
            path, _, qualifier = target.partition("?Qualifier=")
            name = unquote(path.split("/")[-2]).rpartition(":function:")[2]
            arn = f"arn:aws:lambda:{self._region}:{self._account}:function:{name}"
            arn = f"{arn}:{unquote(qualifier)}" if qualifier else arn
            body = json.dumps({"Message": f"Function not found: {arn}"}).encode()
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return InvokeReply(
            answer.status,
            body,
            headers.get("x-amz-function-error") or None,
            headers.get("x-amz-executed-version") or None,
            headers.get("x-amzn-errortype", "").partition(":")[0] or None,
            headers.get("x-amz-log-result") or None,
        )

    async def _pass(self, call: OperationCall) -> Fault | None:
        """Let faults and quotas act; return the fault that acts on the answer.

        Raises
        ------
        CallRefused
            What a client would see as an error or as a broken connection.
        """
        gate = self._gate
        fault = gate.faults.hit(call)
        refusal = gate.refusal(call, fault)
        if refusal is not None:
            gate.meter.refused(call.name)
            raise CallRefused(refusal.code, refusal.message, refusal.status)
        if fault is not None and fault.kind == "timeout":
            gate.meter.refused(call.name)
            await asyncio.sleep(fault.seconds)
            raise CallRefused("SdkClientException", "Unable to execute HTTP request: Read timed out")
        if fault is not None and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        gate.meter.carried_out(call.name, self._by)
        return fault

    async def _carry_out(self, request: _Request) -> TaskReply:
        service, signed_as, method, path, headers, body, operation = request
        context = self._context.copy()
        context.run(use, current_text())
        credential = f"{self._account}/20260101/{self._region}/{signed_as}/aws4_request"
        authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"
        direct = service in DIRECT and operation in DIRECT_OPERATIONS.get(service, {operation})
        if direct and method == "POST" and path == "/":
            return context.run(self._reply, DIRECT[service], headers, body, authorization)
        sent = {
            **{name.lower(): value for name, value in headers.items()},
            "host": self._host,
            "content-length": str(len(body)),
            "authorization": authorization,
        }
        scope = http_scope(method, path, sent)
        return await asyncio.create_task(call_application(self._application, scope, body), context=context)

    def _reply(self, module: str, headers: Mapping[str, str], body: bytes, authorization: str) -> TaskReply:
        self._set_account(self._account)
        self._set_region(self._region)
        handler = app.get_module(module)
        sent = {name.lower(): value for name, value in headers.items()}
        sent |= {"host": self._host, "authorization": authorization}
        running = handler.handle_request("POST", "/", sent, body, {})
        try:
            running.send(None)
        except StopIteration as done:
            status, reply_headers, answer = done.value
            return TaskReply(status, reply_headers, answer)
        running.close()
        raise RuntimeError(f"{module} waits for something: it cannot go the short way")


class _Request(NamedTuple):
    service: str
    signed_as: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    operation: str = ""


def _drop(fault: Fault | None, status: int) -> None:
    """Lose the answer of a call that was carried out; a refusal arrives."""
    if fault is not None and fault.kind == "drop-answer" and status < 400:
        raise CallRefused("SdkClientException", "Unable to execute HTTP request: Connection reset by peer")
