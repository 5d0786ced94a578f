"""The columns of a query's answer: those without a name get one that says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from localcloud.streams.sql.worker.answers import UNNAMED
from localcloud.streams.sql.worker.tokens import SqlToken, next_solid

# Behind these a name is no alias.
_OPERATORS: Final = frozenset(
    {
        *("and", "or", "not", "is", "in", "like", "between", "then", "else", "when", "case", "distinct"),
        *("all", "over"),
    }
)
# Names that are values, and no columns.
_KEYWORDS: Final = frozenset({"null", "true", "false"})
_VALUES: Final = _KEYWORDS | {
    *("current_date", "current_timestamp", "current_time", "localtimestamp", "localtime"),
}
_ENDS: Final = frozenset(
    {
        *("from", "where", "group", "having", "order", "limit", "offset", "union", "intersect", "except"),
        *("window", "fetch"),
    }
)


def with_names(read: list[SqlToken]) -> list[SqlToken]:
    """Name the columns that the outermost query gives no name, so that each has its own."""
    start = _outer_select(read)
    if start is None:
        return read
    result = read[: start + 1]
    item: list[SqlToken] = []
    depth = number = 0
    for position in range(start + 1, len(read)):
        token = read[position]
        if token.kind == "sign":
            depth += (
                token.text.count("(") + token.text.count("[") - token.text.count(")") - token.text.count("]")
            )
        if depth == 0 and (token.text == "," or token.word in _ENDS):
            number += 1
            result += _with_alias(item, number)
            item = []
            result.append(token)
            if token.word:
                return result + read[position + 1 :]
            continue
        item.append(token)
    return result + _with_alias(item, number + 1)


def _outer_select(read: Sequence[SqlToken]) -> int | None:
    depth = 0
    for position, token in enumerate(read):
        if token.kind == "sign":
            depth += (
                token.text.count("(") + token.text.count("[") - token.text.count(")") - token.text.count("]")
            )
        if depth == 0 and token.word == "select":
            following = next_solid(read, position + 1)
            if following is not None and read[following].word in {"distinct", "all", "over"}:
                return following
            return position
    return None


def _with_alias(item: list[SqlToken], number: int) -> list[SqlToken]:
    solid = [token for token in item if token.kind != "space"]
    if not solid or _has_name(solid):
        return item
    end = len(item)
    while item[end - 1].kind == "space":
        end -= 1
    return [*item[:end], SqlToken("sign", f' AS "{UNNAMED}{number}"'), *item[end:]]


def _has_name(solid: Sequence[SqlToken]) -> bool:
    last = solid[-1]
    if last.text == "*" and (len(solid) == 1 or solid[-2].text == "."):
        return True
    if last.kind not in {"name", "quoted"}:
        return False
    if len(solid) == 1:
        return last.word not in _VALUES
    before = solid[-2]
    if before.text == ".":
        return _is_path(solid)
    if before.kind == "sign":
        return before.text.endswith((")", "]"))
    unit = before.kind == "string" and len(solid) > 2 and solid[-3].word == "interval"
    keyword = last.word in _KEYWORDS or last.word == "end"
    return not unit and not keyword and before.word not in _OPERATORS


def _is_path(solid: Sequence[SqlToken]) -> bool:
    """Say whether an item is a column with its table, or the member of a row."""
    return (
        solid[0].kind in {"name", "quoted"}
        and all((token.text == ".") == (number % 2 == 1) for number, token in enumerate(solid))
    ) or (len(solid) > 3 and solid[-3].text.endswith((")", "]")))
