r"""The journal's format: frames with a length and a checksum, each with one or more operations.

::

    file      = "localcloud journal 1\n" frame*
    frame     = length (u32) checksum (u32, CRC-32 of the operations) operation*
    operation = code (u8) length of space (u16) of key (u32) of value (u32), then the three
    code      = 1 put | 2 delete | 3 clear

Numbers are little-endian, names UTF-8, a value is JSON. A frame is applied whole or not at all.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from localcloud.journal.errors import JournalError

MAGIC = b"localcloud journal 1\n"
FAMILY = b"localcloud journal "
PUT, DELETE, CLEAR = 1, 2, 3
FRAME = struct.Struct("<II")
OPERATION = struct.Struct("<BHII")


class JournalChange(NamedTuple):
    """One change: ``code`` is :data:`PUT`, :data:`DELETE` or :data:`CLEAR`."""

    code: int
    space: str
    key: str
    value: bytes


def operation(code: int, space: str, key: str = "", value: bytes = b"") -> bytes:
    """Return an operation's bytes.

    Examples
    --------
    >>> next(operations(operation(PUT, "s", "k", b"1")))
    JournalChange(code=1, space='s', key='k', value=b'1')
    """
    where, what = space.encode(), key.encode()
    return b"".join((OPERATION.pack(code, len(where), len(what), len(value)), where, what, value))


def frame(body: bytes) -> bytes:
    """Return the frame of operations.

    Examples
    --------
    >>> len(frame(b"12345"))
    13
    """
    return FRAME.pack(len(body), zlib.crc32(body)) + body


def operations(body: bytes) -> Iterator[JournalChange]:
    """Yield a frame's operations.

    Raises
    ------
    JournalError
        One is of a kind that this version does not know.
    """
    at, end = 0, len(body)
    while at < end:
        code, where, what, size = OPERATION.unpack_from(body, at)
        if code not in {PUT, DELETE, CLEAR}:
            raise JournalError(f"a record of kind {code} is of a newer version")
        at += OPERATION.size
        space, key = body[at : at + where], body[at + where : at + where + what]
        at += where + what
        yield JournalChange(code, str(space, "utf-8"), str(key, "utf-8"), bytes(body[at : at + size]))
        at += size


class Frames:
    """A file's frames, read one after the other.

    Parameters
    ----------
    contents
        The whole file.
    name
        What messages call it.

    Attributes
    ----------
    end
        Where the last whole frame that was read ends: what is behind it is torn.

    Raises
    ------
    JournalError
        The file is of another version, or something else altogether.
    """

    def __init__(self, contents: bytes, name: str) -> None:
        self._contents = contents
        self._name = name
        self.end = len(MAGIC)
        if contents.startswith(MAGIC):
            return
        if MAGIC.startswith(contents):
            # The process ended while it began the file.
            self.end = 0
            return
        head = contents[:40].split(b"\n")[0]
        if head.startswith(FAMILY):
            version = head.removeprefix(FAMILY).decode("ascii", "replace")
            raise JournalError(f"{name} is of version {version} of the journal; this one reads version 1")
        raise JournalError(f"{name} is no journal")

    def __iter__(self) -> Iterator[bytes]:
        """Yield each whole frame's operations, until the end or a torn last frame.

        Raises
        ------
        JournalError
            A frame that is not the last is damaged: an end of the process cannot have done that.
        """
        contents, size = memoryview(self._contents), len(self._contents)
        while self.end and size - self.end >= FRAME.size:
            length, checksum = FRAME.unpack_from(contents, self.end)
            start, end = self.end + FRAME.size, self.end + FRAME.size + length
            if end > size:
                return
            body = bytes(contents[start:end])
            if not length or zlib.crc32(body) != checksum:
                if end < size and any(self._contents[start:]):
                    raise JournalError(f"{self._name} is damaged at byte {self.end}")
                return
            self.end = end
            yield body
