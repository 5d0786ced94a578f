"""Checks of single values that every state shares: types, ranges, and which fields are there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.validation.context import Context
from localcloud.states.validation.expressions import is_expression
from localcloud.states.validation.fields import JSONATA, JSONATA_ONLY, JSONPATH, JSONPATH_ONLY
from localcloud.states.validation.templates import check_jsonata

LONGEST: Final = 99_999_999
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "String": (str,),
    "Integer": (int,),
    "Double": (int, float),
    "Boolean": (bool,),
    "Object": (dict,),
    "Array": (list,),
}


def is_type(value: Json, kind: str) -> bool:
    """Return whether a value is of a type by its name here; a boolean is no number.

    Examples
    --------
    >>> is_type(True, "Integer"), is_type(1, "Double"), is_type(1.5, "Integer")
    (False, True, False)
    """
    return isinstance(value, _TYPES[kind]) and (kind == "Boolean" or not isinstance(value, bool))


def typed(context: Context, holder: Mapping[str, Json], name: str, kind: str) -> bool:
    """Check a field's type; return whether the field is there and of that type."""
    if name not in holder:
        return False
    if is_type(holder[name], kind):
        return True
    context.schema(f"Expected value of type {kind}", name)
    return False


def filled(context: Context, holder: Mapping[str, Json], name: str, kind: str) -> bool:
    """Check that an array or object has members."""
    if not typed(context, holder, name, kind):
        return False
    if holder[name]:
        return True
    context.schema("Value cannot be empty", name)
    return False


def number(
    context: Context,
    holder: Mapping[str, Json],
    name: str,
    least: int,
    most: int | None = None,
    *,
    kind: str = "Integer",
    computed: bool = True,
) -> None:
    """Check a number's type and range.

    Parameters
    ----------
    computed
        Whether a JSONata state may compute it.
    """
    value: Json = holder.get(name)
    if computed and context.is_jsonata and is_expression(value):
        check_jsonata(context.below(name), value)
        return
    if not typed(context, holder, name, kind):
        return
    if value < least:
        context.schema(f"Minimum value is {least}", name)
    elif most is not None and value > most:
        context.schema(f"Maximum value is {most}", name)


def choice_of(context: Context, holder: Mapping[str, Json], name: str, allowed: Collection[str]) -> None:
    """Check that a text is of an enumeration."""
    if name not in holder:
        return
    value = holder[name]
    if not isinstance(value, str):
        context.schema("Expected value of type [STRING]", name)
    elif value not in allowed:
        context.schema(f"Value should be one of the following: [{', '.join(allowed)}]", name)


def required(context: Context, holder: Mapping[str, Json], *names: str) -> bool:
    """Check that fields are there."""
    missing = [name for name in names if name not in holder]
    if missing:
        context.schema(f"These fields are required: [{', '.join(missing)}]")
    return not missing


def exactly_one(context: Context, holder: Mapping[str, Json], names: Collection[str]) -> None:
    """Check that one of several fields is there, and no other of them."""
    count = sum(name in holder for name in names)
    if count > 1:
        context.schema(f"There should only be one of the following fields: [{', '.join(names)}]")
    elif count == 0:
        context.schema(f"This object should have only one of the following fields: [{', '.join(names)}]")


def at_most_one(context: Context, holder: Mapping[str, Json], *names: str) -> None:
    """Check that fields exclude each other."""
    if all(name in holder for name in names):
        context.schema(f"There should only be one of the following fields: [{', '.join(names)}]")


def supported(context: Context, holder: Mapping[str, Json], allowed: Collection[str]) -> None:
    """Check that there are no other fields."""
    for name in holder:
        if name not in allowed:
            context.schema(f"Field '{name}' is not supported")


def of_language(context: Context, holder: Mapping[str, Json]) -> None:
    """Check that no field belongs to the other query language."""
    other, foreign = (JSONPATH, JSONPATH_ONLY) if context.is_jsonata else (JSONATA, JSONATA_ONLY)
    for name in holder:
        if name in foreign:
            context.schema(
                f"The QueryLanguage is set to '{context.language}', "
                f"but field '{name}' is only supported for the '{other}' QueryLanguage"
            )
