"""What a module's source defines by a name: its kind, its signature, and the hash of its syntax tree."""

from __future__ import annotations

import ast
import copy
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Read = Callable[[str], ast.Module | None]
"""Returns a module of MiniStack's, parsed; None where there is none."""


@dataclass(frozen=True)
class Name:
    """A name, as the source defines it."""

    kind: str
    signature: str
    body: str


def define(read: Read, module: str, name: str) -> Name | None:
    r"""Return what a module's source defines by a name; None where nothing.

    ``Class.name`` is what a class defines. A name that is imported from another module of MiniStack is
    what that one defines.

    Examples
    --------
    >>> define({"m": "def f(a, b=1):\\n    return a"}.get, "m", "f").signature
    '(a, b=1)'
    """
    tree = read(module)
    if tree is None:
        return None
    first, _, rest = name.partition(".")
    node = _last(tree.body, first)
    if isinstance(node, ast.ImportFrom):
        origin = next((each.name for each in node.names if (each.asname or each.name) == first), first)
        target = _absolute(node, module)
        return define(read, target, ".".join(filter(None, (origin, rest)))) or _name(node)
    if rest and isinstance(node, ast.ClassDef):
        node = _last(node.body, rest)
    return None if node is None else _name(node)


def _absolute(node: ast.ImportFrom, module: str) -> str:
    above = module.split(".")[: -node.level] if node.level else []
    return ".".join([*above, *filter(None, [node.module])])


def _last(body: Sequence[ast.stmt], name: str) -> ast.stmt | None:
    """Return the statement that defines a name last, in branches too."""
    definition = None
    for node in _flat(body):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names = [node.name]
            case ast.Assign():
                names = [each.id for each in node.targets if isinstance(each, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=target)):
                names = [target]
            case ast.ImportFrom() | ast.Import():
                names = [each.asname or each.name for each in node.names]
            case _:
                names = []
        if name in names:
            definition = node
    return definition


def _flat(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            for part in ("body", "orelse", "finalbody"):
                yield from _flat(getattr(node, part, []))


def _name(node: ast.stmt) -> Name:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            kind = "function" if isinstance(node, ast.FunctionDef) else "async function"
            signature = f"({ast.unparse(node.args)})"
        case ast.ClassDef():
            kind, signature = "class", f"({', '.join(map(ast.unparse, node.bases))})"
        case ast.ImportFrom() | ast.Import():
            kind, signature = "import", ""
        case _:
            kind, signature = "value", ""
    node = copy.deepcopy(node)
    for inner in ast.walk(node):
        if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and ast.get_docstring(
            inner, clean=False
        ):
            inner.body = inner.body[1:]
    return Name(kind, signature, hashlib.sha256(ast.dump(node).encode()).hexdigest()[:16])
