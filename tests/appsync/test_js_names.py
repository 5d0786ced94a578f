"""What TypeScript would not find in a file, AppSync refuses when the file is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.appsync.evaluate import evaluate_code
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import load_module
from localcloud.appsync.js.names import unknown_names
from localcloud.appsync.js.scanner import scan

ROOT = Path(__file__).resolve().parents[2]


def messages(code: str) -> list[str]:
    return [f"{error.rule}: {error.message}" for error in unknown_names("x.js", list(scan(code)))]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("export function request(ctx) { return { payload: nextToken }; }", "nextToken"),
        # serverless-appsync-plugin#619: the shorthand reads what the other handler declares alone there.
        (
            "export function request(ctx) { const limit = 1; return f({ limit, nextToken }); }\nconst f = 1;",
            "nextToken",
        ),
        ("function unused() { return missing(1); }", "missing"),
        ("const a = [1, missing, 2];", "missing"),
        ("const f = (a) => a; const b = f(1, missing, 2);", "missing"),
        ("const a = `x${missing}y`;", "missing"),
        ("const a = true ? missing : 1;", "missing"),
        ("const a = { b: { c: missing } };", "missing"),
        ("const a = { ...missing };", "missing"),
        ("const a = typeof missing;", "missing"),
        ("const a = {}; const b = a[missing];", "missing"),
        ("export function request(context) { return ctx.args; }", "ctx"),
    ],
)
def test_undeclared_name_is_refused(code: str, name: str) -> None:
    assert messages(code) == [f"TS2304: Cannot find name '{name}'."]


@pytest.mark.parametrize(
    "code",
    [
        "const { a, b: c, ...rest } = { a: 1, b: 2 }; const d = [a, c, rest];",
        "let a, b = 1, c; a = b; c = a;",
        "let a = f(1, { p: 2 }), b,\n  c; const f = () => [b, c];",
        "export function request(ctx) { var a = ctx.x ? [1, 2] : null, b; return b; }",
        "export { checked as response } from './utils';",
        "export const request = ({ args: { id }, stash }) => ({ id, stash, at: id?.at });",
        "const f = (a, { b = 1 } = {}) => a + b; const c = [1].map((one, at) => one + at + f(1));",
        "import { util as u } from '@aws-appsync/utils'; const b = u.autoId();",
        "import * as ddb from '@aws-appsync/utils/dynamodb'; import { util as u } from '@aws-appsync/utils';"
        "const a = [u.autoId(), ddb.get({ key: {} })];",
        "const request2 = 1; export { request2 as request };",
        "for (const [key, value] of Object.entries({})) { console.log(key, value, Math.PI, NaN); }",
        "const a = { method(x) { return x; }, get: 1, of: 2, from: 3 };",
        "switch (1) { case 2: break; default: break; }",
        "function f() { return arguments.length; } const a = isNaN(parseInt('1'));",
        "const a = { if: 1, for: 2 }; const b = a.for ? a.if : a?.['x'];",
    ],
)
def test_declared_name_is_accepted(code: str) -> None:
    assert messages(code) == []


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("util.toJson(1)", "Property 'toJson' does not exist on type 'Util'."),
        ("util.time.nowIso8601()", "Property 'nowIso8601' does not exist on type 'TimeUtils'."),
        ("util.dynamodb.toMapValue({})", "Property 'toMapValue' does not exist on type 'DynamodbUtil'."),
        ("util?.nope", "Property 'nope' does not exist on type 'Util'."),
    ],
)
def test_unknown_member_of_util_is_refused(expression: str, message: str) -> None:
    assert messages(f"const a = {expression};") == [f"TS2339: {message}"]


_IMPORT = "import { util as u } from '@aws-appsync/utils';"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (f"{_IMPORT} const a = u.autoID();", "'autoID' does not exist on type 'Util'"),
        ("const a = extensions.setFilter();", "'setFilter' does not exist on type 'Extensions'"),
        ("runtime.earlyExit();", "'earlyExit' does not exist on type 'Runtime'"),
        ("const { time, uuid } = util;", "'uuid' does not exist on type 'Util'"),
        ("const { time: clock } = util; clock.now();", "'now' does not exist on type 'TimeUtils'"),
        ("const clock = util.time; clock.now();", "'now' does not exist on type 'TimeUtils'"),
        (
            "import * as ddb from '@aws-appsync/utils/dynamodb'; const a = ddb.gett({});",
            "'gett' does not exist on type 'typeof import(\"@aws-appsync/utils/dynamodb\")'",
        ),
    ],
)
def test_unknown_member_of_util_is_refused_under_an_alias(code: str, message: str) -> None:
    assert messages(code) == [f"TS2339: Property {message}."]


@pytest.mark.parametrize(
    "code",
    [
        "const util = { toJson: 1 }; const a = util.toJson;",
        "const f = (util) => util.toJson;",
        "const a = { util: 1 }; const b = a.util.toJson;",
        "const t = util.time; const f = (t) => t.now;",
        "const a = util.transform.toSubscriptionFilter({}).length;",
        "const { nope } = util.dynamodb.toMap({});",
        "const a = util['nope'];",
    ],
)
def test_member_of_another_object_is_accepted(code: str) -> None:
    assert messages(code) == []


def test_resolvers_of_the_application_are_accepted() -> None:
    files = sorted((ROOT / "appsync").rglob("*.js"))
    assert files
    assert {file.name: broken for file in files if (broken := messages(file.read_text()))} == {}


def test_file_with_an_undeclared_name_is_not_loaded() -> None:
    code = "export function request(ctx) {\n  return nextToken;\n}\nexport function response(ctx) {}\n"
    with pytest.raises(CodeError) as caught:
        load_module("x.js", code)
    assert str(caught.value) == "x.js:2:10: Cannot find name 'nextToken'. [TS2304]"


def test_evaluate_code_names_every_undeclared_name_in_the_compilers_form() -> None:
    code = "export function request(ctx) {\n  return [a, util.toJson(1)];\n}"
    error = evaluate_code(code, "request", {})["error"]
    assert isinstance(error, dict)
    assert error["message"] == (
        "code.js(2,11): error TS2304: Cannot find name 'a'.\n"
        "code.js(2,19): error TS2339: Property 'toJson' does not exist on type 'Util'."
    )
