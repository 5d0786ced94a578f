"""What AppSync's runtime refuses is refused when a file is loaded, with its rule and line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import load_module
from localcloud.appsync.js.rules import broken_rules
from localcloud.appsync.js.scanner import ScanError, scan

HANDLERS = "\nexport function request(ctx) {}\nexport function response(ctx) {}\n"


def rules(code: str) -> list[tuple[int, str]]:
    return [(error.line, error.rule) for error in broken_rules("x.js", list(scan(code)))]


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        ("async function f() {}", "no-async"),
        ("const f = async () => 1;", "no-async"),
        ("const f = async x => 1;", "no-async"),
        ("await x;", "no-await"),
        ("Promise.resolve(1);", "no-promise"),
        ("function* f() {}", "no-generators"),
        ("yield 1;", "no-yield"),
        ("class A {}", "no-classes"),
        ("const A = class {};", "no-classes"),
        ("while (true) {}", "no-while"),
        ("do { x(); } while (true)", "no-while"),
        ("for (let i = 0; i < 3; i += 1) {}", "no-for"),
        ("for (;;) {}", "no-for"),
        ("try { f(); } catch (e) {}", "no-try"),
        ("throw 'x';", "no-throw"),
        ("const d = new Thing();", "no-new"),
        ("const d = new Date();", "no-new"),
        ("const f = () => this.x;", "no-this"),
        ("const r = /a+/;", "no-regex"),
        ("x.replace(/a/g, 'b');", "no-regex"),
        ("i++;", "no-disallowed-unary-operators"),
        ("--i;", "no-disallowed-unary-operators"),
        ("const n = ~i;", "no-disallowed-unary-operators"),
        ("if ('a' in b) {}", "no-in-operator"),
        ("for (const k of a) { if (k in b) {} }", "no-in-operator"),
        ("if (a instanceof b) {}", "no-disallowed-binary-operators"),
        ("for (const a of b) { continue; }", "no-continue"),
        ("outer: for (const a of b) { break; }", "no-labels"),
        ("for (const a of b) { break outer; }", "no-labels"),
        ("Date.now();", "no-unsupported-global"),
        ("const m = Map;", "no-unsupported-global"),
        ("fetch('x');", "no-unsupported-global"),
        ("structuredClone(x);", "no-unsupported-global"),
        ("setTimeout(f, 1);", "no-unsupported-global"),
        ("x.at(-1);", "no-disallowed-methods"),
        ("'1'.padStart(2, '0');", "no-disallowed-methods"),
        ("const a = Object.freeze({ a: 1 });", "no-disallowed-methods"),
        ("const a = Array.from(b);", "no-disallowed-methods"),
        ("f.call(x);", "no-function-methods"),
        ("list.sort((a, b) => a - b);", "no-function-passing"),
        ("x.replaceAll('a', () => 'b');", "no-function-passing"),
        ("const f = (g) => g(1); const a = f((x) => x);", "no-function-passing"),
        ("function f(g) { return g(1); } const h = (x) => x; const a = f(h);", "no-function-passing"),
        ("const f = function (g) {}; f(1, function () {});", "no-function-passing"),
        ("const f = () => () => 1;", "no-function-return"),
        ("function f() { return function () {}; }", "no-function-return"),
        ("function f() { return x => 1; }", "no-function-return"),
        ("const g = () => 1; function f() { return g; }", "no-function-return"),
        ("const a = () => 1; const b = a;", "no-function-reassign"),
        ("function a() {} let b; b = a;", "no-function-reassign"),
        ("function f(n) { return f(n - 1); }", "no-recursion"),
        ("const f = (n) => { return f(n - 1); };", "no-recursion"),
        ("const f = (n) => (n ? f(n - 1) : 0);", "no-recursion"),
        ("const f = (n) => n.map((m) => f(m));", "no-recursion"),
        ("const f = (n) => g(n); const g = (n) => h(n); function h(n) { return f(n); }", "no-recursion"),
        ("const f = (n) => f(g(n)); const g = (n) => h(n); const h = (n) => n;", "no-recursion"),
        ("function request(ctx) { ctx = 1; }", "no-disallowed-re-assignment"),
        ("function request(ctx) { ctx.args = {}; }", "no-disallowed-re-assignment"),
        ("function response(context) { context['stash'] = {}; }", "no-disallowed-re-assignment"),
        ("function request(ctx) { ctx.fresh ??= 1; }", "no-disallowed-re-assignment"),
        ("function request(ctx) { delete ctx.stash; }", "no-disallowed-re-assignment"),
    ],
)
def test_javascript_rule_refuses_the_code(code: str, rule: str) -> None:
    assert (2, rule) in rules(f"// a comment\n{code}")


@pytest.mark.parametrize(
    "code",
    [
        "for (const a of b) { break; }",
        "for (const k in b) { f(k); }",
        "const a = { class: 1, new: 2, throw: 3, this: 4, in: 5, at: 6 }; f(a.class, a.new, a?.this);",
        "const { new: fresh, at } = x;",
        "const s = 'while (true) { new Date() } // ++';",
        'const s = "it\'s /not/ a regex";',
        "const s = `new ${a.b} while ${`inner ${c}`} ++`;",
        "/* class\n throw */ const a = 1; // try {",
        "const half = a / 2 / b; const c = (a + b) / 2; const d = list[0] / 2;",
        "const f = (n) => g(n);",
        "const f = (n) => g(n)\nconst g = (n) => n",
        "const f = (e) => e; const g = (f) => f(1); const h = (e) => f(e);",
        "const f = (n) => n; const g = (f) => { return f; }; const h = (f) => { const a = f; f(() => 1); };",
        "const o = { f(n) { return n; } }; function f(n) { return [n, 1]; }",
        "const print = (n) => n; [1, 2].map(print); [1].forEach(function (n) { print(n); });",
        "const f = (n) => n; const a = f(1), b = [f(2)]; const c = () => f(3);",
        "const f = (n) => n; const d = () => { return f(4); };",
        "function f() { return { g: () => 1 }; }",
        "function request(ctx) { ctx.args.id = 1; ctx.stash.a = ctx.args; delete ctx.stash.a; }",
        "function request(ctx) { const a = ctx; const b = ctx.args; }",
        "function request(ctx) { const { stash } = ctx; stash.a = 1; if (ctx.a === 1 || ctx.b == 2) {} }",
        "const request = (ctx) => { ctx.stash = {}; };",
        "const a = x.from(1); const b = Object.keys(y).map((k) => y[k]); const c = y.values();",
        "function f(n) { return n.f(1); }",
        "const Map = (x) => x; Map(1);",
        "list.sort();",
        "switch (x) { case 1: return 2; default: break; }",
        "const a = b ? c : d;",
        "const a = { ...b, c };",
        "let n = 0; n += 1; n **= 2; const m = n ?? 1; const o = a?.b?.[0];",
        "const big = 0xff + 1_000 + 1.5e3 + .5;",
        "const { map, date } = x; map.set('a', 1);",
        "const url = 'https://a/b';",
        "switch (x) { case y: for (const a of b) { f(a); } default: switch (z) { case 1: break; } }",
        "const f = (module, { process }) => process(module);",
        "function f(window) { return window.URL; }",
        "const { fetch, URL } = ctx.args; f(fetch, URL);",
        "const f = process => process.env;",
        "for (const { a } of b) { f(a); } for (const [k, v] of c) { f(k, v); }",
    ],
)
def test_javascript_rules_accept_the_code(code: str) -> None:
    assert rules(code) == []


def test_import_cycle_is_reported_with_its_files() -> None:
    code = "const f = (n) => g(n);\nconst g = (n) => h(n);\nfunction h(n) { return f(n); }"
    broken = [(error.line, error.message) for error in broken_rules("x.js", list(scan(code)))]
    assert broken == [
        (1, "recursion is not supported: f calls g calls h calls f"),
        (2, "recursion is not supported: g calls h calls f calls g"),
        (3, "recursion is not supported: h calls f calls g calls h"),
    ]


def test_oversized_file_is_refused() -> None:
    code = HANDLERS + "//" + "x" * (32_000 - len(HANDLERS) - 2)
    load_module("x.js", code)
    with pytest.raises(CodeError) as caught:
        load_module("x.js", code + "x")
    assert str(caught.value) == (
        "x.js:1:1: the file has 32,001 characters; AppSync takes 32,000 [max-code-size]"
    )


def test_rule_message_names_file_line_and_rule() -> None:
    with pytest.raises(CodeError) as caught:
        load_module("Query.order.js", HANDLERS + "\nfunction f() {\n  const d = new Date();\n}\n")
    assert str(caught.value) == "Query.order.js:6:13: new is not supported [no-new]"


@pytest.mark.parametrize(
    ("code", "line", "message"),
    [
        ("import x from 'lodash';", 1, "AppSync's libraries have no default export: use { … }"),
        (
            "import { x } from './lib';",
            1,
            "cannot import './lib': APPSYNC_JS has '@aws-appsync/utils', '@aws-appsync/utils/dynamodb', "
            "'@aws-appsync/utils/rds' and '@aws-appsync/utils/ai' alone; bundle anything else into the file",
        ),
        ("import { query } from '@aws-appsync/utils/rds';", 1, "'@aws-appsync/utils/rds' has no query"),
        ("import { utils } from '@aws-appsync/utils';", 1, "'@aws-appsync/utils' has no utils"),
        ("\nimport('x');", 2, "import() and import.meta are not supported"),
        ("export default {};", 1, "AppSync takes the exports request and response, no default one"),
        ("export { a } from './x';", 1, "cannot import './x'"),
        ("const a = 'open", 1, "a string that does not end"),
        ("const a = `open", 1, "a template that does not end"),
        ("/* open", 1, "a comment that does not end"),
    ],
)
def test_invalid_import_or_syntax_is_refused_with_its_line(code: str, line: int, message: str) -> None:
    with pytest.raises(CodeError) as caught:
        load_module("x.js", code)
    assert caught.value.line == line
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize("missing", ["request", "response"])
def test_missing_handler_is_refused(missing: str) -> None:
    code = HANDLERS.replace(f"export function {missing}", f"function {missing}")
    with pytest.raises(CodeError) as caught:
        load_module("x.js", code)
    assert caught.value.message == f"the file exports no function {missing}"


_TEXT = st.text(st.characters(codec="utf-8"), max_size=30)


@given(_TEXT.map(lambda text: text.replace("*/", "")), st.integers(0, 3))
def test_rules_ignore_comments_strings_and_templates(text: str, form: int) -> None:
    quoted = text.replace("\\", "").replace("\n", "").replace("`", "").replace("$", "").replace('"', "")
    hidden = [
        f"/*{text}*/",
        f'"{quoted}"',
        f"`{quoted}`",
        "//" + quoted.replace("\r", "").replace("\u2028", "").replace("\u2029", ""),
    ]
    code = f"const a = 1;\n{hidden[form]}\nnew Thing();"
    broken = rules(code)
    assert [rule for _, rule in broken] == ["no-new"]


@given(st.text(max_size=60))
def test_scanner_reads_or_refuses_any_text(text: str) -> None:
    try:
        tokens = list(scan(text))
    except ScanError:
        return
    for token in tokens:
        assert text[token.start : token.end] == token.text
        assert token.line == text.count("\n", 0, token.start) + 1


@given(st.text("(){}[]`$'\"/\\*;=>ab \n.:,+-", max_size=40))
def test_loader_reads_or_refuses_any_code(text: str) -> None:
    try:
        load_module("x.js", text, needs=())
    except CodeError as error:
        assert error.module == "x.js"
