"""Which directives AWS heeds where: ``@aws_auth``, a pool's default action, and additional providers."""

from __future__ import annotations

from typing import Any

import pytest

from localcloud.appsync.auth.fields import FieldAuthorizer
from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import AuthMode, AuthType, UserPoolConfig
from localcloud.appsync.execution.schema import build_api_schema
from tests.appsync.endpoint_support import POOL, REGION, definition

SDL = """
type Query {
  plain: Outer
  any: String @aws_auth(cognito_groups: ["admin", "user"])
  admins: String @aws_auth(cognito_groups: ["admin"])
  pools: String @aws_cognito_user_pools(cognito_groups: ["admin"])
  key: String @aws_api_key
  either: String @aws_api_key @aws_cognito_user_pools(cognito_groups: ["admin"])
  oidc: String @aws_oidc
  function: String @aws_lambda
}
type Outer { scalar: String @aws_auth(cognito_groups: ["admin"]) other: String }
type Typed @aws_iam { inherited: String own: String @aws_oidc }
type Old @aws_auth(cognito_groups: ["admin"]) { field: String }
"""
USER = Caller("AMAZON_COGNITO_USER_POOLS", groups=("user",))
ADMIN = Caller("AMAZON_COGNITO_USER_POOLS", groups=("admin",))


def pool(action: Any = "ALLOW") -> AuthMode:
    return AuthMode("AMAZON_COGNITO_USER_POOLS", user_pool=UserPoolConfig(POOL, REGION, action))


def fields(*modes: AuthMode) -> FieldAuthorizer:
    api = definition(schema_sdl=SDL, default_auth=modes[0], additional_auth=modes[1:])
    return FieldAuthorizer(api, build_api_schema(SDL))


def visible_fields(authorizer: FieldAuthorizer, caller: Caller) -> set[str]:
    names = ["plain", "any", "admins", "pools", "key", "either", "oidc", "function"]
    places = [("Query", name) for name in names]
    places += [("Outer", "scalar"), ("Outer", "other"), ("Typed", "inherited"), ("Typed", "own")]
    places += [("Old", "field")]
    return {f"{kind}.{name}" for kind, name in places if authorizer.allows(caller, kind, name)}


NESTED = {"Outer.scalar", "Outer.other", "Old.field"}
ADMINS = {"Query.any", "Query.admins", "Query.pools", "Query.either"}


@pytest.mark.parametrize(
    ("action", "caller", "expected"),
    [
        ("ALLOW", USER, {"Query.plain", "Query.any"} | NESTED),
        (
            "ALLOW",
            ADMIN,
            ADMINS | {"Query.plain"} | NESTED,
        ),
        ("DENY", USER, {"Query.any"} | NESTED),
        ("DENY", ADMIN, ADMINS | NESTED),
    ],
)
def test_user_pool_api_shows_the_fields_that_directives_allow(
    action: str, caller: Caller, expected: set[str]
) -> None:
    assert visible_fields(fields(pool(action)), caller) == expected


def test_old_directive_protects_nothing_beside_other_modes() -> None:
    authorizer = fields(pool(), AuthMode("AWS_IAM"))
    assert visible_fields(authorizer, USER) == {"Query.plain", "Query.any", "Query.admins"} | NESTED
    assert authorizer.warnings == [
        "AppSync API tests: @aws_auth on Query.any, Query.admins, Outer.scalar, Old has no effect: AWS heeds "
        "it where a user pool is the only authorization mode; use @aws_cognito_user_pools."
    ]


def test_old_directive_alone_protects_the_root_types_and_nothing_below() -> None:
    assert fields(pool()).warnings == [
        "AppSync API tests: @aws_auth on Outer.scalar, Old has no effect: AWS heeds it on the fields of "
        "Query, Mutation and Subscription alone."
    ]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("API_KEY", {"Query.key", "Query.either"}),
        ("AWS_IAM", {"Typed.inherited"}),
        ("OPENID_CONNECT", {"Query.oidc", "Typed.own"}),
        ("AWS_LAMBDA", {"Query.function"}),
    ],
)
def test_additional_mode_sees_only_fields_that_name_it(mode: AuthType, expected: set[str]) -> None:
    assert visible_fields(fields(pool(), AuthMode(mode)), Caller(mode)) == expected


def test_default_mode_sees_fields_without_directives() -> None:
    plain = {"Query.plain", "Query.any", "Query.admins"} | NESTED
    authorizer = fields(AuthMode("AWS_LAMBDA"), pool())
    assert visible_fields(authorizer, Caller("AWS_LAMBDA")) == plain | {"Query.function"}
    assert visible_fields(authorizer, USER) == set()
    denied = Caller("AWS_LAMBDA", denied_fields=frozenset({"Query.plain", "Outer.other"}))
    assert visible_fields(authorizer, denied) == (plain | {"Query.function"}) - denied.denied_fields
