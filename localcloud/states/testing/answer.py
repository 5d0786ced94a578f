"""A test's outcome as the API answers it."""

from __future__ import annotations

from typing import Any, Final

from localcloud.states.api.histories import text_of
from localcloud.states.language.scope import ABSENT, Json
from localcloud.states.language.text import to_text
from localcloud.states.running.frame import Frame
from localcloud.states.testing.trace import Exchange
from localcloud.states.testing.trial import TestOutcome

# Stages that are numbers; others are JSON in a text.
_NUMBERS: Final = frozenset({"maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage"})


def written(frame: Frame, outcome: TestOutcome, level: str, exchange: Exchange | None) -> dict[str, Json]:
    """Return the answer.

    Parameters
    ----------
    level
        ``INFO``, ``DEBUG`` for the stages of the data, ``TRACE`` for the HTTP exchange, too.
    """
    answer: dict[str, Any] = {"status": outcome.status}
    if outcome.output is not ABSENT:
        answer["output"] = text_of(outcome.output, frame.execution)
    if outcome.next is not None:
        answer["nextState"] = outcome.next
    if outcome.error is not None:
        reason = {"error": outcome.error.error, "cause": outcome.error.cause}
        answer |= {name: text for name, text in reason.items() if text is not None}
    if level == "INFO":
        return answer
    data = _stages(frame)
    if outcome.details:
        data["errorDetails"] = outcome.details
    if level == "TRACE" and exchange is not None:
        data["request"] = exchange.request()
        if exchange.reply is not None:
            data["response"] = exchange.response()
    answer["inspectionData"] = data
    return answer


def _stages(frame: Frame) -> dict[str, Any]:
    data: dict[str, Any] = {
        name: value if name in _NUMBERS else text_of(value, frame.execution)
        for name, value in (frame.stages or {}).items()
    }
    if frame.variables:
        data["variables"] = to_text(frame.variables)
    return data
