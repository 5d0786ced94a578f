"""Payloads: ``name.$`` in a JSONPath state, ``{% %}`` in a JSONata state; and single paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.validation.context import Context
from localcloud.states.validation.expressions import is_call, is_expression, is_path, is_reference_path
from localcloud.states.validation.jsonata import UNSUPPORTED, read_expression, states_problems
from localcloud.states.validation.paths import roots

POSSIBLY_UNDEFINED: Final = "POSSIBLY_UNDEFINED_VARIABLE"
_DYNAMIC: Final = ("$.", "$[", "$$.", "States.")


def check_payload(context: Context, holder: Mapping[str, Json], name: str) -> None:
    """Check a field that holds a template, where it is there."""
    if name not in holder:
        return
    inside = context.below(name)
    if context.is_jsonata:
        check_jsonata(inside, holder[name])
    else:
        _check_template(inside, holder[name])


def check_jsonata(context: Context, value: Json) -> None:
    """Check every expression of a value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            check_jsonata(context.below(name), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            check_jsonata(replace(context, at=f"{context.at}[{number}]"), inner)
    elif isinstance(value, str) and value.startswith("{%"):
        if is_expression(value):
            _check_expression(context, value[2:-2])
        else:
            context.schema("JSONata string must start with {% and end with %}")


def _check_expression(context: Context, text: str) -> None:
    expression = read_expression(text)
    if expression.problem is not None:
        context.report.error(*expression.problem, context.at)
        return
    absent = states_problems(expression, result=context.result, error_output=context.error_output)
    for message in (*expression.refused, *absent):
        context.report.error(UNSUPPORTED, message, context.at)
    for name in sorted(expression.variables):
        warn_of_undefined(context, name)


def warn_of_undefined(context: Context, name: str) -> None:
    """Warn where no state whose variables can be read assigns a name."""
    if not context.variables.reads(name):
        context.report.warning(POSSIBLY_UNDEFINED, f"Variable '{name}' is possibly not defined.", context.at)


def _check_template(context: Context, value: Json) -> None:
    """Check a JSONPath template; AWS names the whole field as the place of what is wrong in it."""
    if isinstance(value, list):
        for inner in value:
            _check_template(context, inner)
        return
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        if not name.endswith(".$"):
            if isinstance(inner, str) and (inner == "$" or inner.startswith(_DYNAMIC)):
                context.report.warning(
                    "NO_DOLLAR",
                    f"The value of '{name}' looks like a JSONPath or an intrinsic function. "
                    f"Use '{name}.$' to evaluate it.",
                    context.at,
                )
            _check_template(context, inner)
        elif is_path(inner) or is_call(inner):
            check_roots(context, inner)
        else:
            context.schema(
                f"The value for the field '{name}' must be a valid JSONPath "
                "or a valid intrinsic function call"
            )


def check_roots(context: Context, text: str) -> None:
    """Warn of the variables of a path or call that are never assigned."""
    for name in dict.fromkeys(roots(text)):
        warn_of_undefined(context, name)


def warn_of_path(context: Context, holder: Mapping[str, Json], name: str) -> None:
    """Warn where a literal text is a path: the field that takes paths has another name."""
    value = holder.get(name)
    if not context.is_jsonata and isinstance(value, str) and value.startswith(_DYNAMIC):
        message = f"The value of '{name}' looks like a path. Use '{name}Path' to evaluate it."
        context.report.warning("NO_PATH", message, f"{context.at}/{name}")


def check_path(
    context: Context, holder: Mapping[str, Json], name: str, *, calls: bool = False, null: bool = False
) -> None:
    """Check a field that holds a path, where it is there.

    Parameters
    ----------
    calls
        Whether an intrinsic function's call may stand for a path.
    null
        Whether null may.
    """
    value = holder.get(name)
    if name not in holder or (null and value is None):
        return
    if not isinstance(value, str):
        context.schema("Expected value of type String", name)
    elif is_path(value) or (calls and is_call(value)):
        check_roots(context.below(name), value)
    else:
        context.schema("Value must be a valid JSONPath.", name)


def check_reference_path(context: Context, holder: Mapping[str, Json], name: str) -> None:
    """Check where a result is put: one node of the input, or null."""
    value = holder.get(name)
    if value is None:
        return
    if not isinstance(value, str):
        context.schema("Expected value of type String", name)
    elif not value.startswith("$"):
        context.schema("Value is not a Reference Path: Reference path didn't start with '$'", name)
    elif value.startswith("$$") or not is_reference_path(value):
        context.schema("Value is not a Reference Path", name)
