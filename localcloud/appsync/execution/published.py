"""What a mutation publishes: its result with the fields' own names, for the subscriptions that it fires."""

from __future__ import annotations

from typing import NamedTuple

from graphql import GraphQLObjectType

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.plan import OperationPlan, PlannedField
from localcloud.appsync.execution.schema import ApiSchema


class PublishedEvent(NamedTuple):
    """One event: the subscription fields that it fires, and what the mutation selected, unaliased."""

    mutation: str
    subscriptions: tuple[str, ...]
    payload: JSON


def published_events(
    schema: ApiSchema, plan: OperationPlan, data: dict[str, JSON], runtime: dict[int, GraphQLObjectType]
) -> list[PublishedEvent]:
    """Return the events of a mutation's result.

    A field that came to null published nothing; one whose payload reports a business error is published
    like any other.

    Parameters
    ----------
    runtime
        The object type of each value of an interface or union in ``data``, by ``id``.
    """
    events = []
    for key, planned in plan.fields.items():
        subscriptions = schema.fired_by.get(planned.name)
        value = data.get(key)
        if subscriptions and value is not None:
            events.append(
                PublishedEvent(planned.name, subscriptions, _with_typenames(planned, value, runtime))
            )
    return events


def _with_typenames(planned: PlannedField, value: JSON, runtime: dict[int, GraphQLObjectType]) -> JSON:
    if planned.named_plainly:
        return value
    if isinstance(value, list):
        return [_with_typenames(planned, item, runtime) for item in value]
    if not isinstance(value, dict):
        return value
    static = planned.named_type
    kind = static if isinstance(static, GraphQLObjectType) else runtime[id(value)]
    typed: dict[str, JSON] = {"__typename": kind.name}
    for key, child in planned.below(kind).items():
        inner = value[key]
        # Only objects and lists can hold names; a scalar's value is enough.
        typed[child.name] = (
            _with_typenames(child, inner, runtime) if isinstance(inner, dict | list) else inner
        )
    return typed
