"""Objects in the engine's own S3, for the properties that only name a place there."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from localcloud.engine.ministack.s3 import s3


def text_at(location: Any, *, what: str) -> str:
    """Return the text of the object at an ``s3://bucket/key`` address.

    Raises
    ------
    ValueError
        The address is none, or nothing is there; the message becomes the resource's failure.
    """
    parts = urlsplit(location) if isinstance(location, str) else None
    if parts is None or parts.scheme != "s3" or not parts.netloc or not parts.path.strip("/"):
        raise ValueError(f"{what} must be an s3://bucket/key address, not {location!r}")
    content = s3.get_object_data(parts.netloc, parts.path[1:])
    if content is None:
        raise ValueError(f"{what}: there is no object at {location}")
    return bytes(content).decode()
