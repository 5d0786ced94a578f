"""What creation refuses in a JSONata expression.

An expression has no context item: the input is ``$states.input``, a variable ``$name``. So a name at
the top level of a path, ``$$`` and ``$eval`` are refused, and ``$states`` has the fields of its place.
Variables that are never assigned are only a warning. Without jsonata-python, as in the environment of
``localcloud check``, an expression's inside is not looked at.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import import_module
from typing import Any, Final

INVALID: Final = "INVALID_JSONATA_EXPRESSION"
UNSUPPORTED: Final = "UNSUPPORTED_JSONATA_EXPRESSION"
_STATES: Final = {"input", "context", "result", "errorOutput"}
# The messages of jsonata-js, which quotes the tokens that jsonata-python leaves bare.
_QUOTED: Final = {
    "S0201": "Syntax error: {token}",
    "S0202": "Expected {token}, got {value}",
    "S0203": "Expected {token} before end of expression",
    "S0204": "Unknown operator: {token}",
    "S0207": "Unexpected end of expression",
    "S0211": "The symbol {token} cannot be used as a unary operator",
}
# Children that are evaluated with the same context item as their parent.
_SAME_CONTEXT: Final = ("lhs", "rhs", "expression", "expressions", "arguments", "procedure", "lhs_object")
_CONDITION: Final = ("condition", "then", "_else", "body", "pattern")


@dataclass(frozen=True)
class Expression:
    """The parts of an expression, as far as creation looks at it.

    Attributes
    ----------
    problem
        A code and a message; None where it parses.
    refused
        Messages on names and functions that mean nothing in a state.
    variables
        The variables that it reads, its own left out.
    fields
        The fields of ``$states`` that it reads.
    """

    problem: tuple[str, str] | None = None
    refused: tuple[str, ...] = ()
    variables: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()


@lru_cache(maxsize=4096)
def read_expression(text: str) -> Expression:
    """Return the parts of an expression between ``{%`` and ``%}``.

    Examples
    --------
    >>> read_expression(" $states.input.total ").problem is None
    True
    """
    parser = _parser()
    if parser is None:
        return Expression()
    try:
        tree = parser.Parser().parse(text)
    except RecursionError:
        raise
    except Exception as error:
        # jsonata-python raises whatever its tokenizer trips over.
        return Expression(problem=(INVALID, _message(error)))
    walk = _Walk(parser.Parser.Symbol)
    walk.visit(tree, top=True, own=frozenset())
    return Expression(None, tuple(walk.refused), frozenset(walk.variables), frozenset(walk.fields))


@cache
def _parser() -> Any:
    try:
        return import_module("jsonata.parser")
    except ImportError:
        return None


@cache
def _functions() -> frozenset[str]:
    """Return the names that JSONata itself binds, and Step Functions' own."""
    frame = import_module("jsonata.jsonata").Jsonata.static_frame
    names = frame.bindings if frame is not None else {}
    return frozenset(names) | {"partition", "range", "hash", "random", "uuid", "parse"}


def _message(error: Exception) -> str:
    template = _QUOTED.get(str(getattr(error, "error", "")))
    if template is None:
        return str(error) or "Syntax error"
    token, value = (json.dumps(str(getattr(error, name, ""))) for name in ("current", "expected"))
    return template.format(token=token, value=value)


@dataclass
class _Walk:
    symbol: Any
    refused: list[str] = field(default_factory=list)
    variables: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)

    def visit(self, node: Any, *, top: bool, own: frozenset[str]) -> None:
        """Look at a node; ``top`` is whether it is evaluated without a context item."""
        if isinstance(node, list | tuple):
            self._sequence(node, top=top, own=own)
        elif isinstance(node, self.symbol):
            match node.type:
                case "path":
                    self._path(node, top=top, own=own)
                case "variable":
                    self._variable(str(node.value), own, top=top)
                case "name" if top:
                    self._top_level(str(node.value))
                case "wildcard" | "descendant" if top:
                    self._top_level("*" if node.type == "wildcard" else "**")
                case "lambda":
                    names = {str(argument.value) for argument in node.arguments or ()}
                    self.visit(node.body, top=top, own=own | names)
                case "bind":
                    self.visit(node.rhs, top=top, own=own)
                case "transform":
                    self.visit([node.update, node.delete], top=False, own=own)
                case _:
                    self._children(node, top=top, own=own)

    def _sequence(self, nodes: Any, *, top: bool, own: frozenset[str]) -> None:
        for node in nodes:
            # A lambda may call itself by the name that it is bound to.
            if isinstance(node, self.symbol) and node.type == "bind":
                own = own | {str(node.lhs.value)}
            self.visit(node, top=top, own=own)

    def _path(self, node: Any, *, top: bool, own: frozenset[str]) -> None:
        steps = list(node.steps)
        if steps[0].type == "variable" and steps[0].value == "states" and len(steps) > 1:
            self.fields.add(str(steps[1].value))
        bound: frozenset[str] = own
        for number, step in enumerate(steps):
            self.visit(step, top=top and number == 0, own=bound)
            # ``path@$v`` and ``path#$i`` bind names for the steps that follow.
            bound = bound | {str(name) for name in (step.focus, step.index) if isinstance(name, str)}
            self._stages(step, bound)
        self._group(node, bound)

    def _stages(self, node: Any, own: frozenset[str]) -> None:
        for stage in [*(node.stages or ()), *(node.predicate or ())]:
            self.visit(stage.expr, top=False, own=own)
        for term in node.terms or ():
            self.visit(term.expression, top=False, own=own)

    def _group(self, node: Any, own: frozenset[str]) -> None:
        if node.group is not None:
            self.visit(node.group.lhs_object, top=False, own=own)

    def _children(self, node: Any, *, top: bool, own: frozenset[str]) -> None:
        for name in (*_SAME_CONTEXT, *_CONDITION):
            child = getattr(node, name, None)
            if child is not None:
                self.visit(child, top=top, own=own)
        self._stages(node, own)
        self._group(node, own)

    def _variable(self, name: str, own: frozenset[str], *, top: bool) -> None:
        if not name:
            if top:
                self._top_level("$")
        elif name == "$":
            self.refused.append("Reference to '$$' is not supported.")
        elif name == "eval" and name not in own:
            self.refused.append("The function $eval is not supported.")
        elif name != "states" and name not in own and name not in _functions():
            self.variables.add(name)

    def _top_level(self, name: str) -> None:
        self.refused.append(f"Reference to '{name}' at the top level is not supported.")


def states_problems(expression: Expression, *, result: bool, error_output: bool) -> Iterator[str]:
    """Yield messages on the fields of ``$states`` that are not there in an expression's place."""
    absent = _STATES - {"input", "context"}
    absent -= {name for name, there in (("result", result), ("errorOutput", error_output)) if there}
    for name in sorted(expression.fields & absent):
        yield f"Field '$states.{name}' does not exist."
