"""JSONPath as Step Functions has it."""

from __future__ import annotations

from typing import Final

from localcloud.states.language.errors import EvaluationError
from localcloud.states.language.path_syntax import Path, parse_path
from localcloud.states.language.path_walk import PathMisapplied, PathNotFound, Walk
from localcloud.states.language.references import Reference, compile_reference
from localcloud.states.language.scope import ABSENT, Evaluator, Json, Scope
from localcloud.states.language.text import to_text

__all__ = ["Lookup", "PathMissing", "Reference", "compile_path", "compile_reference"]

_RUNTIME: Final = "States.Runtime"


class PathMissing(EvaluationError):
    """A path leads nowhere.

    Parameters
    ----------
    cause
        AWS's sentence.
    path
        The path as it was written.
    document
        What it was applied to.
    """

    def __init__(self, cause: str, path: str, document: Json) -> None:
        super().__init__(_RUNTIME, cause)
        self.path = path
        self.document = document

    @property
    def document_text(self) -> str:
        """What the path was applied to, as JSON text."""
        return to_text(self.document)


def compile_path(text: str, *, field: str | None = None) -> Evaluator:
    """Return what reads the value at `text`.

    A definite path gives its value, every other a list of values.

    Parameters
    ----------
    text
        ``$`` reads the scope's data, ``$$`` the context object, ``$name`` a variable.
    field
        The field to name when there is no value; AWS names it in templates (``a.$``), in ErrorPath
        and CausePath, and reports of others what its JSONPath library says.

    Raises
    ------
    DefinitionError
        `text` is no path.

    Examples
    --------
    >>> scope = Scope({"lines": [{"sku": "a"}, {"sku": "b"}]}, {}, {})
    >>> compile_path("$.lines[-1].sku")(scope), compile_path("$.lines[*].sku")(scope)
    ('b', ['a', 'b'])
    """
    return Lookup(parse_path(text), field).evaluator()


class Lookup:
    """A path, compiled for speed.

    Parameters
    ----------
    path
        Where to look.
    field
        As of :func:`compile_path`.
    """

    __slots__ = ("_field", "_path", "_walk")

    def __init__(self, path: Path, field: str | None = None) -> None:
        self._path = path
        self._field = field
        self._walk = Walk(path.steps)

    def evaluator(self) -> Evaluator:
        """Return the function that reads the value; the shorter the path, the shorter the function."""
        steps = self._path.steps
        names = tuple(step for step in steps if isinstance(step, str))
        keys = tuple(step for step in steps if isinstance(step, str | int))
        if len(keys) < len(steps):
            return self._general()
        if self._path.root == "$" and len(names) == len(keys):
            return self._members(names)
        return self._keys(keys)

    def document(self, scope: Scope) -> Json:
        """Return what the path is applied to.

        Raises
        ------
        PathMissing
            Nothing was assigned to the variable.
        """
        root = self._path.root
        if root == "$":
            return scope.data
        if root == "$$":
            return scope.context if isinstance(scope.context, dict) else dict(scope.context)
        value = scope.variables.get(root[1:], ABSENT)
        if value is ABSENT:
            raise self._missing(dict(scope.variables), f"No results for path: {root}")
        return value

    def _members(self, names: tuple[str, ...]) -> Evaluator:
        """Return what reads a path of names alone, by far the most frequent kind."""
        explain = self._explain
        if not names:
            return lambda scope: scope.data
        first, *rest = names
        if not rest:

            def member(scope: Scope) -> Json:
                try:
                    return scope.data[first]
                except (KeyError, TypeError):
                    return explain(scope)

            return member

        def members(scope: Scope) -> Json:
            try:
                value = scope.data[first]
                for name in rest:
                    value = value[name]
            except (KeyError, TypeError):
                return explain(scope)
            return value

        return members

    def _keys(self, keys: tuple[str | int, ...]) -> Evaluator:
        explain, document = self._explain, self.document
        root_is_data = self._path.root == "$"

        def read(scope: Scope) -> Json:
            value = scope.data if root_is_data else document(scope)
            try:
                for key in keys:
                    # A string has items too, but not in JSON.
                    if key.__class__ is int and value.__class__ is not list:
                        return explain(scope)
                    value = value[key]
            except (KeyError, IndexError, TypeError):
                return explain(scope)
            return value

        return read

    def _general(self) -> Evaluator:
        find, document, explain = self._walk.find, self.document, self._explain

        def read(scope: Scope) -> Json:
            try:
                return find(document(scope))
            except (PathNotFound, PathMisapplied):
                return explain(scope)

        return read

    def _explain(self, scope: Scope) -> Json:
        """Walk the path again and report in AWS's words why it leads nowhere."""
        document = self.document(scope)
        try:
            return self._walk.find(document)
        except PathNotFound as fault:
            raise self._missing(document, str(fault)) from None
        except PathMisapplied as fault:
            raise EvaluationError(_RUNTIME, f"Invalid path '{self._path.text}' : {fault}") from None

    def _missing(self, document: Json, detail: str) -> PathMissing:
        text = self._path.text
        if self._field is None:
            return PathMissing(f"Invalid path '{text}' : {detail}", text, document)
        return PathMissing(
            f"The JSONPath '{text}' specified for the field '{self._field}' "
            f"could not be found in the input '{to_text(document)}'",
            text,
            document,
        )
