"""The strings of a Python module, put together where all of their parts are the module's own constants."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

Constant = str | tuple[str, ...]


def strings(source: str) -> Iterator[tuple[str, int]]:
    r"""Yield each string of a module with its line; nothing when it is not Python.

    Examples
    --------
    >>> ('{ x y }', 2) in strings("A = ('x', 'y')\nB = f'{{ {\" \".join(A)} }}'")
    True
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return
    constants: dict[str, Constant] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            value = _value(statement.value, constants)
            if value is not None:
                constants[statement.targets[0].id] = value
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if node in inside or not isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            continue
        inside.update(ast.walk(node))
        text = _value(node, constants)
        if isinstance(text, str):
            yield text, node.lineno


def _value(node: ast.AST, constants: Mapping[str, Constant]) -> Constant | None:  # noqa: PLR0911
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Name(id=name):
            return constants.get(name)
        case ast.FormattedValue(value=inner, format_spec=None):
            return _text(inner, constants)
        case ast.JoinedStr(values=parts):
            return _joined([_text(part, constants) for part in parts])
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([_text(left, constants), _text(right, constants)])
        case ast.Tuple(elts=items) | ast.List(elts=items):
            texts = [_text(item, constants) for item in items]
            constant_texts = tuple(text for text in texts if text is not None)
            return constant_texts if len(constant_texts) == len(texts) else None
        case ast.Call(func=ast.Attribute(value=glue, attr="join"), args=[joined]):
            between, words = _text(glue, constants), _value(joined, constants)
            return between.join(words) if between is not None and isinstance(words, tuple) else None
        case _:
            return None


def _text(node: ast.AST, constants: Mapping[str, Constant]) -> str | None:
    value = _value(node, constants)
    return value if isinstance(value, str) else None


def _joined(parts: list[str | None]) -> str | None:
    texts = [part for part in parts if part is not None]
    return "".join(texts) if len(texts) == len(parts) else None
