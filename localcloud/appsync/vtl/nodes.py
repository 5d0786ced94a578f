"""What a template consists of. Every node knows its line, from 1."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """A part of a template."""

    line: int


@dataclass(frozen=True)
class Literal(Node):
    """A string without references, a number, true, false or null; ``text`` is its JavaScript."""

    text: str
    is_float: bool = False


@dataclass(frozen=True)
class Interpolated(Node):
    """A string in double quotes with references or directives in it."""

    block: Block


@dataclass(frozen=True)
class ListLiteral(Node):
    """``[a, b]``."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Range(Node):
    """``[a..b]``, both ends included."""

    first: Expression
    last: Expression


@dataclass(frozen=True)
class MapLiteral(Node):
    """``{"a": b}``."""

    entries: tuple[tuple[Expression, Expression], ...]


@dataclass(frozen=True)
class Unary(Node):
    """``!a``, or ``-a``."""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Node):
    """Two operands and an operator, in its form of signs: ``&&`` for ``and``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Property(Node):
    """``.name``."""

    name: str


@dataclass(frozen=True)
class Index(Node):
    """``[index]``."""

    index: Expression


@dataclass(frozen=True)
class MethodCall(Node):
    """``.name(arguments)``."""

    name: str
    arguments: tuple[Expression, ...]


Modifier = Property | Index | MethodCall


@dataclass(frozen=True)
class Reference(Node):
    """``$name.property[0].method()``; ``source`` is how it is written, for when there is no value."""

    name: str
    modifiers: tuple[Modifier, ...]
    quiet: bool
    source: str


Expression = Literal | Interpolated | ListLiteral | Range | MapLiteral | Unary | Binary | Reference


@dataclass(frozen=True)
class Text(Node):
    """What stands in the template as it is."""

    text: str


@dataclass(frozen=True)
class Escaped(Node):
    r"""``\$name``: its source if the reference has a value, and with the backslash if it has none."""

    reference: Reference


@dataclass(frozen=True)
class Assignment(Node):
    """``#set``."""

    target: Reference
    value: Expression


@dataclass(frozen=True)
class IfDirective(Node):
    """``#if``, each ``#elseif``, and ``#else``, whose test is None."""

    branches: tuple[tuple[Expression | None, Block], ...]


@dataclass(frozen=True)
class Loop(Node):
    """``#foreach``."""

    variable: str
    over: Expression
    block: Block


@dataclass(frozen=True)
class Macro(Node):
    """``#macro``: a name that is called as a directive from there on."""

    name: str
    parameters: tuple[str, ...]
    block: Block


@dataclass(frozen=True)
class MacroCall(Node):
    """A macro's name used as a directive."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Define(Node):
    """``#define``: a variable that renders a block whenever it is shown."""

    variable: str
    block: Block


@dataclass(frozen=True)
class Break(Node):
    """``#break``: leaves the innermost loop."""


@dataclass(frozen=True)
class Stop(Node):
    """``#stop``: the template ends here."""


@dataclass(frozen=True)
class Return(Node):
    """``#return``, and what it gives."""

    value: Expression | None


Statement = (
    Text
    | Reference
    | Escaped
    | Assignment
    | IfDirective
    | Loop
    | Macro
    | MacroCall
    | Define
    | Break
    | Stop
    | Return
)
Block = tuple[Statement, ...]
