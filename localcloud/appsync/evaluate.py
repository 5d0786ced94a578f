"""AppSync's own ``EvaluateCode`` and ``EvaluateMappingTemplate``: resolvers tested as AWS documents it.

Each evaluation has a QuickJS context of its own, in a thread: code that loops delays no other evaluation.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Final

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import BadRequest
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import HANDLERS, load_module
from localcloud.appsync.js.names import unknown_names
from localcloud.appsync.js.rules import broken_rules
from localcloud.appsync.js.runtime import JavaScriptContext, JavaScriptFault, own_line
from localcloud.appsync.js.scanner import ScanError, scan

Document = dict[str, JSON]

CODE_NAME: Final = "code.js"
TEMPLATE_NAME: Final = "template.vtl"
MAX_CODE: Final = 32_768
MAX_TEMPLATE: Final = 65_536
MAX_CONTEXT: Final = 28_000
_FRAME: Final = re.compile(r"<input>:(\d+):(\d+)")


def _json(value: JSON | list[Document]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text(body: Document, name: str, limit: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} is required.")
    if len(value) > limit:
        raise BadRequest(f"{name} has {len(value)} characters; {limit} are the most.")
    return value


def _context(body: Document) -> Document:
    text = _text(body, "context", MAX_CONTEXT)
    try:
        context = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise BadRequest(f"The context is not valid JSON: {problem}") from None
    if not isinstance(context, dict):
        raise BadRequest("The context is no JSON object.")
    return context


def _place(stack: str, margin: int) -> tuple[int, int]:
    """Return the line and column in a QuickJS stack that are the code's own; 0 for unknown, as AWS has it.

    ``margin`` is what stands before the code on its first line.
    """
    line = own_line(stack)
    match = next((m for m in _FRAME.finditer(stack) if int(m[1]) == line), None)
    if match is None:
        return 0, 0
    return int(match[1]), int(match[2]) - (margin if line == 1 else 0)


def _code_error(kind: str, value: str, line: int, column: int, span: int = -1) -> Document:
    return {"errorType": kind, "value": value, "location": {"line": line, "column": column, "span": span}}


def _code_errors(code: str) -> list[CodeError]:
    """Return every restriction that the code breaks, or the one fault that keeps it from being read."""
    try:
        tokens = list(scan(code))
        if broken := broken_rules(CODE_NAME, tokens):
            return broken
        load_module(CODE_NAME, code, needs=())
    except ScanError as error:
        return [CodeError(CODE_NAME, error.line, error.column, "syntax", error.message)]
    except CodeError as error:
        return unknown_names(CODE_NAME, tokens) if error.rule.startswith("TS") else [error]
    return []


def _spans(code: str) -> dict[tuple[int, int], int]:
    try:
        return {(token.line, token.column): len(token.text) for token in scan(code)}
    except ScanError:
        return {}


def _refusal(code: str, errors: list[CodeError]) -> Document:
    spans = _spans(code)
    lines, documents = list[str](), list[JSON]()
    for error in errors:
        syntax = error.rule == "syntax"
        compiler = error.rule.startswith("TS")
        rule = "" if syntax else f"{error.rule}: " if compiler else f"@aws-appsync/{error.rule}: "
        lines.append(f"{CODE_NAME}({error.line},{error.column}): error {rule}{error.message}")
        kind, span = (
            "PARSER_ERROR" if syntax or compiler else "LINT_ERROR",
            spans.get((error.line, error.column), -1),
        )
        documents.append(_code_error(kind, f"{rule}{error.message}", error.line, error.column, span))
    return {"error": {"message": "\n".join(lines), "codeErrors": documents}, "logs": []}


def _missing(function: str) -> Document:
    value = f"Unable to find valid export for {function}"
    error = _code_error("MISSING_MAPPING_EXPORT", value, 0, 0, 0)
    return {"error": {"message": f"Error: {value}", "codeErrors": [error]}, "logs": []}


def _dicts(value: JSON) -> list[Document]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _logs(outcome: Document, source: str, margin: int) -> list[JSON]:
    printed: list[JSON] = []
    lines = source.split("\n")
    for entry in _dicts(outcome.get("logs")):
        if stack := entry.get("stack"):
            line, column = _place(str(stack), margin)
            if 0 < line <= len(lines) and lines[line - 1][: column - 1].endswith("console."):
                column -= len("console.")  # QuickJS reports where the method's name is
            printed.append(f"{entry['level']} - {CODE_NAME}:{line}:{column}: {entry['text']}")
        else:
            printed.append(f"{entry['level']} - {entry['text']}")
    return printed


def _out_errors(outcome: Document) -> str:
    errors: list[Document] = [
        {name: value for name, value in error.items() if value is not None}
        for error in _dicts(outcome.get("errors"))
    ]
    return _json(errors)


def _failed(outcome: Document, name: str, margin: int) -> Document | None:
    """Return ``error``, if the handler did not come to its end."""
    if isinstance(failure := outcome.get("failure"), dict):
        message = (
            "Unauthorized" if failure.get("type") == "Unauthorized" else str(failure.get("message") or "")
        )
        return {"message": message, "codeErrors": []}
    if isinstance(crash := outcome.get("crash"), dict):
        line, column = _place(str(crash.get("stack")), margin)
        text = str(crash.get("text"))
        return {
            "message": _placed(name, line, column, text),
            "codeErrors": [_code_error("RUNTIME_ERROR", text, line, column)],
        }
    return None


def _placed(name: str, line: int, column: int, text: str) -> str:
    """Return a message with its place: in front of it where code is evaluated, as AWS does."""
    if name == CODE_NAME:
        return f"{name}:{line}:{column}: {text}" if line else f"{name}: {text}"
    return f"{text} ({name}:{line})" if line else f"{text} ({name})"


def _answer(outcome: Document, name: str, source: str, result: str, margin: int = 0) -> Document:
    answer: Document = {
        "logs": _logs(outcome, source, margin),
        "stash": _json(outcome.get("stash") or {}),
        "outErrors": _out_errors(outcome),
    }
    if error := _failed(outcome, name, margin):
        return {"error": error, **answer}
    return {"evaluationResult": result, **answer}


def _fault(fault: JavaScriptFault, name: str, margin: int = 0) -> Document:
    line, column = _place(fault.stack, margin)
    error = _code_error("RUNTIME_ERROR", str(fault), line, column)
    message = _placed(name, line, column, str(fault))
    return {"error": {"message": message, "codeErrors": [error]}, "logs": []}


def evaluate_code(code: str, function: str, context: Document) -> Document:
    """Run one handler of a file, and return what ``EvaluateCode`` answers."""
    if errors := _code_errors(code):
        return _refusal(code, errors)
    module = load_module(CODE_NAME, code, needs=(), optional=HANDLERS)
    if function not in module.handlers:
        return _missing(function)
    js = JavaScriptContext({})
    try:
        number = js.define(module)
        outcome: Document = json.loads(js.evaluate(number, function, json.dumps(context), traced=True))
    except CodeError as error:
        return _refusal(code, [error])
    except JavaScriptFault as fault:
        return _fault(fault, CODE_NAME, module.margin)
    return _answer(outcome, CODE_NAME, code, _json(outcome.get("value")), module.margin)


def evaluate_template(template: str, context: Document) -> Document:
    """Render a mapping template, and return what ``EvaluateMappingTemplate`` answers."""
    # On demand: a data plane without such requests starts sooner.
    from localcloud.appsync.vtl.compiler import compile_template  # noqa: PLC0415

    js = JavaScriptContext({})
    try:
        number = js.define(compile_template(TEMPLATE_NAME, template, "text"))
        outcome: Document = json.loads(js.evaluate(number, "request", json.dumps(context)))
    except CodeError as error:
        return {
            "error": {"message": f"{TEMPLATE_NAME}:{error.line}:{error.column}: {error.message}"},
            "logs": [],
        }
    except JavaScriptFault as fault:
        answer = _fault(fault, TEMPLATE_NAME)
    else:
        answer = _answer(outcome, TEMPLATE_NAME, template, str(outcome.get("value")))
    if isinstance(error_document := answer.get("error"), dict):
        error_document.pop("codeErrors", None)  # that is EvaluateCode's alone
    return answer


async def code_route(_path: str, body: Document) -> Document:
    """Serve ``POST /evaluate-code`` of the control endpoint: the body is that of ``EvaluateCode``."""
    runtime = body.get("runtime")
    name = runtime.get("name") if isinstance(runtime, dict) else None
    if name != "APPSYNC_JS":
        raise BadRequest(f"The runtime {name} is not supported: APPSYNC_JS is the only one.")
    version = runtime.get("runtimeVersion") if isinstance(runtime, dict) else None
    if version != "1.0.0":
        raise BadRequest(f"The version {version} of APPSYNC_JS is not supported: 1.0.0 is the only one.")
    code, context = _text(body, "code", MAX_CODE), _context(body)
    function = body.get("function") or "request"
    if function not in HANDLERS:
        raise BadRequest(f"The function {function} cannot be evaluated: request and response can.")
    return await asyncio.to_thread(evaluate_code, code, str(function), context)


async def template_route(_path: str, body: Document) -> Document:
    """Serve ``POST /evaluate-template``: the body is that of ``EvaluateMappingTemplate``."""
    template, context = _text(body, "template", MAX_TEMPLATE), _context(body)
    return await asyncio.to_thread(evaluate_template, template, context)
