"""Text with delimiters, such as CSV: a header, and an item for each record."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.running.reading.failure import Unreadable
from localcloud.states.running.reading.java import hash_order

DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
HEADER_BYTES: Final = 10 * 1024
# The csv module's own limit is 128 KiB; an item may be as large as a state's input.
_FIELD_CHARACTERS: Final = 1 << 30


@dataclass(frozen=True)
class Delimited:
    r"""How such a text is to be read.

    Attributes
    ----------
    headers
        The fields' names; None where the first record holds them.
    delimiter
        The character between fields.

    Examples
    --------
    >>> Delimited().items("a,b\nsoap,2\n")
    [{'a': 'soap', 'b': '2'}]
    """

    headers: tuple[str, ...] | None = None
    delimiter: str = ","

    @classmethod
    def read(cls, config: dict[str, Json]) -> Delimited:
        """Read a ReaderConfig."""
        headers = config.get("CSVHeaders") if config.get("CSVHeaderLocation") == "GIVEN" else None
        delimiter = DELIMITERS.get(config.get("CSVDelimiter", "COMMA"), ",")
        return cls(None if headers is None else tuple(headers), delimiter)

    def items(self, text: str, most: int | None = None) -> list[Json]:
        """Return the items, at most so many.

        A record without a field for a header has an empty one; fields beyond the headers are left out.

        Raises
        ------
        Unreadable
            The text or its header is of no use.
        """
        records = self.records(text)
        try:
            headers = self.headers if self.headers is not None else next(records, None)
            if headers is None:
                return []
            _check(headers)
            return [_item(headers, hash_order(headers), record) for record in islice(records, most)]
        except csv.Error as error:
            raise Unreadable(f"The CSV file cannot be read: {error}.") from None

    def records(self, text: str) -> Iterator[list[str]]:
        """Yield the records of the text; empty lines are none."""
        if csv.field_size_limit() < _FIELD_CHARACTERS:
            csv.field_size_limit(_FIELD_CHARACTERS)
        # A quote within quotes is doubled or follows a backslash, and a backslash escapes the delimiter.
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=self.delimiter, escapechar="\\")
        return (record for record in lines if record)


def _check(headers: Sequence[str]) -> None:
    if len(set(headers)) < len(headers):
        raise Unreadable("CSV headers cannot contain duplicates.")
    if sum(len(header.encode()) + 1 for header in headers) > HEADER_BYTES:
        raise Unreadable(f"CSV headers cannot exceed {HEADER_BYTES // 1024} KiB.")


def _item(headers: Sequence[str], order: Sequence[int], record: list[str]) -> Json:
    count = len(record)
    return {headers[number]: record[number] if number < count else "" for number in order}
