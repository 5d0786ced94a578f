"""Presto's SQL as DuckDB's: as little as must be changed, token by token."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from localcloud.streams.sql.worker.columns import with_names
from localcloud.streams.sql.worker.database import CATALOGUE
from localcloud.streams.sql.worker.macros import MACROS
from localcloud.streams.sql.worker.texts import MOST_BIGINT
from localcloud.streams.sql.worker.tokens import SqlToken, Unfinished, next_solid, tokens

_RENAMED: Final = {
    "date_add": "presto_date_add",
    "date_diff": "presto_date_diff",
    "date_format": "presto_date_format",
    "date_parse": "presto_date_parse",
    "regexp_extract": "presto_regexp_extract",
    "regexp_replace": "presto_regexp_replace",
    "format": "printf",
}
_FORMATTED: Final = frozenset({"date_format", "date_parse"})
# MySQL's letters, of which these differ from those of strftime.
_FORMAT: Final = {
    "i": "%M",
    "s": "%S",
    "M": "%B",
    "W": "%A",
    "k": "%-H",
    "l": "%-I",
    "e": "%-d",
    "c": "%-m",
    "f": "%f",
    "h": "%I",
    "T": "%H:%M:%S",
    "r": "%I:%M:%S %p",
}
# Days of a week are counted from Monday, and from 1.
_FIELDS: Final = {"dow": "isodow", "day_of_week": "isodow", "day_of_year": "doy", "day_of_month": "day"}
_SAME: Final = frozenset("YymdHSjpabI%")
_TYPES: Final = {"varbinary": "BLOB"}
_DECIMAL: Final = re.compile(r"[+-]?(?=\.?\d)(?P<whole>\d*)(?:\.(?P<fraction>\d*))?")
_MOST_DIGITS: Final = 38
# Words that DuckDB keeps for itself, and Presto leaves to columns and tables.
_FREE: Final = frozenset(
    {
        *("analyse", "anti", "asof", "asymmetric", "at", "authorization", "binary", "check", "collate"),
        *("collation", "column", "concurrently", "default", "deferrable", "do", "foreign", "freeze", "glob"),
        *("ilike", "initially", "isnull", "lambda", "notnull", "overlaps", "pivot", "pivot_longer"),
        *("pivot_wider", "placing", "positional", "primary", "qualify", "references", "returning", "semi"),
        *("similar", "summarize", "symmetric", "unique", "unpack", "unpivot", "variadic", "verbose"),
    }
)


class NotTranslated(ValueError):
    """SQL that is not served, or is no SQL; the message is the query's ``StateChangeReason``."""


def translate(sql: str) -> str:
    """Return a query as DuckDB reads it.

    Raises
    ------
    NotTranslated

    Examples
    --------
    >>> translate("SELECT date_format(t, '%H:%i') AS minute FROM orders")
    "SELECT awsdatacatalog.main.presto_date_format(t, '%H:%M') AS minute FROM orders"
    >>> translate("SELECT count(*) FROM orders")
    'SELECT count(*) AS "__unnamed1" FROM orders'
    """
    try:
        read = tokens(sql)
    except Unfinished as error:
        raise NotTranslated(f"SYNTAX_ERROR: {error}") from None
    if any(token.text == ";" for token in read):
        raise NotTranslated("Only one sql statement is allowed")
    if any(token.kind == "quoted" and token.text[0] == "`" for token in read):
        raise NotTranslated("SYNTAX_ERROR: backquoted identifiers are not supported; use double quotes")
    return "".join(token.text for token in with_names(_rewritten(read)))


def _rewritten(read: Sequence[SqlToken]) -> list[SqlToken]:
    result: list[SqlToken] = []
    position = 0
    while position < len(read):
        token = read[position]
        opening = next_solid(read, position + 1)
        calls = token.kind == "name" and opening is not None and read[opening].text == "("
        if calls and opening is not None and not _is_member(read, position):
            end = _closing(read, opening)
            special = _CALLS.get(token.word)
            inner = read[opening + 1 : end]
            if special is not None:
                result += special([_rewritten(argument) for argument in _arguments(inner)])
                position = end + 1
                continue
            if token.word in _FORMATTED:
                inner = _with_format(token.word, inner)
            elif token.word == "extract":
                inner = [
                    SqlToken("name", _FIELDS.get(part.word, part.text)) if part.word else part
                    for part in inner
                ]
            name = _RENAMED.get(token.word, token.word)
            if name in MACROS:
                result.append(SqlToken("name", f"{CATALOGUE}.main.{name}"))
            else:
                result.append(SqlToken("name", name) if name != token.word else token)
            result += [SqlToken("sign", "("), *_rewritten(inner), SqlToken("sign", ")")]
            position = end + 1
            continue
        if token.word == "decimal" and opening is not None and read[opening].kind == "string":
            result.append(_decimal(read[opening].text))
            position = opening + 1
            continue
        if token.kind == "number" and token.text.isdecimal():
            _check_whole(read, position)
        if token.word in _FREE and not _is_zone(read, position):
            token = SqlToken("quoted", f'"{token.word}"')
        result.append(SqlToken("name", _TYPES[token.word]) if token.word in _TYPES else token)
        position += 1
    return result


def _check_whole(read: Sequence[SqlToken], position: int) -> None:
    """Refuse a whole number that is no bigint; only behind a minus may it be 2^63."""
    number = int(read[position].text)
    before = next((token for token in reversed(read[:position]) if token.kind != "space"), None)
    most = MOST_BIGINT if before is not None and before.text == "-" else MOST_BIGINT - 1
    if number > most:
        raise NotTranslated(f"SYNTAX_ERROR: Invalid numeric literal: {number}")


def _decimal(literal: str) -> SqlToken:
    """Return ``DECIMAL '1.50'`` with as many digits as it has; DuckDB gives all of them three decimals."""
    match = _DECIMAL.fullmatch(literal.strip("'").strip())
    if match is None:
        raise NotTranslated(f"INVALID_LITERAL: {literal} is not a valid DECIMAL literal")
    whole, fraction = match["whole"].lstrip("0"), match["fraction"] or ""
    precision = max(1, len(whole) + len(fraction))
    if precision > _MOST_DIGITS:
        raise NotTranslated(f"INVALID_LITERAL: {literal} has more than {_MOST_DIGITS} digits")
    return SqlToken("sign", f"CAST('{match[0]}' AS DECIMAL({precision},{len(fraction)}))")


def _is_zone(read: Sequence[SqlToken], position: int) -> bool:
    """Say whether it is the ``AT`` of ``AT TIME ZONE``."""
    following = next_solid(read, position + 1)
    return read[position].word == "at" and following is not None and read[following].word == "time"


def _is_member(read: Sequence[SqlToken], position: int) -> bool:
    before = [token for token in read[:position] if token.kind != "space"]
    return bool(before) and before[-1].text == "."


def _closing(read: Sequence[SqlToken], opening: int) -> int:
    depth = 0
    for position in range(opening, len(read)):
        depth += (
            (read[position].text in "([") - (read[position].text in ")]")
            if read[position].kind == "sign"
            else 0
        )
        if depth == 0:
            return position
    raise NotTranslated("SYNTAX_ERROR: a parenthesis has no end")


def _arguments(inner: Sequence[SqlToken]) -> list[list[SqlToken]]:
    result: list[list[SqlToken]] = [[]]
    depth = 0
    for token in inner:
        if token.kind == "sign":
            depth += (token.text in "([") - (token.text in ")]")
            if depth == 0 and token.text == ",":
                result.append([])
                continue
        result[-1].append(token)
    return result if any(token.kind != "space" for token in inner) else []


def _with_format(function: str, inner: Sequence[SqlToken]) -> list[SqlToken]:
    """Return arguments with MySQL's date format as strftime's."""
    arguments = _arguments(inner)
    format_ = [token for token in arguments[-1] if token.kind != "space"] if arguments else []
    if len(arguments) != 2 or len(format_) != 1 or format_[0].kind != "string":
        raise NotTranslated(f"NOT_SUPPORTED: {function} needs its format as a literal")

    def letter(match: re.Match[str]) -> str:
        if match[1] in _SAME:
            return match[0]
        if match[1] not in _FORMAT:
            raise NotTranslated(f"NOT_SUPPORTED: {function} with %{match[1]}")
        return _FORMAT[match[1]]

    text = re.sub(r"%(.)", letter, format_[0].text)
    return [*arguments[0], SqlToken("sign", ","), SqlToken("space", " "), SqlToken("string", text)]


def _text(text: str) -> SqlToken:
    return SqlToken("sign", text)


def _joined(arguments: list[list[SqlToken]], between: str) -> list[SqlToken]:
    result = [_text("(")]
    for number, argument in enumerate(arguments):
        result += [*([_text(between)] if number else []), _text("("), *_trimmed(argument), _text(")")]
    return [*result, _text(")")]


def _trimmed(argument: Sequence[SqlToken]) -> list[SqlToken]:
    # A comment to the end of its line would take what comes behind it along.
    return [SqlToken("space", " ") if token.text.startswith("--") else token for token in argument]


def _concat(arguments: list[list[SqlToken]]) -> list[SqlToken]:
    """``concat`` of Presto is NULL where an argument is; DuckDB's is not."""
    return _joined(arguments, " || ")


def _extreme(name: str) -> Callable[[list[list[SqlToken]]], list[SqlToken]]:
    """``greatest`` and ``least`` of Presto are NULL where an argument is; DuckDB's are not."""

    def call(arguments: list[list[SqlToken]]) -> list[SqlToken]:
        nulls: list[SqlToken] = []
        values: list[SqlToken] = []
        for number, argument in enumerate(arguments):
            plain = _trimmed(argument)
            nulls += [_text(" OR " if number else ""), _text("("), *plain, _text(") IS NULL")]
            values += [_text(", " if number else ""), *plain]
        return [_text("(CASE WHEN "), *nulls, _text(f" THEN NULL ELSE {name}("), *values, _text(") END)")]

    return call


def _element_at(arguments: list[list[SqlToken]]) -> list[SqlToken]:
    if len(arguments) != 2:
        raise NotTranslated("SYNTAX_ERROR: Unexpected parameters for function element_at")
    return [_text("("), *_trimmed(arguments[0]), _text(")["), *_trimmed(arguments[1]), _text("]")]


def _array(arguments: list[list[SqlToken]]) -> list[SqlToken]:
    """``array(T)`` is a type."""
    return [*_trimmed(arguments[0] if arguments else []), _text("[]")]


_CALLS: Final[dict[str, Callable[[list[list[SqlToken]]], list[SqlToken]]]] = {
    "concat": _concat,
    "greatest": _extreme("greatest"),
    "least": _extreme("least"),
    "element_at": _element_at,
    "array": _array,
}
