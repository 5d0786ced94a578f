"""The text that an object holds, compressed or not."""

from __future__ import annotations

import gzip
import zlib
from typing import Final

from localcloud.states.running.reading.failure import Unreadable

# Neither text nor JSON begins so, whatever the object's name and headers say.
_GZIP: Final = b"\x1f\x8b"
_ZSTANDARD: Final = b"\x28\xb5\x2f\xfd"


def text_of(content: bytes) -> str:
    """Return an object's text.

    Raises
    ------
    Unreadable
        It is none.

    Examples
    --------
    >>> text_of(gzip.compress(b"a,b"))
    'a,b'
    """
    if content.startswith(_GZIP):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise Unreadable(f"The file cannot be decompressed: {error}.") from None
    elif content.startswith(_ZSTANDARD):
        raise Unreadable("The local cloud does not read files that are compressed with Zstandard.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"The file is not encoded in UTF-8: {error}.") from None
