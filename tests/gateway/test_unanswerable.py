"""Routes that cannot answer, since what they invoke cannot run here."""

from __future__ import annotations

from localcloud.gateway.definitions.http import FunctionIntegration, HttpApi, HttpRoute
from localcloud.gateway.definitions.rest import LambdaProxy, RestApi, Route, Unsupported
from localcloud.gateway.unserved import unanswerable

ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


def test_routes_of_functions_that_cannot_run_are_named() -> None:
    http = HttpApi(
        *("h", "shop", {}),
        (
            HttpRoute("GET /fast", "GET", "/fast", FunctionIntegration(f"{ARN}python", "2.0")),
            HttpRoute("GET /slow", "GET", "/slow", FunctionIntegration(f"{ARN}java:live", "2.0")),
        ),
    )
    routes = (
        Route("POST", "/orders", "r", LambdaProxy(f"{ARN}java")),
        Route("GET", "/orders", "r", LambdaProxy(f"{ARN}python")),
        Route("GET", "/far", "r", Unsupported("a VPC link")),
    )
    rest = RestApi(id="a", name="shop", stages={}, routes=routes)
    assert unanswerable((http, rest), {"java"}) == ["GET /far", "GET /slow", "POST /orders"]
