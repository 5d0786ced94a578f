"""The schema: the contract of ``schema.graphql``, which a test holds it to."""

from __future__ import annotations

from collections.abc import Iterator

import strawberry
from graphql import GraphQLError, OperationDefinitionNode
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.execution import ExecutionContext
from strawberry.types.graphql import OperationType

from chalicelib import log
from chalicelib.graphql.errors import NotServed, root_of
from chalicelib.graphql.limits import MAX_TOKENS, DepthRule
from chalicelib.graphql.mutations import Mutation
from chalicelib.graphql.queries import Query
from chalicelib.graphql.scalars import SCALARS
from chalicelib.graphql.subscriptions import Following, Subscription
from orders.errors import CallerError


class OrderwireSchema(strawberry.Schema):
    """A schema that logs what is our fault with its traceback, and what callers get wrong without."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log errors; what does not fit the schema is between the caller and their query."""
        for error in errors:
            cause = root_of(error)
            if isinstance(cause, CallerError):
                log.info("request refused", error=type(cause).__name__, info=cause.info)
            elif not isinstance(cause, GraphQLError | RecursionError | InvalidOperationTypeError):
                log.logger.error("request failed", exc_info=cause, extra={"fields": {"path": error.path}})


class OneOperation(SchemaExtension):
    """Refuses over HTTP what AppSync refuses there: several nameless operations, and subscriptions."""

    def on_validate(self) -> Iterator[None]:
        """Look at the document before it is validated."""
        context = self.execution_context
        definitions = context.graphql_document.definitions if context.graphql_document else ()
        operations = [node for node in definitions if isinstance(node, OperationDefinitionNode)]
        # The public `operation_name` has the first one's name already: Strawberry would run that.
        if len(operations) > 1 and not context._provided_operation_name:
            message = "Must provide operation name if query contains multiple operations."
            context.pre_execution_errors = [NotServed(message)]
        elif context.operation_type is OperationType.SUBSCRIPTION and not isinstance(
            context.context, Following
        ):
            message = "A subscription is not served here: follow orders over the WebSocket API."
            context.pre_execution_errors = [NotServed(message)]
        yield


def _tokens() -> SchemaExtension:
    return MaxTokensLimiter(MAX_TOKENS)


def _depth() -> SchemaExtension:
    return AddValidationRules([DepthRule])


SCHEMA = OrderwireSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
    extensions=[_tokens, OneOperation, _depth],
)
