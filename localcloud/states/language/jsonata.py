"""Fields in JSONata: ``{% $states.input.total > 100 %}``."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from localcloud.states.language.errors import EvaluationError
from localcloud.states.language.jsonata_expressions import EvaluationFailed, Expression, UnsupportedResult
from localcloud.states.language.jsonata_shortcuts import find_shortcut
from localcloud.states.language.scope import ABSENT, Evaluator, Json, Scope
from localcloud.states.language.text import to_text

__all__ = ["Expected", "compile_jsonata", "is_expression"]

Expected: TypeAlias = Literal["array", "boolean", "integer", "number", "object", "string"]

_ERROR: Final = "States.QueryEvaluationError"
_OPEN: Final = "{%"
_CLOSE: Final = "%}"


def is_expression(value: Json) -> bool:
    """Return whether `value` is an expression, not a literal."""
    return isinstance(value, str) and len(value) >= 4 and value.startswith(_OPEN) and value.endswith(_CLOSE)


def compile_jsonata(template: Json, *, field: str, expects: Expected | None = None) -> Evaluator:
    """Return what evaluates each expression of `template`, at any depth.

    Parts without an expression are shared, not copied.

    Parameters
    ----------
    template
        The field's value.
    field
        Its name; an error names the place within it too, such as ``Output/lines[0]/total``.
    expects
        The type that the whole value must have; nothing else is refused when it is a literal.

    Raises
    ------
    DefinitionError
        An expression is no JSONata, or uses what Step Functions does not have.

    Examples
    --------
    >>> evaluate = compile_jsonata({"total": "{% $sum($states.input) %}", "kind": "sum"}, field="Output")
    >>> evaluate(Scope([1, 2, 3], {}, {}))
    {'total': 6, 'kind': 'sum'}
    """
    if isinstance(template, str) and is_expression(template):
        return _compile_expression(template[len(_OPEN) : -len(_CLOSE)].strip(), field, expects)
    evaluator = _compile(template, field)
    return (lambda scope: template) if evaluator is None else evaluator


def _compile(template: Json, field: str) -> Evaluator | None:
    """Return what evaluates `template`, or None where it is the same each time."""
    if isinstance(template, str):
        return compile_jsonata(template, field=field) if is_expression(template) else None
    if isinstance(template, dict):
        members = [(name, value, _compile(value, f"{field}/{name}")) for name, value in template.items()]
        if all(evaluator is None for _, _, evaluator in members):
            return None
        return lambda scope: {
            name: value if evaluator is None else evaluator(scope) for name, value, evaluator in members
        }
    if isinstance(template, list):
        items = [(item, _compile(item, f"{field}[{index}]")) for index, item in enumerate(template)]
        if all(evaluator is None for _, evaluator in items):
            return None
        return lambda scope: [item if evaluator is None else evaluator(scope) for item, evaluator in items]
    return None


def _compile_expression(text: str, field: str, expects: Expected | None) -> Evaluator:
    expression = Expression(text)
    subject = f"The JSONata expression '{text}' specified for the field '{field}'"

    def evaluate_text(scope: Scope) -> Json:
        try:
            return expression.evaluate(scope)
        except EvaluationFailed as fault:
            cause = f"{subject} threw an error during evaluation. {fault}"
            raise EvaluationError(_ERROR, cause, field) from None
        except UnsupportedResult:
            cause = f"{subject} returned an unsupported result type."
            raise EvaluationError(_ERROR, cause, field) from None

    read = find_shortcut(text, evaluate_text) or evaluate_text

    def evaluate(scope: Scope) -> Json:
        value = read(scope)
        if value is ABSENT:
            raise EvaluationError(_ERROR, f"{subject} returned nothing (undefined).", field)
        return value

    if expects is None:
        return evaluate

    def evaluate_typed(scope: Scope) -> Json:
        value = evaluate(scope)
        if not _is_a(value, expects):
            raise EvaluationError(
                _ERROR,
                f"{subject} returned an unexpected result type. Expected '{expects}', "
                f"but was '{_type_of(value)}' for value: {to_text(value)}",
                field,
            )
        return value

    return evaluate_typed


def _is_a(value: Json, expected: Expected) -> bool:
    if expected == "integer":
        return _type_of(value) == "number" and value == int(value)
    return _type_of(value) == expected


def _type_of(value: Json) -> str:
    """Return the name of JSON's type of `value`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
