"""One GraphQL API, ready to serve: what its definition says, put together once, replaced when it changes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from graphql import GraphQLObjectType, OperationType, execute_sync
from graphql.language import DocumentNode, OperationDefinitionNode, SelectionSetNode

from localcloud.appsync.auth.fields import FieldAuthorizer
from localcloud.appsync.auth.gate import CallerGate
from localcloud.appsync.auth.role_fields import RoleFields
from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import JSON, ApiDefinition
from localcloud.appsync.errors import BadRequest
from localcloud.appsync.execution.completion import MayAccess
from localcloud.appsync.execution.documents import Document, Documents, GraphQLOperation
from localcloud.appsync.execution.executor import PlanExecution, RequestContext, Resolvers
from localcloud.appsync.execution.plan import OperationPlan, PlannedField
from localcloud.appsync.execution.published import PublishedEvent, published_events
from localcloud.appsync.execution.request import GraphQLRequest
from localcloud.appsync.execution.resolved import ResolvedFields
from localcloud.appsync.execution.schema import ApiSchema
from localcloud.appsync.execution.time_limit import within
from localcloud.appsync.execution.variables import InputTypes, OperationVariables, VariablesError
from localcloud.appsync.outcomes import FieldOutcome

REQUEST_SECONDS: Final = 30.0
_DEFAULT_DEPTH: Final = 75
_DEFAULT_RESOLVERS: Final = 10_000
_CLASSES_KEPT: Final = 1_000
_PLANS_KEPT: Final = 16


@dataclass
class Prepared:
    """A request that may run: its operation, plan and context; or the errors that keep it from running."""

    document: Document
    operation: GraphQLOperation
    plan: OperationPlan
    context: RequestContext


@dataclass
class GraphQLResult:
    """What a request came to."""

    data: JSON
    errors: list[JSON] = field(default_factory=list)
    events: list[PublishedEvent] = field(default_factory=list)
    effects: list[FieldOutcome] = field(default_factory=list)

    def document(self) -> dict[str, JSON]:
        """Return the body of the answer."""
        document: dict[str, JSON] = {"data": self.data}
        if self.errors:
            document["errors"] = self.errors
        deleted = sum(outcome.entries_deleted for outcome in self.effects)
        if deleted:
            document["extensions"] = {"apiCacheEntriesDeleted": deleted}
        return document


class RequestRefused(Exception):
    """A request that is answered with errors alone, before anything of it ran."""

    def __init__(self, errors: list[JSON]) -> None:
        super().__init__("the request is not valid")
        self.errors = errors


class Answers(Protocol):
    """Where whole answers are kept: ``CachedOperations`` for an API that caches operations."""

    def find(self, prepared: Prepared) -> GraphQLResult | None:
        """Return a request's answer if it is known."""

    def keep(self, prepared: Prepared, result: GraphQLResult) -> None:
        """Keep an answer if it may be kept."""


class ServedApi:
    """An API's schema, gate and resolvers, and the way through them.

    Parameters
    ----------
    answers
        Where whole answers are kept; None when none are.
    request_seconds
        How long a request may take; AppSync's limit is 30.
    roles
        Limits IAM callers to what their roles may see; None: they see what the schema lets them see.
    """

    def __init__(
        self,
        definition: ApiDefinition,
        schema: ApiSchema,
        *,
        gate: CallerGate,
        resolvers: Resolvers,
        answers: Answers | None = None,
        request_seconds: float = REQUEST_SECONDS,
        roles: RoleFields | None = None,
    ) -> None:
        self.definition = definition
        self.schema = schema
        self.gate = gate
        self.fields = FieldAuthorizer(definition, schema)
        self._resolvers = resolvers
        self._documents = Documents(schema, introspection=definition.introspection)
        self._inputs = InputTypes()
        self._unlimited: dict[Hashable, bool] = {}
        self._resolved = ResolvedFields(schema.graphql, resolvers.has, definition.may_wait)
        self._answers = answers
        self._seconds = request_seconds
        self._roles = roles
        self.warnings = list(resolvers.warnings)

    def prepare(self, request: GraphQLRequest, caller: Caller, headers: Mapping[str, str]) -> Prepared:
        """Return a request made ready to run.

        Raises
        ------
        Refused
            When it is not valid, its variables do not fit, or it is too deep.
        RequestError
            When it is no GraphQL at all, or names no operation.
        """
        document = self._documents.read(request.query)
        if document.errors:
            raise RequestRefused(document.errors)
        operation = document.operation(request.operation_name)
        limit = self.definition.query_depth_limit or _DEFAULT_DEPTH
        if operation.depth > limit:
            # AWS's own words for this and for too many resolvers are not known. [?]
            message = f"Query depth limit of {limit} exceeded: the query is {operation.depth} levels deep."
            raise RequestRefused(
                [{"path": None, "locations": None, "errorType": "QueryDepthLimitReached", "message": message}]
            )
        if operation.variables is None:
            operation.variables = OperationVariables(self.schema.graphql, self._inputs, operation.node)
        try:
            variables = operation.variables.values(request.variables)
        except VariablesError as problem:
            raise RequestRefused(problem.errors) from None
        conditions = tuple(bool(variables.get(name)) for name in operation.conditions)
        plan = operation.plans.get(conditions)
        if plan is None:
            plan = OperationPlan(
                self.schema.graphql, operation.node, operation.fragments, variables, self._resolved
            )
            if len(operation.plans) < _PLANS_KEPT:
                operation.plans[conditions] = plan
        return Prepared(
            document, operation, plan, RequestContext(caller, headers, request.variables, variables)
        )

    async def within_role(self, prepared: Prepared) -> Prepared:
        """Return a request whose caller is limited to what its role may see."""
        context = prepared.context
        if self._roles is None or context.caller.mode != "AWS_IAM":
            return prepared
        caller = await self._roles.limited(context.caller, prepared.plan)
        if caller is context.caller:  # mostly nothing is taken away
            return prepared
        return replace(prepared, context=replace(context, caller=caller))

    async def execute(
        self, request: GraphQLRequest, caller: Caller, headers: Mapping[str, str]
    ) -> GraphQLResult:
        """Run a query or a mutation, and return its answer with the events that it publishes."""
        try:
            prepared = self.prepare(request, caller, headers)
        except RequestRefused as refused:
            return GraphQLResult(None, refused.errors)
        if prepared.operation.node.operation is OperationType.SUBSCRIPTION:
            raise BadRequest("A subscription is served over the real-time endpoint (WebSocket) alone.")
        cached = self._answers.find(prepared) if self._answers is not None else None
        if cached is not None:
            return cached
        result = await self.run(await self.within_role(prepared))
        if self._answers is not None:
            self._answers.keep(prepared, result)
        return result

    def _execution(self, prepared: Prepared) -> PlanExecution:
        return PlanExecution(
            self._resolvers,
            prepared.context,
            self.access(prepared.context.caller),
            self.definition.resolver_count_limit or _DEFAULT_RESOLVERS,
            prepared.operation.node.operation.value,
        )

    def access(self, caller: Caller) -> MayAccess | None:
        """Return the check of which fields a caller may see; None for one who may see them all."""
        unlimited = self._unlimited.get(caller.field_class)
        if unlimited is None:
            if len(self._unlimited) >= _CLASSES_KEPT:
                self._unlimited.clear()
            unlimited = self._unlimited[caller.field_class] = all(
                self.fields.allows(caller, kind.name, name)
                for kind in self.schema.graphql.type_map.values()
                if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
                for name in kind.fields
            )
        return None if unlimited else self.fields.view(caller)

    async def resolve_root(self, prepared: Prepared, root: PlannedField) -> FieldOutcome | None:
        """Run the resolver of a subscription's field at its start; None when it has none."""
        if not self._resolvers.has(root.parent.name, root.name):
            return None
        return await self._execution(prepared).call(root, None)

    async def run(self, prepared: Prepared) -> GraphQLResult:
        """Run what was prepared."""
        plan, kind = prepared.plan, prepared.operation.node.operation
        execution = self._execution(prepared)
        try:
            data = await within(self._seconds, execution.run(plan, serially=kind is OperationType.MUTATION))
        except TimeoutError:
            message = "Execution timed out."
            return GraphQLResult(None, [{"errorType": "ExecutionTimeout", "message": message}])
        if data is not None and plan.introspection:
            data |= self._introspected(prepared)
            data = {key: data[key] for key in plan.order if key in data}
        result = GraphQLResult(data, execution.completion.errors, effects=execution.effects)
        if kind is OperationType.MUTATION and data is not None and self.schema.fired_by:
            result.events = published_events(self.schema, plan, data, execution.completion.runtime_types)
        return result

    def _introspected(self, prepared: Prepared) -> dict[str, JSON]:
        """Answer ``__schema`` and ``__type``, which graphql-core does of itself."""
        nodes = [node for planned in prepared.plan.introspection for node in planned.nodes]
        operation = prepared.operation.node
        about = OperationDefinitionNode(
            operation=operation.operation,
            name=operation.name,
            variable_definitions=operation.variable_definitions,
            directives=(),
            selection_set=SelectionSetNode(selections=tuple(nodes)),
        )
        document = DocumentNode(definitions=(about, *prepared.operation.fragments.values()))
        answer = execute_sync(
            self.schema.graphql, document, variable_values=dict(prepared.context.given_variables)
        )
        return dict(answer.data or {})
