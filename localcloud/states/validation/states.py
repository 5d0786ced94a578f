"""One state: the fields that all types share, and those of the small types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.validation.choices import check_choices
from localcloud.states.validation.context import Context
from localcloud.states.validation.expressions import is_call, is_expression, is_path, is_timestamp
from localcloud.states.validation.fields import ALTERNATIVES, JSONATA, JSONPATH, LANGUAGES, STATES
from localcloud.states.validation.handlers import check_handlers
from localcloud.states.validation.maps import check_map
from localcloud.states.validation.tasks import check_task
from localcloud.states.validation.templates import (
    check_jsonata,
    check_path,
    check_payload,
    check_reference_path,
    warn_of_path,
)
from localcloud.states.validation.values import (
    LONGEST,
    at_most_one,
    choice_of,
    exactly_one,
    filled,
    number,
    of_language,
    required,
    supported,
    typed,
)
from localcloud.states.validation.variables import check_assign

_WAITS: Final = ("SecondsPath", "Seconds", "TimestampPath", "Timestamp")
_WITH_RESULT: Final = ("Task", "Parallel", "Map")
_WITH_NEXT: Final = ("Task", "Pass", "Wait", "Parallel", "Map")


def language_of(state: Mapping[str, Json], machine: str) -> str:
    """Return a state's language: what is neither of the two counts as JSONata, as on AWS.

    Inner machines take the whole machine's, not that of the Map or Parallel around them.
    """
    return JSONPATH if state.get("QueryLanguage", machine) == JSONPATH else JSONATA


def check_state(context: Context, state: Mapping[str, Json]) -> None:
    """Check one state, but for its inner machines and its transitions."""
    kind = state.get("Type")
    if not required(context, state, "Type"):
        return
    if not isinstance(kind, str) or kind not in STATES:
        choice_of(context, state, "Type", tuple(STATES))
        return
    typed(context, state, "Comment", "String")
    supported(context, state, STATES[kind])
    own = {name: value for name, value in state.items() if name in STATES[kind]}
    if not _check_language(context, own):
        return
    for pair in ALTERNATIVES:
        at_most_one(context, own, *pair)
    if kind in _WITH_NEXT:
        _check_next(context, own)
    for name in ("InputPath", "OutputPath"):
        check_path(context, own, name, null=True)
    check_reference_path(context, own, "ResultPath")
    after = replace(context, result=kind in _WITH_RESULT)
    for name in ("Parameters", "Arguments"):
        check_payload(context, own, name)
    for name in ("ResultSelector", "Output"):
        check_payload(after, own, name)
    check_assign(after, own)
    check_handlers(context, own)
    _check_type(context, own, kind)


def _check_language(context: Context, state: dict[str, Json]) -> bool:
    """Check the language and its fields, and drop those of the other; False where it is refused."""
    choice_of(context, state, "QueryLanguage", LANGUAGES)
    if context.whole.language == JSONATA and state.get("QueryLanguage") == JSONPATH:
        context.schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine")
        return False
    of_language(context, state)
    return True


def _check_next(context: Context, state: Mapping[str, Json]) -> None:
    typed(context, state, "Next", "String")
    typed(context, state, "End", "Boolean")
    if state.get("End") is False:
        state = {name: value for name, value in state.items() if name != "End"}
    exactly_one(context, state, ("Next", "End"))


def _check_type(context: Context, state: Mapping[str, Json], kind: str) -> None:
    match kind:
        case "Task":
            check_task(context, state)
        case "Choice":
            check_choices(context, state)
        case "Wait":
            _check_wait(context, state)
        case "Map":
            check_map(context, state)
        case "Parallel":
            if required(context, state, "Branches"):
                filled(context, state, "Branches", "Array")
        case "Fail":
            _check_fail(context, state)
        case "Pass" if _looks_dynamic(state.get("Result")):
            message = "The Result of a Pass state is static: paths and intrinsic functions are not evaluated."
            context.report.warning("PASS_RESULT_IS_STATIC", message, f"{context.at}/Result")
        case _:
            pass


def _check_wait(context: Context, state: Mapping[str, Json]) -> None:
    exactly_one(context, state, _WAITS)
    number(context, state, "Seconds", 0, LONGEST)
    for name in ("SecondsPath", "TimestampPath"):
        check_path(context, state, name)
    if context.is_jsonata and is_expression(state.get("Timestamp")):
        _check_computed(context, state, "Timestamp")
    elif typed(context, state, "Timestamp", "String") and not is_timestamp(state["Timestamp"]):
        context.schema("String does not match RFC3339 timestamp", "Timestamp")


def _check_fail(context: Context, state: Mapping[str, Json]) -> None:
    for name in ("Error", "Cause"):
        if typed(context, state, name, "String"):
            warn_of_path(context, state, name)
            _check_computed(context, state, name)
        check_path(context, state, f"{name}Path", calls=True)


def _check_computed(context: Context, state: Mapping[str, Json], name: str) -> None:
    if context.is_jsonata and name in state:
        check_jsonata(context.below(name), state[name])


def _looks_dynamic(value: Json) -> bool:
    if isinstance(value, dict):
        return any(name.endswith(".$") or _looks_dynamic(inner) for name, inner in value.items())
    if isinstance(value, list):
        return any(_looks_dynamic(inner) for inner in value)
    return isinstance(value, str) and len(value) > 1 and (is_path(value) or is_call(value))
