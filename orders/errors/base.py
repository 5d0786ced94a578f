"""The root of the tree."""

from __future__ import annotations


class OrderwireError(Exception):
    """The root: whatever this project raises on purpose."""
