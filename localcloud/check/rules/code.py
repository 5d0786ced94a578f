"""APPSYNC_JS and mapping templates: what AppSync refuses when they are deployed."""

from __future__ import annotations

from collections.abc import Iterator

from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import HANDLERS, load_module
from localcloud.appsync.js.names import unknown_names
from localcloud.appsync.js.rules import broken_rules
from localcloud.appsync.js.scanner import ScanError, scan
from localcloud.appsync.vtl.compiler import compile_template
from localcloud.appsync.vtl.members import unknown_members
from localcloud.appsync.vtl.parser import parse_template
from localcloud.check.finding import Finding, Severity
from localcloud.check.model import Code, Project


def check_code(project: Project) -> Iterator[Finding]:
    """Find every restriction that code breaks; a file that several share is looked at once."""
    visited = set()
    for api in project.apis:
        for step in (*api.functions, *api.resolvers):
            for code in step.code:
                if code.source.place not in visited:
                    visited.add(code.source.place)
                    yield from _javascript(code, HANDLERS) if code.language == "js" else _template(code)
    for code in project.handlers:
        yield from _javascript(code, ())


def _javascript(code: Code, needs: tuple[str, ...]) -> Iterator[Finding]:
    try:
        load_module(code.name, code.source.text, needs=needs)
    except CodeError as error:
        broken = _every(code, error)
    else:
        return
    for violation in broken:
        yield Finding(
            code.source.at(violation.line), Severity.ERROR, f"js-{violation.rule}", violation.message
        )


def _every(code: Code, first: CodeError) -> list[CodeError]:
    """Return what else is wrong with code of which something is."""
    try:
        tokens = list(scan(code.source.text))
    except ScanError:
        return [first]
    broken = broken_rules(code.name, tokens)
    return broken or (unknown_names(code.name, tokens) if first.rule.startswith("TS") else [first])


def _template(code: Code) -> Iterator[Finding]:
    try:
        compile_template(code.name, code.source.text, "request" if ".request." in code.name else "response")
        members = list(unknown_members(parse_template(code.name, code.source.text)))
    except CodeError as error:
        rule = error.rule.removeprefix("vtl-")
        yield Finding(code.source.at(error.line), Severity.ERROR, f"vtl-{rule}", error.message)
        return
    for line, name in members:
        message = f"{name} does not exist: the template's own text stands in its place"
        yield Finding(code.source.at(line), Severity.WARNING, "vtl-unknown-member", message)
