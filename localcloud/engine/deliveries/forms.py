"""The query protocol's forms, as MiniStack hands them over: names with numbers instead of lists and maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from localcloud.deliveries.facade import Attribute
from localcloud.engine.deliveries.publishing import Publication

Parameters = Mapping[str, list[str] | str]


def element(name: str, text: str) -> str:
    """Return an element of an answer.

    Examples
    --------
    >>> element("Key", "a & b")
    '<Key>a &amp; b</Key>'
    """
    return f"<{name}>{escape(text, quote=False)}</{name}>"


class Form:
    """A request's parameters.

    Examples
    --------
    >>> form = Form({"Attributes.entry.1.key": ["a"], "Attributes.entry.1.value": ["b"]})
    >>> form.pairs("Attributes")
    {'a': 'b'}
    """

    def __init__(self, parameters: Parameters, prefix: str = "") -> None:
        self._parameters, self._prefix = parameters, prefix

    def get(self, name: str) -> str | None:
        """Return a parameter; None where the request has none."""
        value = self._parameters.get(self._prefix + name)
        if isinstance(value, list):
            return value[0] if value else None
        return value

    def text(self, name: str) -> str:
        """Return a parameter; empty where the request has none."""
        return self.get(name) or ""

    def members(self, name: str, key: str) -> Iterator[Form]:
        """Yield the members of a list or map, each as a form, as long as they have a ``key``."""
        number = 1
        while self.get(f"{name}.{number}.{key}") is not None:
            yield Form(self._parameters, f"{self._prefix}{name}.{number}.")
            number += 1

    def pairs(self, name: str) -> dict[str, str]:
        """Return a map of texts."""
        return {entry.text("key"): entry.text("value") for entry in self.members(f"{name}.entry", "key")}

    def publication(self) -> Publication:
        """Return what a request or an entry of a batch publishes."""
        attributes = {
            entry.text("Name"): Attribute(
                entry.text("Value.DataType"),
                entry.get("Value.StringValue") or entry.text("Value.BinaryValue"),
            )
            for entry in self.members("MessageAttributes.entry", "Name")
        }
        return Publication(
            self.text("Message"),
            self.get("Subject"),
            self.get("MessageStructure"),
            attributes,
            self.get("MessageGroupId"),
            self.get("MessageDeduplicationId"),
        )
