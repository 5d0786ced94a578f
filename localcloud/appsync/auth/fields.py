"""Which fields a caller may see: ``@aws_api_key``, ``@aws_iam`` and their kin, on fields and on types.

A field's own directives win over its type's; without either, the API's default mode alone may pass.

``@aws_auth`` is older than additional modes. AWS heeds it where a user pool is the API's only mode, and
there on the fields of the root types alone (seen on AWS; its guide describes the first half). A pool's
default action ``DENY`` is of the same age, and asks those same fields for a directive.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import ApiDefinition, AuthType
from localcloud.appsync.execution.schema import ApiSchema, Directive

_MODE_OF: Final[dict[str, AuthType]] = {
    "aws_api_key": "API_KEY",
    "aws_iam": "AWS_IAM",
    "aws_cognito_user_pools": "AMAZON_COGNITO_USER_POOLS",
    "aws_auth": "AMAZON_COGNITO_USER_POOLS",
    "aws_oidc": "OPENID_CONNECT",
    "aws_lambda": "AWS_LAMBDA",
}
_FieldClass = tuple[AuthType, tuple[str, ...] | None]


def _passes(directive: Directive, caller: Caller) -> bool:
    if _MODE_OF[directive.name] != caller.mode:
        return False
    return directive.groups is None or bool(set(directive.groups) & set(caller.groups or ()))


class FieldAuthorizer:
    """Answers, for each caller and field, whether the directives let it pass; remembers the answer."""

    def __init__(self, api: ApiDefinition, schema: ApiSchema) -> None:
        self._default = api.default_auth
        self._schema = schema
        self._pool_alone = [mode.type for mode in api.auth_modes] == ["AMAZON_COGNITO_USER_POOLS"]
        roots = (schema.graphql.query_type, schema.graphql.mutation_type, schema.graphql.subscription_type)
        self._roots = frozenset(root.name for root in roots if root is not None)
        self._decisions: dict[_FieldClass, dict[tuple[str, str], bool]] = {}
        self.warnings = self._without_effect(api.name)

    def allows(self, caller: Caller, type_name: str, field_name: str) -> bool:
        """Return whether ``caller`` may see the field; introspection is open to every admitted caller."""
        if caller.denied_fields and f"{type_name}.{field_name}" in caller.denied_fields:
            return False
        return self._allowed(caller, self._of_class(caller), type_name, field_name)

    def view(self, caller: Caller) -> Callable[[str, str], bool]:
        """Return :meth:`allows` for one caller: what is the same for each field is found out once."""
        if caller.denied_fields:
            return partial(self.allows, caller)
        decisions = self._of_class(caller)

        def allows(type_name: str, field_name: str) -> bool:
            answer = decisions.get((type_name, field_name))
            return self._allowed(caller, decisions, type_name, field_name) if answer is None else answer

        return allows

    def _of_class(self, caller: Caller) -> dict[tuple[str, str], bool]:
        return self._decisions.setdefault((caller.mode, caller.groups), {})

    def _allowed(
        self, caller: Caller, decisions: dict[tuple[str, str], bool], type_name: str, field_name: str
    ) -> bool:
        answer = decisions.get((type_name, field_name))
        if answer is None:
            answer = decisions[type_name, field_name] = field_name.startswith("__") or self._decide(
                caller, type_name, field_name
            )
        return answer

    def _decide(self, caller: Caller, type_name: str, field_name: str) -> bool:
        for directives, heeded in (
            (self._schema.field_directives.get((type_name, field_name), ()), self._heeds_auth(type_name)),
            (self._schema.type_directives.get(type_name, ()), False),
        ):
            rules = [d for d in directives if d.name in _MODE_OF and (heeded or d.name != "aws_auth")]
            if rules:
                return any(_passes(rule, caller) for rule in rules)
        if caller.mode != self._default.type:
            return False
        pool = self._default.user_pool
        return pool is None or pool.default_action == "ALLOW" or type_name not in self._roots

    def _heeds_auth(self, type_name: str) -> bool:
        """Return whether ``@aws_auth`` means anything on a field of the type."""
        return self._pool_alone and type_name in self._roots

    def _without_effect(self, name: str) -> list[str]:
        """Return a warning for ``@aws_auth`` where AWS does not heed it: it protects nothing there."""
        places = [
            f"{type_name}.{field_name}"
            for (type_name, field_name), directives in self._schema.field_directives.items()
            if not self._heeds_auth(type_name) and any(d.name == "aws_auth" for d in directives)
        ]
        places += [
            type_name
            for type_name, directives in self._schema.type_directives.items()
            if any(d.name == "aws_auth" for d in directives)
        ]
        if not places:
            return []
        reason = (
            "AWS heeds it on the fields of Query, Mutation and Subscription alone"
            if self._pool_alone
            else "AWS heeds it where a user pool is the only authorization mode; use @aws_cognito_user_pools"
        )
        return [f"AppSync API {name}: @aws_auth on {', '.join(places)} has no effect: {reason}."]
