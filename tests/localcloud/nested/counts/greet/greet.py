"""Greets, with words of the root's layer."""

from __future__ import annotations

from typing import Any

from words import HELLO  # type: ignore[import-not-found]


def handler(event: dict[str, Any], _context: object) -> str:
    return f"{HELLO} {event['arguments']['name']}"
