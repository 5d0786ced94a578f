"""The runtime's quirks and limits, and the shapes a file may have."""

from __future__ import annotations

import functools
import threading

import pytest

from localcloud.appsync.definition import JSON
from localcloud.appsync.js import runtime
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import load_module
from localcloud.appsync.js.runtime import JavaScriptContext
from localcloud.appsync.js.zones import zone_changes
from tests.appsync.resolvers import PASS, FakeFunctions, api, call, engine, evaluate, returning, run, unit


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("JSON.parse('{not json')", ""),
        ("JSON.parse('{\"a\":1}')", {"a": 1}),
        ("['b', 'a', 'c'].sort()", ["a", "b", "c"]),
        ("'a1b22'.replace('[0-9]+', '#')", "a#b22"),
        ("'a1b22'.replaceAll('[0-9]+', '#')", "a#b#"),
        ("'2026-11'.replace('(\\\\d+)-(\\\\d+)', '$2/$1')", "11/2026"),
        ("'a.b.c'.replaceAll('\\\\.', '/')", "a/b/c"),
        ("'a.b'.split('.').join('/')", "a/b"),
        ("[1, 2, 3].includes(2) && 'abc'.includes('b')", True),
        ("[[1], [2]].flat().map((n) => n * 2).filter((n) => n > 2)", [4]),
        ("[1, 2, 3].findLast((n) => n < 3)", 2),
        ("Object.entries({ a: 1 }).map(([k, v]) => `${k}=${v}`)", ["a=1"]),
        ("Math.max(...[1, 2])", 2),
        ("Array.isArray([])", True),
        ("typeof util.error", "function"),
    ],
)
async def test_javascript_expression_has_the_value_of_appsync(expression: str, expected: JSON) -> None:
    assert await evaluate(expression) == expected


@pytest.mark.parametrize("text", ["plain ", "übergrößen ", "日本語 ", "🛒 "])
async def test_long_values_return_whole(text: str) -> None:
    # QuickJS keeps long concatenations as ropes, which its binding refuses to return.
    assert (await run(PASS, {"text": text * 2000})).value == {"text": text * 2000}
    outcome = await run(
        f"export const request = (ctx) => ({{ payload: ctx.args.text + '{text}' + ctx.args.text }});\n"
        "export const response = (ctx) => ctx.result + ctx.result;",
        {"text": text * 2000},
    )
    assert outcome.value == (text * 4001) * 2


@functools.cache
def global_names() -> frozenset[str]:
    """Return the names that a context's code has without importing any."""
    return JavaScriptContext({}).global_names()


@pytest.mark.parametrize(
    "name",
    [
        "Date",
        "Map",
        "Set",
        "Promise",
        "fetch",
        "structuredClone",
        "globalThis",
        "Reflect",
        "Symbol",
        "eval",
        "RegExp",
    ],
)
async def test_unsupported_globals_are_undefined(name: str) -> None:
    # As a declared-later name the rules let it pass; the runtime has none either.
    assert await evaluate(f"(({{ {name}: x }}) => typeof x)({{}})") == "undefined"
    assert name not in global_names()


@pytest.mark.parametrize(
    "expression", ["[].constructor", "(() => 1).constructor", "''.at", "[].at", "(() => 1).call"]
)
async def test_prototypes_offer_no_way_around_the_restrictions(expression: str) -> None:
    result = await evaluate(f"typeof {expression}")
    assert result == ("function" if expression == "[].constructor" else "undefined")


async def test_handlers_cannot_change_the_libraries() -> None:
    code = """
        import { util } from '@aws-appsync/utils';
        export function request(ctx) { util.error = () => 1; return { payload: 1 }; }
        export const response = (ctx) => ctx.result;
    """
    (error,) = (await run(code)).errors
    assert error.message == "Runtime Error: TypeError: 'error' is read-only (Query.field.js:3)"


async def test_every_part_of_the_context_is_a_property() -> None:
    async def read(expression: str) -> JSON:
        respond = f"export const response = (ctx) => {expression};"
        return (await run(f"export const request = (ctx) => ({{ payload: null }});\n{respond}")).value

    names = [
        "arguments",
        "args",
        "source",
        "stash",
        "env",
        "prev",
        "result",
        "error",
        "identity",
        "request",
        "info",
    ]
    assert await read("Object.keys(ctx)") == names
    assert await read("Object.keys({ ...ctx })") == names
    assert await read("JSON.parse(JSON.stringify(ctx)).info.fieldName") == "field"
    assert await read("[ctx.info.parentTypeName, ctx.info === ctx.info]") == ["Query", True]


async def test_handler_shares_the_stash_alone_with_the_next_handler() -> None:
    code = """
        export const request = (ctx) => {
          ctx.args.a = 2;
          ctx.info.fieldName = 'changed';
          ctx.identity.sub = 'changed';
          ctx.stash.kept = ctx.identity.sub;
          return { payload: 1 };
        };
        export const response = (ctx) => [ctx.args.a, ctx.info.fieldName, ctx.identity.sub, ctx.stash.kept];
    """
    assert (await run(code, {"a": 1}, identity={"sub": "u"})).value == [1, "field", "u", "changed"]


LATE = """
    import { util } from '@aws-appsync/utils';
    export const request = (ctx) => {
      ctx.stash.runs = (ctx.stash.runs ?? 0) + 1;
      console.log('request');
      util.appendError('once');
      return { operation: 'Invoke', payload: ctx.args };
    };
    export const response = (ctx) => {
      ctx.stash.runs += 1;
      console.log('response');
      return [ctx.stash.runs, ctx.result, ctx.identity.sub];
    };
"""


async def test_lazy_identity_repeats_no_earlier_statement() -> None:
    functions = FakeFunctions({"f": lambda event: event})
    async with engine(api(unit(LATE, source="lambda")), functions) as resolvers:
        for caller in ("ada", "bob"):
            outcome = await resolvers.resolve(call({"a": 1}, identity={"sub": caller}))
            assert outcome.value == [2, {"a": 1}, caller]
            assert [line.text for line in outcome.logs] == ["request", "response"]
            assert [error.message for error in outcome.errors] == ["once"]
        assert functions.events == [{"a": 1}, {"a": 1}]
        assert resolvers.waiting() == 0


async def test_properties_of_ctx_cannot_be_assigned() -> None:
    (error,) = (await run(returning("(ctx.identity = 1)"))).errors
    assert error.message == "Runtime Error: TypeError: no setter for property (Query.field.js:1)"


BUNDLED = """// resolvers/getPost.ts
import { util as util2 } from "@aws-appsync/utils";
import * as ddb from "@aws-appsync/utils/dynamodb";
import "@aws-appsync/utils";

// resolvers/lib.ts
var tag = "x";
function request2(ctx) {
  return { payload: { tag, id: ddb.get({ key: { id: util2.base64Encode("a") } }).key.id.S } };
}
var response2 = (ctx) => ctx.result;
export {
  request2 as request,
  response2 as response
};
"""


async def test_file_bundled_by_esbuild_runs() -> None:
    assert (await run(BUNDLED)).value == {"tag": "x", "id": "YQ=="}


async def test_one_declaration_may_export_both_handlers() -> None:
    code = "export const request = (ctx) => ({ payload: 1 }), response = (ctx) => ctx.result;"
    assert (await run(code)).value == 1


async def test_globals_need_no_import() -> None:
    assert (await run(returning("util.str.toUpper('a')"))).value == "A"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("export const request = ;\n", "x.js:1:"),
        ("\n\nconst a = 1; const a = 2;\nexport const request = 1; export const response = 2;", "x.js:3:"),
        ("\nnull.x;\nexport const request = 1; export const response = 2;", "x.js:2:"),
    ],
)
def test_code_that_does_not_parse_or_run_is_refused_with_its_line(code: str, message: str) -> None:
    with pytest.raises(CodeError) as caught:
        JavaScriptContext({}).define(load_module("x.js", code, needs=()))
    assert str(caught.value).startswith(message)


SLOW = """
    export function request(ctx) {
      const list = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
      const more = list.flatMap((a) => list.flatMap((b) => list.flatMap((c) => list.flatMap((d) => list))));
      for (const a of more) { for (const b of more) { if (a + b < 0) { return 1; } } }
      return { payload: 1 };
    }
    export const response = (ctx) => ctx.result;
"""
GREEDY = """
    export function request(ctx) {
      const seed = 'xxxxxxxxxxxxxxxx';
      const list = [seed];
      for (const item of list) { list.push([...list].join(item)); }
      return { payload: 1 };
    }
    export const response = (ctx) => ctx.result;
"""
DEEP = """
    const o = { f: (n) => o.g(n), g: (n) => o.f(n) };
    export const request = (ctx) => o.f(1);
    export const response = (ctx) => ctx.result;
"""


@pytest.mark.parametrize(
    ("code", "seconds", "message"),
    [
        (SLOW, 0.05, "InternalError: interrupted"),
        (GREEDY, runtime.TIME_LIMIT, "InternalError: out of memory"),
        (DEEP, runtime.TIME_LIMIT, "RangeError: Maximum call stack size exceeded"),
    ],
)
async def test_run_is_stopped_at_its_limits_and_the_context_remains_usable(
    code: str, seconds: float, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "TIME_LIMIT", seconds)
    valid = "export const request = (ctx) => ({ payload: 1 });\nexport const response = (ctx) => ctx.result;"
    async with engine(api(unit(code), unit(valid, on="Query.good"))) as resolvers:
        for _ in range(3):
            (error,) = (await resolvers.resolve(call())).errors
            assert error.error_type == "Code"
            assert error.message.startswith(f"Runtime Error: {message}")
            assert (await resolvers.resolve(call(on="Query.good"))).value == 1
        assert resolvers.waiting() == 0


def test_context_refuses_another_thread() -> None:
    context = JavaScriptContext({})
    refused: list[str] = []

    def use() -> None:
        try:
            context.drop(1)
        except RuntimeError as error:
            refused.append(str(error))

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert refused == ["a JavaScript context is used from the thread that made it alone: QuickJS would crash"]


def test_time_zone_changes_at_the_right_second() -> None:
    changes = zone_changes("Europe/Berlin")
    assert (1679792400, 7200, "CEST") in changes  # 2023-03-26T01:00:00Z
    assert (1698541200, 3600, "CET") in changes  # 2023-10-29T01:00:00Z
