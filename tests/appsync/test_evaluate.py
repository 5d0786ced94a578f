"""What ``EvaluateCode`` and ``EvaluateMappingTemplate`` answer."""

from __future__ import annotations

import json

import pytest

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import BadRequest
from localcloud.appsync.evaluate import code_route, evaluate_code, evaluate_template, template_route
from localcloud.appsync.js import runtime


def code_error(kind: str, value: str, line: int, column: int, span: int = -1) -> JSON:
    return {"errorType": kind, "value": value, "location": {"line": line, "column": column, "span": span}}


def test_evaluation_returns_result_stash_errors_and_logs() -> None:
    code = """import { util } from '@aws-appsync/utils';
export function request(ctx) {
  console.log('first', { a: 1 }, 2);
    console.error("second");
  ctx.stash.seen = ctx.args.id;
  util.appendError('partly', 'Warn', { id: 1 }, 'info');
  return { payload: ctx.args.id, 'ü': null };
}
"""
    assert evaluate_code(code, "request", {"arguments": {"id": 7}, "stash": {"old": True}}) == {
        "evaluationResult": '{"payload":7,"ü":null}',
        "logs": ['INFO - code.js:3:3: "first" {"a":1} 2', 'ERROR - code.js:4:5: "second"'],
        "stash": '{"old":true,"seen":7}',
        "outErrors": '[{"message":"partly","type":"Warn","data":{"id":1},"info":"info"}]',
    }


@pytest.mark.parametrize("context", [{"arguments": {"id": 1}}, {"args": {"id": 1}}])
def test_evaluated_arguments_have_both_names(context: dict[str, JSON]) -> None:
    code = "export const response = (ctx) => [ctx.args.id, ctx.arguments.id, ctx.result, ctx.prev];"
    assert evaluate_code(code, "response", context)["evaluationResult"] == "[1,1,null,null]"


def test_evaluation_of_an_early_return_returns_its_value() -> None:
    code = (
        "import { runtime } from '@aws-appsync/utils';\n"
        "export function request() { runtime.earlyReturn({ a: 1 }); }"
    )
    assert evaluate_code(code, "request", {})["evaluationResult"] == '{"a":1}'


@pytest.mark.parametrize(
    ("code", "message", "errors"),
    [
        ("export function request(ctx) { util.error('No', 'T'); }", "No", []),
        ("export function request(ctx) { util.unauthorized(); }", "Unauthorized", []),
        (
            "export function request(ctx) {\n  return ctx.args.a.b;\n}",
            "code.js:2:10: TypeError: cannot read property 'b' of undefined",
            [code_error("RUNTIME_ERROR", "TypeError: cannot read property 'b' of undefined", 2, 10)],
        ),
        (
            "export function response(ctx) { return 1; }",
            "Error: Unable to find valid export for request",
            [code_error("MISSING_MAPPING_EXPORT", "Unable to find valid export for request", 0, 0, 0)],
        ),
        (
            "\nexport function request(ctx) { return 'x; }",
            "code.js(2,39): error a string that does not end",
            [code_error("PARSER_ERROR", "a string that does not end", 2, 39)],
        ),
        (
            "export function request(ctx) {\n  return {\n}\n",
            "code.js(4,1): error '}' expected.",
            [code_error("PARSER_ERROR", "'}' expected.", 4, 1)],
        ),
        (
            "import fs from 'fs';\nexport function request(ctx) { return 1; }",
            None,
            None,
        ),
    ],
)
def test_evaluation_errors_have_the_form_of_aws(code: str, message: str | None, errors: JSON) -> None:
    error = evaluate_code(code, "request", {"arguments": {}})["error"]
    assert isinstance(error, dict)
    if message is None:
        assert "@aws-appsync/no-import: " in str(error["message"])
    else:
        assert error == {"message": message, "codeErrors": errors}


def test_error_on_the_first_line_has_the_column_of_the_code() -> None:
    error = evaluate_code("export function request(ctx) { return ctx.args.a.b; }", "request", {})["error"]
    assert isinstance(error, dict)
    assert error["message"] == "code.js:1:39: TypeError: cannot read property 'b' of undefined"


def test_evaluation_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "TIME_LIMIT", 0.05)
    code = (
        "export function request({ args: { n } }) {\n"
        "  return n.flatMap(() => n.flatMap(() => n.map((one) => one)));\n}"
    )
    error = evaluate_code(code, "request", {"arguments": {"n": list(range(500))}})["error"]
    assert isinstance(error, dict)
    assert "code.js" in str(error["message"])


def test_evaluation_of_a_template_returns_its_text_verbatim() -> None:
    template = '$util.qr($ctx.stash.put("a", 1))$util.log.info("at {}", 1)$util.appendError("e")\n{"x": $foo}'
    assert evaluate_template(template, {"arguments": {}}) == {
        "evaluationResult": '\n{"x": $foo}',
        "logs": ["INFO - at 1"],
        "stash": '{"a":1}',
        "outErrors": '[{"message":"e"}]',
    }
    assert evaluate_template("#return({'a': [1]})", {})["evaluationResult"] == '{"a":[1]}'


async def test_evaluation_refuses_invalid_requests() -> None:
    request: dict[str, JSON] = {
        "runtime": {"name": "APPSYNC_JS", "runtimeVersion": "1.0.0"},
        "code": "export const request = (ctx) => ctx.args;",
        "context": '{"arguments": 1}',
    }
    assert (await code_route("", request))["evaluationResult"] == "1"
    bad: list[tuple[dict[str, JSON], str]] = [
        ({"runtime": None}, "The runtime None is not supported"),
        ({"code": ""}, "code is required"),
        ({"context": None}, "context is required"),
        ({"context": " " * 28_001}, "context has 28001 characters; 28000 are the most"),
        ({"context": "[" * 20_000}, "The context is not valid JSON"),
        ({"context": "NaN"}, "The context is no JSON object"),
        ({"function": "onPublish"}, "The function onPublish cannot be evaluated"),
    ]
    for change, message in bad:
        with pytest.raises(BadRequest, match=message):
            await code_route("", request | change)
    assert (await template_route("", {"template": "$ctx.args", "context": '{"args": {}}'}))[
        "evaluationResult"
    ] == json.dumps({})
    with pytest.raises(BadRequest, match="template is required"):
        await template_route("", {"context": "{}"})
