"""Integrations with AWS services: what is sent, what comes of the answer, and what is refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.gateway_templates import GatewayTemplates
from localcloud.contracts.mapping_templates import BodyUnreadable, TemplateFailed, Variables
from localcloud.functions import RoleCredentials
from localcloud.gateway.definitions.rest import RestApi, Route, Unsupported
from localcloud.gateway.loader import Loaded
from localcloud.gateway.loading.integrations import mapped_of
from localcloud.gateway.mapping.definition import IntegrationResponse, MappedIntegration, ServiceBackend
from localcloud.gateway.service import GatewayService
from tests.appsync.endpoint_support import ENGINE
from tests.gateway.support import ApiResponse, Fakes

RENDER = GatewayTemplates()
FORM = "'application/x-www-form-urlencoded'"
INTEGRATION = MappedIntegration(
    ServiceBackend("sqs", "/000000000000/orders"),
    parameters={"integration.request.header.Content-Type": FORM},
    templates={"application/json": "Action=SendMessage&MessageBody=$util.urlEncode($input.json('$'))"},
    passthrough="NEVER",
    responses=(
        IntegrationResponse(503, "5\\d\\d"),
        IntegrationResponse(202, None, {}, {"application/json": '{"id": "$input.params(\'id\')"}'}),
    ),
)


@dataclass
class Service:
    """A service that answers as scripted, and keeps its requests."""

    status: int = 200
    body: str = "<ok/>"
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.requests.append((request.raw_path, dict(request.headers), await request.text()))
        return web.Response(status=self.status, text=self.body, headers=self.headers)


@dataclass
class Gateway:
    service: Service
    url: str
    session: aiohttp.ClientSession

    async def put(self, path: str, body: str = "{}", **headers: str) -> ApiResponse:
        sent = {"Content-Type": "application/json", **headers}
        async with self.session.put(self.url + path, data=body, headers=sent) as answer:
            return ApiResponse(answer.status, answer.headers, await answer.read())


@asynccontextmanager
async def gateway(integration: MappedIntegration, **answer: Any) -> AsyncIterator[Gateway]:
    service = Service(**answer)
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", service.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api = RestApi("rest1", "orders", {"live": {"queue": "q"}}, (Route("PUT", "/{id}", "r", integration),))
    engine = replace(ENGINE, endpoint=f"http://127.0.0.1:{runner.addresses[0][1]}")
    gateway = GatewayService(
        engine, Fakes().invoke, lambda: Loaded((api,)), render=RENDER, roles=RoleCredentials()
    )
    await gateway.start()
    try:
        await gateway.load_all()
        async with aiohttp.ClientSession() as session:
            yield Gateway(service, gateway.addresses()[0].url, session)
    finally:
        await gateway.stop()
        await runner.cleanup()


async def test_service_integration_maps_signs_sends_and_maps_back() -> None:
    async with gateway(INTEGRATION) as endpoint:
        answer = await endpoint.put("/7", '{"a": "b&c"}')
        assert (answer.status, answer.json()) == (202, {"id": "7"})
        assert answer.headers["Content-Type"] == "application/json"
        ((path, headers, body),) = endpoint.service.requests
    assert path == "/000000000000/orders"
    assert body == "Action=SendMessage&MessageBody=%7B%22a%22%3A%22b%26c%22%7D"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "/sqs/aws4_request" in headers["Authorization"]


@pytest.mark.parametrize(
    ("service", "target"), [("kinesis", "Kinesis_20131202"), ("firehose", "Firehose_20150804")]
)
async def test_record_goes_to_a_stream_by_the_action_in_a_header(service: str, target: str) -> None:
    uri = f"arn:aws:apigateway:us-east-1:{service}:action/PutRecord"
    template = """{"StreamName": "s", "Data": "$util.base64Encode($input.json('$'))", "PartitionKey": "a"}"""
    integration = mapped_of(
        {
            **{"type": "AWS", "httpMethod": "POST", "uri": uri, "credentials": "arn:aws:iam::1:role/gateway"},
            "requestTemplates": {"application/json": template},
            "integrationResponses": {"200": {"statusCode": "200"}},
        }
    )
    assert isinstance(integration, MappedIntegration)
    async with gateway(integration, body='{"ShardId": "shardId-000000000000"}') as endpoint:
        answer = await endpoint.put("/7", '{"a": 1}')
        assert answer.json() == {"ShardId": "shardId-000000000000"}
        ((path, headers, body),) = endpoint.service.requests
    assert path == "/"
    assert headers["X-Amz-Target"] == f"{target}.PutRecord"
    assert headers["Content-Type"] == "application/x-amz-json-1.1"
    assert json.loads(body) == {"StreamName": "s", "Data": "eyJhIjoxfQ==", "PartitionKey": "a"}


async def test_service_is_called_with_the_role_of_the_integration() -> None:
    role = "arn:aws:iam::000000000000:role/gateway"
    async with gateway(
        replace(INTEGRATION, backend=ServiceBackend("sqs", "/0/orders", role=role))
    ) as endpoint:
        await endpoint.put("/7")
        ((_, headers, _),) = endpoint.service.requests
    assert "Credential=ASIA" in headers["Authorization"]
    assert headers["X-Amz-Security-Token"]


SENT = (
    '<?xml version="1.0"?><SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/">'
    "<SendMessageResult><MessageId>m-1</MessageId><MD5OfMessageBody>d</MD5OfMessageBody></SendMessageResult>"
    "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></SendMessageResponse>"
)


async def test_template_reads_the_message_id_of_the_queue_answer() -> None:
    """API Gateway asks SQS for JSON; a client that asks for XML by a header of its own gets XML."""
    read = "{\"id\": $input.json('$.SendMessageResponse.SendMessageResult.MessageId')}"
    reads = replace(INTEGRATION, responses=(IntegrationResponse(202, None, {}, {"application/json": read}),))
    xml = {"integration.request.header.accept": "'application/xml'", **INTEGRATION.parameters}
    plain = replace(INTEGRATION, parameters=xml, responses=(IntegrationResponse(202, None),))
    async with gateway(reads, body=SENT) as endpoint:
        answer = await endpoint.put("/7")
        assert (answer.status, answer.json()) == (202, {"id": "m-1"})
        ((_, headers, _),) = endpoint.service.requests
    assert headers["Accept"] == "application/json"
    async with gateway(plain, body=SENT) as endpoint:
        assert (await endpoint.put("/7")).body.decode() == SENT


async def test_response_pattern_matches_the_status_of_the_service() -> None:
    async with gateway(INTEGRATION, status=500, body="broken") as endpoint:
        answer = await endpoint.put("/7")
    assert (answer.status, answer.body) == (503, b"broken")


async def test_status_without_a_matching_response_is_a_configuration_error() -> None:
    async with gateway(replace(INTEGRATION, responses=INTEGRATION.responses[:1])) as endpoint:
        answer = await endpoint.put("/7")
    assert (answer.status, answer.json()) == (500, {"message": "Internal server error"})


async def test_body_that_is_no_json_is_refused_before_sending() -> None:
    async with gateway(INTEGRATION) as endpoint:
        answer = await endpoint.put("/7", "{")
        assert answer.status == 400
        assert answer.json()["message"].startswith("Could not parse request body into json")
        assert endpoint.service.requests == []


@pytest.mark.parametrize(
    ("passthrough", "templates", "status"),
    [
        ("NEVER", INTEGRATION.templates, 415),
        ("NEVER", {}, 415),
        ("WHEN_NO_TEMPLATES", INTEGRATION.templates, 415),
        ("WHEN_NO_TEMPLATES", {}, 202),
        ("WHEN_NO_MATCH", INTEGRATION.templates, 202),
    ],
)
async def test_body_without_a_template_is_passed_or_refused(
    passthrough: Any, templates: Any, status: int
) -> None:
    changed = replace(INTEGRATION, passthrough=passthrough, templates=templates)
    async with gateway(changed) as endpoint:
        answer = await endpoint.put("/7", "plain", **{"Content-Type": "text/plain; charset=utf-8"})
        assert answer.status == status
        assert [body for _, _, body in endpoint.service.requests] == (["plain"] if status == 202 else [])


async def test_parameters_are_mapped_from_every_source_and_overridden_by_a_template() -> None:
    changed = replace(
        INTEGRATION,
        backend=ServiceBackend("sqs", "/{account}/{name}"),
        parameters={
            "integration.request.path.account": "'1'",
            "integration.request.path.name": "method.request.path.id",
            "integration.request.querystring.from": "method.request.querystring.q",
            "integration.request.header.X-Stage": "context.stage",
            "integration.request.header.X-Queue": "stageVariables.queue",
            "integration.request.header.X-Mine": "method.request.header.x-mine",
            "integration.request.header.X-None": "method.request.header.Nothing",
        },
        templates={"application/json": "#set($context.requestOverride.header.x-mine = 'over')x"},
    )
    async with gateway(changed) as endpoint:
        await endpoint.put("/a%2Fb?q=1%202", **{"X-Mine": "under"})
        ((path, headers, _),) = endpoint.service.requests
    assert path == "/1/a%2Fb?from=1+2"
    assert (headers["X-Stage"], headers["X-Queue"], headers["X-Mine"]) == ("live", "q", "over")
    assert "X-None" not in headers


async def test_action_is_in_the_query() -> None:
    async with gateway(replace(INTEGRATION, backend=ServiceBackend("sqs", action="SendMessage"))) as endpoint:
        await endpoint.put("/7")
        assert endpoint.service.requests[0][0] == "/?Action=SendMessage"


async def test_response_template_sets_status_and_headers() -> None:
    template = (
        "#set($context.responseOverride.status = 201)#set($context.responseOverride.header.X-A = 'b')"
        "$input.path('$.code')"
    )
    response = IntegrationResponse(
        200, None, {"X-Theirs": "integration.response.header.x-given"}, {"text/plain": template}
    )
    changed = replace(INTEGRATION, responses=(response,))
    async with gateway(changed, body=json.dumps({"code": "ok"}), headers={"X-Given": "1"}) as endpoint:
        answer = await endpoint.put("/7")
    assert (answer.status, answer.body) == (201, b"ok")
    assert (answer.headers["X-A"], answer.headers["X-Theirs"]) == ("b", "1")
    assert answer.headers["Content-Type"] == "text/plain"


async def test_failing_template_is_an_internal_error() -> None:
    async with gateway(replace(INTEGRATION, templates={"application/json": "#if("})) as endpoint:
        answer = await endpoint.put("/7")
        assert answer.status == 500
        assert endpoint.service.requests == []


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("$input.path('$.items[-1].a') [$input.path('$.no')] $input.json('$.no')", '2 [] ""'),
        (
            "$input.json('$.items[*].a') $input.json('$..a') $input.json('$.items[0:1]')",
            '[1,2] [1,2] [{"a":1}]',
        ),
        ("$input.path(\"$['items']\").size() $input.path('items').size()", "2 2"),
        ("#foreach($one in $input.path('$.items'))$one.a;#end", "1;2;"),
        ("$input.params('X-ONE') $input.params('id') [$input.params('none')]", "h p []"),
        ("$input.params().header.x-one $stageVariables.v $context.a.b", "h 1 c"),
        ("$util.base64Decode($util.base64Encode('a')) $util.parseJson('[3]').get(0)", "a 3"),
        # What AWS advises, since JSON knows no such escape.
        ('$util.escapeJavaScript("it\'s").replaceAll("\\\\\'", "\'")', "it's"),
        ("$util.error('x') $ctx.a", "$util.error('x') $ctx.a"),
    ],
)
def test_template_has_the_variables_of_api_gateway_alone(template: str, text: str) -> None:
    variables = Variables(
        '{"items": [{"a": 1}, {"a": 2}]}',
        {"path": {"id": "p"}, "querystring": {"id": "q"}, "header": {"x-one": "h"}},
        {"a": {"b": "c"}},
        {"v": "1"},
    )
    assert GatewayTemplates()(template, variables).text == text


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("$.items[?(@.a == 2)].b", '["y"]'),
        ("$.items[?(@.a >= 1 && @.b =~ /X/i)].a", "[1]"),
        ("$.items[?(!@.c)].a", "[1,2]"),
        ("$.items[?(@.b in ['x'] || @.c)].a", "[1,3]"),
        ("$.items[?(@.a == $.wanted)].b", '["x"]'),
        ("$['wanted','none']", "[1]"),
        ("$.items[0,-1].a", "[1,3]"),
        ("$.items.length()", "3"),
        ("$.items[*].a.sum()", "6"),
        ("$..b", '["x","y"]'),
        ("$.none", '""'),
    ],
)
def test_json_path_searches_and_filters_as_in_jayway(path: str, values: str) -> None:
    body = {"items": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}, {"a": 3, "c": True}], "wanted": 1}
    variables = Variables(json.dumps(body), {"querystring": {"path": path}}, {})
    assert GatewayTemplates()("$input.json($input.params('path'))", variables).text == values


@pytest.mark.parametrize("path", ["$.a[", "$.a[?(@.b ==)]", "$.a[?(@.b", "$.a['b", "$.a[b]", "$.a b"])
def test_invalid_json_path_fails_the_template(path: str) -> None:
    variables = Variables("{}", {"querystring": {"path": path}}, {})
    with pytest.raises(TemplateFailed, match="JSONPath"):
        GatewayTemplates()("$input.path($input.params('path'))", variables)


@given(st.text(st.sampled_from("$.@[]?()'ab01,:*=!&|<> "), max_size=12))
def test_any_json_path_is_evaluated_or_refused(path: str) -> None:
    try:
        RENDER(
            "$input.path($input.params('path'))", Variables('{"a": [1]}', {"querystring": {"path": path}}, {})
        )
    except TemplateFailed as problem:
        assert "JSONPath" in str(problem)


def test_lists_are_rendered_as_json_and_maps_as_in_java() -> None:
    variables = Variables('{"items": [{"a": [1]}], "map": {"b": ["x"]}}', {}, {})
    template = "$input.path('$.items') $input.path('$.map') #set($own = ['x', 1])$own $input.path('$..a')"
    assert GatewayTemplates()(template, variables).text == '[{"a":[1]}] {b=["x"]}[x, 1] [[1]]'


def test_missing_context_and_stage_variables_are_empty() -> None:
    template = (
        "[$context.authorizer.claims.sub][$context.identity.user][$stageVariables.no][$input.none][$none]"
    )
    variables = Variables("{}", {}, {"identity": {"user": None}})
    assert GatewayTemplates()(template, variables).text == "[][][][$input.none][$none]"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(VALUES)
def test_body_passes_through_a_template_unchanged(value: Any) -> None:
    body = json.dumps(value)
    assert json.loads(RENDER("$input.json('$')", Variables(body, {}, {})).text) == value


@given(st.text())
def test_any_body_is_rendered_or_refused(body: str) -> None:
    try:
        text = RENDER("$input.json('$')", Variables(body, {}, {})).text
    except BodyUnreadable:
        return
    json.loads(text)


def test_unsupported_integration_is_named() -> None:
    base: Any = {
        "type": "AWS",
        "uri": "arn:aws:apigateway:eu-west-1:sqs:path/1/q",
        "credentials": "arn:aws:iam::1:role/r",
    }
    assert isinstance(mapped_of(base), MappedIntegration)
    for change, words in (
        ({"uri": "arn:aws:apigateway:eu-west-1:translate:action/TranslateText"}, "the service translate"),
        ({"credentials": None}, "without credentials"),
        ({"contentHandling": "CONVERT_TO_GOLD"}, "contentHandling"),
        (
            {"requestParameters": {"integration.request.header.A": "method.request.cookie.A"}},
            "cookie",
        ),
        (
            {"integrationResponses": {"200": {"responseParameters": {"method.response.header.A": "x"}}}},
            "from x",
        ),
        ({"integrationResponses": {"200": {"selectionPattern": "("}}}, "selectionPattern"),
    ):
        mapped = mapped_of(base | change)
        assert isinstance(mapped, Unsupported)
        assert words in mapped.what
