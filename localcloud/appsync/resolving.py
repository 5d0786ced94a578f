"""The seam between GraphQL's execution and its resolvers: a field's call in, its outcome out."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from localcloud.appsync.datasources.failures import DataSourceFailure, RequestInvalid
from localcloud.appsync.definition import JSON, ApiDefinition
from localcloud.appsync.filters import FilterGroups, FilterInvalid, FilterLimitExceeded, parse_filter
from localcloud.appsync.js.runtime import JavaScriptContext, JavaScriptFault, own_line
from localcloud.appsync.programs import Broken, Program, compile_programs

if TYPE_CHECKING:
    from localcloud.appsync.datasources.clients import DataSourceClients

log = logging.getLogger("localcloud.appsync.resolvers")

MAX_INVALIDATIONS: Final = 5


@dataclass
class FieldCall:
    """What one invocation of a resolver is given.

    Attributes
    ----------
    identity
        ``ctx.identity``, as AppSync documents it for the caller's mode.
    selection, selection_graphql
        ``ctx.info.selectionSetList`` and ``selectionSetGraphQL``.
    auth_type
        The caller's mode (``API_KEY``, ``AWS_IAM`` …), which ``util.authType()`` puts in words.
    """

    type_name: str
    field_name: str
    arguments: dict[str, JSON]
    source: JSON = None
    identity: JSON = None
    request_headers: dict[str, str] = field(default_factory=dict)
    selection: list[str] = field(default_factory=list)
    selection_graphql: str = ""
    variables: dict[str, JSON] = field(default_factory=dict)
    auth_type: str = ""
    domain_name: str | None = None


@dataclass(frozen=True)
class FieldError:
    """An error of a field; the caller adds its path and locations."""

    message: str
    error_type: str | None = None
    data: JSON = None
    error_info: JSON = None


@dataclass(frozen=True)
class Invalidation:
    """``extensions.invalidateSubscriptions``: which subscriptions end, by their invalidation filters."""

    subscription_field: str
    payload: dict[str, JSON]


@dataclass(frozen=True)
class CacheEviction:
    """``extensions.evictFromApiCache``."""

    type_name: str
    field_name: str
    keys: dict[str, JSON]


@dataclass(frozen=True)
class LogLine:
    """What ``console.log`` or ``console.error`` wrote."""

    level: str
    text: str


@dataclass
class FieldOutcome:
    """How a resolver ended. ``value`` is null when it failed, but not for ``util.appendError``."""

    value: JSON = None
    errors: list[FieldError] = field(default_factory=list)
    subscription_filter: FilterGroups | None = None
    invalidation_filter: FilterGroups | None = None
    invalidations: list[Invalidation] = field(default_factory=list)
    evictions: list[CacheEviction] = field(default_factory=list)
    response_headers: dict[str, str] = field(default_factory=dict)
    logs: list[LogLine] = field(default_factory=list)


def _dict(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}


def _dicts(value: JSON) -> list[dict[str, JSON]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _error(report: Mapping[str, JSON]) -> FieldError:
    message, kind = report.get("message"), report.get("type")
    return FieldError(
        str(message) if message is not None else "",
        str(kind) if kind is not None else None,
        report.get("data"),
        report.get("info"),
    )


def read_outcome(document: Mapping[str, JSON]) -> FieldOutcome:
    """Read what ``runtime/run.js`` reports at the end of a run."""
    outcome = FieldOutcome(
        document.get("value"),
        [_error(one) for one in _dicts(document.get("errors"))],
        response_headers={name: str(value) for name, value in _dict(document.get("headers")).items()},
        logs=[LogLine(str(one["level"]), str(one["text"])) for one in _dicts(document.get("logs"))],
        evictions=[
            CacheEviction(str(one.get("typeName")), str(one.get("fieldName")), _dict(one.get("keys")))
            for one in _dicts(document.get("evictions"))
        ],
    )
    if crash := _dict(document.get("crash")):
        outcome.errors.append(
            _crash(str(crash.get("module")), str(crash.get("text")), str(crash.get("stack")))
        )
    try:
        outcome.subscription_filter = parse_filter(document.get("filter"))
        outcome.invalidation_filter = parse_filter(document.get("invalidationFilter"))
        outcome.invalidations = _invalidations(document.get("invalidations"))
    except FilterInvalid as error:
        outcome.value = None
        outcome.errors.append(FieldError(str(error), type(error).__name__))
    return outcome


def _invalidations(value: JSON) -> list[Invalidation]:
    documents = _dicts(value)
    if len(documents) > MAX_INVALIDATIONS:
        raise FilterLimitExceeded("invalidations in a request", MAX_INVALIDATIONS, len(documents))
    return [Invalidation(str(one.get("subscriptionField")), _dict(one.get("payload"))) for one in documents]


def _crash(module: str, text: str, stack: str) -> FieldError:
    line = own_line(stack)
    where = f"{module}:{line}" if line else module
    # AWS says "Runtime Error" and no more; here a person is to find the line.
    return FieldError(f"Runtime Error: {text} ({where})", "Code")


class ResolverEngine:
    """Every resolver of one API, compiled.

    Belongs to the thread (the event loop's) that makes it. Making it never fails: a resolver that cannot be
    served is named in ``warnings``, and calling it answers an error that says why.
    """

    def __init__(self, api: ApiDefinition, *, sources: DataSourceClients) -> None:
        self._js = JavaScriptContext(dict(api.environment))
        self._programs = compile_programs(api, self._js)
        self._sources = {name: sources.open(source) for name, source in api.data_sources.items()}
        self.warnings = [
            program.warning for program in self._programs.values() if isinstance(program, Broken)
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
        if isinstance(program, Broken):
            return FieldOutcome(errors=[FieldError(program.warning, program.error_type)])
        outcome = await self._run(program, call)
        for line in outcome.logs:
            level = logging.ERROR if line.level == "ERROR" else logging.INFO
            log.log(level, "%s.%s: %s", call.type_name, call.field_name, line.text)
        return outcome

    async def _run(self, program: Program, call: FieldCall) -> FieldOutcome:
        context: dict[str, object] = {
            "arguments": call.arguments,
            "identity": call.identity,
            "source": call.source,
            "request": {"headers": call.request_headers, "domainName": call.domain_name},
            "info": {
                "fieldName": call.field_name,
                "parentTypeName": call.type_name,
                "variables": call.variables,
                "selectionSetList": call.selection,
                "selectionSetGraphQL": call.selection_graphql,
            },
        }
        try:
            step = json.loads(self._js.start(program.plan, json.dumps(context), call.auth_type))
            while "wait" in step:
                step = await self._ask(step, call)
        except JavaScriptFault as fault:
            return FieldOutcome(errors=[_crash(program.name, str(fault), fault.stack)])
        except RequestInvalid as error:
            return FieldOutcome(errors=[FieldError(str(error), error.error_type)])
        return read_outcome(step)

    async def _ask(self, step: dict[str, JSON], call: FieldCall) -> dict[str, JSON]:
        """Ask the data source that a run waits for, and resume the run with its answer."""
        run, name = step["wait"], step["source"]
        assert isinstance(run, int)
        reply: dict[str, JSON]
        answered = False
        try:
            try:
                result = await self._sources[str(name)].execute(step.get("request"), call)
                reply = {"result": result}
            except DataSourceFailure as failure:
                reply = {"result": failure.result, "error": failure.document()}
            answered = True
        finally:
            if not answered:
                # The client went away, or the request document was no good: nobody resumes this run.
                self._js.drop(run)
        document: dict[str, JSON] = json.loads(self._js.resume(run, json.dumps(reply)))
        return document
