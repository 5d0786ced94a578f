"""From a client's document to what fan-out needs of it: executed by the schema, once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import aclosing

from graphql import GraphQLError
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult

from chalicelib.graphql.errors import NotServed, error_view, root_of
from chalicelib.graphql.schema import SCHEMA
from chalicelib.graphql.subscriptions import MARKS, Following
from orders.operations import Compiled, Projection
from orders.transport_ws import Subscribe


class OperationRefused(Exception):
    """A document that is no subscription of the contract; ``errors`` are as AppSync words them."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__(errors[0].message if errors else "")
        self.errors: list[Mapping[str, object]] = [{**error_view(error)} for error in errors]


def compile_operation(request: Subscribe) -> Compiled:
    """Return what is to be kept of a subscription.

    Raises
    ------
    OperationRefused
        When it cannot be read, does not fit the schema, or its arguments are refused.
    """
    context = Following()
    result = asyncio.run(_first(request, context))
    if result.errors or not result.data:
        raise OperationRefused([_explained(error) for error in result.errors or ()])
    return Compiled(context.order_id, _projection(result.data), context.statuses)


async def _first(request: Subscribe, context: Following) -> ExecutionResult:
    stream = await SCHEMA.subscribe(
        request.query,
        variable_values=dict(request.variables),
        operation_name=request.operation_name,
        context_value=context,
    )
    async with aclosing(stream) as results:
        return await anext(results)


def _projection(data: Mapping[str, Mapping[object, object]]) -> Projection:
    """Return where each field of an event comes out: the one root field, and what is selected of it."""
    [(key, event)] = data.items()
    return Projection(key, tuple((str(name), MARKS[mark]) for name, mark in event.items()))


def _explained(error: GraphQLError) -> GraphQLError:
    if isinstance(root_of(error), InvalidOperationTypeError):
        return NotServed("Only subscriptions are served here: send queries and mutations to POST /graphql.")
    return error
