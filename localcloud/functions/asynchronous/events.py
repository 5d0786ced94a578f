"""An event in Lambda's queue, and the document it is kept as over a stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from localcloud.functions.destinations.records import Condition
from localcloud.functions.model import JSON, InvokeResult


@dataclass
class QueuedEvent:
    """An accepted event, from its acceptance to its end.

    Attributes
    ----------
    function, qualifier
        Whom it is for. What runs is what they are when an attempt begins.
    invoked_arn
        The function as the caller named it.
    queued, due
        When it was accepted, and when its next attempt is: seconds since 1970.
    attempts
        How many the function has ended.
    throttled
        How many attempts in a row found no room.
    result
        The last attempt's.
    condition
        How it ended, once it did; then only its report is left to do.
    """

    function: str
    qualifier: str
    invoked_arn: str
    payload: bytes
    request_id: str
    queued: float
    due: float
    attempts: int = 0
    throttled: int = 0
    result: InvokeResult | None = None
    condition: Condition | None = None

    def document(self) -> dict[str, JSON]:
        """Return it as a JSON document."""
        return {
            "function": self.function,
            "qualifier": self.qualifier,
            "invokedArn": self.invoked_arn,
            "payload": _text(self.payload),
            "requestId": self.request_id,
            "queued": self.queued,
            "due": self.due,
            "attempts": self.attempts,
            "throttled": self.throttled,
            "condition": self.condition,
            "result": None if self.result is None else _document_of(self.result),
        }

    @classmethod
    def of(cls, document: JSON) -> QueuedEvent:
        """Read `document` again.

        Raises
        ------
        ValueError
            It is something else.
        """
        if not isinstance(document, dict):
            raise ValueError("an event is a JSON object")
        fields, result = _Fields(document), document.get("result")
        condition = document.get("condition")
        return cls(
            fields.text("function"),
            fields.text("qualifier"),
            fields.text("invokedArn"),
            fields.text("payload").encode(errors="surrogateescape"),
            fields.text("requestId"),
            fields.number("queued"),
            fields.number("due"),
            int(fields.number("attempts")),
            int(fields.number("throttled")),
            _result_of(_Fields(result)) if isinstance(result, dict) else None,
            next((item for item in get_args(Condition) if item == condition), None),
        )


class _Fields:
    def __init__(self, document: dict[str, JSON]) -> None:
        self._document = document

    def text(self, name: str) -> str:
        value = self._document.get(name)
        if not isinstance(value, str):
            raise ValueError(f"{name} is no text")
        return value

    def number(self, name: str) -> float:
        value = self._document.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} is no number")
        return float(value)

    def text_or_none(self, name: str) -> str | None:
        return None if self._document.get(name) is None else self.text(name)


def _result_of(fields: _Fields) -> InvokeResult:
    return InvokeResult(
        fields.text("payload").encode(errors="surrogateescape"),
        fields.text_or_none("functionError"),
        request_id=fields.text("requestId"),
        version=fields.text("version"),
    )


def _document_of(result: InvokeResult) -> JSON:
    return {
        "payload": _text(result.payload),
        "functionError": result.function_error,
        "requestId": result.request_id,
        "version": result.version,
    }


def _text(payload: bytes) -> str:
    # A payload is JSON, mostly in UTF-8; whatever it is, it comes back byte by byte.
    return payload.decode(errors="surrogateescape")
