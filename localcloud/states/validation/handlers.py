"""Retry and Catch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.validation.context import Context
from localcloud.states.validation.templates import check_payload, check_reference_path
from localcloud.states.validation.values import (
    LONGEST,
    choice_of,
    filled,
    is_type,
    number,
    of_language,
    required,
    supported,
    typed,
)
from localcloud.states.validation.variables import check_assign

_RETRY: Final = frozenset(
    {"ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"}
) | {"Comment"}
_CATCH: Final = frozenset({"ErrorEquals", "Next", "ResultPath", "Output", "Assign", "Comment"})
LONGEST_DELAY: Final = 31_622_400
ALL: Final = "States.ALL"


def check_handlers(context: Context, state: Mapping[str, Json]) -> None:
    """Check the retriers and catchers of a state."""
    for field in ("Retry", "Catch"):
        if not typed(context, state, field, "Array"):
            continue
        handlers = state[field]
        for index, handler in enumerate(handlers):
            place = context.below(f"{field}[{index}]")
            if not isinstance(handler, dict):
                place.schema("Expected value of type Object")
                continue
            supported(place, handler, _RETRY if field == "Retry" else _CATCH)
            _check_errors(place, handler, last=index == len(handlers) - 1)
            if field == "Retry":
                _check_retrier(place, handler)
            else:
                _check_catcher(place, handler)


def _check_errors(context: Context, handler: Mapping[str, Json], *, last: bool) -> None:
    if not required(context, handler, "ErrorEquals") or not filled(context, handler, "ErrorEquals", "Array"):
        return
    names = handler["ErrorEquals"]
    for index, name in enumerate(names):
        if not isinstance(name, str):
            context.schema("Expected value of type String", f"ErrorEquals[{index}]")
    if ALL in names and (len(names) > 1 or not last):
        context.schema(f"{ALL} must appear alone and at end of list", "ErrorEquals")


def _check_retrier(context: Context, retrier: Mapping[str, Json]) -> None:
    # The guide wants a positive interval; the service takes zero.
    number(context, retrier, "IntervalSeconds", 0, LONGEST, computed=False)
    number(context, retrier, "MaxAttempts", 0, LONGEST, computed=False)
    number(context, retrier, "BackoffRate", 1, kind="Double", computed=False)
    number(context, retrier, "MaxDelaySeconds", 1, LONGEST_DELAY, computed=False)
    choice_of(context, retrier, "JitterStrategy", ("NONE", "FULL"))
    interval: Json = retrier.get("IntervalSeconds", 1)
    longest: Json = retrier.get("MaxDelaySeconds")
    if is_type(interval, "Integer") and is_type(longest, "Integer") and 0 < longest <= interval:
        context.schema("MaxDelaySeconds must be greater than IntervalSeconds", "MaxDelaySeconds")


def _check_catcher(context: Context, catcher: Mapping[str, Json]) -> None:
    required(context, catcher, "Next")
    typed(context, catcher, "Next", "String")
    of_language(context, catcher)
    inside = replace(context, error_output=True)
    if context.is_jsonata:
        check_payload(inside, catcher, "Output")
    else:
        check_reference_path(context, catcher, "ResultPath")
    check_assign(inside, catcher)
