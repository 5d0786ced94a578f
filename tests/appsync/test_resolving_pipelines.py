"""PIPELINE resolvers: order, stash, ctx.prev, early returns, errors."""

from __future__ import annotations

import pytest

from localcloud.appsync.definition import JSON, PipelineFunction
from localcloud.appsync.filters import FieldFilter, FilterGroups
from localcloud.appsync.resolving import CacheEviction, FieldError, FieldOutcome, Invalidation, LogLine
from tests.appsync.resolvers import (
    PASS,
    FakeFunctions,
    FunctionFailed,
    api,
    call,
    engine,
    pipeline,
    run,
    step,
)

BEFORE_AFTER = """
    import { util, runtime } from '@aws-appsync/utils';
    export function request(ctx) { ctx.stash.trail = ['before']; return { from: 'before' }; }
    export function response(ctx) {
      return { trail: ctx.stash.trail, prev: ctx.prev.result, result: ctx.result };
    }
"""


def traced(name: str, *, request: str = "", response: str = "", source: str = "none") -> PipelineFunction:
    """A function that leaves its name in the stash, and does more on request."""
    code = f"""
        import {{ util, runtime }} from '@aws-appsync/utils';
        export function request(ctx) {{
          ctx.stash.trail.push('{name}');
          {request}
          return {{ operation: 'Invoke', payload: {{ from: '{name}', prev: ctx.prev.result }} }};
        }}
        export function response(ctx) {{
          ctx.stash.trail.push('/{name}');
          {response}
          return ctx.result;
        }}
    """
    return step(name, code, source)


async def resolve(
    *functions: PipelineFunction, before: str = BEFORE_AFTER, lambdas: FakeFunctions | None = None
) -> FieldOutcome:
    async with engine(api(pipeline(before, *functions), functions=functions), lambdas) as resolvers:
        assert resolvers.warnings == []
        return await resolvers.resolve(call())


async def trail(*functions: PipelineFunction, before: str = BEFORE_AFTER) -> JSON:
    outcome = await resolve(*functions, before=before)
    assert outcome.errors == []
    assert isinstance(outcome.value, dict)
    return outcome.value["trail"]


async def test_function_receives_the_result_of_the_previous_one() -> None:
    outcome = await resolve(traced("one"), traced("two"))
    two = {"from": "two", "prev": {"from": "one", "prev": {"from": "before"}}}
    assert outcome.value == {"trail": ["before", "one", "/one", "two", "/two"], "prev": two, "result": two}


async def test_pipeline_uses_several_data_sources() -> None:
    lambdas = FakeFunctions({"f": lambda event: {"lambda": event}})
    outcome = await resolve(traced("one", source="lambda"), traced("two"), lambdas=lambdas)
    assert isinstance(outcome.value, dict)
    assert outcome.value["prev"] == {
        "from": "two",
        "prev": {"lambda": {"from": "one", "prev": {"from": "before"}}},
    }


async def test_pipeline_without_functions_runs_its_own_handlers() -> None:
    outcome = await resolve()
    assert outcome.value == {"trail": ["before"], "prev": {"from": "before"}, "result": {"from": "before"}}


async def test_pipeline_without_code_returns_the_last_result() -> None:
    function = step(
        "one", "export const request = () => ({ payload: 1 });\nexport const response = (ctx) => ctx.result;"
    )
    async with engine(api(pipeline(None, function), functions=[function])) as resolvers:
        assert (await resolvers.resolve(call())).value == 1


@pytest.mark.parametrize(
    ("request_code", "expected"),
    [
        ("runtime.earlyReturn(1);", ["before", "one", "two", "/two"]),
        ("runtime.earlyReturn(1, { skipTo: 'NEXT' });", ["before", "one", "two", "/two"]),
        ("runtime.earlyReturn(1, { skipTo: 'END' });", ["before", "one"]),
    ],
)
async def test_early_return_in_a_request_handler_skips_the_data_source(
    request_code: str, expected: list[JSON]
) -> None:
    assert await trail(traced("one", request=request_code), traced("two")) == expected


@pytest.mark.parametrize(
    ("response_code", "expected"),
    [
        ("runtime.earlyReturn(1);", ["before", "one", "/one", "two", "/two"]),
        ("runtime.earlyReturn(1, { skipTo: 'END' });", ["before", "one", "/one"]),
    ],
)
async def test_early_return_in_a_response_handler_ends_it(response_code: str, expected: list[JSON]) -> None:
    assert await trail(traced("one", response=response_code), traced("two")) == expected


async def test_next_function_receives_the_early_return() -> None:
    outcome = await resolve(traced("one", request="runtime.earlyReturn({ early: true });"), traced("two"))
    assert isinstance(outcome.value, dict)
    assert outcome.value["prev"] == {"from": "two", "prev": {"early": True}}


async def test_early_return_before_the_pipeline_skips_it() -> None:
    before = BEFORE_AFTER.replace("return { from: 'before' };", "runtime.earlyReturn({ from: 'early' });")
    outcome = await resolve(traced("one"), before=before)
    assert outcome.value == {"trail": ["before"], "prev": {"from": "early"}, "result": {"from": "early"}}


async def test_early_return_after_the_pipeline_is_the_value() -> None:
    after = BEFORE_AFTER.replace("return { trail:", "runtime.earlyReturn({ trail:").replace(
        "result: ctx.result };", "result: ctx.result });"
    )
    assert await trail(traced("one"), before=after) == ["before", "one", "/one"]


@pytest.mark.parametrize("where", ["request", "response"])
async def test_util_error_stops_the_pipeline(where: str) -> None:
    events = FakeFunctions({"f": lambda event: event})
    failing = traced("one", **{where: "util.error('Stop', 'Stopped', { a: 1 }, { b: 2 });"})
    outcome = await resolve(failing, traced("two", source="lambda"), lambdas=events)
    assert outcome.value is None
    assert outcome.errors == [FieldError("Stop", "Stopped", {"a": 1}, {"b": 2})]
    assert events.events == []


async def test_data_source_error_alone_does_not_stop_the_pipeline() -> None:
    def fail(_event: JSON) -> JSON:
        raise FunctionFailed("no stock")

    function = traced(
        "one", source="lambda", response="ctx.stash.error = ctx.error; ctx.stash.result = ctx.result;"
    )
    two = traced("two", request="runtime.earlyReturn([ctx.stash.error, ctx.stash.result, ctx.error]);")
    outcome = await resolve(function, two, lambdas=FakeFunctions({"f": fail}))
    assert outcome.errors == []
    assert isinstance(outcome.value, dict)
    assert outcome.value["prev"] == [{"message": "no stock", "type": "Lambda:Unhandled"}, None, None]


async def test_one_function_serves_two_resolvers() -> None:
    function = step("one", PASS)
    definition = api(
        pipeline(None, function, on="Query.a"), pipeline(None, function, on="Query.b"), functions=[function]
    )
    async with engine(definition) as resolvers:
        assert (await resolvers.resolve(call({"x": 1}, on="Query.a"))).value == {"x": 1}
        assert (await resolvers.resolve(call({"x": 2}, on="Query.b"))).value == {"x": 2}


async def test_crash_names_its_function() -> None:
    outcome = await resolve(traced("one"), traced("two", response="null.x;"))
    (error,) = outcome.errors
    assert error.error_type == "Code"
    assert error.message.startswith("Runtime Error: TypeError: cannot read property 'x' of null (two.js:")


async def test_missing_function_and_function_without_request_are_named() -> None:
    vtl = PipelineFunction("id-v", "v", "none", "", runtime="VTL", response_template="{}")
    lost = PipelineFunction("id-lost", "lost", "none", PASS)
    stray = step("stray", PASS, source="gone")
    definition = api(
        pipeline(None, vtl, on="Query.a"),
        pipeline(None, lost, on="Query.b"),
        pipeline(None, stray, on="Query.c"),
        functions=[vtl, stray],
    )
    async with engine(definition) as resolvers:
        assert resolvers.warnings == [
            "v has no request template, which only a Lambda data source can do without",
            "Query.b names the function id-lost, which the API does not have",
            "the function stray of Query.c names the data source gone, which the API does not have",
        ]


async def test_extensions_reach_the_caller() -> None:
    code = """
        import { util, extensions } from '@aws-appsync/utils';
        export function request(ctx) { return { payload: null }; }
        export function response(ctx) {
          const filter = util.transform.toSubscriptionFilter({ severity: { ge: 7 }, or: [
            { status: { in: ['A', 'B'] } }, { priority: { eq: 'high' } },
          ] });
          extensions.setSubscriptionFilter(filter);
          extensions.setSubscriptionInvalidationFilter({ filterGroup: [
            { filters: [{ fieldName: 'userId', operator: 'eq', value: 'u' }] },
          ] });
          extensions.invalidateSubscriptions({ subscriptionField: 'onX', payload: { userId: 'u' } });
          extensions.evictFromApiCache('Query', 'x', { 'ctx.args.id': '7' });
          util.http.addResponseHeader('X-Count', 7);
          console.log('seen', { a: 1 });
          console.error('bad');
          return null;
        }
    """
    outcome = await run(code)
    severity = FieldFilter(("severity",), "ge", 7)
    assert outcome == FieldOutcome(
        None,
        subscription_filter=FilterGroups(
            (
                (severity, FieldFilter(("status",), "in", ("A", "B"))),
                (severity, FieldFilter(("priority",), "eq", "high")),
            )
        ),
        invalidation_filter=FilterGroups(((FieldFilter(("userId",), "eq", "u"),),)),
        invalidations=[Invalidation("onX", {"userId": "u"})],
        evictions=[CacheEviction("Query", "x", {"ctx.args.id": "7"})],
        response_headers={"x-count": "7"},
        logs=[LogLine("INFO", 'seen {"a":1}'), LogLine("ERROR", "bad")],
    )


async def test_filter_beyond_the_limits_fails_the_subscription() -> None:
    code = """
        import { extensions } from '@aws-appsync/utils';
        export function request(ctx) { return { payload: null }; }
        export function response(ctx) {
          const filters = [{ fieldName: 'status', operator: 'in', value: ['1', '2', '3', '4', '5', '6'] }];
          extensions.setSubscriptionFilter({ filterGroup: [{ filters }] });
          return null;
        }
    """
    outcome = await run(code)
    assert outcome.subscription_filter is None
    assert outcome.errors == [
        FieldError("subscription filter: at most 5 values of in, this one has 6", "FilterLimitExceeded")
    ]
