"""Expressions that have been read before: what MiniStack says of them is the same for each request.

Kept is what depends on nothing but an expression's text and the names (and names of values) that
come with it. Grammar, reserved words, overlapping paths and the like are MiniStack's to judge, and
the mends': an expression that they do not accept is none that is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from localcloud.engine.mends.patching import Record
from localcloud.engine.quick.values import Unusual
from localcloud.engine.speed import copied

Tokens = list[tuple[str, str]]
Path = tuple[str | int, ...]
KEPT = 2048


class Condition(NamedTuple):
    """A condition as MiniStack's evaluator takes it."""

    tokens: Tokens
    names: Mapping[str, str]

    def holds(self, item: Record | None, values: Record) -> bool:
        """Evaluate the condition for an item; raises :class:`Unusual` where MiniStack raises an error."""
        from ministack.services import dynamodb  # noqa: PLC0415

        try:
            return bool(dynamodb._ExprEval(self.tokens, item or {}, values, self.names).evaluate())
        except Exception as error:
            raise Unusual from error


class Update(NamedTuple):
    """An update expression by its sections.

    Attributes
    ----------
    assignments
        SET's targets, and the tokens of what they are set to.
    removed
        REMOVE's paths.
    rest
        The tokens of ADD and DELETE by the name of MiniStack's function for them.
    parts
        Attributes of which only a part is changed.
    targets
        All attributes that are changed, wholly or in part.
    tokens
        How many tokens there are: what a request is charged with for one is no more than a value, a name and
        some bytes.
    longest
        The length of the longest name in a path.
    """

    assignments: tuple[tuple[Path, Tokens], ...]
    removed: tuple[Path, ...]
    rest: tuple[tuple[str, Tokens], ...]
    parts: frozenset[str]
    targets: frozenset[str]
    tokens: int
    longest: int
    names: Mapping[str, str]

    def apply(self, item: Record, values: Record) -> Record:
        """Return the item as it becomes; what is not changed is shared with the one that it was.

        Raises
        ------
        Unusual
            MiniStack raises an error.
        """
        from ministack.services import dynamodb  # noqa: PLC0415

        changed = dict(item)
        for name in self.parts & item.keys():
            changed[name] = copied(item[name])
        touched: set[Path] = set()
        try:
            pending = [
                (path, self._operand(dynamodb, tokens, item, values)) for path, tokens in self.assignments
            ]
            for path, value in pending:
                if value is None or (len(path) > 1 and dynamodb._get_at_path(item, path[:-1]) is None):
                    raise Unusual
                dynamodb._set_at_path(changed, path, value)
            for path in self.removed:
                dynamodb._remove_at_path(changed, path)
            for name, tokens in self.rest:
                getattr(dynamodb, name)(changed, tokens, values, self.names, touched)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
            raise Unusual from error
        return changed

    def _operand(self, dynamodb: Any, tokens: Tokens, item: Record, values: Record) -> Any:
        if len(tokens) == 1 and tokens[0][0] == "VALUE_REF":
            return values.get(tokens[0][1])
        return dynamodb._eval_set_value(tokens, item, values, self.names)


class Plan(NamedTuple):
    """What a write's expressions come to."""

    condition: Condition | None
    update: Update | None


def plan(operation: str, data: Record) -> Plan:
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
        kept = _plan(operation, condition, update, tuple((names or {}).items()), tuple(values or ()))
    except (TypeError, AttributeError) as error:  # not the types that they should be
        raise Unusual from error
    if kept is None:
        raise Unusual
    return kept


@lru_cache(maxsize=KEPT)
def _plan(
    operation: str,
    condition: str | None,
    update: str | None,
    names: tuple[tuple[str, str], ...],
    values: tuple[str, ...],
) -> Plan | None:
    from ministack.services import dynamodb  # noqa: PLC0415

    attributes = {"ExpressionAttributeNames": dict(names), "ExpressionAttributeValues": dict.fromkeys(values)}
    given = {"ConditionExpression": condition, "UpdateExpression": update}
    data = {name: value for name, value in {**attributes, **given}.items() if value}
    fields = (
        ("ConditionExpression", "UpdateExpression") if operation == "Update" else ("ConditionExpression",)
    )
    if dynamodb._validate_expression_attrs(data, fields) is not None:
        return None
    try:
        return Plan(
            None if condition is None else _condition(dynamodb, condition, dict(names)),
            None if update is None else _update(dynamodb, update, dict(names)),
        )
    except Unusual:
        return None


def condition(data: Record, slot: str) -> Condition:
    """Return the condition in one field of a request; raises :class:`Unusual` as :func:`plan` does."""
    names, values = data.get("ExpressionAttributeNames") or {}, data.get("ExpressionAttributeValues") or {}
    if type(values) is not dict:
        raise Unusual
    try:
        kept = _alone(data[slot], slot, tuple(names.items()), tuple(values))
    except (TypeError, AttributeError) as error:
        raise Unusual from error
    if kept is None:
        raise Unusual
    return kept


@lru_cache(maxsize=KEPT)
def _alone(
    text: str, slot: str, names: tuple[tuple[str, str], ...], values: tuple[str, ...]
) -> Condition | None:
    from ministack.services import dynamodb  # noqa: PLC0415

    attributes = {"ExpressionAttributeNames": dict(names), "ExpressionAttributeValues": dict.fromkeys(values)}
    data = {name: value for name, value in {**attributes, slot: text}.items() if value}
    if dynamodb._validate_expression_attrs(data, (slot,)) is not None:
        return None
    try:
        return _condition(dynamodb, text, dict(names), slot)
    except Unusual:
        return None


def _condition(
    dynamodb: Any, text: str, names: Mapping[str, str], slot: str = "ConditionExpression"
) -> Condition:
    tokens: Tokens = dynamodb._tokenize(text)
    if (
        not text.strip()
        or dynamodb._check_redundant_parens(tokens, slot)
        or dynamodb._check_reserved_keyword_usage(tokens)
        or dynamodb._condition_syntax_error(text, slot)
        # Its bounds are compared before anything is evaluated.
        or any(kind == "IDENT" and word.upper() == "BETWEEN" for kind, word in tokens)
    ):
        raise Unusual
    return Condition(tokens, names)


def _update(dynamodb: Any, text: str, names: Mapping[str, str]) -> Update:
    from localcloud.engine.mends.dynamodb import overlap  # noqa: PLC0415 - registers mends, in their order

    tokens: Tokens = dynamodb._tokenize(text)
    sections: dict[str, Tokens] = {}
    section = ""
    for token in tokens[:-1]:
        if token[0] == "IDENT" and token[1].upper() in {"SET", "REMOVE", "ADD", "DELETE"}:
            section = token[1].upper()
            if section in sections:
                raise Unusual
            sections[section] = []
        elif section:
            sections[section].append(token)
        else:
            raise Unusual
    plain = [token for tokens in sections.values() for token in tokens]
    if (
        not sections
        or not all(sections.values())
        or overlap(text, tuple(names.items()))
        or dynamodb._check_redundant_parens(tokens)
        or dynamodb._check_reserved_keyword_usage(plain)
    ):
        raise Unusual
    split = dynamodb._split_by_comma
    assignments = tuple(_assignment(part, names) for part in split(sections.get("SET", [])))
    removed = tuple(_path(part, names) for part in split(sections.get("REMOVE", [])))
    rest = tuple((f"_apply_{name.lower()}", sections[name]) for name in ("ADD", "DELETE") if name in sections)
    paths = [
        *(target for target, _tokens in assignments),
        *removed,
        *(_path(part[:-1], names) for _name, tokens in rest for part in split(tokens)),
    ]
    return Update(
        assignments,
        removed,
        rest,
        frozenset(str(path[0]) for path in paths if len(path) > 1),
        frozenset(str(path[0]) for path in paths),
        len(tokens),
        max(len(str(part)) for path in paths for part in path),
        names,
    )


def _path(tokens: Tokens, names: Mapping[str, str]) -> Path:
    """Return the path that tokens are, and nothing but a path."""
    path: list[str | int] = []
    expected = "name"
    for kind, word in tokens:
        if expected == "name" and (kind == "IDENT" or (kind == "NAME_REF" and word in names)):
            path.append(names[word] if kind == "NAME_REF" else word)
            expected = "more"
        elif expected == "more" and kind in {"DOT", "LBRACKET"}:
            expected = "name" if kind == "DOT" else "index"
        elif expected == "index" and kind == "NUMBER" and word.isdecimal():
            path.append(int(word))
            expected = "close"
        elif expected == "close" and kind == "RBRACKET":
            expected = "more"
        else:
            raise Unusual
    if expected != "more":
        raise Unusual
    return tuple(path)


def _assignment(tokens: Tokens, names: Mapping[str, str]) -> tuple[Path, Tokens]:
    at = next((at for at, token in enumerate(tokens) if token[0] == "EQ"), len(tokens))
    if not tokens[at + 1 :]:
        raise Unusual
    return _path(tokens[:at], names), tokens[at + 1 :]
