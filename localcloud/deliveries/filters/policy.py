"""A filter policy, held against a message's attributes or its body."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from localcloud.deliveries.filters.rules import Exists, Rule, Value
from localcloud.deliveries.messages import Attribute, Message

Scope = Literal["MessageAttributes", "MessageBody"]
Leaves = Mapping[str, list[Value]]


@dataclass(frozen=True)
class Key:
    """The rules of one key, at its whole path: keys of nested objects are joined by dots."""

    path: str
    rules: tuple[Rule, ...]

    def matches(self, leaves: Leaves) -> bool:
        """Say whether any value at the path fits any rule."""
        values = leaves.get(self.path)
        if values is None:
            # AWS: "exists": false wants a message that has anything at all.
            return bool(leaves) and any(isinstance(rule, Exists) and not rule.expected for rule in self.rules)
        return any(rule.matches(value) for rule in self.rules for value in values)


@dataclass(frozen=True)
class Either:
    """``$or``: one of several groups of conditions must hold."""

    choices: tuple[Every, ...]

    def matches(self, leaves: Leaves) -> bool:
        """Say whether one does."""
        return any(choice.matches(leaves) for choice in self.choices)


@dataclass(frozen=True)
class Every:
    """Conditions that must all hold."""

    conditions: tuple[Key | Either, ...]

    def matches(self, leaves: Leaves) -> bool:
        """Say whether they do."""
        return all(condition.matches(leaves) for condition in self.conditions)


@dataclass(frozen=True)
class FilterPolicy:
    """A filter policy, as :func:`~localcloud.deliveries.filters.parse_filter_policy` returns it."""

    scope: Scope
    root: Every

    def takes(self, message: Message) -> bool:
        """Say whether a subscription with this policy is sent a message."""
        if self.scope == "MessageAttributes":
            return self.root.matches(leaves_of_attributes(message.attributes))
        try:
            body = json.loads(message.body)
            return isinstance(body, dict) and self.root.matches(leaves_of(body))
        except (ValueError, RecursionError):  # no JSON, or nested beyond any real policy
            return False


def leaves_of(body: object) -> dict[str, list[Value]]:
    """Return a document's values by their paths; arrays count as all of their elements at one path.

    Examples
    --------
    >>> leaves_of({"a": {"b": [1, {"c": None}]}, "d": []})
    {'a.b': [1], 'a.b.c': [None]}
    """
    leaves: dict[str, list[Value]] = {}
    for path, value in _walk(body, ""):
        leaves.setdefault(path, []).append(value)
    return leaves


def _walk(node: object, path: str) -> Iterator[tuple[str, Value]]:
    if isinstance(node, dict):
        for name, child in node.items():
            yield from _walk(child, f"{path}.{name}" if path else name)
    elif isinstance(node, list):
        for child in node:
            yield from _walk(child, path)
    elif node is None or isinstance(node, str | int | float):
        yield path, node


def leaves_of_attributes(attributes: Mapping[str, Attribute]) -> dict[str, list[Value]]:
    """Return the values of message attributes; binary ones and values not of their type have none.

    Examples
    --------
    >>> leaves_of_attributes({"a": Attribute("Number", "1.50")})
    {'a': [1.5]}
    >>> leaves_of_attributes({"b": Attribute("String.Array", '["x", null]')})
    {'b': ['x', None]}
    """
    leaves: dict[str, list[Value]] = {}
    for name, attribute in attributes.items():
        values = list(_values(attribute))
        if values:
            leaves[name] = values
    return leaves


def _values(attribute: Attribute) -> Iterator[Value]:
    if attribute.data_type == "String.Array":
        try:
            elements = json.loads(attribute.value)
        except ValueError:
            return
        for element in elements if isinstance(elements, list) else ():
            if element is None or isinstance(element, str | int | float):
                yield element
    elif attribute.data_type.startswith("Number"):
        try:
            yield float(attribute.value)
        except ValueError:
            return
    elif attribute.data_type.startswith("String"):
        yield attribute.value
