"""Velocity's expressions and references, as the user guide of 1.7 has them, and ``null`` as AppSync does."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from localcloud.appsync.vtl import nodes

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.appsync.vtl.source import TemplateSource

    ParseBlock = Callable[[TemplateSource], nodes.Block]

_NUMBER: Final = re.compile(r"-?\d+(?:\.(?!\.)\d*(?:[eE][+-]?\d+)?)?")
_WORD: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_REFERENCE: Final = re.compile(r"\$(!?)(\{?)([A-Za-z_][A-Za-z0-9_-]*)")
_DOUBLE: Final = re.compile(r'"((?:[^"]|"")*)"')
_SINGLE: Final = re.compile(r"'((?:[^']|'')*)'")
_OPERATOR: Final = re.compile(
    r"\|\||&&|==|!=|>=|<=|>|<|\+|-|\*|/|%|(?:or|and|eq|ne|ge|le|gt|lt)(?![A-Za-z0-9_])"
)
_WORDS: Final = {
    "or": "||",
    "and": "&&",
    "eq": "==",
    "ne": "!=",
    "ge": ">=",
    "le": "<=",
    "gt": ">",
    "lt": "<",
}
_LEVELS: Final = {
    "||": 1,
    "&&": 2,
    **dict.fromkeys(("==", "!="), 3),
    **dict.fromkeys((">=", "<=", ">", "<"), 4),
    **dict.fromkeys("+-", 5),
    **dict.fromkeys("*/%", 6),
}
_CONSTANTS: Final = frozenset({"true", "false", "null"})


class ExpressionParser:
    """Reads expressions at a source's cursor; ``parse_block`` reads the inside of a string."""

    def __init__(self, source: TemplateSource, parse_block: ParseBlock) -> None:
        self.source = source
        self._parse_block = parse_block

    def expression(self, level: int = 1) -> nodes.Expression:
        """Read an expression whose operators bind as strongly as ``level``, or more."""
        self.source.deeper()
        operand = self._operand()
        while True:
            before = self.source.at
            self.source.skip_space()
            match = self.source.match(_OPERATOR)
            operator = _WORDS.get(match[0], match[0]) if match else ""
            if not operator or _LEVELS[operator] < level:
                self.source.at = before
                break
            line = self.source.line()
            operand = nodes.Binary(line, operator, operand, self.expression(_LEVELS[operator] + 1))
        self.source.depth -= 1
        return operand

    def _operand(self) -> nodes.Expression:
        source = self.source
        source.skip_space()
        line, start = source.line(), source.at
        if source.take("!") or ((word := source.match(_WORD)) and word[0] == "not"):
            self.source.deeper()
            inner = nodes.Unary(line, "!", self._operand())
            source.depth -= 1
            return inner
        source.at = start
        if source.take("("):
            inner_expression = self.expression()
            source.skip_space()
            source.need(")", "after an expression")
            return inner_expression
        return self.parameter()

    def parameter(self) -> nodes.Expression:
        """Read what a method, a list or a map takes: a value, not an operation."""
        source = self.source
        source.skip_space()
        line, character = source.line(), source.peek()
        if character == "$":
            reference = self.reference()
            if reference is None:
                raise source.fault("expected a name after $")
            return reference
        if character in {'"', "'"}:
            return self._string()
        if character == "[":
            return self._list()
        if character == "{":
            return self._map()
        if number := source.match(_NUMBER):
            text = number[0]
            plain = text.rstrip(".") if text.endswith(".") else text
            # Without Java's leading zeros, which strict JavaScript refuses.
            return nodes.Literal(line, re.sub(r"^(-?)0+(?=\d)", r"\1", plain), is_float="." in text)
        start = source.at
        if (word := source.match(_WORD)) and word[0] in _CONSTANTS:
            return nodes.Literal(line, word[0])
        source.at = start
        found_text = source.text[start : start + 12].split("\n")[0] or "the end"
        raise source.fault(f"expected a value, found {found_text}")

    def arguments(self, closing: str, owner: str) -> tuple[nodes.Expression, ...]:
        """Read parameters up to a closing bracket."""
        source, arguments = self.source, list[nodes.Expression]()
        source.deeper()
        source.skip_space()
        while not source.take(closing):
            if source.peek() == "!":
                raise self._no_operation()
            arguments.append(self.parameter())
            source.skip_space()
            if source.take(","):
                source.skip_space()
                if source.peek() == closing:
                    raise source.fault(f"expected a value in {owner}, found {closing}")
            elif source.peek() != closing:
                if _OPERATOR.match(source.text, source.at):
                    raise self._no_operation()
                source.need(closing, f"after {owner}")
        source.depth -= 1
        return tuple(arguments)

    def _no_operation(self) -> Exception:
        # Velocity 1.7 takes values there. Templates that AppSync will not take must not run here.
        return self.source.fault(
            "an operation cannot be an argument, or stand in a list or map: #set it first"
        )

    def _string(self) -> nodes.Expression:
        source, line = self.source, self.source.line()
        double = source.peek() == '"'
        match = source.match(_DOUBLE if double else _SINGLE)
        if match is None:
            raise source.fault("a string that does not end")
        quote = match[0][0]
        text = match[1].replace(quote * 2, quote)
        if not double or not ("$" in text or "#" in text):
            return nodes.Literal(line, json.dumps(text))
        source.deeper()
        inner = type(source)(source.name, text, first_line=line, depth=source.depth)
        source.depth -= 1
        return nodes.Interpolated(line, self._parse_block(inner))

    def _list(self) -> nodes.Expression:
        source, line, start = self.source, self.source.line(), self.source.at
        source.need("[", "")
        source.skip_space()
        if source.peek() not in {"]", "!"}:
            first = self.parameter()
            source.skip_space()
            if source.take(".."):
                last = self.parameter()
                source.skip_space()
                source.need("]", "after a range")
                return nodes.Range(line, first, last)
        source.at = start + 1
        return nodes.ListLiteral(line, self.arguments("]", "a list"))

    def _map(self) -> nodes.Expression:
        source, line = self.source, self.source.line()
        source.need("{", "")
        entries: list[tuple[nodes.Expression, nodes.Expression]] = []
        source.deeper()
        source.skip_space()
        while not source.take("}"):
            start = source.at
            word = source.match(_WORD)
            # AWS's own examples have keys without quotes.
            key: nodes.Expression = nodes.Literal(line, json.dumps(word[0])) if word else self.parameter()
            source.skip_space()
            if not source.take(":"):
                raise source.fault("expected : after a map's key", start if word else None)
            source.skip_space()
            if source.peek() == "!":
                raise self._no_operation()
            entries.append((key, self.parameter()))
            source.skip_space()
            if not source.take(",") and source.peek() != "}":
                if _OPERATOR.match(source.text, source.at):
                    raise self._no_operation()
                source.need("}", "after a map")
            source.skip_space()
        source.depth -= 1
        return nodes.MapLiteral(line, tuple(entries))

    def reference(self) -> nodes.Reference | None:
        """Read the reference at ``$``; None, with the cursor unmoved, when there is none."""
        source, line, start = self.source, self.source.line(), self.source.at
        head = source.match(_REFERENCE)
        if head is None:
            return None
        self.source.deeper()
        modifiers: list[nodes.Modifier] = []
        while (modifier := self._modifier()) is not None:
            modifiers.append(modifier)
        source.depth -= 1
        if head[2] and not source.take("}"):
            raise source.fault(f"expected }} after ${{{head[3]}")
        return nodes.Reference(line, head[3], tuple(modifiers), bool(head[1]), source.text[start : source.at])

    def _modifier(self) -> nodes.Modifier | None:
        source, line, start = self.source, self.source.line(), self.source.at
        if source.take("."):
            name = source.match(_NAME)
            if name is None:
                source.at = start  # the full stop of a sentence
                return None
            if source.take("("):
                return nodes.MethodCall(line, name[0], self.arguments(")", f"the arguments of {name[0]}()"))
            return nodes.Property(line, name[0])
        if source.take("["):
            source.skip_space()
            if source.peek() in {"$", '"', "'", "-"} or source.peek().isdigit():
                index = self.parameter()
                source.skip_space()
                if source.take("]"):
                    return nodes.Index(line, index)
            source.at = start  # a bracket of the text around
        return None
