"""From a template's text to its nodes."""

from __future__ import annotations

import re
from typing import Final

from localcloud.appsync.vtl import nodes
from localcloud.appsync.vtl.directives import CLOSING, DIRECTIVES, LINE_REST, Directives
from localcloud.appsync.vtl.source import TemplateSource

_PLAIN: Final = re.compile(r"[^$#\\]+")
_COMMENT: Final = re.compile(r"##[^\n]*(?:\n|$)|#\*.*?\*#", re.S)
_UNPARSED: Final = re.compile(r"#\[\[(.*?)\]\]#", re.S)
_WORD: Final = re.compile(r"#(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_BLANKS: Final = re.compile(r"[ \t]+$")


class _Parser(Directives):
    def inner(self, source: TemplateSource) -> nodes.Block:
        return _Parser(source, self.macros, inside_string=True).whole()

    def whole(self) -> nodes.Block:
        block, closing = self.block()
        if closing:
            raise self.source.fault(f"#{closing} without a directive that it belongs to")
        return block

    def block(self) -> tuple[nodes.Block, str]:
        """Read up to ``#end``, ``#else`` or ``#elseif`` (the cursor is behind the word), or the end."""
        source, statements = self.source, list[nodes.Statement]()
        source.deeper()
        closing = ""
        while source.at < len(source.text) and not closing:
            line = source.line()
            if plain := source.match(_PLAIN):
                statements.append(nodes.Text(line, plain[0]))
            elif source.peek() == "\\":
                statements += self._escaped()
            elif source.peek() == "$":
                reference = self.expressions.reference()
                if reference is None:
                    source.at += 1
                statements.append(reference or nodes.Text(line, "$"))
            elif source.match(_COMMENT):
                pass
            elif unparsed := source.match(_UNPARSED):
                statements.append(nodes.Text(line, unparsed[1]))
            else:
                closing = self._word(statements, line)
        source.depth -= 1
        return tuple(statements), closing

    def _word(self, statements: list[nodes.Statement], line: int) -> str:
        """Read a directive, or the ``#`` of plain text; return the word if it closes the block."""
        source, start = self.source, self.source.at
        word = source.match(_WORD)
        name = (word[1] or word[2]) if word else ""
        if name in CLOSING:
            return name
        statement = self.directive(name, line) if word else None
        if statement is None:
            source.at = start + 1
            statements.append(nodes.Text(line, "#"))
            return ""
        if isinstance(statement, nodes.Assignment):
            # Velocity 1.7: the blanks before a #set go with it, and so does the line's end.
            if statements and isinstance(last := statements[-1], nodes.Text):
                statements[-1] = nodes.Text(last.line, _BLANKS.sub("", last.text))
            source.match(LINE_REST)
        statements.append(statement)
        return ""

    def _escaped(self) -> list[nodes.Statement]:
        source, line, start = self.source, self.source.line(), self.source.at
        while source.take("\\"):
            pass
        count, behind = source.at - start, source.at
        reference = self.expressions.reference() if source.peek() == "$" else None
        directive = source.match(_WORD) if source.peek() == "#" else None
        name = (directive[1] or directive[2]) if directive else ""
        source.at = behind
        if reference is None and not (name in DIRECTIVES or name in CLOSING or name in self.macros):
            return [nodes.Text(line, "\\" * count)]
        slashes = nodes.Text(line, "\\" * (count // 2))
        if count % 2 == 0:
            return [slashes]
        if reference is not None:
            source.at = behind + len(reference.source)
            return [slashes, nodes.Escaped(line, reference)]
        source.at = behind + len(name) + 1
        return [slashes, nodes.Text(line, f"#{name}")]


def parse_template(name: str, text: str) -> nodes.Block:
    """Return a template's nodes.

    Raises
    ------
    CodeError
        The first thing that Velocity could not read, with its line.
    """
    return _Parser(TemplateSource(name, text.replace("\r\n", "\n")), set(), inside_string=False).whole()
