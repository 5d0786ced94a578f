"""Payload templates: literals, and keys in ``.$`` that hold a path or an intrinsic function."""

from __future__ import annotations

from typing import Final

from localcloud.states.language.errors import DefinitionError
from localcloud.states.language.intrinsics import compile_intrinsic
from localcloud.states.language.paths import compile_path
from localcloud.states.language.scope import ABSENT, Evaluator, Json, Scope

_SUFFIX: Final = ".$"
_FUNCTION: Final = "States."


def compile_expression(text: str, *, field: str | None = None) -> Evaluator:
    """Return what evaluates `text`, a path or a call of an intrinsic function.

    Parameters
    ----------
    text
        Such as ``$.a`` or ``States.UUID()``.
    field
        As of :func:`~localcloud.states.language.paths.compile_path`.
    """
    if text.startswith(_FUNCTION):
        return compile_intrinsic(text)
    return compile_path(text, field=field)


def compile_template(template: Json, *, field: str) -> Evaluator:
    """Return what fills `template` in.

    Parts without a key in ``.$`` are shared, not copied.

    Parameters
    ----------
    template
        The value of Parameters, ItemSelector, ResultSelector or Assign.
    field
        The name of that field.

    Raises
    ------
    DefinitionError
        What such a key holds is neither a path nor an intrinsic function.

    Examples
    --------
    >>> fill = compile_template({"id.$": "$.order.id", "kind": "order"}, field="Parameters")
    >>> fill(Scope({"order": {"id": 7}}, {}, {}))
    {'id': 7, 'kind': 'order'}
    """
    evaluator = _compile(template, field)
    return (lambda scope: template) if evaluator is None else evaluator


def _compile(template: Json, field: str) -> Evaluator | None:
    """Return what fills `template` in, or None where it is the same each time."""
    if isinstance(template, dict):
        return _compile_object(template, field)
    if isinstance(template, list):
        return _compile_array(template, field)
    return None


def _compile_object(template: dict[str, Json], field: str) -> Evaluator | None:
    members: list[tuple[str, Json, Evaluator | None]] = []
    for name, value in template.items():
        if name.endswith(_SUFFIX):
            if not isinstance(value, str):
                raise DefinitionError(f"The value of {name} in {field} must be a path or a function")
            members.append((name.removesuffix(_SUFFIX), ABSENT, compile_expression(value, field=name)))
        else:
            members.append((name, value, _compile(value, field)))
    if all(evaluator is None for _, _, evaluator in members):
        return None
    if all(evaluator is not None for _, _, evaluator in members):
        evaluators = [(name, evaluator) for name, _, evaluator in members if evaluator is not None]
        return lambda scope: {name: evaluator(scope) for name, evaluator in evaluators}

    def fill(scope: Scope) -> Json:
        return {name: value if evaluator is None else evaluator(scope) for name, value, evaluator in members}

    return fill


def _compile_array(template: list[Json], field: str) -> Evaluator | None:
    items = [(item, _compile(item, field)) for item in template]
    if all(evaluator is None for _, evaluator in items):
        return None
    return lambda scope: [item if evaluator is None else evaluator(scope) for item, evaluator in items]
