"""Sequence numbers, in the form that AWS gives them: version 2, 186 bits in decimal.

In hexadecimal, from the left: ``2``, nine digits of the second in which the shard was created, the last
digit of the shard's number, sixteen digits that count the records, two zeros, nine digits of the second
in which the record came, eight digits of the shard's number, ``2``. So they grow within a shard, and
those of a shard's children, which are created in a later second, are greater than all of its own.

Source: numbers that AWS gave; https://github.com/mhart/kinesalite reads them in the same way.
"""

from __future__ import annotations

from typing import Final, NamedTuple

# Of the number at which a closed shard ends: no record has it.
LAST_PLACE: Final = 0x7FFF_FFFF_FFFF_FFFF
_DIGITS: Final = 47
_VERSION: Final = "2"
MOST_SHARDS: Final = 0x7FFF_FFFF


class SequenceNumber(NamedTuple):
    """What a sequence number says.

    Attributes
    ----------
    created
        When the shard was created, in seconds since 1970.
    shard
        The shard's number.
    place
        The record's place in the shard; 0 is before the first one.
    second
        When the record came, in seconds since 1970.
    """

    created: int
    shard: int
    place: int
    second: int

    def __str__(self) -> str:
        """Return the number as the API writes it.

        Examples
        --------
        >>> str(SequenceNumber(1386640000, 3, 1, 1386640001))
        '49534626992928793755430362152405072035704829858170273842'
        """
        return format_number(self.created, self.shard, self.place, self.second)


def format_number(created: int, shard: int, place: int, second: int) -> str:
    """Return a sequence number in decimal."""
    value = 2 << 36 | created
    value = value << 4 | shard & 15
    value = value << 64 | place
    value = value << 8 << 36 | second
    return str((value << 32 | shard) << 4 | 2)


def parse(text: str) -> SequenceNumber:
    """Read a sequence number.

    Raises
    ------
    ValueError
        AWS gives none like that.

    Examples
    --------
    >>> parse(str(SequenceNumber(1386640000, 3, 1, 1386640001))).place
    1
    """
    if not text.isascii() or not text.isdecimal():
        raise ValueError(f"{text} is no number")
    digits = f"{int(text):x}"
    if len(digits) != _DIGITS or digits[0] != _VERSION or digits[-1] != _VERSION:
        raise ValueError(f"{text} is no sequence number of version 2")
    place, shard = int(digits[11:27], 16), int(digits[38:46], 16)
    if place > LAST_PLACE or shard > MOST_SHARDS:
        raise ValueError(f"{text} is out of range")
    return SequenceNumber(int(digits[1:10], 16), shard, place, int(digits[29:38], 16))
