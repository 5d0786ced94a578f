"""Where in a response something is: paths as lists, and as AppSync writes them in its messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from graphql import Node
from graphql.language import get_location

Path: TypeAlias = tuple[str | int, ...]
Location: TypeAlias = dict[str, int | None]


def written(path: Sequence[str | int]) -> str:
    """Return a path as messages quote it.

    Examples
    --------
    >>> written(("orders", "items", 32, "sku"))
    '/orders/items[32]/sku'
    """
    return "".join(f"[{part}]" if isinstance(part, int) else f"/{part}" for part in path)


def locations(node: Node | None) -> list[Location] | None:
    """Return where a node stands in the document, in AppSync's form."""
    if node is None or node.loc is None:
        return None
    place = get_location(node.loc.source, node.loc.start)
    return [{"line": place.line, "column": place.column, "sourceName": None}]
