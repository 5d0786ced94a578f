"""DynamoDB's expressions, parsed: which paths, placeholders and functions one holds.

Grammar: Amazon DynamoDB Developer Guide, "Condition and filter expressions, operators, and functions",
"Using update expressions" and "Using projection expressions".
"""

from __future__ import annotations

import re

from tests.aws_rules.expression_parts import KEYWORDS, BadExpression, Comparison, Kind, Parsed, Path, tokens

FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
    "if_not_exists": 2,
    "list_append": 2,
}
_CONDITIONS = {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
_VALUES = {"if_not_exists", "list_append"}


class _Parser:
    def __init__(self, text: str) -> None:
        self.rest = list(tokens(text))[::-1]
        self.parsed = Parsed()

    def peek(self) -> str:
        return self.rest[-1] if self.rest else ""

    def word(self) -> str:
        return self.peek().upper() if self.peek().upper() in KEYWORDS else ""

    def take(self, *expected: str) -> str:
        token = self.rest.pop() if self.rest else "the end"
        if expected and token not in expected and token.upper() not in expected:
            raise BadExpression(f"{' or '.join(expected)} expected, not {token}")
        return token

    def path(self) -> Path:
        parts: list[str | int] = [self.part()]
        while self.peek() in {".", "["}:
            if self.take() == ".":
                parts.append(self.part())
                continue
            index = self.take()
            if not index.isdigit():
                raise BadExpression(f"an index expected, not {index}")
            parts.append(int(index))
            self.take("]")
        self.parsed.paths.append(tuple(parts))
        return tuple(parts)

    def part(self) -> str:
        name = self.take()
        if name.startswith("#"):
            self.parsed.names.add(name)
        elif not re.fullmatch(r"[A-Za-z_]\w*", name) or name.upper() in KEYWORDS:
            raise BadExpression(f"an attribute's name expected, not {name}")
        return name

    def operand(self, functions: set[str]) -> str:
        """Take a value, path or function; return it as it is written."""
        token = self.peek()
        if token.startswith(":"):
            self.parsed.values.add(self.take())
            return token
        if len(self.rest) > 1 and self.rest[-2] == "(":
            if token not in functions:
                raise BadExpression(f"there is no function {token} here")
            return self.call()
        return ".".join(map(str, self.path()))

    def call(self) -> str:
        name = self.take()
        self.parsed.operators += 1
        self.take("(")
        inner = {"size"} if name in _CONDITIONS else _VALUES
        arguments = [self.operand(inner)]
        while self.peek() == ",":
            self.take()
            arguments.append(self.operand(inner))
        self.take(")")
        if len(arguments) != FUNCTIONS[name]:
            raise BadExpression(f"{name} takes {FUNCTIONS[name]} operands, not {len(arguments)}")
        return f"{name}({','.join(arguments)})"

    # --- conditions ---

    def condition(self) -> None:
        self.conjunction()
        while self.word() == "OR":
            self.connective()
            self.conjunction()

    def conjunction(self) -> None:
        self.negation()
        while self.word() == "AND":
            self.connective()
            self.negation()

    def negation(self) -> None:
        while self.word() == "NOT":
            self.connective()
        self.test()

    def connective(self) -> None:
        self.parsed.connectives.add(self.take().upper())
        self.parsed.operators += 1

    def test(self) -> None:
        if self.peek() == "(":
            self.take()
            again = self.peek() == "("
            before = len(self.rest)
            self.condition()
            # ((a = b)): the inner pair closes right before the outer.
            self.parsed.redundant_parentheses |= again and self._wraps(before)
            self._last_closed = len(self.rest)
            self.take(")")
            return
        first_path = len(self.parsed.paths)
        if self.peek() in _CONDITIONS:
            name = self.peek()
            operands = self.call().partition("(")[2][:-1].split(",")
            self.note(name, operands, first_path)
            return
        operands = [self.operand({"size"})]
        self.parsed.operators += 1
        if self.word() == "BETWEEN":
            operator = self.take().upper()
            operands.append(self.operand({"size"}))
            self.take("AND")
            operands.append(self.operand({"size"}))
        elif self.word() == "IN":
            operator = self.take().upper()
            self.take("(")
            operands.append(self.operand({"size"}))
            while self.peek() == ",":
                self.take()
                operands.append(self.operand({"size"}))
            self.take(")")
            self.parsed.longest_in = max(self.parsed.longest_in, len(operands) - 1)
        else:
            operator = self.take("=", "<>", "<", "<=", ">", ">=")
            operands.append(self.operand({"size"}))
        self.note(operator, operands, first_path)

    def _wraps(self, before: int) -> bool:
        return getattr(self, "_last_closed", -1) == len(self.rest) + 1 and before > len(self.rest)

    def note(self, operator: str, operands: list[str], first_path: int) -> None:
        self.parsed.comparisons.append(Comparison(operator, operands, self.parsed.paths[first_path:]))

    # --- updates ---

    def update(self) -> None:
        sections: set[str] = set()
        while self.rest:
            section = self.take("SET", "REMOVE", "ADD", "DELETE").upper()
            if section in sections:
                self.parsed.repeated_sections.add(section)
            sections.add(section)
            self.change(section)
            while self.peek() == ",":
                self.take()
                self.change(section)
        if not sections:
            raise BadExpression("it is empty")

    def change(self, section: str) -> None:
        self.parsed.targets.append((section, self.path()))
        self.parsed.operators += 1
        if section == "SET":
            self.take("=")
            self.operand(_VALUES)
            if self.peek() in {"+", "-"}:
                self.take()
                self.parsed.operators += 1
                self.operand(_VALUES)
        elif section in {"ADD", "DELETE"}:
            value = self.take()
            if not value.startswith(":"):
                raise BadExpression(f"{section} takes a value, not {value}")
            self.parsed.values.add(value)

    def projection(self) -> None:
        self.path()
        while self.peek() == ",":
            self.take()
            self.path()


def parse(text: str, kind: Kind) -> Parsed:
    """Parse an expression.

    Raises
    ------
    BadExpression

    Examples
    --------
    >>> parse("SET #s = :s REMOVE a[1]", "update").targets
    [('SET', ('#s',)), ('REMOVE', ('a', 1))]
    """
    parser = _Parser(text)
    {"update": parser.update, "condition": parser.condition, "projection": parser.projection}[kind]()
    if parser.rest:
        raise BadExpression(f"the end expected, not {parser.peek()}")
    return parser.parsed
