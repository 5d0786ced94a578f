"""What a customer may say of an order besides what every order needs: one entry here for each such field.

Parsing, the canonical string, the table's items and the views go through these entries, and
``python -m tools.order_fields`` writes the same rules into the resolver of `submitOrder`. To add one, see
``docs/how-to/change-a-field.md``.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Final, Never, TypedDict, TypeVar, cast

_RULE: Final = "rule"


@dataclass(frozen=True, slots=True)
class Rule:
    """How a field is written, and what of it is taken.

    Attributes
    ----------
    name
        The field's name in the contract.
    code
        ``errorInfo.code`` of a value that is not taken.
    message
        What the value must be, in words.
    longest, shortest
        In UTF-16 code units, as JavaScript and AppSync count.
    alphabet
        The characters that it consists of; empty for free text, which has no control characters.
    is_tagged
        Whether the canonical string has its name and length before it. Without, no other field may be.
    """

    name: str
    code: str
    message: str
    longest: int
    shortest: int = 1
    alphabet: str = ""
    is_tagged: bool = True


def _optional(rule: Rule) -> str | None:
    """Return what a dataclass takes as a field's default: none, and the rule beside it."""
    return cast("str | None", field(default=None, metadata={_RULE: rule}))


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalFields:
    """The fields, as attributes of an order's contents and of its state."""

    country: str | None = _optional(
        Rule(
            "country",
            code="BAD_COUNTRY",
            message="must be two capital letters, such as DE",
            longest=2,
            shortest=2,
            alphabet=string.ascii_uppercase,
            is_tagged=False,  # the first of these fields: its orders are compared by two letters alone
        )
    )


class OptionalView(TypedDict):
    """The fields, as GraphQL's `Order` and REST show them."""

    country: str | None


Order = TypeVar("Order", bound=OptionalFields)


@cache
def rules() -> dict[str, Rule]:
    """Return each field's rule by its attribute, in the order of the contract.

    Examples
    --------
    >>> {attribute: rule.name for attribute, rule in rules().items()}["country"]
    'country'
    """
    return {entry.name: entry.metadata[_RULE] for entry in fields(OptionalFields)}


def values(order: OptionalFields) -> dict[str, str]:
    """Return the fields that an order has, by their attributes.

    Examples
    --------
    >>> values(OptionalFields(country="DE")), values(OptionalFields())
    ({'country': 'DE'}, {})
    """
    every = {attribute: getattr(order, attribute) for attribute in rules()}
    return {attribute: value for attribute, value in every.items() if value is not None}


def named_values(order: OptionalFields) -> dict[str, str]:
    """Return the same by the contract's names: what the table keeps."""
    return {rules()[attribute].name: value for attribute, value in values(order).items()}


def with_values(order: Order, texts: Mapping[str, str]) -> Order:
    """Return an order with these values of the fields, by their attributes.

    Examples
    --------
    >>> with_values(OptionalFields(), {"country": "DE"}).country
    'DE'
    """
    return replace(order, **cast("dict[str, Never]", texts)) if texts else order


def optional_view(order: OptionalFields) -> OptionalView:
    """Return the fields as they are shown: missing ones are null."""
    view = {rule.name: getattr(order, attribute) for attribute, rule in rules().items()}
    return cast("OptionalView", view)
