"""Which fields the policies of an IAM caller's role let it see: ``appsync:GraphQL``, field by field.

Source: "AWS_IAM authorization" in the AppSync developer guide.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Final

from localcloud.appsync.caller import Caller
from localcloud.appsync.execution.plan import OperationPlan, PlannedField
from localcloud.auth.permissions import SECONDS, Permissions, session_question
from localcloud.aws import EngineAddress

_KEPT: Final = 1_000


class RoleFields:
    """Limits the callers of one API to what their roles may see.

    Parameters
    ----------
    api
        The ARN of the API.
    """

    def __init__(self, permissions: Permissions, api: str) -> None:
        self._permissions, self._api = permissions, api
        # A plan stays as long as its limits are remembered, so that no other one has its id.
        self._limits: dict[tuple[str, int], tuple[float, OperationPlan, frozenset[str]]] = {}

    async def limited(self, caller: Caller, plan: OperationPlan) -> Caller:
        """Return the caller, without the fields of a plan that its role may not see."""
        identity = caller.identity
        if caller.mode != "AWS_IAM" or not isinstance(identity, dict):
            return caller
        user = str(identity.get("userArn"))
        key = (user, id(plan))
        remembered = self._limits.get(key)
        if remembered is None or remembered[0] < time.monotonic():
            denied = frozenset([name async for name in self._denied(user, plan)])
            if len(self._limits) >= _KEPT:
                self._limits.clear()
            remembered = self._limits[key] = (time.monotonic() + SECONDS, plan, denied)
        return replace(caller, denied_fields=remembered[2]) if remembered[2] else caller

    async def _denied(self, user: str, plan: OperationPlan) -> AsyncIterator[str]:
        for type_name, name in _fields(plan):
            resource = f"{self._api}/types/{type_name}/fields/{name}"
            question = session_question(user, "appsync:GraphQL", resource)
            if question is None:
                return
            if await self._permissions.refusal(question) is not None:
                yield f"{type_name}.{name}"

    def forget(self) -> None:
        """Ask again: policies may have changed."""
        self._limits.clear()


def role_fields(permissions: Permissions | None, engine: EngineAddress, api: str) -> RoleFields | None:
    """Return what limits an API's IAM callers; None where roles are not evaluated."""
    if permissions is None:
        return None
    return RoleFields(permissions, f"arn:aws:appsync:{engine.region}:{engine.account}:apis/{api}")


def _fields(plan: OperationPlan) -> Iterator[tuple[str, str]]:
    """Yield each field that a plan may come to, once."""
    pending: list[PlannedField] = list(plan.fields.values())
    visited: set[tuple[str, str]] = set()
    while pending:
        field = pending.pop()
        place = (field.parent.name, field.name)
        if place not in visited and not field.name.startswith("__"):
            visited.add(place)
            yield place
        for kind in field.possible_types:
            pending += field.below(kind).values()
