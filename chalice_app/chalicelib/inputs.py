"""What a request says, read exactly or refused with its place: parameters, headers, body."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from chalice.app import Request

from chalicelib.problems import ContentTooLarge
from orders.approval import Decision, parse_decision
from orders.errors import InvalidOrder, InvalidRequest
from orders.fulfilling import FulfilmentEvent, parse_event
from orders.model import OrderId
from orders.parsing import parse_order_id
from orders.reading import to_order_id
from orders.status import OrderStatus

MAX_WAIT = 25
"""Seconds that a request may ask to wait: API Gateway gives up after 29, a cold start included."""

MAX_BODY = 512 * 1024
"""Bytes. The largest order, each of its characters written as an escape, is well below it."""

MAX_VERSION = 2**31 - 1
IDEMPOTENCY_KEY = "Idempotency-Key"

_WHOLE = re.compile(r"[0-9]+")
_ENTITY_TAG = re.compile(r'[ \t,]*(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*(?:,|$)')
_VERSION = re.compile(r"[1-9][0-9]{0,9}")
_PREFERENCES = re.compile(r'(?:[^,"]|"(?:\\.|[^"\\])*")+')
_WAIT = re.compile(r'wait\s*=\s*("?)([0-9]{1,9})\1', re.IGNORECASE)


class Code(StrEnum):
    """What is wrong with a request, for programs: ``errorInfo.code``."""

    REQUIRED = "REQUIRED"
    REPEATED = "REPEATED"
    NOT_A_UUID = "NOT_A_UUID"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    UNKNOWN_STATUS = "UNKNOWN_STATUS"
    BAD_ENTITY_TAG = "BAD_ENTITY_TAG"
    NOT_JSON = "NOT_JSON"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    WRONG_TYPE = "WRONG_TYPE"


def parameter(request: Request, name: str) -> str | None:
    """Return a parameter of the query; None when it is not there.

    Raises
    ------
    InvalidRequest
        When it is there twice: which one counts is undefined.
    """
    if request.query_params is None or name not in request.query_params:
        return None
    values: list[str] = request.query_params.getlist(name)
    if len(values) > 1:
        _refuse(name, Code.REPEATED, "must be given once")
    return values[0]


def whole(request: Request, name: str, *, low: int, high: int, default: int) -> int:
    """Return a parameter that is a whole number from ``low`` to ``high``.

    Raises
    ------
    InvalidRequest
    """
    text = parameter(request, name)
    if text is None:
        return default
    if not _WHOLE.fullmatch(text):
        _refuse(name, Code.NOT_A_NUMBER, f"must be a whole number from {low} to {high}")
    # Python refuses to read a number of thousands of digits.
    value = int(text) if len(text) <= 10 else high + 1
    if not low <= value <= high:
        _refuse(name, Code.OUT_OF_RANGE, f"must be {low} to {high}")
    return value


def status(request: Request) -> OrderStatus | None:
    """Return the status asked for; None for any.

    Raises
    ------
    InvalidRequest
    """
    text = parameter(request, "status")
    if text is None:
        return None
    try:
        return OrderStatus(text)
    except ValueError:
        _refuse("status", Code.UNKNOWN_STATUS, f"must be one of {', '.join(OrderStatus)}")


def header_lines(request: Request, name: str) -> list[str]:
    """Return what every line of a header says; of a repeated one, Chalice shows the last alone."""
    event = request.to_original_event()
    for header, values in (event.get("multiValueHeaders") or {}).items():
        if header.lower() == name.lower():
            return [value.strip() for value in values]
    single = request.headers.get(name)
    return [] if single is None else [single.strip()]


def idempotency_key(request: Request) -> OrderId:
    """Return the order's id, which the client has made.

    It may stand in quotes, as the header's draft wants it (an RFC 8941 string).

    Raises
    ------
    InvalidRequest
    """
    lines = header_lines(request, IDEMPOTENCY_KEY)
    if not lines:
        _refuse(IDEMPOTENCY_KEY, Code.REQUIRED, "is required: a UUID that you make, kept for repetitions")
    if len(lines) > 1:
        _refuse(IDEMPOTENCY_KEY, Code.REPEATED, "must be given once")
    text = lines[0]
    if len(text) > 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    try:
        return parse_order_id(text, IDEMPOTENCY_KEY)
    except InvalidOrder:
        _refuse(
            IDEMPOTENCY_KEY, Code.NOT_A_UUID, "must be a UUID such as 3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b"
        )


@dataclass(frozen=True, slots=True)
class Validators:
    """The versions of an order that the client has: ``If-None-Match``."""

    tags: frozenset[str] = frozenset()
    anything: bool = False

    def has(self, version: int) -> bool:
        """Return whether the client has ``version``."""
        return self.anything or str(version) in self.tags

    @property
    def latest(self) -> int:
        """The highest version that the client has; 0 for none."""
        return max((int(tag) for tag in self.tags if _VERSION.fullmatch(tag)), default=0)


def validators(request: Request) -> Validators | None:
    """Return what ``If-None-Match`` says; None when there is none.

    Weak tags compare as strong ones do (RFC 9110, 13.1.2).

    Raises
    ------
    InvalidRequest
    """
    lines = header_lines(request, "If-None-Match")
    text = ", ".join(lines)
    if not lines:
        return None
    if text == "*":
        return Validators(anything=True)
    tags: set[str] = set()
    position = 0
    while position < len(text):
        tag = _ENTITY_TAG.match(text, position)
        if tag is None:
            if tags and not text[position:].strip(" \t,"):
                break
            _refuse("If-None-Match", Code.BAD_ENTITY_TAG, 'must be * or a list of entity tags such as "3"')
        tags.add(tag[1])
        position = tag.end()
    if not tags:
        _refuse("If-None-Match", Code.BAD_ENTITY_TAG, 'must be * or a list of entity tags such as "3"')
    return Validators(frozenset(tags))


def preferred_wait(request: Request) -> int | None:
    """Return the seconds of ``Prefer: wait=N``, `MAX_WAIT` at most.

    A preference that cannot be understood is ignored, and of several the first counts (RFC 7240).
    """
    for preference in _PREFERENCES.findall(", ".join(header_lines(request, "Prefer"))):
        if match := _WAIT.fullmatch(preference.split(";")[0].strip()):
            return min(int(match[2]), MAX_WAIT)
    return None


def document(request: Request) -> object:
    """Return the body, which is JSON.

    Raises
    ------
    InvalidRequest, ContentTooLarge
    """
    try:
        raw = request.raw_body
        if len(raw) > MAX_BODY:
            raise ContentTooLarge(f"An order has at most {MAX_BODY} bytes.")
        return json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        # A ValueError also of base64, of UTF-8, and of a number with thousands of digits.
        _refuse("body", Code.NOT_JSON, "must be JSON in UTF-8, and not deeply nested")


def decision(request: Request) -> tuple[Decision, str | None]:
    """Return what staff decide, and why in their own words: the body of a decision.

    Raises
    ------
    InvalidRequest, ContentTooLarge
    """
    body = document(request)
    if not isinstance(body, dict) or body.keys() - {"decision", "reason"}:
        _refuse("body", Code.UNKNOWN_FIELD, "must be an object of decision and reason")
    reason = body.get("reason")
    if reason is not None and not isinstance(reason, str):
        _refuse("body.reason", Code.WRONG_TYPE, "must be a string")
    return parse_decision(body.get("decision"), "body.decision"), reason


def fulfilment(request: Request, order_id: str) -> FulfilmentEvent:
    """Return what became of the order's parcel: the body has ``type``, ``eventId`` and perhaps ``at``.

    Raises
    ------
    InvalidRequest, ContentTooLarge, OrderNotFound
    """
    body = document(request)
    if not isinstance(body, dict) or body.keys() - {"type", "eventId", "at"}:
        _refuse("body", Code.UNKNOWN_FIELD, "must be an object of type, eventId and at")
    detail = {name: value for name, value in body.items() if name != "type"}
    return parse_event(
        body.get("type"), {**detail, "orderId": to_order_id(order_id)}, root="body", kind_path="body.type"
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _refuse(path: str, code: Code, message: str) -> NoReturn:
    raise InvalidRequest(message, path=path, code=code.value)
