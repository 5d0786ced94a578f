"""What never passes the engine is asked of it: functions behind data sources and APIs, fields, callers."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest
from graphql import parse
from graphql.language import OperationDefinitionNode

from localcloud.appsync.auth.role_fields import RoleFields
from localcloud.appsync.caller import Caller
from localcloud.appsync.datasources.failures import DataSourceFailure
from localcloud.appsync.datasources.lambda_function import invoke
from localcloud.appsync.datasources.roles import RoleInvoker
from localcloud.appsync.execution.plan import OperationPlan
from localcloud.appsync.execution.resolved import ResolvedFields
from localcloud.appsync.execution.schema import build_api_schema
from localcloud.auth.permissions import AccessRefused, Permissions, Question, session_question
from localcloud.auth.principals import Principal
from localcloud.gateway.errors import AccessDenied, BadConfiguration
from localcloud.gateway.permitting import permit_caller, permit_gateway, source_arn

ROLE = "arn:aws:iam::000000000000:role/worker"
SESSION = "arn:aws:sts::000000000000:assumed-role/worker/fanout"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:price"
API = "arn:aws:appsync:us-east-1:000000000000:apis/a1"
SCHEMA = """
type Order { id: ID! total: Int }
type Query { order: Order secret: String }
"""


class FakePermissions:
    """Refuses given actions and resources, and remembers who asked."""

    def __init__(self, *refused: tuple[str, str]) -> None:
        self.refused = set(refused)
        self.questions: list[Question] = []

    async def refusal(self, question: Question) -> AccessRefused | None:
        self.questions.append(question)
        if (question.action, question.resource) not in self.refused:
            return None
        text = f"{question.action} on resource: {question.resource}"
        message = f"User: {SESSION} is not authorized to perform: {text}"
        return AccessRefused("AccessDeniedException", 403, message)


def permissions(*refused: tuple[str, str]) -> tuple[Permissions, FakePermissions]:
    fake = FakePermissions(*refused)
    return cast("Permissions", fake), fake


class Function:
    payload, function_error = b'{"cents": 1}', None


class FakeFunctions:
    async def invoke(self, function: str, payload: bytes, **_more: Any) -> Any:
        return Function()


async def test_data_source_function_is_invoked_where_its_role_may() -> None:
    allowing, fake = permissions()
    assert await invoke(RoleInvoker(FakeFunctions(), allowing, ROLE), FUNCTION, {}) == {"cents": 1}
    assert fake.questions[0].session == "APPSYNC_ASSUME_ROLE"
    refusing, _ = permissions(("lambda:InvokeFunction", FUNCTION))
    with pytest.raises(DataSourceFailure, match="is not authorized to perform") as error:
        await invoke(RoleInvoker(FakeFunctions(), refusing, ROLE), FUNCTION, {})
    assert error.value.error_type == "Lambda:AccessDeniedException"


def plan(text: str) -> OperationPlan:
    schema = build_api_schema(SCHEMA).graphql
    (operation,) = parse(text).definitions
    assert isinstance(operation, OperationDefinitionNode)
    return OperationPlan(schema, operation, {}, {}, ResolvedFields(schema, lambda *_: False))


async def test_role_sees_the_fields_that_its_policies_name() -> None:
    secret = f"{API}/types/Query/fields/secret"
    refusing, fake = permissions(("appsync:GraphQL", secret))
    fields = RoleFields(refusing, API)
    caller = Caller("AWS_IAM", {"userArn": SESSION})
    limited = await fields.limited(caller, plan("{ order { id } secret }"))
    assert limited.denied_fields == {"Query.secret"}
    assert {question.resource.rpartition("types/")[2] for question in fake.questions} == {
        "Query/fields/order",
        "Order/fields/id",
        "Query/fields/secret",
    }
    administrator = Caller("AWS_IAM", {"userArn": "arn:aws:iam::000000000000:user/administrator"})
    assert await fields.limited(administrator, plan("{ secret }")) is administrator


async def test_api_needs_a_permission_of_its_function() -> None:
    context = {"apiId": "a1", "stage": "prod", "routeKey": "GET /orders/{id}"}
    source = source_arn({"requestContext": context}, "us-east-1", "000000000000")
    assert source == "arn:aws:execute-api:us-east-1:000000000000:a1/prod/GET/orders/{id}"
    allowing, fake = permissions()
    await permit_gateway(allowing, FUNCTION, source)
    assert (fake.questions[0].service, fake.questions[0].source) == ("apigateway.amazonaws.com", source)
    refusing, _ = permissions(("lambda:InvokeFunction", FUNCTION))
    with pytest.raises(BadConfiguration) as error:
        await permit_gateway(refusing, FUNCTION, source)
    assert json.loads(error.value.body()) == {"message": "Internal server error"}


async def test_caller_of_an_api_is_refused_with_its_account_hidden() -> None:
    method = "arn:aws:execute-api:us-east-1:000000000000:a1/prod/GET/orders"
    principal = Principal("ASIA1", "secret", "000000000000", SESSION, "worker:fanout")
    refusing, _ = permissions(("execute-api:Invoke", method))
    with pytest.raises(AccessDenied) as error:
        await permit_caller(refusing, principal, "execute-api:Invoke", method)
    assert json.loads(error.value.body())["Message"].endswith(
        "execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:a1/prod/GET/orders"
    )
    await permit_caller(None, principal, "execute-api:Invoke", method)


def test_caller_without_a_session_is_not_authorized_by_iam() -> None:
    assert session_question("arn:aws:iam::000000000000:user/administrator", "s3:GetObject", "*") is None
