"""Velocity's directives, each read from behind its name."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from localcloud.appsync.vtl import nodes
from localcloud.appsync.vtl.expressions import ExpressionParser

if TYPE_CHECKING:
    from localcloud.appsync.vtl.source import TemplateSource

LINE_REST: Final = re.compile(r"[ \t]*\n")
CLOSING: Final = frozenset({"end", "else", "elseif"})
_BLANKS: Final = re.compile(r"[ \t]*")
_IN: Final = re.compile(r"\s+in\s")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Velocity knows these; a resolver has no files to include, and no second template to evaluate.
_UNSUPPORTED: Final = frozenset({"include", "parse", "evaluate"})


class Directives(ABC):
    """Reads directives at a source's cursor.

    Attributes
    ----------
    macros
        The names that ``#macro`` has made directives of, in the whole template.
    """

    def __init__(self, source: TemplateSource, macros: set[str], *, inside_string: bool) -> None:
        self.source = source
        self.macros = macros
        self.inside_string = inside_string
        self.loops = 0
        self.expressions = ExpressionParser(source, self.inner)

    @abstractmethod
    def inner(self, source: TemplateSource) -> nodes.Block:
        """Read the inside of a string."""

    @abstractmethod
    def block(self) -> tuple[nodes.Block, str]:
        """Read up to the word that closes a block, and return that too."""

    def directive(self, name: str, line: int) -> nodes.Statement | None:
        """Read a directive; None when it is plain text after all, such as ``#name = :name``."""
        if name in _UNSUPPORTED and self._open():
            raise self.source.fault(f"#{name} is not supported by AppSync")
        if name in self.macros and self._open():
            return nodes.MacroCall(line, name, self._macro_arguments(name))
        read = DIRECTIVES.get(name)
        return read(self, line) if read else None

    def _open(self) -> bool:
        """Take a directive's opening bracket, if there is one."""
        start = self.source.at
        self.source.match(_BLANKS)
        if self.source.take("("):
            return True
        self.source.at = start
        return False

    def _close(self, where: str) -> None:
        self.source.skip_space()
        self.source.need(")", where)

    def _variable(self, name: str) -> str:
        self.source.skip_space()
        variable = self.expressions.reference()
        if variable is None or variable.modifiers:
            raise self.source.fault(f"expected a variable in #{name}")
        return variable.name

    def _condition(self, name: str) -> nodes.Expression:
        if not self._open():
            raise self.source.fault(f"expected ( after #{name}")
        test = self.expressions.expression()
        self._close(f"after the condition of #{name}")
        return test

    def _body(self, name: str, line: int) -> nodes.Block:
        self.source.match(LINE_REST)
        block, closing = self.block()
        if closing != "end":
            what = f"found #{closing}" if closing else "the template ends first"
            raise self.source.fault(f"expected #end for the #{name} of line {line}, {what}")
        self.source.match(LINE_REST)
        return block

    def read_set(self, line: int) -> nodes.Statement | None:
        """Read ``#set``."""
        if not self._open():
            return None
        self.source.skip_space()
        target = self.expressions.reference()
        if target is None:
            raise self.source.fault("expected a reference in #set")
        self.source.skip_space()
        self.source.need("=", "in #set")
        value = self.expressions.expression()
        self._close("after the value of #set")
        return nodes.Assignment(line, target, value)

    def read_if(self, line: int) -> nodes.Statement | None:
        """Read ``#if`` with all its branches."""
        start = self.source.at
        if not self._open():
            return None
        self.source.at = start
        branches: list[tuple[nodes.Expression | None, nodes.Block]] = []
        name = "if"
        test: nodes.Expression | None = self._condition("if")
        while True:
            self.source.match(LINE_REST)
            block, closing = self.block()
            branches.append((test, block))
            if closing == "end":
                self.source.match(LINE_REST)
                return nodes.IfDirective(line, tuple(branches))
            if not closing:
                raise self.source.fault(f"expected #end for the #if of line {line}, the template ends first")
            if name == "else":
                raise self.source.fault(f"#{closing} after #else")
            name = closing
            test = self._condition("elseif") if closing == "elseif" else None

    def read_foreach(self, line: int) -> nodes.Statement | None:
        """Read ``#foreach``."""
        if not self._open():
            return None
        variable = self._variable("foreach")
        if not self.source.match(_IN):
            raise self.source.fault("expected in after the variable of #foreach")
        over = self.expressions.parameter()
        self._close("after #foreach")
        self.loops += 1
        block = self._body("foreach", line)
        self.loops -= 1
        return nodes.Loop(line, variable, over, block)

    def read_macro(self, line: int) -> nodes.Statement | None:
        """Read ``#macro``, whose name is a directive from here on."""
        if not self._open():
            return None
        source, parameters = self.source, list[str]()
        source.skip_space()
        name = source.match(_NAME)
        if name is None:
            raise source.fault("expected a name in #macro")
        self._separator()
        while source.peek() == "$":
            parameters.append(self._variable("macro"))
            self._separator()
        self._close("after #macro")
        self.macros.add(name[0])
        loops, self.loops = self.loops, 0
        body = self._body("macro", line)
        self.loops = loops
        return nodes.Macro(line, name[0], tuple(parameters), body)

    def _separator(self) -> None:
        self.source.skip_space()
        if self.source.take(","):
            self.source.skip_space()

    def _macro_arguments(self, name: str) -> tuple[nodes.Expression, ...]:
        source, arguments = self.source, list[nodes.Expression]()
        source.skip_space()
        while not source.take(")"):
            if source.at >= len(source.text):
                raise source.fault(f"expected ) after #{name}")
            arguments.append(self.expressions.parameter())
            self._separator()
        return tuple(arguments)

    def read_define(self, line: int) -> nodes.Statement | None:
        """Read ``#define``."""
        if not self._open():
            return None
        variable = self._variable("define")
        self._close("after #define")
        loops, self.loops = self.loops, 0
        body = self._body("define", line)
        self.loops = loops
        return nodes.Define(line, variable, body)

    def read_break(self, line: int) -> nodes.Statement:
        """Read ``#break``, which outside a loop ends the template."""
        return nodes.Break(line) if self.loops else nodes.Stop(line)

    def read_stop(self, line: int) -> nodes.Statement:
        """Read ``#stop``."""
        return nodes.Stop(line)

    def read_return(self, line: int) -> nodes.Statement:
        """Read AppSync's own ``#return``, with a value or without."""
        if self.inside_string:
            raise self.source.fault("#return cannot stand inside a string")
        if not self._open():
            return nodes.Return(line, None)
        self.source.skip_space()
        if self.source.take(")"):
            return nodes.Return(line, None)
        value = self.expressions.expression()
        self._close("after #return")
        return nodes.Return(line, value)


DIRECTIVES: Final[Mapping[str, Callable[[Directives, int], nodes.Statement | None]]] = {
    "set": Directives.read_set,
    "if": Directives.read_if,
    "foreach": Directives.read_foreach,
    "macro": Directives.read_macro,
    "define": Directives.read_define,
    "break": Directives.read_break,
    "stop": Directives.read_stop,
    "return": Directives.read_return,
}
