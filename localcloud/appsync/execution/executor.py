"""Runs an operation: resolvers where there are any, properties of the parent elsewhere.

Fields of a query run concurrently, fields of a mutation one after another, and a subtree without a resolver
is completed at once, without a single ``await``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLOutputType, GraphQLScalarType

from localcloud.appsync.caller import Caller
from localcloud.appsync.calls import FieldCall, Operation
from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.completed import NULLED, Completed, Nulled
from localcloud.appsync.execution.completion import Completion, MayAccess
from localcloud.appsync.execution.paths import Path
from localcloud.appsync.execution.plan import OperationPlan, PlannedField
from localcloud.appsync.outcomes import MAX_INVALIDATIONS, FieldOutcome


class Resolvers(Protocol):
    """The seam to the resolvers of an API; ``ResolverEngine`` is the real one."""

    warnings: list[str]

    async def resolve(self, call: FieldCall) -> FieldOutcome:
        """Run the resolver of one field; its own failure is in the outcome, never raised."""

    def has(self, type_name: str, field_name: str) -> bool:
        """Return whether the field has a resolver."""


@dataclass(frozen=True)
class RequestContext:
    """What a request brings to each of its resolvers.

    ``given_variables`` are the variables as they were sent (``ctx.info.variables``), ``variables`` what they
    were coerced to; ``headers`` have names in lower case.
    """

    caller: Caller
    headers: Mapping[str, str]
    given_variables: dict[str, JSON]
    variables: dict[str, JSON]


@dataclass
class PlanExecution:
    """One run of one plan.

    Attributes
    ----------
    effects
        Outcomes that do more than give a value: invalidate subscriptions, set response headers, evict.
    """

    resolvers: Resolvers
    context: RequestContext
    may_access: MayAccess | None
    resolver_limit: int
    operation: Operation = "query"
    completion: Completion = field(init=False)
    effects: list[FieldOutcome] = field(default_factory=list)
    _ran: int = 0
    _invalidations: int = 0

    def __post_init__(self) -> None:
        self.completion = Completion(self.may_access)

    async def run(self, plan: OperationPlan, *, serially: bool) -> dict[str, JSON] | None:
        """Return ``data``; the errors are in ``completion.errors``."""
        fields = plan.fields
        if serially:
            out: dict[str, JSON] = {}
            whole = True
            for key, planned in fields.items():
                value = await self._field(planned, {}, (key,))
                if isinstance(value, Nulled):
                    whole = False
                else:
                    out[key] = value
            return out if whole else None
        done = await self._fields(fields, {}, ())
        return None if isinstance(done, Nulled) else done

    async def _fields(
        self, fields: dict[str, PlannedField], source: JSON, path: Path
    ) -> dict[str, JSON] | Nulled:
        values: dict[str, Completed] = dict.fromkeys(fields)  # keeps the order of the selection
        waiting: dict[str, PlannedField] = {}
        for key, planned in fields.items():
            if planned.may_wait:
                waiting[key] = planned
            elif planned.resolved:  # a task of its own would take longer than this does
                values[key] = await self._field(planned, source, (*path, key))
            else:
                values[key] = self.completion.property_of(planned, source, (*path, key))
        if len(waiting) == 1:
            ((key, planned),) = waiting.items()
            values[key] = await self._field(planned, source, (*path, key))
        elif waiting:
            done = await asyncio.gather(*(self._field(p, source, (*path, k)) for k, p in waiting.items()))
            values.update(zip(waiting, done, strict=True))
        out: dict[str, JSON] = {}
        for key, value in values.items():
            if isinstance(value, Nulled):
                return NULLED
            out[key] = value
        return out

    async def _field(self, planned: PlannedField, source: JSON, path: Path) -> Completed:
        definition = planned.definition
        if definition is None or not planned.resolved:
            return self.completion.property_of(planned, source, path)
        value: JSON = None
        if not self.completion.refused(planned, path):
            if planned.has_resolver:
                value = await self._resolve(planned, source, path)
            elif isinstance(source, dict):
                value = source.get(planned.name)
        if not planned.resolved_below:
            return self.completion.complete(planned, value, path)
        return await self._complete(planned, definition.type, value, path)

    async def _resolve(self, planned: PlannedField, source: JSON, path: Path) -> JSON:
        self._ran += 1
        if self._ran > self.resolver_limit:
            self.completion.fail_field(
                planned,
                path,
                f"Resolver limit of {self.resolver_limit} exceeded.",
                error_type="ResolverExecutionLimitReached",
            )
            return None
        outcome = await self.call(planned, source if len(path) > 1 else None)
        self._invalidations += len(outcome.invalidations)
        if self._invalidations > MAX_INVALIDATIONS:
            outcome.invalidations = []
            self.completion.fail_field(
                planned,
                path,
                f"A request invalidates at most {MAX_INVALIDATIONS} times.",
                error_type="FilterLimitExceeded",
            )
        if outcome.invalidations or outcome.response_headers or outcome.entries_deleted:
            self.effects.append(outcome)
        for error in outcome.errors:
            self.completion.fail_field(
                planned,
                path,
                error.message,
                error_type=error.error_type,
                data=error.data,
                error_info=error.error_info,
            )
        return outcome.value

    async def call(self, planned: PlannedField, source: JSON) -> FieldOutcome:
        """Call a field's resolver."""
        return await self.resolvers.resolve(
            FieldCall(
                type_name=planned.parent.name,
                field_name=planned.name,
                arguments=planned.arguments.values(self.context.variables),
                source=source,
                identity=self.context.caller.identity,
                request_headers=dict(self.context.headers),
                selection=planned.selection_list,
                selection_graphql=planned.selection_graphql,
                variables=self.context.given_variables,
                auth_type=self.context.caller.mode,
                operation=self.operation,
                request=self.context,
            )
        )

    async def _complete(
        self, planned: PlannedField, kind: GraphQLOutputType, value: JSON, path: Path
    ) -> Completed:
        """Complete as a shape does, where a resolver may run below."""
        if isinstance(kind, GraphQLNonNull):
            done = await self._nullable(planned, kind.of_type, value, path)
            return self.completion.missing(planned, str(kind.of_type), path) if done is None else done
        done = await self._nullable(planned, kind, value, path)
        return None if isinstance(done, Nulled) else done

    async def _nullable(
        self, planned: PlannedField, kind: GraphQLOutputType, value: JSON, path: Path
    ) -> Completed:
        if value is None:
            # Nothing runs below a null. aws-appsync-community 379 saw AWS report non-null fields below one,
            # where the handler had returned `undefined` and not null; that is not repeated here. [?]
            return None
        if isinstance(kind, GraphQLList):
            items = self.completion.items(value, path)
            if items is None:
                return None
            each = (self._complete(planned, kind.of_type, v, (*path, i)) for i, v in enumerate(items))
            done = await asyncio.gather(*each)
            whole = [item for item in done if not isinstance(item, Nulled)]
            return whole if len(whole) == len(done) else NULLED
        assert not isinstance(kind, GraphQLScalarType | GraphQLEnumType)  # they have nothing below
        runtime = self.completion.object_type(planned, kind, value, path)
        if runtime is None:
            return None
        out = await self._fields(planned.below(runtime), value, path)
        if isinstance(out, dict):
            self.completion.runtime_types[id(out)] = runtime
        return out
