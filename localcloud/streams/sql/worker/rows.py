"""JSON documents to rows of a table: one value per column, or the record has failed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from localcloud.streams.hive import Column
from localcloud.streams.sql.worker.values import Number, Reader, Unfit, column_value

_DECODER: Final = json.JSONDecoder(parse_float=Number)


def documents(data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a record; numbers with a fraction keep their text.

    Raises
    ------
    Unfit
    """
    try:
        text = data.decode()
        position = 0
        while True:
            while position < len(text) and text[position].isspace():
                position += 1
            if position == len(text):
                return
            document, position = _DECODER.raw_decode(text, position)
            if not isinstance(document, dict):
                raise Unfit("Data does not start with '{'")
            yield document
    except UnicodeDecodeError as error:
        raise Unfit(f"The record is not UTF-8: {error}") from None
    except (json.JSONDecodeError, RecursionError) as error:
        raise Unfit(f"Row is not a valid JSON Object - JSONException: {error}") from None


def row(document: Mapping[str, Any], columns: Sequence[Column], reader: Reader) -> dict[str, Any]:
    """Return the columns' values, each as JSON that DuckDB reads without loss.

    Raises
    ------
    Unfit

    Examples
    --------
    >>> from localcloud.streams.hive import parse_type
    >>> row({"orderId": 7, "total": "12"},
    ...     [Column("orderid", parse_type("string")), Column("total", parse_type("bigint"))], Reader())
    {'orderid': '7', 'total': 12}
    """
    back = {key: column for column, key in reader.mappings.items()}
    values = {back.get(name) or reader.key(name): value for name, value in document.items()}
    result: dict[str, Any] = {}
    for column in columns:
        try:
            result[column.name] = column_value(values.get(column.name), column.type, reader)
        except Unfit as error:
            raise Unfit(f"{column.name}: {error}") from None
    return result


def line(values: Mapping[str, Any]) -> bytes:
    """Return a row as a line of JSON.

    Raises
    ------
    Unfit
        DuckDB would refuse the whole file: JSON's escapes can say half of a surrogate pair.
    """
    try:
        return (json.dumps(values, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
    except UnicodeEncodeError:
        raise Unfit("half of a surrogate pair is not text") from None
