"""Variables: their names, and those that a machine's states assign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.validation.context import Context
from localcloud.states.validation.fields import JSONPATH
from localcloud.states.validation.templates import check_payload
from localcloud.states.validation.values import typed

LONGEST: Final = 80


def assigned_names(states: Mapping[str, Json], language: str) -> set[str]:
    """Return what the states of a machine assign, those of inner machines left out.

    Examples
    --------
    >>> states = {"A": {"Assign": {"a.$": "$.x"}, "Catch": [{"Assign": {"b": 1}}]}}
    >>> sorted(assigned_names(states, "JSONPath"))
    ['a', 'b']
    """
    names: set[str] = set()
    for state in states.values():
        if isinstance(state, dict):
            own = state.get("QueryLanguage", language)
            for block in _blocks(state):
                names |= {_name(key, own) for key in block}
    return names


def _blocks(state: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    holders = [state]
    for field in ("Choices", "Catch"):
        rules = state.get(field)
        holders += [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []
    for holder in holders:
        block = holder.get("Assign")
        if isinstance(block, dict):
            yield block


def _name(key: str, language: str) -> str:
    return key.removesuffix(".$") if language == JSONPATH else key


def check_assign(context: Context, holder: Mapping[str, Json]) -> None:
    """Check an ``Assign`` block, where there is one."""
    if not typed(context, holder, "Assign", "Object"):
        return
    for key in holder["Assign"]:
        problem = _problem(context, _name(key, context.language))
        if problem is not None:
            context.report.error(*problem, f"{context.at}/Assign/{key}")
    check_payload(context, holder, "Assign")


def _problem(context: Context, name: str) -> tuple[str, str] | None:
    if name == "states":
        return "RESERVED_VARIABLE_NAME", "Cannot assign to reserved variable '$states'."
    code, begin = "INVALID_VARIABLE_NAME", f"Invalid variable name '{name}': the variable name"
    if len(name) > LONGEST:
        return code, f"{begin} exceeds the {LONGEST}-character limit allowed by the service."
    # Unicode's letters, digits and underscores, as an identifier has them.
    if not name.isidentifier() or name.startswith("_"):
        return code, f"{begin} contains invalid characters."
    if context.variables.is_outer(name):
        message = f"The variable name '{name}' was already defined in a parent scope."
        return "DUPLICATE_VARIABLE_NAME", message
    return None
