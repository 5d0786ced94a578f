"""FilterCriteria: which records are worth an invocation.

The documented operators: equality, ``exists``, ``prefix``, ``suffix``, ``equals-ignore-case``,
``anything-but`` (values, or a prefix or suffix), ``numeric`` and ``$or``; and ``cidr``, which Lambda takes
from EventBridge's patterns.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

import base64
import json
import operator
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network

from localcloud.functions.mappings.records import Record, text_of
from localcloud.functions.model import JSON
from localcloud.lambda_rules import checked_pattern

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MISSING = object()


class Filters:
    """A mapping's patterns. A record passes when any of them matches, or when there is none.

    Raises
    ------
    ValueError
        A pattern is not one that Lambda takes.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._patterns = [checked_pattern(pattern) for pattern in patterns]

    def pass_stream(self, record: Record) -> bool:
        """Return whether a table stream's record passes."""
        return not self._patterns or any(matches(pattern, record) for pattern in self._patterns)

    def pass_kinesis(self, record: Record) -> bool:
        """Return whether a record of Kinesis passes.

        Patterns reach into what the stream wrote, and into its data, decoded: as JSON, or as plain text.
        """
        if not self._patterns:
            return True
        whole = json.loads(text_of(record))
        document = {**whole, **whole["kinesis"]}
        document.update(_decoded(document.pop("data", "")))
        return any(matches(pattern, document) for pattern in self._patterns)

    def pass_queue(self, record: Record) -> bool:
        """Return whether a message passes; patterns reach into its body as JSON, or as plain text."""
        if not self._patterns:
            return True
        # A pattern for a JSON body never matches a plain text, nor the other way round.
        body = _json_or_text(str(record["body"]))
        return any(matches(pattern, {**record, "body": body}) for pattern in self._patterns)


def _decoded(data: JSON) -> dict[str, JSON]:
    """Return what base64 data holds; data that is no text is left out."""
    try:
        return {"data": _json_or_text(base64.b64decode(str(data)).decode())}
    except ValueError:
        return {}


def _json_or_text(text: str) -> JSON:
    try:
        document: JSON = json.loads(text)
    except (ValueError, RecursionError):  # a document that is nested too deeply is none
        return text
    return document


def matches(pattern: JSON, document: object) -> bool:
    """Return whether a document matches a pattern.

    Examples
    --------
    >>> matches({"Keys": {"sk": {"S": ["STATE"]}}}, {"Keys": {"sk": {"S": "STATE"}}})
    True
    """
    if not isinstance(pattern, dict):
        return False
    for key, condition in pattern.items():
        if key == "$or" and isinstance(condition, list):
            if not any(matches(alternative, document) for alternative in condition):
                return False
            continue
        value = document.get(key, _MISSING) if isinstance(document, dict) else _MISSING
        if isinstance(condition, dict):
            if not matches(condition, value):
                return False
        elif not isinstance(condition, list) or not any(_rule(rule, value) for rule in condition):
            return False
    return True


def _rule(rule: JSON, value: object) -> bool:
    if isinstance(value, list):  # an array matches when one of its elements does
        return any(_rule(rule, item) for item in value)
    if not isinstance(rule, dict):
        return value is not _MISSING and _equal(rule, value)
    ((kind, operand),) = rule.items()
    if kind == "exists":
        present = value is not _MISSING and not isinstance(value, dict)
        return present is (operand is True)
    return value is not _MISSING and _operator(kind, operand, value)


def _operator(kind: str, operand: JSON, value: object) -> bool:  # noqa: PLR0911 - a line for each operator
    match kind:
        case "prefix":
            return isinstance(value, str) and value.startswith(str(operand))
        case "suffix":
            return isinstance(value, str) and value.endswith(str(operand))
        case "equals-ignore-case":
            return isinstance(value, str) and value.casefold() == str(operand).casefold()
        case "anything-but":
            if isinstance(operand, dict):
                ((inner, word),) = operand.items()
                return not _operator(inner, word, value)
            return not any(
                _equal(item, value) for item in (operand if isinstance(operand, list) else [operand])
            )
        case "numeric":
            return isinstance(operand, list) and _numeric(operand, value)
        case "cidr":
            return isinstance(value, str) and _within(str(operand), value)
        case _:
            raise ValueError(
                f"FilterCriteria: the operator {kind} is not supported by the local Lambda service"
            )


def _within(network: str, address: str) -> bool:
    try:
        return ip_address(address) in ip_network(network, strict=False)
    except ValueError:
        return False


def _numeric(comparison: list[JSON], value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(comparison[::2], comparison[1::2], strict=True)
    return all(isinstance(limit, int | float) and _COMPARE[str(sign)](value, limit) for sign, limit in pairs)


def _equal(rule: object, value: object) -> bool:
    # In Python True == 1, in JSON it is not.
    if isinstance(rule, bool) or isinstance(value, bool):
        return rule is value
    return rule == value
