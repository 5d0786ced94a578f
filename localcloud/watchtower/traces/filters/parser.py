"""From a filter expression's text to its meaning."""

from __future__ import annotations

from typing import Final

from localcloud.watchtower.traces.filters.errors import FilterError
from localcloud.watchtower.traces.filters.expressions import (
    ORDER,
    TEXT,
    Annotation,
    Both,
    Either,
    Expression,
    Flag,
    Not,
    Number,
    ServiceFilter,
    Text,
    Value,
    Within,
)
from localcloud.watchtower.traces.filters.tokens import FilterToken, tokens

DEEPEST: Final = 50
FLAGS: Final = frozenset({"ok", "error", "throttle", "fault", "partial", "inferred", "root"})
NUMBERS: Final = frozenset({"responsetime", "duration", "http.status"})
TEXTS: Final = frozenset(
    {
        *("http.url", "http.method", "http.useragent", "http.clientip"),
        *("user", "name", "type", "message", "resource.arn", "instance.id", "availabilityzone"),
    }
)


def parse_filter(expression: str) -> Expression:
    """Return what an expression means; an empty one selects every trace.

    Raises
    ------
    FilterError

    Examples
    --------
    >>> parse_filter('service("orders") { fault } AND annotation.tier = "gold"')  # doctest: +ELLIPSIS
    Both(parts=(Within(source=ServiceFilter(name='orders', ...
    """
    if not expression.strip():
        return Both(())
    parser = _Parser(tokens(expression))
    whole = parser.either()
    parser.expect("", "the end")
    return whole


class _Parser:
    def __init__(self, words: list[FilterToken]) -> None:
        self._words = words
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> FilterToken:
        return self._words[self._at]

    def _take(self) -> FilterToken:
        token = self._next
        self._at = min(self._at + 1, len(self._words) - 1)
        return token

    def _accept(self, *texts: str) -> str | None:
        token = self._next
        if token.kind in {"sign", "word"} and token.text.upper() in texts:
            return self._take().text.upper()
        return None

    def expect(self, text: str, name: str = "") -> None:
        """Take a sign, or the end.

        Raises
        ------
        FilterError
            There is something else.
        """
        token = self._take()
        if token.text != text or (token.kind == "end") is not (text == "") or token.kind == "string":
            raise _unexpected(token, name or repr(text))

    def either(self) -> Expression:
        """Read parts joined by OR."""
        parts = [self._both()]
        while self._accept("OR"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self) -> Expression:
        parts = [self._part()]
        # AND binds more tightly than OR.
        while self._accept("AND"):
            parts.append(self._part())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _part(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterError("Invalid filter expression: it is nested too deeply")
        try:
            if self._accept("!", "NOT"):
                return Not(self._part())
            if self._accept("("):
                inner = self.either()
                self.expect(")")
                return inner
            return self._single()
        finally:
            self._depth -= 1

    def _single(self) -> Expression:
        token = self._take()
        if token.kind != "word":
            raise _unexpected(token, "a keyword")
        keyword = token.text.lower()
        if keyword in {"service", "edge"}:
            return self._within(edge=keyword == "edge")
        if keyword == "annotation" or keyword.startswith("annotation."):
            return self._annotation(token.text)
        return self._compared(token, keyword)

    def _compared(self, token: FilterToken, keyword: str) -> Expression:
        if keyword in FLAGS:
            return self._flag(keyword)
        if keyword in NUMBERS:
            return Number(keyword, self._sign(ORDER), self._number())
        if keyword in TEXTS:
            if self._next.text.upper() in {"", "AND", "OR", ")", "}"} and self._next.kind != "string":
                return Text(keyword)
            return Text(keyword, self._sign(TEXT), self._string())
        raise FilterError(f"unknown keyword {token.text!r} at position {token.at}")

    def _within(self, *, edge: bool) -> Expression:
        self.expect("(")
        source, target = ServiceFilter(), None
        if not (not edge and self._next.text == ")" and self._next.kind == "sign"):
            source = self._service()
        if edge:
            self.expect(",")
            target = self._service()
        self.expect(")")
        inner = None
        if self._accept("{"):
            inner = self.either()
            self.expect("}")
        return Within(source, target, inner)

    def _service(self) -> ServiceFilter:
        if self._next.kind == "string":
            return ServiceFilter(self._take().text)
        if not self._accept("ID"):
            raise _unexpected(self._next, "a service's name or id(...)")
        self.expect("(")
        members = {"name": "", "type": "", "account.id": ""}
        while True:
            token = self._take()
            member = token.text.lower()
            if member not in members or token.kind != "word":
                raise _unexpected(token, "name, type or account.id")
            self.expect(":")
            members[member] = self._string()
            if not self._accept(","):
                break
        self.expect(")")
        return ServiceFilter(members["name"], members["type"], members["account.id"])

    def _annotation(self, text: str) -> Expression:
        _, _, key = text.partition(".")
        if not key:
            self.expect("[")
            token = self._take()
            if token.kind not in {"string", "word"}:
                raise _unexpected(token, "the annotation's name")
            key = token.text
            self.expect("]")
        if self._next.kind == "end" or self._next.text.upper() in {"AND", "OR", ")", "}"}:
            return Annotation(key)
        sign = self._sign({**ORDER, **TEXT})
        return Annotation(key, sign, self._value())

    def _flag(self, keyword: str) -> Expression:
        sign = self._accept("=", "!=")
        if sign is None:
            return Flag(keyword)
        token = self._take()
        if token.text.lower() not in {"true", "false"}:
            raise _unexpected(token, "true or false")
        return Flag(keyword, (token.text.lower() == "true") is (sign == "="))

    def _sign(self, signs: dict[str, object] | object) -> str:
        token = self._take()
        if token.kind == "string" or not isinstance(signs, dict) or token.text.upper() not in signs:
            raise _unexpected(token, "an operator")
        return token.text.upper()

    def _number(self) -> float:
        token = self._take()
        if token.kind != "number":
            raise _unexpected(token, "a number")
        return float(token.text)

    def _string(self) -> str:
        token = self._take()
        if token.kind != "string":
            raise _unexpected(token, "a text in quotes")
        return token.text

    def _value(self) -> Value:
        token = self._take()
        match token.kind:
            case "string":
                return token.text
            case "number":
                return float(token.text)
            case _ if token.text.lower() in {"true", "false"}:
                return token.text.lower() == "true"
        raise _unexpected(token, "a text, a number, true or false")


def _unexpected(token: FilterToken, expected: str) -> FilterError:
    actual = "the end" if token.kind == "end" else repr(token.text)
    return FilterError(f"expected {expected}, not {actual} at position {token.at}")
