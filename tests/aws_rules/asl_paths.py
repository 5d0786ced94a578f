"""Paths, the context object and intrinsic functions of the Amazon States Language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

Broken: TypeAlias = "tuple[str, str]"

# Operands, at least and at most.
INTRINSICS = {
    "Array": (0, 99),
    "ArrayContains": (2, 2),
    "ArrayGetItem": (2, 2),
    "ArrayLength": (1, 1),
    "ArrayPartition": (2, 2),
    "ArrayRange": (3, 3),
    "ArrayUnique": (1, 1),
    "Base64Decode": (1, 1),
    "Base64Encode": (1, 1),
    "Format": (1, 99),
    "Hash": (2, 2),
    "JsonMerge": (3, 3),
    "JsonToString": (1, 1),
    "MathAdd": (2, 2),
    "MathRandom": (2, 3),
    "StringSplit": (2, 2),
    "StringToJson": (1, 1),
    "UUID": (0, 0),
}
DEEPEST_INTRINSIC = 10
CONTEXT = re.compile(
    r"\$\$(\.Execution(\.(Id|Name|RoleArn|StartTime|RedriveCount|RedriveTime|Input([.\[].*)?))?"
    r"|\.State(\.(EnteredTime|Name|RetryCount))?|\.StateMachine(\.(Id|Name))?|\.Task(\.Token)?"
    r"|\.Map(\.Item(\.(Index|Key|Source|Value([.\[].*)?))?)?)?"
)
REFERENCE = re.compile(r"\$(\.[A-Za-z_]\w*|\['[^']+'\]|\[\d+\])*")
PATH = re.compile(r"\$(\.\.?(\w+|\*)|\[('[^']+'|\d+|\*|-?\d*:-?\d*|\?\(.+\)|\d+(,\d+)+)\])*")


def expression(text: Any) -> Iterator[Broken]:
    """Yield what is wrong with a path, a context path or an intrinsic function."""
    if not isinstance(text, str):
        yield "path", f"{text!r} is no text"
    elif text.startswith("States."):
        yield from _intrinsic(text, 1)
    elif text.startswith("$$"):
        if not CONTEXT.fullmatch(text):
            yield "context-field", text
    elif not PATH.fullmatch(text):
        yield "path", text


def _intrinsic(text: str, depth: int) -> Iterator[Broken]:
    match = re.fullmatch(r"States\.(\w+)\s*\((.*)\)", text, re.DOTALL)
    if match is None or match[1] not in INTRINSICS:
        yield "intrinsic", f"{text}: there is no such function"
        return
    if depth > DEEPEST_INTRINSIC:
        yield "intrinsic", f"more than {DEEPEST_INTRINSIC} levels"
        return
    operands = _operands(match[2])
    least, most = INTRINSICS[match[1]]
    if not least <= len(operands) <= most:
        yield "intrinsic-arity", f"{match[1]} with {len(operands)} operands"
    if match[1] == "Format" and operands and operands[0].count("{}") != len(operands) - 1:
        yield "intrinsic-arity", f"{text}: as many operands as {{}}"
    for operand in operands:
        if operand.startswith("States."):
            yield from _intrinsic(operand, depth + 1)
        elif operand.startswith("$"):
            yield from expression(operand)
        elif not re.fullmatch(r"'(?:[^'\\]|\\.)*'|-?\d+(\.\d+)?|true|false|null", operand, re.DOTALL):
            yield "intrinsic", f"{operand} is no path, function, number or 'text'"


def _operands(text: str) -> list[str]:
    operands, depth, quoted, start, at = [], 0, False, 0, 0
    while at < len(text):
        character = text[at]
        if quoted and character == "\\":
            at += 1
        elif character == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if character == "," and depth == 0:
                operands.append(text[start:at].strip())
                start = at + 1
        at += 1
    return [*operands, text[start:].strip()] if text.strip() else []
