"""UNIT resolvers: what they are given, what becomes of what they return, and how they fail."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

import pytest

from localcloud.appsync.definition import JSON, Resolver
from localcloud.appsync.resolving import FieldError
from localcloud.functions.model import InvokeResult
from tests.appsync.resolvers import (
    LAMBDA,
    PASS,
    FakeFunctions,
    FunctionFailed,
    api,
    call,
    engine,
    run,
    unit,
)


async def test_none_data_source_returns_the_payload() -> None:
    outcome = await run(PASS, {"n": 1, "text": "Grüße, 日本 😀", "nothing": None})
    assert outcome.value == {"n": 1, "text": "Grüße, 日本 😀", "nothing": None}
    assert outcome.errors == []


async def test_ctx_has_every_member_of_appsync() -> None:
    code = """
        export function request(ctx) { ctx.stash.seen = 1; return { payload: 7 }; }
        export const response = (ctx) => ctx;
    """
    outcome = await run(
        code,
        {"id": "1"},
        source={"parent": True},
        identity={"sub": "u", "groups": ["staff"]},
        request_headers={"x-a": "b"},
        selection=["id", "a/b"],
        selection_graphql="{\n  id\n}",
        variables={"v": 1},
    )
    assert outcome.value == {
        "arguments": {"id": "1"},
        "args": {"id": "1"},
        "identity": {"sub": "u", "groups": ["staff"]},
        "source": {"parent": True},
        "request": {"headers": {"x-a": "b"}, "domainName": None},
        "info": {
            "fieldName": "field",
            "parentTypeName": "Query",
            "variables": {"v": 1},
            "selectionSetList": ["id", "a/b"],
            "selectionSetGraphQL": "{\n  id\n}",
        },
        "stash": {"seen": 1},
        "env": {"STAGE": "test"},
        "prev": None,
        "result": 7,
        "error": None,
    }


async def test_response_handler_sees_the_original_arguments() -> None:
    code = """
        export function request(ctx) { ctx.args.id = 'changed'; return { payload: null }; }
        export const response = (ctx) => ctx.args.id;
    """
    assert (await run(code, {"id": "given"})).value == "given"


async def test_missing_return_value_is_null() -> None:
    outcome = await run("export function request(ctx) {}\nexport function response(ctx) {}")
    assert (outcome.value, outcome.errors) == (None, [])


async def test_util_error_ends_the_field_with_type_data_and_info() -> None:
    code = """
        import { util } from '@aws-appsync/utils';
        export function request(ctx) { return { payload: null }; }
        export function response(ctx) {
          util.error('No such order', 'OrderNotFound', { id: '7' }, { status: 'GONE' });
          return 'never';
        }
    """
    outcome = await run(code)
    assert outcome.value is None
    assert outcome.errors == [FieldError("No such order", "OrderNotFound", {"id": "7"}, {"status": "GONE"})]


async def test_error_data_has_the_fields_of_the_query() -> None:
    code = """
        export function request(ctx) {
          const data = { id: '7', secret: 1, items: [{ sku: 'a', price: 2 }] };
          util.error('Taken', 'Conflict', data, { secret: 2 });
        }
        export function response(ctx) {}
    """
    outcome = await run(code, selection=["id", "items", "items/sku"])
    assert outcome.errors == [
        FieldError("Taken", "Conflict", {"id": "7", "items": [{"sku": "a"}]}, {"secret": 2})
    ]


async def test_util_error_needs_no_type() -> None:
    code = "export function request(ctx) { util.error('Stop'); }\nexport function response(ctx) { return 1; }"
    assert (await run(code)).errors == [FieldError("Stop", None)]


async def test_append_error_keeps_the_value() -> None:
    code = """
        import { util } from '@aws-appsync/utils';
        export function request(ctx) { util.appendError('first', 'A'); return { payload: 1 }; }
        export function response(ctx) { util.appendError('second', 'B'); return ctx.result; }
    """
    outcome = await run(code)
    assert outcome.value == 1
    assert outcome.errors == [FieldError("first", "A"), FieldError("second", "B")]


async def test_unauthorized_names_field_and_type() -> None:
    code = (
        "export function request(ctx) { util.unauthorized(); }\nexport function response(ctx) { return 1; }"
    )
    assert (await run(code)).errors == [
        FieldError("Not Authorized to access field on type Query", "Unauthorized")
    ]


async def test_a_crash_names_file_and_line() -> None:
    code = "export function request(ctx) {\n  return ctx.args.input.id;\n}\nexport const response = (c) => 1;"
    assert (await run(code)).errors == [
        FieldError(
            "Runtime Error: TypeError: cannot read property 'id' of undefined (Query.field.js:2)", "Code"
        )
    ]


async def test_crash_inside_util_names_the_line_of_the_caller() -> None:
    code = "export function request(ctx) {\n\n  util.base64Decode('%');\n}\nexport const response = (c) => 1;"
    outcome = await run(code)
    assert outcome.errors == [
        FieldError("Runtime Error: TypeError: util.base64Decode: not base64 (Query.field.js:3)", "Code")
    ]


async def test_early_return_skips_the_response_handler() -> None:
    code = """
        import { runtime } from '@aws-appsync/utils';
        export function request(ctx) { runtime.earlyReturn({ hello: 'world' }); }
        export function response(ctx) { return 'never'; }
    """
    assert (await run(code)).value == {"hello": "world"}


async def test_lambda_function_receives_the_payload() -> None:
    functions = FakeFunctions({"f": lambda event: {"got": event}})
    code = """
        export const request = (ctx) => ({ operation: 'Invoke', payload: { id: ctx.args.id } });
        export const response = (ctx) => ctx.result.got;
    """
    async with engine(api(unit(code, source="lambda")), functions) as resolvers:
        assert (await resolvers.resolve(call({"id": "7"}))).value == {"id": "7"}


async def test_failing_function_sets_ctx_error_and_the_handler_decides() -> None:
    def fail(_event: object) -> None:
        raise FunctionFailed("Parameter cannot be empty")

    code = """
        export const request = (ctx) => ({ operation: 'Invoke', payload: {} });
        export const response = (ctx) => ({ error: ctx.error, result: ctx.result });
    """
    async with engine(api(unit(code, source="lambda")), FakeFunctions({"f": fail})) as resolvers:
        outcome = await resolvers.resolve(call())
    assert outcome.value == {
        "error": {"message": "Parameter cannot be empty", "type": "Lambda:Unhandled"},
        "result": None,
    }
    assert outcome.errors == []


async def test_direct_lambda_resolver_sends_the_whole_context() -> None:
    functions = FakeFunctions({"f": lambda _event: {"ok": True}})
    async with engine(api(unit(None, source="lambda")), functions) as resolvers:
        outcome = await resolvers.resolve(call({"id": "7"}, identity={"sub": "u"}, source={"a": 1}))
    assert outcome.value == {"ok": True}
    assert functions.events == [
        {
            "arguments": {"id": "7"},
            "identity": {"sub": "u"},
            "source": {"a": 1},
            "request": {"headers": {}, "domainName": None},
            "prev": None,
            "info": {
                "selectionSetList": [],
                "selectionSetGraphQL": "",
                "parentTypeName": "Query",
                "fieldName": "field",
                "variables": {},
            },
            "stash": {},
        }
    ]


async def test_direct_lambda_resolver_fails_with_its_function() -> None:
    def fail(_event: object) -> None:
        raise FunctionFailed("no stock", "OutOfStock")

    async with engine(api(unit(None, source="lambda")), FakeFunctions({"f": fail})) as resolvers:
        outcome = await resolvers.resolve(call())
    assert outcome.errors == [FieldError("no stock", "Lambda:Unhandled")]
    assert outcome.value is None


async def test_missing_function_is_an_error_with_its_type() -> None:
    async with engine(api(unit(None, source="lambda"))) as resolvers:
        outcome = await resolvers.resolve(call())
    (error,) = outcome.errors
    assert error.error_type == "Lambda:ResourceNotFoundException"


async def test_event_invocation_has_no_result() -> None:
    functions = FakeFunctions({"f": lambda _event: "late"})
    code = """
        export const request = (ctx) => ({ operation: 'Invoke', payload: 1, invocationType: 'Event' });
        export const response = (ctx) => ctx.result;
    """
    async with engine(api(unit(code, source="lambda")), functions) as resolvers:
        assert (await resolvers.resolve(call())).value is None
    assert functions.events == [1]


async def test_crash_in_a_helper_is_logged_with_its_stack(caplog: pytest.LogCaptureFixture) -> None:
    code = """
        const total = (order) => order.items.map((item) => item.price.cents);
        export function request(ctx) {
          return { payload: total({ items: [{}] }) };
        }
        export const response = (ctx) => ctx.result;
    """
    with caplog.at_level(logging.ERROR, "localcloud.appsync.resolvers"):
        (error,) = (await run(code)).errors
    message = "Runtime Error: TypeError: cannot read property 'cents' of undefined (Query.field.js:2)"
    assert error.message == message
    assert [record.getMessage() for record in caplog.records] == [
        f"Query.field: {message}\n    at <anonymous> (Query.field.js:2)\n    at total (Query.field.js:2)\n"
        "    at request (Query.field.js:4)"
    ]


async def test_concurrent_calls_see_their_own_identity() -> None:
    code = """
        export const request = ({ identity, request }) => ({
          payload: [identity, request.headers, request.domainName],
        });
        export const response = (ctx) => ctx.result;
    """
    async with engine(api(unit(code))) as resolvers:
        for identity in (None, {"sub": "a"}, {"sub": "b"}):
            for headers in ({}, {"x": "1"}):
                for domain in (None, "d"):
                    invocation = call(identity=identity, request_headers=dict(headers), domain_name=domain)
                    for _ in range(2):
                        assert (await resolvers.resolve(invocation)).value == [identity, headers, domain]


FAILS = """import { util } from '@aws-appsync/utils';

export function request(ctx) {
  util.appendError('careful');
  return ctx.args.ask ? { nothing: 1 } : { operation: 'Invoke', payload: null };
}
export function response(ctx) {
  const { how } = ctx.args;
  if (how === 'error') { util.error('no', 'Bad'); }
  return how.no.such;
}
"""


@pytest.mark.parametrize(
    ("arguments", "places"),
    [
        ({"how": "error"}, ["Query.field.js:4", "Query.field.js:9"]),
        ({}, ["Query.field.js:4", "Query.field.js:10"]),
        ({"ask": True}, ["Query.field.js:3"]),
    ],
)
async def test_every_error_has_file_and_line(arguments: dict[str, JSON], places: list[str]) -> None:
    functions = FakeFunctions({"f": lambda _: 1})
    async with engine(api(unit(FAILS, source="lambda")), functions) as resolvers:
        errors = (await resolvers.resolve(call(arguments))).errors
    assert [error.where for error in errors] == places
    assert all(error.description().endswith(f"({error.where})") for error in errors)


async def test_request_document_without_operation_fails_the_field() -> None:
    code = "export const request = (ctx) => ({ payload: 1 });\nexport const response = (ctx) => 'never';"
    async with engine(api(unit(code, source="lambda"))) as resolvers:
        outcome = await resolvers.resolve(call())
    assert outcome.errors == [FieldError("Value for field '$[operation]' not found.", "MappingTemplate")]


async def test_unsupported_resolver_is_named_and_its_field_fails() -> None:
    definition = api(
        Resolver("Query", "old", data_source="none", runtime="VTL"),
        unit("export function request(ctx) {\n  while (true) {}\n}", on="Query.loop"),
        sources=(LAMBDA,),
    )
    async with engine(definition) as resolvers:
        assert resolvers.warnings == [
            "Query.old names the data source none, which the API does not have",
            "Query.loop cannot be loaded: Query.loop.js:2:3: while and do loops are not supported: "
            "use for…of, for…in or array methods [no-while]",
        ]
        for name in ("old", "loop"):
            assert resolvers.has("Query", name)
            (error,) = (await resolvers.resolve(call(on=f"Query.{name}"))).errors
            assert error.message in resolvers.warnings


async def test_concurrent_runs_stay_separate() -> None:
    gates: list[asyncio.Event] = []
    all_wait = asyncio.Event()

    class Slow(FakeFunctions):
        async def invoke(
            self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
        ) -> InvokeResult:
            gates.append(asyncio.Event())
            if len(gates) == 5:
                all_wait.set()
            await gates[-1].wait()
            return await super().invoke(function, payload, asynchronous=asynchronous)

    code = """
        export function request(ctx) {
          ctx.stash.mine = ctx.args.n;
          return { operation: 'Invoke', payload: ctx.args.n };
        }
        export const response = (ctx) => [ctx.stash.mine, ctx.args.n, ctx.result];
    """
    async with engine(api(unit(code, source="lambda")), Slow({"f": lambda event: event})) as resolvers:
        tasks = [asyncio.create_task(resolvers.resolve(call({"n": n}))) for n in range(5)]
        await all_wait.wait()
        for gate in reversed(gates):
            gate.set()
        values = [outcome.value for outcome in await asyncio.gather(*tasks)]
    assert values == [[n, n, n] for n in range(5)]


async def test_cancelled_call_leaves_no_run_behind() -> None:
    started = asyncio.Event()

    class Never(FakeFunctions):
        async def invoke(
            self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
        ) -> InvokeResult:
            started.set()
            await asyncio.Event().wait()
            return await super().invoke(function, payload, asynchronous=asynchronous)

    async with engine(api(unit(None, source="lambda")), Never()) as resolvers:
        task = asyncio.create_task(resolvers.resolve(call()))
        await started.wait()
        assert resolvers.waiting() == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert resolvers.waiting() == 0


BATCHED = """
    export const request = (ctx) => ({ operation: 'BatchInvoke', payload: ctx.args.n });
    export const response = (ctx) => (ctx.error ? ctx.error.type : ctx.result);
"""


async def test_batch_gathers_concurrent_calls() -> None:
    functions = FakeFunctions({"f": lambda event: [n * 10 for n in event]})  # type: ignore[operator, union-attr]
    definition = api(unit(BATCHED, source="lambda", max_batch_size=3))
    async with engine(definition, functions) as resolvers:
        outcomes = await asyncio.gather(*(resolvers.resolve(call({"n": n})) for n in range(5)))
    assert [outcome.value for outcome in outcomes] == [0, 10, 20, 30, 40]
    assert functions.events == [[0, 1, 2], [3, 4]]


async def test_batch_contains_calls_of_one_request_alone() -> None:
    functions = FakeFunctions({"f": lambda event: event})
    first, other = object(), object()
    async with engine(api(unit(BATCHED, source="lambda")), functions) as resolvers:
        calls = [(1, first), (2, other), (3, first), (4, other)]
        outcomes = await asyncio.gather(
            *(resolvers.resolve(call({"n": n}, request=request)) for n, request in calls)
        )
    assert [outcome.value for outcome in outcomes] == [1, 2, 3, 4]
    assert functions.events == [[1, 3], [2, 4]]


async def test_batch_without_a_size_has_five_calls() -> None:
    functions = FakeFunctions({"f": lambda event: event})
    async with engine(api(unit(BATCHED, source="lambda")), functions) as resolvers:
        outcomes = await asyncio.gather(*(resolvers.resolve(call({"n": n})) for n in range(7)))
    assert [outcome.value for outcome in outcomes] == list(range(7))
    assert functions.events == [[0, 1, 2, 3, 4], [5, 6]]


async def test_unknown_invocation_type_is_refused() -> None:
    code = BATCHED.replace("payload", "invocationType: 'Later', payload")
    async with engine(api(unit(code, source="lambda"))) as resolvers:
        (error,) = (await resolvers.resolve(call({"n": 1}))).errors
    assert error.message == (
        "Unsupported invocationType 'Later' for a Lambda data source: Event or RequestResponse."
    )


async def test_batch_with_too_few_answers_fails_all_calls() -> None:
    functions = FakeFunctions({"f": lambda _event: [1]})
    definition = api(unit(BATCHED, source="lambda", max_batch_size=5))
    async with engine(definition, functions) as resolvers:
        outcomes = await asyncio.gather(*(resolvers.resolve(call({"n": n})) for n in range(2)))
    assert [outcome.value for outcome in outcomes] == ["Lambda:InvalidResponse"] * 2


async def test_batch_of_direct_lambda_resolvers_has_an_error_for_each() -> None:
    functions = FakeFunctions(
        {"f": lambda _event: [{"data": 1}, {"data": {"a": 1}, "errorMessage": "no", "errorType": "No"}]}
    )
    definition = api(unit(None, source="lambda", max_batch_size=5))
    async with engine(definition, functions) as resolvers:
        valid, bad = await asyncio.gather(*(resolvers.resolve(call({"n": n})) for n in range(2)))
    assert (valid.value, valid.errors) == (1, [])
    assert bad.errors == [FieldError("no", "No", {"a": 1})]


async def test_direct_batch_returns_items_that_are_no_objects_unchanged() -> None:
    functions = FakeFunctions({"f": lambda _event: [[{"sku": "a"}], "t1", None]})
    definition = api(unit(None, source="lambda", max_batch_size=5))
    async with engine(definition, functions) as resolvers:
        outcomes = await asyncio.gather(*(resolvers.resolve(call({"n": n})) for n in range(3)))
    assert [(outcome.value, outcome.errors) for outcome in outcomes] == [
        ([{"sku": "a"}], []),
        ("t1", []),
        (None, []),
    ]


@dataclass
class RawFunctions:
    """The Lambda service with one function, whose answer is posted as it is."""

    payload: bytes

    async def invoke(
        self, function: str, payload: bytes, *, asynchronous: bool = False, limit: float | None = None
    ) -> InvokeResult:
        return InvokeResult(self.payload)


@pytest.mark.parametrize("payload", [b"x", b"NaN", b'{"a": Infinity}', b"\xff", b"[" * 100_000])
async def test_answer_that_is_no_json_fails_its_field_alone(payload: bytes) -> None:
    async with engine(api(unit(None, source="lambda")), RawFunctions(payload)) as resolvers:
        outcome = await resolvers.resolve(call())
    (error,) = outcome.errors
    assert (outcome.value, error.error_type) == (None, "Lambda:InvalidResponse")
    assert error.message.startswith("The function's answer is no JSON (")
    assert len(error.message) < 250
