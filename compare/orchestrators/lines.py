"""Lines of code: what a reader goes through to learn what an orchestrator does with an order."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_NO_CODE = {
    *(tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT),
    *(tokenize.ENCODING, tokenize.ENDMARKER),
}


def code_lines(files: Sequence[str], root: Path = ROOT) -> int | None:
    """Return the lines of some files that hold code; None where the sources are not here.

    Comments, docstrings and empty lines are no code; of a document in JSON each line counts.
    """
    total = 0
    for name in files:
        path = root / name
        if not path.is_file():
            return None
        text = path.read_text(encoding="utf-8")
        total += (
            python_lines(text) if path.suffix == ".py" else sum(map(bool, map(str.strip, text.splitlines())))
        )
    return total


def python_lines(text: str) -> int:
    r"""Count the lines of a module that hold code.

    Examples
    --------
    >>> python_lines('\"\"\"What it is.\"\"\"\n\n# A remark.\nvalue = (\n    1\n)\n')
    3
    """
    documented = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                documented |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)
