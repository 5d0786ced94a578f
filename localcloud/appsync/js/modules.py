"""An APPSYNC_JS file as one function: QuickJS loads no bare imports, so the two allowed ones are rewritten.

The lines keep their numbers, so that an error's line is the file's own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.libraries import LIBRARIES
from localcloud.appsync.js.names import unknown_names
from localcloud.appsync.js.rules import broken_rules
from localcloud.appsync.js.scanner import ScanError, ScriptToken, scan
from localcloud.importing import code_digest, remembered

MAX_CODE: Final = 32_000
"""AppSync's own limit of a resolver's or function's code, in characters."""
HANDLERS: Final = ("request", "response")
_LIBRARY: Final = "__localcloud_libraries"


@dataclass(frozen=True)
class Module:
    """A file ready for QuickJS: ``body`` is a function expression that returns its handlers.

    Attributes
    ----------
    handlers
        Which of the wanted exports it has.
    line
        Where the request handler is.
    margin
        How many characters stand before the file's own on its first line.
    """

    name: str
    body: str
    handlers: frozenset[str]
    line: int = 1
    margin: int = 0


@dataclass
class _Rewriter:
    name: str
    source: str
    tokens: list[ScriptToken]
    required: frozenset[str]
    bindings: list[str] = field(default_factory=list)
    exports: dict[str, str] = field(default_factory=dict)
    cuts: list[tuple[int, int]] = field(default_factory=list)

    def fail(self, token: ScriptToken, rule: str, message: str) -> CodeError:
        return CodeError(self.name, token.line, token.column, rule, message)

    def text(self, at: int) -> str:
        return self.tokens[at].text if at < len(self.tokens) else ""

    def library(self, at: int) -> str:
        token = self.tokens[at] if at < len(self.tokens) else self.tokens[-1]
        name = token.text[1:-1] if token.kind == "string" else ""
        if name in LIBRARIES:
            return name
        *most, last = (f"'{library}'" for library in LIBRARIES)
        allowed = f"{', '.join(most)} and {last}"
        raise self.fail(
            token,
            "no-import",
            f"cannot import {token.text}: APPSYNC_JS has {allowed} alone; bundle anything else into the file",
        )

    def names(self, at: int) -> tuple[list[tuple[ScriptToken, str]], int]:
        """Read ``{a, b as c}`` at ``at``: (name, alias) pairs, and the index behind it."""
        pairs: list[tuple[ScriptToken, str]] = []
        at += 1
        while self.text(at) != "}":
            if at >= len(self.tokens):
                raise self.fail(self.tokens[-1], "syntax", "an import or export list that does not end")
            token, alias = self.tokens[at], self.text(at)
            at += 1
            if self.text(at) == "as":
                alias = self.text(at + 1)
                at += 2
            if self.text(at) == ",":
                at += 1
            pairs.append((token, alias))
        return pairs, at + 1

    def take_import(self, at: int) -> int:
        first = self.tokens[at]
        if self.text(at + 1) in {"(", "."}:
            raise self.fail(first, "no-import", "import() and import.meta are not supported")
        at += 1
        pairs: list[tuple[ScriptToken, str]] = []
        namespaces: list[str] = []
        while self.tokens[at].kind != "string":
            if self.text(at) == "{":
                names, at = self.names(at)
                pairs += names
            elif self.text(at) == "*":
                namespaces.append(self.text(at + 2))
                at += 3
            elif self.text(at) in {",", "from"}:
                at += 1
            else:
                # A default import: the libraries have none, but say which library first.
                raise self.fail(
                    self.tokens[at], "no-import", "AppSync's libraries have no default export: use { … }"
                )
            if at >= len(self.tokens):
                raise self.fail(first, "syntax", "an import that does not end")
        library = self.library(at)
        source = f"{_LIBRARY}[{json.dumps(library)}]"
        for token, alias in pairs:
            if token.text not in LIBRARIES[library]:
                raise self.fail(token, "no-import", f"'{library}' has no {token.text}")
            self.bindings.append(f"const {alias} = {source}.{token.text};")
        self.bindings += [f"const {alias} = {source};" for alias in namespaces]
        if self.text(at + 1) == ";":
            at += 1
        self.cuts.append((first.start, self.tokens[at].end))
        return at + 1

    def take_export(self, at: int) -> int:
        first, after = self.tokens[at], self.text(at + 1)
        if after == "default":
            raise self.fail(
                first, "no-default-export", "AppSync takes the exports request and response, no default one"
            )
        if after == "*":
            raise self.fail(first, "no-import", "export * is not supported")
        if after == "{":
            pairs, end = self.names(at + 1)
            if self.text(end) == "from":
                self.library(end + 1)
                raise self.fail(first, "no-import", "export … from is not supported")
            self.exports |= {alias: token.text for token, alias in pairs}
            if self.text(end) == ";":
                end += 1
            self.cuts.append((first.start, self.tokens[end - 1].end))
            return end
        if after == "function":
            self.exports[self.text(at + 2)] = self.text(at + 2)
        else:
            self.exports |= {
                self.text(k): self.text(k)
                for k in range(at + 2, len(self.tokens) - 1)
                if self.tokens[k].depth == 0 and self.text(k) in self.required and self.text(k + 1) == "="
            }
        self.cuts.append((first.start, first.end))
        return at + 1

    def line(self, handler: str) -> int:
        """Return where an export is declared; 1 when it is not."""
        declared = {"function", "const", "let", "var", ","}
        name = self.exports.get(handler)
        for at in range(1, len(self.tokens)):
            if self.text(at) == name and self.text(at - 1) in declared and self.tokens[at].depth == 0:
                return self.tokens[at].line
        return 1

    def rewrite(self) -> str:
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            keyword = token.kind == "name" and self.text(at - 1 if at else len(self.tokens)) not in {
                ".",
                "?.",
            }
            if keyword and token.text == "import" and (token.depth == 0 or self.text(at + 1) == "("):
                at = self.take_import(at)
            elif keyword and token.text == "export" and token.depth == 0:
                at = self.take_export(at)
            else:
                at += 1
        parts, behind = [], 0
        for start, end in self.cuts:
            parts += [self.source[behind:start], re.sub(r"[^\n]", " ", self.source[start:end])]
            behind = end
        return "".join([*parts, self.source[behind:]])


def load_module(
    name: str, source: str, *, needs: tuple[str, ...] = HANDLERS, optional: tuple[str, ...] = ()
) -> Module:
    """Check a file against AppSync's restrictions and make one function of it.

    Parameters
    ----------
    name
        How messages call the file.
    needs
        The exports it must have.
    optional
        Exports that it may have beside them, such as an event API's ``onPublish``.

    Raises
    ------
    CodeError
        The first thing that AppSync would refuse.
    """
    try:
        module = _unnamed(source, needs, optional)
    except CodeError as error:
        raise replace(error, module=name) from None
    return replace(module, name=name)


def forget_modules() -> None:
    """Let go of the modules that have been made: a later file is looked at again."""
    _unnamed.cache_clear()


# The start looks at the files of a template before it is deployed, and loads the same texts afterwards.
@lru_cache(maxsize=256)
def _unnamed(source: str, needs: tuple[str, ...], optional: tuple[str, ...]) -> Module:
    def make() -> tuple[str, frozenset[str], int, int]:
        module = _compiled(source, needs, optional)
        return module.body, module.handlers, module.line, module.margin

    return Module("", *remembered(f"{_version()}\0{needs}\0{optional}\0{source}", make))


@cache
def _version() -> str:
    return code_digest(Path(__file__).parent)


def _compiled(source: str, needs: tuple[str, ...], optional: tuple[str, ...]) -> Module:
    name = ""
    if len(source) > MAX_CODE:
        msg = f"the file has {len(source):,} characters; AppSync takes {MAX_CODE:,}"
        raise CodeError(name, 1, 1, "max-code-size", msg)
    if "\0" in source:
        raise CodeError(name, 1, 1, "syntax", "the file holds a NUL character")
    try:
        tokens = list(scan(source))
    except ScanError as error:
        raise CodeError(name, error.line, error.column, "syntax", error.message) from None
    if broken := broken_rules(name, tokens):
        raise broken[0]
    rewriter = _Rewriter(name, source, tokens, frozenset((*needs, *optional)))
    text = rewriter.rewrite()
    if unknown := unknown_names(name, tokens):
        raise unknown[0]
    for handler in needs:
        if handler not in rewriter.exports:
            raise CodeError(name, 1, 1, "no-handler", f"the file exports no function {handler}")
    exported = [handler for handler in (*needs, *optional) if handler in rewriter.exports]
    handlers = ", ".join(f"{handler}: {rewriter.exports[handler]}" for handler in exported)
    # One line before the file's own first, so that its lines keep their numbers.
    head = f"(function ({_LIBRARY}) {{ 'use strict'; {' '.join(rewriter.bindings)}"
    body = f"{head}{text}\nreturn {{ __proto__: null, {handlers} }};\n}})"
    return Module(name, body, frozenset(exported), rewriter.line("request"), len(head))
