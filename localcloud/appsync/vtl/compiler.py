"""A template as a module for QuickJS: each piece of JavaScript on the line of its source.

The functions that it calls are those of ``js/runtime/vtl.js``.
"""

from __future__ import annotations

import json
from typing import Final, Literal

from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.js.modules import Module
from localcloud.appsync.vtl import nodes
from localcloud.appsync.vtl.operands import ALWAYS_TEXT, is_float, leading_names
from localcloud.appsync.vtl.parser import parse_template

MAX_TEMPLATE: Final = 65_536
"""Characters: AppSync's own limit of a mapping template."""

MAX_GATEWAY_TEMPLATE: Final = 307_200
"""Characters: API Gateway's limit."""

Role = Literal["before", "request", "response", "after", "text", "gateway"]
"""What a template is for.

``before`` and ``after`` are a pipeline's own ends, ``text`` is left as it is, and so is ``gateway``, which
has the variables of API Gateway's mapping templates.
"""

_OPERATIONS: Final = {
    **{"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"},
    **{"+": "add", "-": "sub", "*": "mul", "%": "mod"},
}


class _Writer:
    def __init__(self, *, sure: frozenset[str] = frozenset()) -> None:
        self.sure = sure
        self.parts: list[str] = []
        self.line = 1
        self.inside = 0

    def at(self, line: int) -> None:
        if line > self.line:
            self.parts.append("\n" * (line - self.line))
            self.line = line

    def write(self, *texts: str) -> None:
        self.parts += texts

    # -- expressions

    def expression(self, node: nodes.Expression) -> None:
        match node:
            case nodes.Literal():
                self.write(node.text)
            case nodes.Interpolated():
                self.write("(")
                self.function(node.block)
                self.write(")()")
            case nodes.ListLiteral():
                self.write("[")
                self.expressions(node.items)
                self.write("]")
            case nodes.Range():
                self.write("q.range(")
                self.expressions((node.first, node.last))
                self.write(")")
            case nodes.MapLiteral():
                self.write("q.map([")
                for key, value in node.entries:
                    self.expressions((key, value))
                    self.write(",")
                self.write("])")
            case nodes.Unary():
                self.write("(!q.t(")
                self.expression(node.operand)
                self.write("))")
            case nodes.Binary():
                self.binary(node)
            case nodes.Reference():
                self.reference(node)

    def expressions(self, nodes: tuple[nodes.Expression, ...]) -> None:
        for number, node in enumerate(nodes):
            self.write("," if number else "")
            self.expression(node)

    def binary(self, node: nodes.Binary) -> None:
        if node.operator in {"&&", "||"}:
            self.write("(q.t(")
            self.expression(node.left)
            self.write(f"){node.operator}q.t(")
            self.expression(node.right)
            self.write("))")
            return
        division = "divide" if is_float(node) else "div"
        self.write(f"q.{_OPERATIONS.get(node.operator, division)}(")
        self.expressions((node.left, node.right))
        self.write(")")

    def reference(self, node: nodes.Reference) -> None:
        self.at(node.line)
        names = leading_names(node) if node.name in self.sure else []
        rest = node.modifiers[len(names) :]
        heads = []
        for modifier in reversed(rest):
            heads.append(
                {nodes.Property: "q.g(", nodes.Index: "q.i(", nodes.MethodCall: "q.c("}[type(modifier)]
            )
        self.write(*heads)
        variable = f"v[{json.dumps(node.name)}]"
        self.write(f"q.known({variable},{json.dumps(names)})" if names else variable)
        for modifier in rest:
            match modifier:
                case nodes.Property():
                    self.write(f",{json.dumps(modifier.name)})")
                case nodes.Index():
                    self.write(",")
                    self.expression(modifier.index)
                    self.write(")")
                case nodes.MethodCall():
                    self.write(f",{json.dumps(modifier.name)},[")
                    self.expressions(modifier.arguments)
                    self.write("])")

    # -- statements

    def block(self, block: nodes.Block) -> None:
        for statement in block:
            self.statement(statement)

    def statement(self, node: nodes.Statement) -> None:  # noqa: PLR0912
        self.at(node.line)
        match node:
            case nodes.Text():
                self.mark(node.line)
                self.write(f"o+={json.dumps(node.text)};" if node.text else "")
            case nodes.Reference():
                self.mark(-node.line)
                self.write("o+=q.r(")
                self.reference(node)
                self.write(f",{json.dumps('' if node.quiet else node.source)});")
            case nodes.Escaped():
                self.write("o+=q.escaped(")
                self.reference(node.reference)
                self.write(f",{json.dumps(node.reference.source)});")
            case nodes.Assignment():
                self.assignment(node)
            case nodes.IfDirective():
                self.condition(node)
            case nodes.Loop():
                self.write(f"for(const _ of q.each(v,{json.dumps(node.variable)},")
                self.expression(node.over)
                self.write(")){")
                self.block(node.block)
                self.write("}")
            case nodes.Macro():
                self.write(f"m[{json.dumps(node.name)}]=q.macro(v,{json.dumps(node.parameters)},")
                self.function(node.block)
                self.write(");")
            case nodes.MacroCall():
                self.write(f"o+=m[{json.dumps(node.name)}]([")
                self.expressions(node.arguments)
                self.write("]);")
            case nodes.Define():
                self.write(f"v[{json.dumps(node.variable)}]=new q.Lazy(")
                self.function(node.block)
                self.write(");")
            case nodes.Break():
                self.write("break;")
            case nodes.Stop():
                self.write("return o;")
            case nodes.Return():
                self.write("return new q.Returned(")
                if node.value is not None:
                    self.expression(node.value)
                self.write(");")

    def mark(self, line: int) -> None:
        """Note which line gives what comes next, for the message when the whole is no JSON."""
        if not self.inside:
            self.write(f"k.push(o.length,{line});")

    def function(self, block: nodes.Block) -> None:
        self.inside += 1
        self.write('()=>{let o="";')
        self.block(block)
        self.write("return o}")
        self.inside -= 1

    def assignment(self, node: nodes.Assignment) -> None:
        target = node.target
        if not target.modifiers:
            self.write(f"v[{json.dumps(target.name)}]=")
            self.expression(node.value)
            self.write("??null;")
            return
        *inner, last = target.modifiers
        owner = nodes.Reference(target.line, target.name, tuple(inner), quiet=False, source="")
        self.write("q.put(")
        self.reference(owner)
        self.write(",")
        match last:
            case nodes.Property():
                self.write(json.dumps(last.name))
            case nodes.Index():
                self.expression(last.index)
            case nodes.MethodCall():
                self.write("null")  # what a method gives cannot be set: Velocity does nothing
        self.write(",")
        self.expression(node.value)
        self.write(");")

    def condition(self, node: nodes.IfDirective) -> None:
        for number, (test, block) in enumerate(node.branches):
            if test is None:
                self.write("else{")
            else:
                self.write("else if(q.t(" if number else "if(q.t(")
                self.expression(test)
                self.write(")){")
            self.block(block)
            self.write("}")


def compile_template(name: str, text: str, role: Role, *, unit: bool = True) -> Module:
    """Make a module of a template, with one handler: ``request`` or ``response``.

    Parameters
    ----------
    name
        How messages call the template, such as ``Mutation.say.request.vtl``.
    unit
        Whether it is a unit resolver's, whose request template has its version.

    Raises
    ------
    CodeError
        Velocity could not read it.
    """
    limit = MAX_GATEWAY_TEMPLATE if role == "gateway" else MAX_TEMPLATE
    if len(text) > limit:
        raise CodeError(name, 1, 1, "too-large", f"a mapping template has {limit} characters at most")
    if "\0" in text:
        raise CodeError(name, 1, 1, "syntax", "the template holds a NUL character")
    writer = _Writer(sure=ALWAYS_TEXT if role == "gateway" else frozenset())
    handler = "response" if role in {"response", "after"} else "request"
    # One line before the template's own first, so that its lines keep their numbers.
    call = f"{handler}:q.handler({json.dumps(role)},{json.dumps(unit)},"
    writer.write("(function(l){'use strict';const q=l.vtl;return{", call, 'function(v,m,k){let o="";')
    writer.block(parse_template(name, text))
    writer.write("return o})}})")
    return Module(name, "".join(writer.parts), frozenset({handler}))
