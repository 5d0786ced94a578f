"""One handler, or one function of ``util``, run by itself: what EvaluateCode and event handlers stand on."""

from __future__ import annotations

import json
from typing import cast

import pytest

from localcloud.appsync.definition import JSON
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import load_module
from localcloud.appsync.js.runtime import JavaScriptContext, own_line

CODE = """import { util, extensions, runtime } from '@aws-appsync/utils';
export function request(ctx) {
  ctx.stash.seen = ctx.args.id;
  console.log('got', ctx.args);
  util.appendError('careful', 'Warn');
  extensions.evictFromApiCache('Query', 'a', { 'ctx.args.id': ctx.args.id });
  return { payload: ctx.env.STAGE };
}
export const response = (ctx) => util.error('no', 'Bad', { a: 1 }, { b: 2 });
export const onPublish = {
  request: (ctx) => ctx.events.map((event) => event.id),
  response(ctx) { runtime.earlyReturn(ctx.result, { skipTo: 'NEXT' }); },
};
export function onSubscribe(ctx) {
  const { channel } = ctx.info;
  return channel.no.such;
}
"""
EVENTS = ("onPublish", "onSubscribe")


def evaluate(function: str, context: JSON, auth_type: str = "", *, traced: bool = False) -> dict[str, JSON]:
    js = JavaScriptContext({"STAGE": "test"})
    module = js.define(load_module("code.js", CODE, needs=(), optional=("request", "response", *EVENTS)))
    outcome = js.evaluate(module, function, json.dumps(context), auth_type, traced=traced)
    return cast("dict[str, JSON]", json.loads(outcome))


def test_evaluated_handler_returns_value_stash_and_logs() -> None:
    assert evaluate("request", {"arguments": {"id": "7"}}) == {
        "value": {"payload": "test"},
        "stash": {"seen": "7"},
        "errors": [{"message": "careful", "type": "Warn", "data": None, "info": None}],
        "logs": [{"level": "INFO", "text": 'got {"id":"7"}'}],
        "evictions": [{"typeName": "Query", "fieldName": "a", "keys": {"ctx.args.id": "7"}}],
    }


def test_traced_log_line_has_its_place() -> None:
    result = evaluate("request", {"arguments": {"id": "7"}}, traced=True)
    (line,) = cast("list[dict[str, JSON]]", result["logs"])
    assert (line["level"], line["text"], own_line(str(line["stack"]))) == ("INFO", '"got" {"id":"7"}', 4)


def test_util_error_is_a_failure() -> None:
    assert evaluate("response", {}) == {
        "value": None,
        "stash": {},
        "failure": {"message": "no", "type": "Bad", "data": {"a": 1}, "info": {"b": 2}},
    }


def test_member_of_an_export_is_a_handler() -> None:
    assert evaluate("onPublish.request", {"events": [{"id": "1"}]})["value"] == ["1"]


def test_early_return_names_where_to_continue() -> None:
    result = evaluate("onPublish.response", {"result": [1]})
    assert (result["value"], result["earlyReturn"]) == ([1], {"skipTo": "NEXT"})


def test_crash_names_its_line() -> None:
    crash = evaluate("onSubscribe", {"info": {"channel": {}}})["crash"]
    assert isinstance(crash, dict)
    assert (crash["module"], own_line(str(crash["stack"]))) == ("code.js", 16)


def test_missing_handler_is_a_crash() -> None:
    crash = evaluate("onPublish.nope", {})["crash"]
    assert isinstance(crash, dict)
    assert crash["text"] == "TypeError: code.js exports no function onPublish.nope"


def test_context_lists_the_functions_of_a_file() -> None:
    js = JavaScriptContext({})
    module = js.define(load_module("code.js", CODE, needs=("request",), optional=EVENTS))
    assert js.functions(module) == {"request", "onPublish.request", "onPublish.response", "onSubscribe"}


def test_optional_exports_may_be_missing_and_required_ones_may_not() -> None:
    code = "export function onPublish(ctx) { return ctx.events; }"
    assert load_module("x.js", code, needs=(), optional=EVENTS).handlers == {"onPublish"}
    with pytest.raises(CodeError, match="the file exports no function onSubscribe"):
        load_module("x.js", code, needs=("onSubscribe",))
