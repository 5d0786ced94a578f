"""What a namespace's handlers do: nothing, its code by itself or with a data source, or a Lambda function."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Final

from localcloud.appsync.calls import FieldCall
from localcloud.appsync.datasources.clients import SourceClient, Sources
from localcloud.appsync.datasources.failures import DataSourceFailure, RequestInvalid
from localcloud.appsync.definition import JSON, SERVED_SOURCES
from localcloud.appsync.events.channels import Channel
from localcloud.appsync.events.definition import EventApiDefinition
from localcloud.appsync.events.errors import HandlerBroken, HandlerDenied, HandlerRefused
from localcloud.appsync.events.plans import BrokenHandler, Handler, HandlerPlan, plan_handlers
from localcloud.appsync.js.runtime import JavaScriptContext, JavaScriptFault
from localcloud.appsync.outcomes import crash_error

_OPERATIONS: Final = {"onPublish": "PUBLISH", "onSubscribe": "SUBSCRIBE"}
# What a function says is in the log, not in the answer: so AWS has it for publishers.
_FAILED: Final = "The handler failed; see the log."
log = logging.getLogger("localcloud.appsync.handlers")


@dataclass(frozen=True)
class HandlerCall:
    """What one run of a handler is given; ``events`` is None for a subscription."""

    channel: Channel
    identity: JSON
    headers: dict[str, str]
    auth_type: str
    events: list[JSON] | None = None

    def context(self, handler: Handler) -> dict[str, JSON]:
        """Return ``ctx``, which is also what a function is invoked with."""
        return {
            "identity": self.identity,
            "result": None,
            "request": {
                "headers": {name: value for name, value in self.headers.items() if name != "cookie"},
                "domainName": None,
            },
            "info": {
                "channel": {"path": self.channel.path, "segments": list(self.channel.segments)},
                "channelNamespace": {"name": self.channel.namespace},
                "operation": _OPERATIONS[handler],
            },
            "error": None,
            "prev": None,
            "stash": {},
            "outErrors": [],
            "events": self.events,
        }


class Handlers:
    """Every handler of one Event API, compiled.

    Belongs to the thread (the event loop's) that makes it. Making it never fails: a handler that cannot be
    served is named in ``warnings``, and what would run it is refused with those words.
    """

    def __init__(self, api: EventApiDefinition, *, sources: Sources) -> None:
        self._api = api
        opened = {name: sources.open(source) for name, source in api.data_sources.items()}
        # Most namespaces have no code, and a context has its price.
        coded = any(namespace.code for namespace in api.namespaces.values())
        self._js = JavaScriptContext({}) if coded else None
        self._plans = plan_handlers(api, self._js, opened)
        warnings = [
            f"AppSync Event API {api.name}: data source {source.name} is of type {source.type}, "
            "not supported here."
            for source in api.data_sources.values()
            if source.type not in SERVED_SOURCES
        ]
        warnings += [plan.warning for plan in self._plans.values() if isinstance(plan, BrokenHandler)]
        self.warnings = list(dict.fromkeys(warnings))

    def has(self, namespace: str, handler: Handler) -> bool:
        """Return whether the namespace has the handler."""
        return (namespace, handler) in self._plans

    async def run(self, handler: Handler, call: HandlerCall) -> JSON:
        """Run a handler that there is, and return what it returns.

        Raises
        ------
        HandlerDenied
            It called ``util.unauthorized``.
        HandlerRefused
            It called ``util.error``, or its function says that it failed.
        HandlerBroken
            It cannot run, or crashed.
        """
        name = f"{call.channel.namespace}.{handler}"
        plan = self._plans[call.channel.namespace, handler]
        if isinstance(plan, BrokenHandler):
            raise HandlerBroken(plan.warning)
        try:
            if plan.module is None:
                return await self._direct(plan, handler, call, name)
            if plan.source is None:
                return self._evaluate(plan.module, handler, call.context(handler), call, name)[0]
            return await self._with_source(plan.module, plan.source, handler, call, name)
        except RequestInvalid as problem:
            message = str(problem)
            raise HandlerBroken(message if message.startswith(name) else f"{name}: {message}") from None

    async def _with_source(
        self, module: int, source: SourceClient, handler: Handler, call: HandlerCall, name: str
    ) -> JSON:
        context = call.context(handler)
        request, stash, ended = self._evaluate(module, f"{handler}.request", context, call, name)
        if ended:
            return request
        try:
            context |= {"result": await source.execute(request, _field_call(handler, call))}
        except DataSourceFailure as failure:
            context |= {"result": failure.result, "error": failure.document()}
        return self._evaluate(module, f"{handler}.response", {**context, "stash": stash}, call, name)[0]

    def _evaluate(
        self, module: int, path: str, context: dict[str, JSON], call: HandlerCall, name: str
    ) -> tuple[JSON, JSON, bool]:
        """Run one function; return its value, the stash, and whether it returned early."""
        assert self._js is not None
        try:
            text = self._js.evaluate(module, path, json.dumps(context), call.auth_type)
        except JavaScriptFault as fault:
            raise HandlerBroken(crash_error(_file(name), str(fault), fault.stack).message) from None
        outcome: dict[str, JSON] = json.loads(text)
        for line in _dicts(outcome.get("logs")):
            level = logging.ERROR if line.get("level") == "ERROR" else logging.INFO
            log.log(level, "%s: %s", name, line.get("text"))
        failure, crash = outcome.get("failure"), outcome.get("crash")
        if isinstance(failure, dict):
            if failure.get("type") == "Unauthorized":
                raise HandlerDenied(subscribing=call.events is None)
            kind = failure.get("type")
            raise HandlerRefused(str(failure.get("message")), error_type=str(kind) if kind else None)
        if isinstance(crash, dict):
            explicit = crash.get("said") is True
            crashed = crash_error(
                str(crash["module"]), str(crash["text"]), str(crash["stack"]), explicit=explicit
            )
            trace = "".join(f"\n    at {frame}" for frame in crashed.trace)
            log.error("%s: %s%s", name, crashed.message, trace)
            raise HandlerBroken(crashed.message)
        return outcome.get("value"), outcome.get("stash"), "earlyReturn" in outcome

    async def _direct(self, plan: HandlerPlan, handler: Handler, call: HandlerCall, name: str) -> JSON:
        assert plan.source is not None
        request: JSON = {
            "operation": "Invoke",
            "payload": call.context(handler),
            "invocationType": "RequestResponse" if plan.waits else "Event",
        }
        try:
            answer = await plan.source.execute(request, _field_call(handler, call))
        except DataSourceFailure as failure:
            log.error("%s: %s", name, failure.message)
            if not plan.waits:
                return call.events
            raise HandlerRefused(_FAILED) from None
        if not plan.waits:
            return call.events
        document = answer if isinstance(answer, dict) else {}
        error = document.get("error")
        if error is not None:
            log.error("%s: %s", name, error)
            raise HandlerRefused(str(error) if handler == "onSubscribe" else _FAILED)
        return document.get("events")


def _field_call(handler: Handler, call: HandlerCall) -> FieldCall:
    """Return the caller, as data sources know it."""
    return FieldCall(
        call.channel.namespace,
        handler,
        {},
        identity=call.identity,
        request_headers=call.headers,
        auth_type=call.auth_type,
    )


def _file(name: str) -> str:
    return f"{name.partition('.')[0]}.js"


def _dicts(value: JSON) -> list[dict[str, JSON]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
