"""The restrictions of APPSYNC_JS, checked when a file is loaded.

AWS refuses these files at deployment ("The code contains one or more errors"). Source of the list:
"JavaScript runtime features" in the AppSync developer guide; the rules are named as AWS's ESLint
plugin names them where it has a rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from localcloud.appsync.js.code import Code
from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.functions import functions_as_values, named_functions, passed_functions, recursions
from localcloud.appsync.js.scanner import ScriptToken

KEYWORDS: Final = {
    "await": ("no-await", "async and await are not supported: AppSync makes the calls itself"),
    "class": ("no-classes", "classes are not supported: use plain objects and functions"),
    "super": ("no-classes", "classes are not supported: use plain objects and functions"),
    "while": ("no-while", "while and do loops are not supported: use for…of, for…in or array methods"),
    "do": ("no-while", "while and do loops are not supported: use for…of, for…in or array methods"),
    "try": ("no-try", "try, catch and finally are not supported"),
    "catch": ("no-try", "try, catch and finally are not supported"),
    "finally": ("no-try", "try, catch and finally are not supported"),
    "throw": ("no-throw", "throw is not supported: use util.error()"),
    "new": ("no-new", "new is not supported"),
    "this": ("no-this", "this is not supported"),
    "yield": ("no-yield", "generators are not supported"),
    "continue": ("no-continue", "continue is not supported"),
    "instanceof": ("no-disallowed-binary-operators", "instanceof is not supported"),
    "with": ("no-with", "with is not supported"),
    "debugger": ("no-debugger", "debugger is not supported"),
}
PUNCTUATORS: Final = {
    "++": ("no-disallowed-unary-operators", "++ is not supported: use += 1"),
    "--": ("no-disallowed-unary-operators", "-- is not supported: use -= 1"),
    "~": ("no-disallowed-unary-operators", "~ is not supported"),
}
_DISALLOWED: Final = "no-disallowed-methods"
METHODS: Final = {
    **{
        name: (_DISALLOWED, f".{name}() is not supported")
        for name in (
            *("at", "copyWithin", "toLocaleString", "charCodeAt", "localeCompare", "match", "matchAll"),
            *("padEnd", "padStart", "repeat", "search", "toLocaleLowerCase", "toLocaleUpperCase"),
        )
    },
    **dict.fromkeys(
        ("call", "apply", "bind"), ("no-function-methods", "call, apply and bind are not supported")
    ),
}
STATIC_METHODS: Final = {
    "Array": frozenset({"from", "of", "fromAsync"}),
    "String": frozenset({"fromCharCode", "fromCodePoint"}),
    "Object": frozenset(
        [
            *("create", "defineProperties", "defineProperty", "freeze", "getOwnPropertyDescriptor"),
            *("getOwnPropertyDescriptors", "getOwnPropertyNames", "getOwnPropertySymbols", "getPrototypeOf"),
            *("is", "isExtensible", "isFrozen", "isSealed", "preventExtensions", "seal", "setPrototypeOf"),
            *("groupBy",),
        ]
    ),
}
GLOBALS: Final = frozenset(
    [
        *(
            "Date",
            "Map",
            "Set",
            "WeakMap",
            "WeakSet",
            "WeakRef",
            "Symbol",
            "BigInt",
            "Proxy",
            "Reflect",
        ),
        *(
            "RegExp",
            "Function",
            "Intl",
            "Iterator",
            "ArrayBuffer",
            "DataView",
            "Uint8Array",
            "Atomics",
            "eval",
        ),
        *("fetch", "structuredClone", "setTimeout", "setInterval", "setImmediate", "clearTimeout", "Buffer"),
        *(
            "queueMicrotask",
            "process",
            "require",
            "module",
            "globalThis",
            "window",
            "crypto",
            "URL",
            "atob",
            "btoa",
        ),
        *("URLSearchParams", "TextEncoder", "TextDecoder", "XMLHttpRequest", "WebSocket", "performance"),
    ]
)

ASSIGNMENTS: Final = frozenset(
    ["=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=", "||=", "??="],
)

Report = Callable[[ScriptToken, str, str], CodeError]


def _loops(code: Code, report: Report) -> Iterator[CodeError]:
    """``for`` without ``of`` or ``in``, and ``in`` anywhere else."""
    heads: set[int] = set()
    for at, token in enumerate(code.tokens):
        if token.text == "for" and token.kind == "name" and not code.is_property(at):
            if code.text(at + 1) == "await":
                continue
            end = code.closing(at + 1)
            inner = [k for k in range(at + 2, end) if code.tokens[k].depth == code.tokens[at + 1].depth + 1]
            if any(code.text(k) == ";" for k in inner):
                yield report(
                    token, "no-for", "for (;;) is not supported: use for…of, for…in or array methods"
                )
            heads.update(k for k in inner[:5] if code.text(k) == "in")
        if token.text == "in" and token.kind == "name" and at not in heads and not code.is_property(at):
            yield report(token, "no-in-operator", "the in operator is not supported: use Object.hasOwn()")


def _functions(code: Code, report: Report) -> Iterator[CodeError]:
    """Find generators, asynchronous functions, and functions used as values or calling themselves."""
    for at, token in enumerate(code.tokens):
        if token.kind != "name" or code.is_property(at):
            continue
        if token.text == "async" and code.tokens[at + 1 : at + 2]:
            after = code.text(at + 1)
            arrow = after == "(" and code.text(code.closing(at + 1) + 1) == "=>"
            if after == "function" or arrow or code.tokens[at + 1].kind == "name":
                yield report(token, "no-async", KEYWORDS["await"][1])
        if token.text == "function" and code.text(at + 1) == "*":
            yield report(token, "no-generators", KEYWORDS["yield"][1])
    functions = named_functions(code)
    for find in (recursions, passed_functions, functions_as_values):
        for recursion in find(code, functions):
            yield report(*recursion)


def _context(code: Code, report: Report) -> Iterator[CodeError]:
    """Find what gives ctx or one of its properties another value, in ``function request(ctx)``."""
    for at in range(len(code.tokens)):
        handler = code.text(at) == "function" and code.text(at + 1) in {"request", "response"}
        opening = code.closing(at + 2) + 1 if handler and code.text(at + 2) == "(" else 0
        if not opening or code.tokens[at + 3].kind != "name":
            continue
        name = code.text(at + 3)
        for k in range(opening, code.closing(opening)):
            if code.text(k) != name or code.text(k - 1) in {".", "?."} or code.tokens[k].kind != "name":
                continue
            if code.text(k - 1) in {"const", "let", "var"}:
                break  # another one of that name
            last = k
            if code.text(k + 1) == ".":
                last = k + 2
            elif code.text(k + 1) == "[":
                last = code.closing(k + 1)
            behind = code.text(last + 1)
            deleted = code.text(k - 1) == "delete" and behind not in {".", "?.", "["}
            if behind in ASSIGNMENTS or deleted:
                message = (
                    f"{name} and its properties cannot be assigned; change what is in them, or the stash"
                )
                yield report(code.tokens[k], "no-disallowed-re-assignment", message)


def _member(code: Code, at: int) -> tuple[str, str] | None:
    """Return the rule that a method call breaks."""
    name, owner = code.text(at), code.text(at - 2)
    if code.text(at + 1) != "(":
        return None
    if name == "sort" and code.text(at + 2) != ")":
        return "no-function-passing", "sort() takes no arguments"
    if name in STATIC_METHODS.get(owner, ()) and code.text(at - 3) not in {".", "?."}:
        return _DISALLOWED, f"{owner}.{name}() is not supported"
    return METHODS.get(name)


def _word(code: Code, at: int, declared: Counter[str]) -> tuple[str, str] | None:
    """Return the rule that a name breaks, where it is no member's."""
    token, after = code.tokens[at], code.text(at + 1)
    if token.text in KEYWORDS:
        return KEYWORDS[token.text]
    if token.text == "Promise" and not declared[token.text]:
        return "no-promise", "Promise does not exist in APPSYNC_JS"
    if token.text in GLOBALS and not declared[token.text]:
        return "no-unsupported-global", f"{token.text} does not exist in APPSYNC_JS"
    begins = token.text != "default" and code.text(at - 1) in {"", ";", "{", "}", ")"}
    if begins and after == ":" and code.text(at + 2) in {"for", "while", "do", "switch"}:
        return "no-labels", "labels are not supported"
    if token.text == "break" and at + 1 < len(code.tokens):
        label = code.tokens[at + 1]
        if label.kind == "name" and label.line == token.line:
            return "no-labels", "labels are not supported"
    return None


def _words(code: Code, report: Report) -> Iterator[CodeError]:
    declared = code.declarations()
    for at, token in enumerate(code.tokens):
        broken: tuple[str, str] | None = None
        if token.kind == "regex":
            broken = ("no-regex", "regular expressions are not supported: use util.matches()")
        elif token.kind == "punctuator":
            broken = PUNCTUATORS.get(token.text)
        elif token.kind == "name" and code.text(at - 1) in {".", "?."}:
            broken = _member(code, at)
        elif token.kind == "name" and not code.is_property(at):
            broken = _word(code, at, declared)
        if broken is not None:
            yield report(token, *broken)


def broken_rules(module: str, tokens: list[ScriptToken]) -> list[CodeError]:
    """Return every restriction that a file breaks, in the order of its lines.

    Parameters
    ----------
    module
        The file's name, for the messages.
    tokens
        Its tokens, from :func:`localcloud.appsync.js.scanner.scan`.
    """

    def report(token: ScriptToken, rule: str, message: str) -> CodeError:
        return CodeError(module, token.line, token.column, rule, message)

    code = Code(tokens)
    errors = [
        *_words(code, report),
        *_loops(code, report),
        *_functions(code, report),
        *_context(code, report),
    ]
    return sorted(errors, key=lambda error: (error.line, error.column))
