"""Update expressions: read once, and applied to a copy of no more than what they change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.ministack.facade import Name
from localcloud.engine.patching import Record
from localcloud.engine.quick.values import Unusual
from localcloud.engine.speed import copied

Tokens = list[tuple[str, str]]
Path = tuple[str | int, ...]
# Counted without decimals.
WHOLE = re.compile(r"-?[0-9]{1,15}")


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
    rest: tuple[tuple[Name[Any], Tokens], ...]
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
        changed = dict(item)
        for name in self.parts & item.keys():
            changed[name] = copied(item[name])
        touched: set[Path] = set()
        try:
            pending = [
                (path, self._operand(dynamodb, tokens, item, values)) for path, tokens in self.assignments
            ]
            for path, value in pending:
                if value is None or (len(path) > 1 and dynamodb.get_at_path(item, path[:-1]) is None):
                    raise Unusual
                dynamodb.set_at_path(changed, path, value)
            for path in self.removed:
                dynamodb.remove_at_path(changed, path)
            for apply, tokens in self.rest:
                apply.value(changed, tokens, values, self.names, touched)
        except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
            raise Unusual from error
        return changed

    def _operand(self, dynamodb: DynamoDB, tokens: Tokens, item: Record, values: Record) -> Any:
        if len(tokens) == 1 and tokens[0][0] == "VALUE_REF":
            return values.get(tokens[0][1])
        if (
            len(tokens) == 3
            and tokens[1][0] in {"PLUS", "MINUS"}
            and (tokens[0][0], tokens[2][0]) == ("IDENT", "VALUE_REF")
        ):
            left, right = item.get(tokens[0][1]), values.get(tokens[2][1])
            if left and right and WHOLE.fullmatch(left.get("N", "")) and WHOLE.fullmatch(right.get("N", "")):
                more = int(right["N"]) if tokens[1][0] == "PLUS" else -int(right["N"])
                return {"N": str(int(left["N"]) + more)}
        return dynamodb.eval_set_value(tokens, item, values, self.names)


_APPLIED: Final[Mapping[str, Name[Any]]] = {"ADD": DynamoDB.apply_add, "DELETE": DynamoDB.apply_delete}


def read_update(dynamodb: DynamoDB, text: str, names: Mapping[str, str]) -> Update:
    """Read an update expression.

    Raises
    ------
    Unusual
        It is wrong, or for MiniStack to say.
    """
    from localcloud.engine.mends.dynamodb import overlap  # noqa: PLC0415 - registers mends, in their order

    tokens: Tokens = dynamodb.tokenize(text)
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
        or dynamodb.check_redundant_parens(tokens)
        or dynamodb.check_reserved_keyword_usage(plain)
    ):
        raise Unusual
    split = dynamodb.split_by_comma
    assignments = tuple(_assignment(part, names) for part in split(sections.get("SET", [])))
    removed = tuple(_path(part, names) for part in split(sections.get("REMOVE", [])))
    rest = tuple((apply, sections[name]) for name, apply in _APPLIED.items() if name in sections)
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
