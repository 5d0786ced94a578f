"""What DynamoDB refuses in an expression and its placeholders."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from tests.aws_rules.expression_parts import BadExpression, Kind, Parsed
from tests.aws_rules.expressions import parse

Document: TypeAlias = "Mapping[str, Any]"
Broken: TypeAlias = "tuple[str, str]"
"""The rule's name, and what is wrong."""

KINDS: dict[str, Kind] = {
    "UpdateExpression": "update",
    "ConditionExpression": "condition",
    "KeyConditionExpression": "condition",
    "FilterExpression": "condition",
    "ProjectionExpression": "projection",
}
LARGEST_EXPRESSION = 4096
MOST_OPERATORS = 300
MOST_IN = 100


@cache
def reserved_words() -> frozenset[str]:
    """Return DynamoDB's reserved words, upper case."""
    lines = Path(__file__).with_name("reserved_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def expressions(request: Document) -> Generator[Broken, None, dict[str, Parsed]]:
    """Check all expressions of one operation and their placeholders; return them parsed."""
    parsed: dict[str, Parsed] = {}
    for field, kind in KINDS.items():
        if (text := request.get(field)) is None:
            continue
        if len(text.encode()) > LARGEST_EXPRESSION:
            yield "expression-size", f"{field}: {len(text.encode())} bytes, at most {LARGEST_EXPRESSION}"
        try:
            parsed[field] = parse(text, kind)
        except BadExpression as error:
            yield "grammar", f"{field}: {error}"
    for field, expression in parsed.items():
        yield from _one_expression(field, expression)
    if all(field in parsed for field in KINDS if field in request):
        yield from _placeholders(request, parsed)
    return parsed


def _one_expression(field: str, parsed_expression: Parsed) -> Iterator[Broken]:
    for path in parsed_expression.paths:
        for part in path:
            if isinstance(part, str) and part.upper() in reserved_words():
                yield "reserved-word", f"{field}: {part}"
    if parsed_expression.operators > MOST_OPERATORS:
        yield "operators", f"{field}: {parsed_expression.operators}, at most {MOST_OPERATORS}"
    if parsed_expression.longest_in > MOST_IN:
        yield "in-operands", f"{field}: {parsed_expression.longest_in}, at most {MOST_IN}"
    if parsed_expression.redundant_parentheses:
        yield "parentheses", f"{field}: one pair too many"
    for section in parsed_expression.repeated_sections:
        yield "section-twice", f"{field}: {section}"
    for comparison in parsed_expression.comparisons:
        if comparison.operands[0] in comparison.operands[1:]:
            yield "same-operands", f"{field}: {comparison.operands}"


def _placeholders(request: Document, parsed: Mapping[str, Parsed]) -> Iterator[Broken]:
    names, values = request.get("ExpressionAttributeNames"), request.get("ExpressionAttributeValues")
    for what, declared, sign in (("names", names, "#"), ("values", values, ":")):
        used = set().union(*(getattr(expression, what) for expression in parsed.values()))
        if declared is not None and not declared:
            yield f"empty-{what}", f"ExpressionAttribute{what.title()} must not be empty"
        for placeholder in sorted(used - set(declared or {})):
            yield f"undefined-{what}", placeholder
        for placeholder in sorted(set(declared or {}) - used):
            yield f"unused-{what}", placeholder
        for placeholder in declared or {}:
            if not re.fullmatch(rf"{sign}\w{{1,254}}", placeholder, re.ASCII):
                yield "placeholder", placeholder
