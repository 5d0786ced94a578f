"""Data sources that nothing here answers for: the field that asks one fails, and the start names it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localcloud.appsync.definition import DataSource, HttpConfig, LambdaConfig
from localcloud.appsync.unanswerable import unanswerable
from localcloud.aws_proxy.names import NotHere, Places
from tests.appsync.resolvers import api, call, engine, unit

HOST = "local-search-1f.stand-in.us-east-1.es.amazonaws.com"
CODE = """\
export const request = (ctx) => ({ method: 'GET', resourcePath: '/', params: {} });
export const response = (ctx) => ctx.result;
"""


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (HttpConfig(f"https://{HOST}"), f"sends to {HOST}: local-search-1f is a stand-in: "),
        (
            HttpConfig("https://bedrock-runtime.us-east-1.amazonaws.com", "bedrock", "us-east-1"),
            "sends to bedrock-runtime.us-east-1.amazonaws.com: the local cloud does not serve bedrock: ",
        ),
    ],
)
async def test_field_that_asks_an_endpoint_of_a_stand_in_fails(config: HttpConfig, sentence: str) -> None:
    definition = api(unit(CODE, source="far"), sources=(DataSource("far", "HTTP", config),))
    async with engine(definition) as resolvers:
        assert resolvers.warnings == []
        [error] = (await resolvers.resolve(call())).errors
    assert error.error_type == "StandInResource"
    assert error.message.startswith(f"Query.field: data source far {sentence}")


def test_fields_of_a_function_that_cannot_run_are_named() -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:report:live"
    source = DataSource("java", "AWS_LAMBDA", LambdaConfig(arn))
    definition = replace(api(unit(CODE, source="java"), sources=(source,)), name="shop")
    assert list(unanswerable(definition)) == []
    [absent] = unanswerable(definition, {"report": "its runtime java21 is not served"})
    assert absent.fields == ("Query.field",)
    assert absent.sentence == (
        "AppSync API shop: data source java invokes report, which cannot run here (needed by Query.field)"
    )


def test_address_of_a_stand_in_is_refused_by_its_name() -> None:
    def nothing(_name: object) -> None:
        return None

    places = Places(1, 2, 3, nothing, nothing, lambda port: False)
    with pytest.raises(NotHere, match=r"^local-search-1f is a stand-in: "):
        places.port_of(HOST)
