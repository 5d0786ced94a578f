"""Which fields a caller may see: ``@aws_api_key``, ``@aws_iam`` and their kin, on fields and on types.

A field's own directives win over its type's; without either, the API's default mode alone may pass.
"""

from __future__ import annotations

from typing import Final

from localcloud.appsync.auth.caller import Caller
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
        self._known: dict[tuple[_FieldClass, str, str], bool] = {}

    def allows(self, caller: Caller, type_name: str, field_name: str) -> bool:
        """Return whether ``caller`` may see the field; introspection is open to whoever is let in."""
        key = (caller.field_class, type_name, field_name)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = field_name.startswith("__") or self._decide(
                caller, type_name, field_name
            )
        return known

    def _decide(self, caller: Caller, type_name: str, field_name: str) -> bool:
        for directives in (
            self._schema.field_directives.get((type_name, field_name), ()),
            self._schema.type_directives.get(type_name, ()),
        ):
            rules = [d for d in directives if d.name in _MODE_OF]
            if rules:
                return any(_passes(rule, caller) for rule in rules)
        if caller.mode != self._default.type:
            return False
        pool = self._default.user_pool
        return pool is None or pool.default_action == "ALLOW"
