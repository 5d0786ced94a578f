"""Schemathesis, held to the OpenAPI document: never a 5xx, and every answer is one that is described.

It calls the application in this process; the shop behind it is in memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from app import app
from chalicelib import openapi
from tests.companion.conftest import Shop
from tests.companion.gateway import STAGE, Gateway, Person
from tests.examples import examples
from tests.orders.fakes import MemoryOrderStore
from tests.orders.samples import an_order
from tools.openapi_parts import ORDER_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

TOKEN = "Bearer ada"

CONFIG: dict[str, Any] = {
    "auth": {"openapi": {"customers": {"bearer": "ada"}}},
    "generation": {"deterministic": True, "with-security-parameters": False, "database": "none"},
    "checks": {
        # 409 and 422: JSON Schema cannot say that no SKU comes twice, or that a key is new. 400: a cursor
        # is a string, and most strings are none. 304: it has the ETag. 403: ada is not of the staff.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "304", "400", "403", "404", "409", "422"]},
        "negative_data_rejection": {"expected-statuses": ["400", "401", "404", "413", "415", "422"]},
        # API Gateway knows no method that is not declared: it answers 403 itself.
        "unsupported_method": {"enabled": False},
    },
    "phases": {
        "examples": {"extra-data-sources": {"responses": False}},
        "coverage": {"extra-data-sources": {"responses": False}, "unexpected-methods": []},
        "fuzzing": {"extra-data-sources": {"responses": False}, "error-feedback": {"enabled": False}},
    },
    # What is sent must depend on the document alone, or no run would be like the one before.
    "analysis": {"constants": {"enabled": False}},
}


def application(environment: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
    """The API as a WSGI application: the gateway refuses callers without a token."""
    headers = [
        (name.removeprefix("HTTP_").replace("_", "-"), value)
        for name, value in environment.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    ]
    target = environment["REQUEST_URI"].partition("?")[0].removeprefix(f"/{STAGE}")
    if environment["QUERY_STRING"]:
        target += f"?{environment['QUERY_STRING']}"
    length = int(environment.get("CONTENT_LENGTH") or 0)
    answer = Gateway(app).send(
        environment["REQUEST_METHOD"],
        target,
        headers=headers,
        body=environment["wsgi.input"].read(length) if length else None,
        person=Person() if environment.get("HTTP_AUTHORIZATION") == TOKEN else None,
    )
    start(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers.items()))
    return [answer.body.encode()]


def loaded() -> Any:
    """The document without room to move: an answer has what is described and nothing else."""
    document = json.loads(openapi.text())
    for schema in document["components"]["schemas"].values():
        if schema["type"] == "object":
            schema.setdefault("additionalProperties", False)
    schema = schemathesis.openapi.from_dict(document, config=SchemathesisConfig.from_dict(CONFIG))
    schema.app = application
    return schema


schema = loaded()


def checked(case: schemathesis.Case[Any], shop: Shop) -> None:
    """Send a case to a shop with one order, and hold its answer to the document."""
    shop.store = MemoryOrderStore()
    shop.record(an_order(ORDER_ID))
    case.call_and_validate()


def fuzzed(count: int) -> settings:
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@schema.parametrize()  # type: ignore[untyped-decorator]
@fuzzed(examples(40))
def test_generated_requests_get_described_answers(case: schemathesis.Case[Any], shop: Shop) -> None:
    checked(case, shop)
