"""A whole definition: its JSON, its machines and the states inside of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NoReturn

from localcloud.states.language.scope import Json
from localcloud.states.validation.context import DEEPEST, Context, Kind, Names, Whole
from localcloud.states.validation.diagnostic import Diagnostic, Report
from localcloud.states.validation.fields import BRANCH, JSONPATH, LANGUAGES, MACHINE, PROCESSOR
from localcloud.states.validation.maps import is_distributed, processor_name
from localcloud.states.validation.states import check_state, language_of
from localcloud.states.validation.transitions import check_transitions
from localcloud.states.validation.values import choice_of, filled, number, required, supported, typed
from localcloud.states.validation.variables import assigned_names

LARGEST: Final = 1_048_576
LONGEST_NAME: Final = 80
LONGEST_TIMEOUT: Final = 99_999_999


def diagnostics(definition: str, *, kind: Kind) -> list[Diagnostic]:
    """Return what ValidateStateMachineDefinition says of a definition, warnings among it.

    Examples
    --------
    >>> text = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}'
    >>> [str(diagnostic) for diagnostic in diagnostics(text, kind="STANDARD")][0]
    "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next"
    """
    return _reported(definition, kind, _check_whole)


def refusal(definition: str, *, kind: Kind) -> str | None:
    """Return the message of the error ``InvalidDefinition``; None for a definition that is taken.

    Examples
    --------
    >>> refusal("{", kind="STANDARD").partition(":")[0]
    'Invalid State Machine Definition'
    >>> refusal('{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}', kind="STANDARD")
    """
    errors = [str(each) for each in diagnostics(definition, kind=kind) if each.severity == "ERROR"]
    return f"Invalid State Machine Definition: '{', '.join(errors)}'" if errors else None


def state_diagnostics(definition: str, *, kind: Kind = "STANDARD") -> list[Diagnostic]:
    """Return what is wrong with one state alone, as TestState is given it; targets are not looked for.

    Examples
    --------
    >>> [str(each) for each in state_diagnostics('{"Type": "Wait", "Seconds": 1.5, "Next": "Any"}')]
    ['SCHEMA_VALIDATION_FAILED: Expected value of type Integer at /Seconds']
    """
    return _reported(definition, kind, _check_alone)


def _reported(
    definition: str, kind: Kind, check: Callable[[Report, Mapping[str, Json], Kind], None]
) -> list[Diagnostic]:
    report = Report()
    try:
        document = _read(report, definition)
        if document is not None:
            check(report, document, kind)
    except RecursionError:
        report.error("TOO_DEEPLY_NESTED", "The states are too deeply nested", None)
    return list(dict.fromkeys(report.diagnostics))


def _read(report: Report, definition: str) -> Mapping[str, Json] | None:
    if not definition.strip() or definition.strip() == "null":
        report.error("MISSING_DESCRIPTION", "State machine definition is empty", None)
        return None
    size = len(definition.encode("utf-8", "surrogatepass"))
    if size > LARGEST:
        message = f"The definition has {size} bytes, which exceeds the limit of {LARGEST}"
        report.error("SCHEMA_VALIDATION_FAILED", message, None)
        return None
    try:
        document = json.loads(definition, parse_constant=_no_constant)
    except ValueError as error:
        report.error("INVALID_JSON_DESCRIPTION", str(error), None)
        return None
    if isinstance(document, dict):
        return document
    report.schema("Expected value of type Object", "/")
    return None


def _check_whole(report: Report, machine: Mapping[str, Json], kind: Kind) -> None:
    language = language_of(machine, JSONPATH)
    context = Context(report, Whole(kind, language), "", language, Names())
    choice_of(context, machine, "QueryLanguage", LANGUAGES)
    choice_of(context, machine, "Version", ("1.0",))
    number(context, machine, "TimeoutSeconds", 0, LONGEST_TIMEOUT)
    supported(context, machine, MACHINE)
    _check_machine(context, machine)


def _check_alone(report: Report, state: Mapping[str, Json], kind: Kind) -> None:
    context = Context(report, Whole(kind, JSONPATH), "", language_of(state, JSONPATH), Names())
    _check_deep(context, state)


def _check_deep(context: Context, state: Mapping[str, Json]) -> None:
    check_state(context, state)
    for inner, body in _inner_machines(context, state):
        _check_machine(inner, body)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"Non-standard token '{name}'")


def _check_machine(context: Context, machine: Mapping[str, Json]) -> None:
    if context.depth > DEEPEST:
        context.report.error("TOO_DEEPLY_NESTED", "The states are too deeply nested", context.at)
        return
    typed(context, machine, "Comment", "String")
    required(context, machine, "StartAt", "States")
    typed(context, machine, "StartAt", "String")
    if not filled(context, machine, "States", "Object"):
        return
    context.variables.assigned |= assigned_names(machine["States"], context.whole.language)
    check_transitions(context.report, machine, context.at)
    for name, state in machine["States"].items():
        at = f"{context.at}/States/{name}"
        _check_name(context, name, at)
        if not isinstance(state, dict):
            context.report.schema("Expected value of type Object", at)
            continue
        language = language_of(state, context.whole.language)
        place = Context(context.report, context.whole, at, language, context.variables, context.depth)
        _check_deep(place, state)


def _check_name(context: Context, name: str, at: str) -> None:
    if name in context.whole.names:
        context.report.error("DUPLICATE_STATE_NAME", f"Duplicate State name: {name}", at)
    context.whole.names.add(name)
    if not name.strip():
        context.report.error("INVALID_STATE_NAME", "State name cannot be empty", at)
    elif len(name) > LONGEST_NAME:
        message = f"State name '{name}' exceeds the {LONGEST_NAME}-character limit allowed by the service"
        context.report.error("INVALID_STATE_NAME", message, at)
    elif not name.isprintable():
        context.report.error("INVALID_STATE_NAME", f"State name '{name}' contains invalid characters", at)


def _inner_machines(
    context: Context, state: Mapping[str, Json]
) -> Iterator[tuple[Context, Mapping[str, Json]]]:
    """Yield the branches of a Parallel and the machine of a Map, checked for their own fields."""
    parts: list[tuple[str, Json, frozenset[str]]] = []
    branches = state.get("Branches")
    if state.get("Type") == "Parallel" and isinstance(branches, list):
        parts = [(f"Branches[{number}]", branch, BRANCH) for number, branch in enumerate(branches)]
    elif state.get("Type") == "Map":
        parts = [(name, state[name], PROCESSOR) for name in [processor_name(state)] if name in state]
    closed = state.get("Type") == "Map" and is_distributed(state)
    for name, body, fields in parts:
        inner = Context(
            context.report,
            context.whole,
            f"{context.at}/{name}",
            context.whole.language,
            Names(outer=context.variables, closed=closed),
            context.depth + 1,
        )
        if isinstance(body, dict):
            supported(inner, body, fields)
            yield inner, body
        else:
            inner.schema("Expected value of type Object")
