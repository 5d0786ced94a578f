"""Expressions that have been read before: what MiniStack says of them is the same for each request.

Kept is what depends on nothing but an expression's text and the names (and names of values) that
come with it. Grammar, reserved words, overlapping paths and the like are MiniStack's to judge, and
the mends': an expression that they do not accept is none that is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.patching import Record
from localcloud.engine.quick.updates import Tokens, Update, read_update
from localcloud.engine.quick.values import Unusual

KEPT = 2048


class WriteCondition(NamedTuple):
    """A condition as MiniStack's evaluator takes it."""

    tokens: Tokens
    names: Mapping[str, str]

    def holds(self, item: Record | None, values: Record) -> bool:
        """Evaluate the condition for an item; raises :class:`Unusual` where MiniStack raises an error."""
        try:
            return bool(dynamodb.ExprEval(self.tokens, item or {}, values, self.names).evaluate())
        except Exception as error:
            raise Unusual from error


class WritePlan(NamedTuple):
    """What a write's expressions come to."""

    condition: WriteCondition | None
    update: Update | None


def plan(operation: str, data: Record) -> WritePlan:
    """Return the plan for a write with these expressions.

    Parameters
    ----------
    operation
        ``Put``, ``Update``, ``Delete`` or ``ConditionCheck``.

    Raises
    ------
    Unusual
        Something about them is wrong, or for MiniStack to say.
    """
    names, values = data.get("ExpressionAttributeNames"), data.get("ExpressionAttributeValues")
    condition, update = data.get("ConditionExpression"), data.get("UpdateExpression")
    if names == {} or values == {} or type(values) not in {dict, type(None)}:
        raise Unusual
    try:
        cached = _plan(operation, condition, update, tuple((names or {}).items()), tuple(values or ()))
    except (TypeError, AttributeError) as error:  # not the types that they should be
        raise Unusual from error
    if cached is None:
        raise Unusual
    return cached


@lru_cache(maxsize=KEPT)
def _plan(
    operation: str,
    condition: str | None,
    update: str | None,
    names: tuple[tuple[str, str], ...],
    values: tuple[str, ...],
) -> WritePlan | None:
    attributes = {"ExpressionAttributeNames": dict(names), "ExpressionAttributeValues": dict.fromkeys(values)}
    texts = {"ConditionExpression": condition, "UpdateExpression": update}
    data = {name: value for name, value in {**attributes, **texts}.items() if value}
    fields = (
        ("ConditionExpression", "UpdateExpression") if operation == "Update" else ("ConditionExpression",)
    )
    if dynamodb.validate_expression_attrs(data, fields) is not None:
        return None
    try:
        return WritePlan(
            None if condition is None else _condition(dynamodb, condition, dict(names)),
            None if update is None else read_update(dynamodb, update, dict(names)),
        )
    except Unusual:
        return None


def condition(data: Record, slot: str) -> WriteCondition:
    """Return the condition in one field of a request; raises :class:`Unusual` as :func:`plan` does."""
    names, values = data.get("ExpressionAttributeNames") or {}, data.get("ExpressionAttributeValues") or {}
    if type(values) is not dict:
        raise Unusual
    try:
        cached = _alone(data[slot], slot, tuple(names.items()), tuple(values))
    except (TypeError, AttributeError) as error:
        raise Unusual from error
    if cached is None:
        raise Unusual
    return cached


@lru_cache(maxsize=KEPT)
def _alone(
    text: str, slot: str, names: tuple[tuple[str, str], ...], values: tuple[str, ...]
) -> WriteCondition | None:
    attributes = {"ExpressionAttributeNames": dict(names), "ExpressionAttributeValues": dict.fromkeys(values)}
    data = {name: value for name, value in {**attributes, slot: text}.items() if value}
    if dynamodb.validate_expression_attrs(data, (slot,)) is not None:
        return None
    try:
        return _condition(dynamodb, text, dict(names), slot)
    except Unusual:
        return None


def _condition(
    dynamodb: DynamoDB, text: str, names: Mapping[str, str], slot: str = "ConditionExpression"
) -> WriteCondition:
    tokens: Tokens = dynamodb.tokenize(text)
    if (
        not text.strip()
        or dynamodb.check_redundant_parens(tokens, slot)
        or dynamodb.check_reserved_keyword_usage(tokens)
        or dynamodb.condition_syntax_error(text, slot)
        # Its bounds are compared before anything is evaluated.
        or any(kind == "IDENT" and word.upper() == "BETWEEN" for kind, word in tokens)
    ):
        raise Unusual
    return WriteCondition(tokens, names)
