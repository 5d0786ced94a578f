"""Resolvers of mapping templates: both versions, errors, pipelines, and JavaScript beside them."""

from __future__ import annotations

import asyncio

import pytest

from localcloud.appsync.definition import JSON, DataSource, DynamoDBConfig, HttpConfig, Resolver
from localcloud.appsync.outcomes import CacheEviction, FieldError, Invalidation, LogLine
from tests.appsync.resolvers import FakeFunctions, FunctionFailed, api, call, engine, unit
from tests.appsync.resolvers import pipeline as js_pipeline
from tests.appsync.resolvers import step as js_step
from tests.appsync.vtl import RESULT, pipeline, resolve, step, templates

ECHO = '{"version": "2018-05-29", "payload": $util.toJson($ctx.args)}'
INVOKE = (
    '{"version": "2018-05-29", "operation": "Invoke", '
    '"payload": {"field": "x", "arguments": $util.toJson($context.arguments)}}'
)
LEGACY = INVOKE.replace("2018-05-29", "2017-02-28")
RAISE = "#if($ctx.error)$util.error($ctx.error.message, $ctx.error.type, $ctx.result)#end\n" + RESULT


def fail(_event: JSON) -> JSON:
    raise FunctionFailed("broken")


def functions(**answers: JSON) -> FakeFunctions:
    return FakeFunctions({"f": lambda event: answers.get("answer", event)})


async def test_unit_resolver_on_none_returns_its_payload() -> None:
    outcome = await resolve(templates(ECHO), arguments={"text": 'quo"te'})
    assert (outcome.value, outcome.errors) == ({"text": 'quo"te'}, [])


async def test_lambda_function_receives_the_payload() -> None:
    fakes = functions()
    outcome = await resolve(templates(INVOKE, source="lambda"), functions=fakes, arguments={"id": 1})
    assert outcome.value == {"field": "x", "arguments": {"id": 1}}
    assert fakes.events == [outcome.value]


async def test_version_2018_runs_the_response_template_with_the_error() -> None:
    fakes = FakeFunctions({"f": fail})
    outcome = await resolve(templates(INVOKE, RAISE, source="lambda"), functions=fakes)
    assert outcome.errors == [FieldError("broken", "Lambda:Unhandled")]
    handled = '#if($ctx.error)$util.appendError($ctx.error.message, "Mine"){"id": "default"}#end'
    outcome = await resolve(templates(INVOKE, handled, source="lambda"), functions=fakes)
    assert (outcome.value, outcome.errors) == ({"id": "default"}, [FieldError("broken", "Mine")])
    outcome = await resolve(
        templates(INVOKE, "$util.toJson($ctx.error.type)", source="lambda"), functions=fakes
    )
    assert (outcome.value, outcome.errors) == ("Lambda:Unhandled", [])


async def test_version_2018_runs_the_response_template_without_a_result() -> None:
    check = "#if($util.isNull($ctx.result))$util.unauthorized()#end"
    outcome = await resolve(templates(INVOKE, check, source="lambda"), functions=functions(answer=None))
    assert outcome.errors == [FieldError("Not Authorized to access field on type Query", "Unauthorized")]


async def test_version_2017_puts_the_response_into_the_error() -> None:
    fakes = FakeFunctions({"f": fail})
    outcome = await resolve(
        templates(LEGACY, '{"id": "kept"}', source="lambda"), functions=fakes, selection=["id"]
    )
    assert (outcome.value, outcome.errors) == (
        None,
        [FieldError("broken", "Lambda:Unhandled", {"id": "kept"})],
    )


async def test_version_2017_runs_no_response_template_without_a_result() -> None:
    outcome = await resolve(templates(LEGACY, '"never"', source="lambda"), functions=functions(answer=None))
    assert (outcome.value, outcome.errors) == (None, [])
    outcome = await resolve(templates(LEGACY, '"seen"', source="lambda"), functions=functions(answer=0))
    assert outcome.value == "seen"


async def test_return_in_a_request_template_skips_the_data_source() -> None:
    fakes = functions()
    request = "#if($ctx.args.skip)#return({'id': 'early'})#end\n" + INVOKE
    resolver = templates(request, "$util.error('never')", source="lambda")
    outcome = await resolve(resolver, functions=fakes, arguments={"skip": True})
    assert (outcome.value, outcome.errors, fakes.events) == ({"id": "early"}, [], [])
    assert (await resolve(templates("#return", source="lambda"), functions=fakes)).value is None
    assert (await resolve(templates("#return($util.toJson([]))"))).value == []
    assert (await resolve(templates("#return('text')"))).value == "text"


async def test_return_in_a_response_template_ends_it() -> None:
    outcome = await resolve(
        templates(ECHO, "#return($ctx.args.a)\n$util.error('never')"), arguments={"a": [1]}
    )
    assert (outcome.value, outcome.errors) == ([1], [])


@pytest.mark.parametrize(
    ("request_template", "message"),
    [
        ("", None),
        ("  #set($a = 1)", "Template transformation yielded an empty response."),
        (
            '## why\n{\n#set($a = 1)\n"version" "2018-05-29"}',
            "Unable to parse the JSON document: 'Expected ':' after property name in JSON at position 12 "
            '(line 2 column 11)\': {\n"version" "2018-05-29"} (Query.field.request.vtl:4)',
        ),
        ('"text"', "The request template gives no JSON object"),
        ("{}", "Value for field '$[version]' not found."),
        (
            '{"version": "2018-05-29", "payload": 1, "more": 2}',
            "Unsupported element '$[more]'.",
        ),
        ('{"version": "2020"}', "Unsupported template version '2020'"),
        (
            "\n\n\n$ctx.args.list.get(3)",
            "IndexOutOfBoundsException: Index: 3, Size: 0 (Query.field.request.vtl:4)",
        ),
    ],
)
async def test_request_template_with_an_invalid_document_is_refused(
    request_template: str, message: str | None
) -> None:
    if message is None:
        async with engine(api(templates(None))) as resolvers:
            assert resolvers.warnings == [
                "Query.field has no request template, which only a Lambda data source can do without"
            ]
        return
    outcome = await resolve(templates(request_template), arguments={"list": []})
    assert outcome.errors == [FieldError(message, "MappingTemplate")]
    assert "Query.field.request.vtl" in outcome.errors[0].description()


@pytest.mark.parametrize("response_template", ["#if(false)x#end", "  \n", "#set($a = 1)"])
async def test_empty_response_is_an_error_except_in_version_2017(response_template: str) -> None:
    outcome = await resolve(templates(ECHO, response_template))
    message = "Template transformation yielded an empty response."
    assert (outcome.value, outcome.errors) == (None, [FieldError(message, "MappingTemplate")])
    older = templates(LEGACY, response_template, source="lambda")
    outcome = await resolve(older, functions=functions(answer=1))
    assert (outcome.value, outcome.errors) == (None, [])


async def test_features_missing_from_version_2017_are_refused() -> None:
    table = DataSource("table", "AMAZON_DYNAMODB", DynamoDBConfig("t", "us-east-1"))
    web = DataSource("web", "HTTP", HttpConfig("http://127.0.0.1:9"))
    batch = templates('{"version": "2017-02-28", "operation": "BatchGetItem"}', source="table")
    ask = templates('{"version": "2017-02-28", "method": "GET"}', source="web", on="Query.web")
    async with engine(api(batch, ask, sources=(table, web))) as resolvers:
        for on, what in (("Query.field", "BatchGetItem"), ("Query.web", "An HTTP request")):
            (error,) = (await resolvers.resolve(call(on=on))).errors
            message = f"{what} needs the template version 2018-05-29"
            assert (error.message, error.error_type) == (message, "MappingTemplate")


async def test_response_template_without_json_fails_the_field() -> None:
    outcome = await resolve(templates(ECHO, "$ctx.result.a"), arguments={"a": "plain"})
    (error,) = outcome.errors
    assert error.error_type == "MappingTemplate"
    assert error.message.endswith("': plain (Query.field.response.vtl:1)")
    outcome = await resolve(templates(ECHO, '{\n  "a":\n\n $ctx.result.b}'), arguments={"a": "plain"})
    assert outcome.errors[0].message.endswith(" $ctx.result.b} (Query.field.response.vtl:4)")
    assert (await resolve(templates(ECHO, "  "))).value is None


async def test_missing_templates_pass_their_input_on() -> None:
    fakes = functions()
    outcome = await resolve(templates(None, None, source="lambda"), functions=fakes, arguments={"id": 7})
    assert isinstance(outcome.value, dict)
    assert outcome.value["arguments"] == {"id": 7}
    outcome = await resolve(templates(INVOKE, None, source="lambda"), functions=FakeFunctions({"f": fail}))
    assert outcome.errors == [FieldError("broken", "Lambda:Unhandled")]


async def test_unreadable_template_is_named_when_the_api_is_loaded() -> None:
    async with engine(api(templates("\n#if($x"))) as resolvers:
        assert resolvers.warnings == [
            "Query.field cannot be loaded: Query.field.request.vtl:2:7: "
            "expected ) after the condition of #if, found the end [syntax]"
        ]
        (error,) = (await resolvers.resolve(call())).errors
        assert error == FieldError(resolvers.warnings[0], "Code")


async def test_logs_errors_and_extensions_reach_the_caller() -> None:
    response = """
        $util.log.info("hello {} and {}", $ctx.args, 5)$util.log.error("bad")
        $util.appendError("partial", "Warn", {"id": 1}, {"why": "x"})
        $extensions.evictFromApiCache("Query", "field", {"context.arguments.id": 1})
        $extensions.invalidateSubscriptions({"subscriptionField": "onX", "payload": {"id": 1}})
        $util.http.addResponseHeader("x-mine", "1")
        $extensions.setSubscriptionFilter($util.transform.toSubscriptionFilter({"a": {"eq": 1}}))
        {"id": 1}
    """
    outcome = await resolve(templates(ECHO, response), arguments={"a": 1}, selection=["id"])
    assert outcome.value == {"id": 1}
    assert outcome.errors == [FieldError("partial", "Warn", {"id": 1}, {"why": "x"})]
    assert outcome.logs == [LogLine("INFO", "hello {a=1} and 5"), LogLine("ERROR", "bad")]
    assert outcome.evictions == [CacheEviction("Query", "field", {"context.arguments.id": 1})]
    assert outcome.invalidations == [Invalidation("onX", {"id": 1})]
    assert outcome.response_headers == {"x-mine": "1"}
    assert outcome.subscription_filter is not None


PAYLOAD = '{"payload": %s}'


async def test_pipeline_of_templates_passes_stash_and_result_on() -> None:
    before = '$util.qr($ctx.stash.put("seen", ["before"]))\n{}'
    add = '$util.qr($ctx.stash.seen.add("%s"))' + PAYLOAD % "$util.toJson($ctx.prev.result)"
    function = step("one", add % "one", '{"one": $util.toJson($ctx.result)}')
    two = step("two", add % "two", '{"two": $util.toJson($ctx.prev.result), "is": $util.toJson($ctx.result)}')
    after = (
        '{"stash": $util.toJson($ctx.stash), "result": $util.toJson($ctx.result), '
        '"prev": $util.toJson($ctx.prev)}'
    )
    outcome = await resolve(pipeline(before, after, function, two), function, two)
    last: JSON = {"two": {"one": {}}, "is": {"one": {}}}
    assert outcome.errors == []
    assert outcome.value == {
        "stash": {"seen": ["before", "one", "two"]},
        "result": last,
        "prev": {"result": last},
    }


async def test_return_in_a_function_continues_with_the_next_one() -> None:
    function = step("one", "#return({'early': 1})", "$util.error('never')")
    two = step("two", PAYLOAD % "$util.toJson($ctx.prev.result.early)")
    assert (await resolve(pipeline("{}", RESULT, function, two), function, two)).value == 1


async def test_return_in_the_template_of_a_pipeline_returns_from_the_resolver() -> None:
    function = step("one", "$util.error('never')")
    outcome = await resolve(pipeline("#return({'a': 1})", "$util.error('never')", function), function)
    assert (outcome.value, outcome.errors) == ({"a": 1}, [])
    function = step("one", PAYLOAD % 1)
    assert (await resolve(pipeline(None, "#return('b')", function), function)).value == "b"


async def test_pipeline_function_ignores_the_template_version() -> None:
    legacy = step("one", LEGACY, "$util.toJson($ctx.error.message)", source="lambda")
    outcome = await resolve(pipeline("{}", RESULT, legacy), legacy, functions=FakeFunctions({"f": fail}))
    assert (outcome.value, outcome.errors) == ("broken", [])


async def test_crash_names_the_template_of_the_function() -> None:
    function = step("one", PAYLOAD % 1, "\n\n#set($l = [])$l.get(1)")
    (error,) = (await resolve(pipeline("{}", RESULT, function), function)).errors
    assert error == FieldError(
        "IndexOutOfBoundsException: Index: 1, Size: 0 (one.response.vtl:3)", "MappingTemplate"
    )


async def test_templates_and_javascript_share_a_pipeline() -> None:
    vtl = step("vtl", '$util.qr($ctx.stash.put("vtl", 1))' + PAYLOAD % '"from vtl"')
    code = """
        export function request(ctx) {
          ctx.stash.js = ctx.stash.vtl + 1;
          return { payload: ctx.prev.result };
        }
        export function response(ctx) { return [ctx.result, 'from js']; }
    """
    js = js_step("js", code)
    last = step(
        "last", PAYLOAD % '{"stash": $util.toJson($ctx.stash), "prev": $util.toJson($ctx.prev.result)}'
    )
    expected = {"stash": {"vtl": 1, "js": 2}, "prev": ["from vtl", "from js"]}
    assert (await resolve(pipeline("{}", RESULT, vtl, js, last), vtl, js, last)).value == expected
    own = "export const request = () => ({});\nexport const response = (ctx) => [ctx.prev.result];"
    assert (await resolve(js_pipeline(own, vtl, js, last), vtl, js, last)).value == [expected]


async def test_template_has_identity_request_info_and_environment() -> None:
    response = (
        '{"who": "$ctx.identity.sub", "claim": $util.toJson($ctx.identity.claims.get("cognito:groups")),'
        '"header": "$ctx.request.headers.x-mine", "host": "$ctx.request.headers.get("host")",'
        '"field": "$ctx.info.fieldName", "parent": "$ctx.info.parentTypeName",'
        '"wants": $ctx.info.selectionSetList.contains("a/b"), "env": "$ctx.env.STAGE",'
        '"auth": "$util.authType()", "source": "$ctx.source.id", "var": "$ctx.info.variables.v"}'
    )
    async with engine(api(templates(ECHO, response), environment={"STAGE": "test"})) as resolvers:
        outcome = await resolvers.resolve(
            call(
                identity={"sub": "s", "claims": {"cognito:groups": ["g"]}},
                request_headers={"x-mine": "m", "host": "h"},
                selection=["a", "a/b"],
                auth_type="API_KEY",
                source={"id": 4},
                variables={"v": 1},
            )
        )
    assert outcome.errors == []
    assert outcome.value == {
        "who": "s",
        "claim": ["g"],
        "header": "m",
        "host": "h",
        "field": "field",
        "parent": "Query",
        "wants": True,
        "env": "test",
        "auth": "API Key Authorization",
        "source": "4",
        "var": "1",
    }


async def test_template_may_use_any_time_zone_anywhere() -> None:
    zoned = "$util.toJson($util.time.epochMilliSecondsToFormatted(0, 'HH:mm', $ctx.args.zone))"
    response = f'$util.qr($ctx.stash.put("n", 1)){zoned}'
    outcome = await resolve(templates(ECHO, response), arguments={"zone": "Asia/Tokyo"})
    assert (outcome.value, outcome.errors) == ("09:00", [])


async def test_templates_may_batch_their_calls() -> None:
    batch = '{"version": "2018-05-29", "operation": "BatchInvoke", "payload": $util.toJson($ctx.args)}'
    fakes = FakeFunctions({"f": lambda events: [event["id"] for event in events]})  # type: ignore[index, union-attr, call-overload]
    resolver = Resolver(
        "Query",
        "field",
        data_source="lambda",
        runtime="VTL",
        request_template=batch,
        response_template=RESULT,
        max_batch_size=10,
    )
    async with engine(api(resolver, unit(None, source="lambda", on="Query.other")), fakes) as resolvers:
        outcomes = await asyncio.gather(*(resolvers.resolve(call({"id": i})) for i in range(3)))
    assert [function.value for function in outcomes] == [0, 1, 2]
    assert fakes.events == [[{"id": 0}, {"id": 1}, {"id": 2}]]
