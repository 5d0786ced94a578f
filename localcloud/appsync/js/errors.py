"""Faults of a resolver's JavaScript, each with the file's name and line."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CodeError(Exception):
    """A resolver's file cannot be loaded.

    Attributes
    ----------
    module
        The file as messages name it, such as ``Query.order.js``.
    line, column
        Where, from 1.
    rule
        The restriction that was broken (named as AppSync's ESLint plugin names it, where it has
        one), or ``syntax``.
    """

    module: str
    line: int
    column: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}:{self.column}: {self.message} [{self.rule}]"
