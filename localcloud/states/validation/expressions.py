"""Whether a text is a JSONPath, an intrinsic function's call or a JSONata expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Final

from localcloud.states.language.errors import DefinitionError
from localcloud.states.language.scope import Json
from localcloud.states.validation.paths import is_call_text, is_path_text

_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def is_expression(value: Json) -> bool:
    """Return whether a value is a text that JSONata evaluates.

    Examples
    --------
    >>> is_expression("{% 1 %}"), is_expression("{% 1"), is_expression(1)
    (True, False, False)
    """
    return isinstance(value, str) and len(value) >= 4 and value.startswith("{%") and value.endswith("%}")


def is_path(value: Json) -> bool:
    """Return whether a value is a JSONPath: of the input, the context object or a variable.

    Examples
    --------
    >>> [is_path(text) for text in ("$.a[?(@.b == 1)]", "$$.Execution.Id", "$total[0]", "a.b", "$.a[")]
    [True, True, True, False, False]
    """
    return isinstance(value, str) and _compiles("paths", "compile_path", value, is_path_text)


def is_reference_path(value: Json) -> bool:
    """Return whether a path names one node: without wildcard, filter, slice, union or descent.

    Examples
    --------
    >>> [is_reference_path(text) for text in ("$.a['b c'][0]", "$..a", "$.a[*]")]
    [True, False, False]
    """
    if not is_path(value):
        return False
    outside_quotes = re.sub(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", "''", value)
    return ".." not in outside_quotes and not re.search(r"[*?@:,()]", outside_quotes)


def is_call(value: Json) -> bool:
    """Return whether a value is a call of an intrinsic function that exists.

    Examples
    --------
    >>> is_call("States.Format('{}', $.a)"), is_call("States.Upper($.a)")
    (True, False)
    """
    return isinstance(value, str) and _compiles("intrinsics", "compile_intrinsic", value, is_call_text)


def is_timestamp(text: str) -> bool:
    """Return whether a text is RFC 3339's, with a capital T and Z.

    Examples
    --------
    >>> is_timestamp("2026-11-29T10:00:00.5Z"), is_timestamp("2026-13-29T10:00:00Z")
    (True, False)
    """
    if not _TIMESTAMP.fullmatch(text):
        return False
    try:
        # Python keeps six digits of a second's fraction, AWS takes nine.
        datetime.fromisoformat(re.sub(r"\.\d+", "", text))
    except ValueError:
        return False
    return True


def _compiles(module: str, name: str, text: str, grammar: Callable[[str], bool]) -> bool:
    """Ask the compiler of executions: what it refuses can never run; without it, the grammar."""
    compiler = _compiler(module, name)
    if compiler is None:
        return grammar(text)
    try:
        compiler(text)
    except DefinitionError:
        return False
    return True


@cache
def _compiler(module: str, name: str) -> Callable[[str], Any] | None:
    try:
        compiler = getattr(import_module(f"localcloud.states.language.{module}"), name, None)
    except ImportError:
        return None
    return compiler if callable(compiler) else None
