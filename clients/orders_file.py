"""Read orders from a file: one JSON object a line, or one JSON document (an order, or a list of them).

An entry is GraphQL's ``SubmitOrderInput``, or ``{"customer": …, "expect": …, "order": …}`` around it; with
``staff`` it also says what staff make of an order that awaits approval.
An entry that cannot be read becomes a ``BadEntry`` with its number and the reason; the rest goes on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from clients import reading
from clients.model import NewOrder, Orchestrator, Status

# What Cognito takes for a user name.
_USER_NAME = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")
_FIELDS = {"customer", "expect", "order", "note", "staff"}


class Staff(StrEnum):
    """What staff make of an order that awaits approval."""

    APPROVE = "APPROVE"
    REJECT = "REJECT"
    NOBODY = "NOBODY"


@dataclass(frozen=True, slots=True)
class Entry:
    """One order of a file. ``number`` is its line, or its place in a list, from 1."""

    number: int
    order: NewOrder
    customer: str | None = None
    expect: Status | None = None
    staff: Staff | None = None


@dataclass(frozen=True, slots=True)
class BadEntry:
    """An entry that is no order, and why."""

    number: int
    reason: str


def read_orders(content: bytes) -> Iterator[Entry | BadEntry]:
    """Yield a file's entries in its order.

    Examples
    --------
    >>> list(read_orders(b'{"currency": "EUR"}'))
    [BadEntry(number=1, reason='order.items should be a list, but is missing')]
    """
    first_use: dict[str, int] = {}
    for number, value in _values(content):
        if isinstance(value, BadEntry):
            yield value
            continue
        try:
            entry = _entry(number, value)
        except reading.Unexpected as error:
            yield BadEntry(number, str(error))
            continue
        earlier = first_use.setdefault(entry.order.client_token, number)
        if earlier != number:
            yield BadEntry(number, f"order.clientToken is that of entry {earlier}: every order needs its own")
        else:
            yield entry


def _values(content: bytes) -> Iterator[tuple[int, object]]:
    content = content.removeprefix(b"\xef\xbb\xbf")
    whole = _whole(content)
    if whole is not None:
        yield from enumerate(whole, 1)
        return
    # Not str.splitlines: it also splits at U+2028 and the like, which JSON allows inside a name.
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            yield number, _parse(line)
        except UnicodeDecodeError as error:
            yield number, BadEntry(number, f"is not UTF-8 (byte {error.start + 1})")
        except json.JSONDecodeError as error:
            yield number, BadEntry(number, f"is not JSON: {error.msg} at column {error.colno}")
        except RecursionError:
            yield number, BadEntry(number, "is not JSON: nested too deep")
        except ValueError:
            yield number, BadEntry(number, "is not JSON: a number is too long")


def _whole(content: bytes) -> list[object] | None:
    """Return the entries of a document that is one JSON value, None when it is lines."""
    try:
        document = _parse(content)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, list) else [document]


def _parse(content: bytes) -> object:
    value: object = json.loads(content.decode("utf-8"))
    return value


def _entry(number: int, value: object) -> Entry:
    data = reading.mapping(value, "the entry")
    if "order" not in data:
        return Entry(number, NewOrder.parse(data))
    unknown = sorted(set(data) - _FIELDS)
    if unknown:
        raise reading.Unexpected(unknown[0], f"one of {', '.join(sorted(_FIELDS))}", data[unknown[0]])
    expect = data.get("expect")
    staff = data.get("staff")
    customer = reading.optional_text(data.get("customer"), "customer")
    if customer is not None and not _USER_NAME.fullmatch(customer):
        raise reading.Unexpected("customer", "1 to 128 characters without spaces", customer)
    return Entry(
        number,
        NewOrder.parse(data["order"]),
        customer=customer,
        expect=None if expect is None else reading.member(Status, expect, "expect"),
        staff=None if staff is None else reading.member(Staff, staff, "staff"),
    )


def run_by(entry: Entry | BadEntry, orchestrator: str | None) -> Entry | BadEntry:
    """Return an entry whose order is run by what is named in small letters; None leaves it as it is."""
    if orchestrator is None or isinstance(entry, BadEntry):
        return entry
    return replace(entry, order=replace(entry.order, orchestrator=Orchestrator(orchestrator.upper())))
