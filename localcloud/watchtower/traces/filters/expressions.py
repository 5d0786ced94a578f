"""What a filter expression means: each part says of a scope whether it holds there."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

Value = str | float | bool

ORDER: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}
TEXT: Final[dict[str, Callable[[str, str], bool]]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "CONTAINS": operator.contains,
    "BEGINSWITH": str.startswith,
    "ENDSWITH": str.endswith,
}


@dataclass(frozen=True)
class ServiceFilter:
    """Which services are meant: every member that is not empty must be the service's own."""

    name: str = ""
    type: str = ""
    account: str = ""


class Scope(Protocol):
    """A trace, a service in it or an edge between two: what keywords are asked of."""

    def flag(self, keyword: str) -> bool:
        """Return a boolean keyword's value."""

    def numbers(self, keyword: str) -> Sequence[float]:
        """Return a numeric keyword's values."""

    def texts(self, keyword: str) -> Sequence[str]:
        """Return a text keyword's values."""

    def annotations(self, key: str) -> Sequence[Value]:
        """Return an annotation's values."""

    def services(self, service: ServiceFilter) -> Iterable[Scope]:
        """Return the services of this description."""

    def edges(self, source: ServiceFilter, target: ServiceFilter) -> Iterable[Scope]:
        """Return the calls from a service to another."""


class Expression(Protocol):
    """A part of an expression."""

    def holds(self, scope: Scope) -> bool:
        """Say whether it is true of a scope."""


@dataclass(frozen=True)
class Flag:
    """A boolean keyword."""

    keyword: str
    value: bool = True

    def holds(self, scope: Scope) -> bool:
        """See `Expression.holds`."""
        return scope.flag(self.keyword) is self.value


@dataclass(frozen=True)
class Number:
    """A numeric keyword compared with a number."""

    keyword: str
    sign: str
    value: float

    def holds(self, scope: Scope) -> bool:
        """See `Expression.holds`."""
        return any(ORDER[self.sign](number, self.value) for number in scope.numbers(self.keyword))


@dataclass(frozen=True)
class Text:
    """A text keyword compared with a text; without a sign it is there."""

    keyword: str
    sign: str = ""
    value: str = ""

    def holds(self, scope: Scope) -> bool:
        """See `Expression.holds`."""
        texts = scope.texts(self.keyword)
        if not self.sign:
            return bool(texts)
        return any(TEXT[self.sign](text, self.value) for text in texts)


@dataclass(frozen=True)
class Annotation:
    """An annotation compared with a value of its own type; without a sign it is there."""

    key: str
    sign: str = ""
    value: Value = ""

    def holds(self, scope: Scope) -> bool:
        """See `Expression.holds`."""
        values = scope.annotations(self.key)
        return bool(values) if not self.sign else any(map(self._compares, values))

    def _compares(self, value: Value) -> bool:
        expected = self.value
        if isinstance(value, bool) or isinstance(expected, bool):
            return (value is expected) is (self.sign == "=")
        if isinstance(value, str) and isinstance(expected, str):
            return self.sign in TEXT and TEXT[self.sign](value, expected)
        if isinstance(value, str) or isinstance(expected, str):
            return self.sign == "!="
        return self.sign in ORDER and ORDER[self.sign](value, expected)


@dataclass(frozen=True)
class Within:
    """A service or an edge, and what must be true of one such."""

    source: ServiceFilter
    target: ServiceFilter | None = None
    inner: Expression | None = None

    def holds(self, scope: Scope) -> bool:
        """See `Expression.holds`."""
        source, target = self.source, self.target
        places = scope.services(source) if target is None else scope.edges(source, target)
        return any(self.inner is None or self.inner.holds(place) for place in places)


@dataclass(frozen=True)
class Not:
    """The opposite."""

    inner: Expression

    def holds(self, scope: Scope) -> bool:
        """See `Expression.holds`."""
        return not self.inner.holds(scope)


@dataclass(frozen=True)
class Both:
    """Parts that all hold."""

    parts: tuple[Expression, ...]

    def holds(self, scope: Scope) -> bool:
        """See `Expression.holds`."""
        return all(part.holds(scope) for part in self.parts)


@dataclass(frozen=True)
class Either:
    """Parts of which one holds."""

    parts: tuple[Expression, ...]

    def holds(self, scope: Scope) -> bool:
        """See `Expression.holds`."""
        return any(part.holds(scope) for part in self.parts)
