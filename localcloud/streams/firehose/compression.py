"""How objects are compressed, and what their names end with."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Final

from localcloud.streams.firehose.errors import InvalidArgument

EXTENSIONS: Final = {"UNCOMPRESSED": "", "GZIP": ".gz", "ZIP": ".zip"}
REFUSED: Final = (
    "CompressionFormat {} is not served by the local cloud: no library for it is installed "
    "(UNCOMPRESSED, GZIP and ZIP are)"
)


def check_compression(name: str) -> None:
    """Refuse what nothing here compresses.

    Raises
    ------
    InvalidArgument
    """
    if name not in EXTENSIONS:
        raise InvalidArgument(REFUSED.format(name))


def compress(name: str, data: bytes, member: str) -> bytes:
    """Return an object's bytes.

    Parameters
    ----------
    member
        The name that a ZIP archive gives its only file.

    Examples
    --------
    >>> gzip.decompress(compress("GZIP", b"a", "x"))
    b'a'
    """
    if name == "GZIP":
        return gzip.compress(data, mtime=0)
    if name == "ZIP":
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(member, data)
        return target.getvalue()
    return data
