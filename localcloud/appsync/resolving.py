"""The seam between GraphQL's execution and its resolvers: a field's call in, its outcome out."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

from localcloud.appsync.calls import FieldCall
from localcloud.appsync.datasources.failures import DataSourceFailure, RequestInvalid
from localcloud.appsync.definition import JSON, ApiDefinition
from localcloud.appsync.js.runtime import JavaScriptContext, JavaScriptFault
from localcloud.appsync.outcomes import (
    CacheEviction,
    FieldError,
    FieldOutcome,
    Invalidation,
    LogLine,
    crash_error,
    read_outcome,
)
from localcloud.appsync.programs import BrokenResolver, Program, compile_programs
from localcloud.appsync.traced import TracedResolvers, TracedSources
from localcloud.appsync.xray import XrayResolvers, XraySources

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.appsync.datasources.clients import DataSourceClients, Sources
    from localcloud.appsync.execution.executor import Resolvers
    from localcloud.appsync.tracing import Tracer

__all__ = [
    "CacheEviction",
    "FieldCall",
    "FieldError",
    "FieldOutcome",
    "Invalidation",
    "LogLine",
    "ResolverEngine",
    "resolvers_of",
]

log = logging.getLogger("localcloud.appsync.resolvers")


class ResolverEngine:
    """Every resolver of one API, compiled.

    Belongs to the thread (the event loop's) that makes it. Making it never fails: a resolver that cannot be
    served is named in ``warnings``, and calling it answers an error that says why.
    """

    def __init__(self, api: ApiDefinition, *, sources: Sources) -> None:
        self._js = JavaScriptContext(dict(api.environment))
        self._programs = compile_programs(api, self._js)
        self._sources = {name: sources.open(source) for name, source in api.data_sources.items()}
        self._previous: tuple[JSON, dict[str, str], str | None] | None = None
        self._asked_text = ""
        self.warnings = [
            program.warning for program in self._programs.values() if isinstance(program, BrokenResolver)
        ]

    def has(self, type_name: str, field_name: str) -> bool:
        """Return whether the field has a resolver."""
        return (type_name, field_name) in self._programs

    def waiting(self) -> int:
        """Return how many runs wait for a data source."""
        return self._js.waiting()

    async def resolve(self, call: FieldCall) -> FieldOutcome:
        """Run a field's resolver. Its own failure is in the outcome, never raised."""
        program = self._programs[call.type_name, call.field_name]
        if isinstance(program, BrokenResolver):
            return FieldOutcome(errors=[FieldError(program.warning, program.error_type)])
        outcome = await self._run(program, call)
        for line in outcome.logs:
            level = logging.ERROR if line.level == "ERROR" else logging.INFO
            log.log(level, "%s.%s: %s", call.type_name, call.field_name, line.text)
        for error in outcome.errors:
            if len(error.trace) > 1:  # otherwise the message has the place
                trace = "".join(f"\n    at {frame}" for frame in error.trace)
                log.error("%s.%s: %s%s", call.type_name, call.field_name, error.message, trace)
        return outcome

    async def _run(self, program: Program, call: FieldCall) -> FieldOutcome:
        often = json.dumps({"arguments": call.arguments, "source": call.source})

        def rarely() -> str:
            info = {
                "fieldName": call.field_name,
                "parentTypeName": call.type_name,
                "variables": call.variables,
                "selectionSetList": call.selection,
                "selectionSetGraphQL": call.selection_graphql,
            }
            return f'{self._caller(call)}, "info": {json.dumps(info)}}}'

        try:
            step = json.loads(self._js.start(program.plan, often, rarely, call.auth_type))
            while "wait" in step:
                reply = await self._request(step, call)
                step = json.loads(self._js.resume(program.plan, step["wait"], reply, rarely))
        except JavaScriptFault as fault:
            return FieldOutcome(errors=[crash_error(fault.module or program.name, str(fault), fault.stack)])
        except RequestInvalid as error:
            where = self._js.place(str(step.get("where")))
            return FieldOutcome(errors=[FieldError(str(error), error.error_type, where=where)])
        return read_outcome(step, call.selection)

    def _caller(self, call: FieldCall) -> str:
        """Return the beginning of the JSON of what few handlers look at.

        It is the same for all fields of a request, and mostly for the client's next request too; comparing
        costs a tenth of writing it again.
        """
        identity = (call.identity, call.request_headers, call.domain_name)
        if identity != self._previous:
            request = {"headers": call.request_headers, "domainName": call.domain_name}
            self._previous = identity
            self._asked_text = json.dumps({"identity": call.identity, "request": request})[:-1]
        return self._asked_text

    async def _request(self, step: dict[str, JSON], call: FieldCall) -> str:
        """Ask the data source that a run waits for, and return its answer for the run."""
        run, name = step["wait"], step["source"]
        assert isinstance(run, int)
        at = step.get("at")
        call.step = at if isinstance(at, int) else None
        reply: dict[str, JSON]
        completed = False
        try:
            try:
                result = await self._sources[str(name)].execute(step.get("request"), call)
                reply = {"result": result}
            except DataSourceFailure as failure:
                reply = {"result": failure.result, "error": failure.document()}
            completed = True
        finally:
            if not completed:
                # The client went away, or the request document was no good: this run is never resumed.
                self._js.drop(run)
        return json.dumps(reply)


def resolvers_of(sources: DataSourceClients, tracer: Tracer | None) -> Callable[[ApiDefinition], Resolvers]:
    """Return the factory of an API's resolvers: traced where there are observers."""

    def make(api: ApiDefinition) -> Resolvers:
        traced_sources: Sources = XraySources(sources, api) if api.xray else sources
        traced_sources = traced_sources if tracer is None else TracedSources(traced_sources, api)
        resolvers: Resolvers = ResolverEngine(api, sources=traced_sources)
        resolvers = XrayResolvers(resolvers) if api.xray else resolvers
        return resolvers if tracer is None else TracedResolvers(resolvers, api, tracer)

    return make
