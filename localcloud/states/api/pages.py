"""Lists, a page at a time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from localcloud.states.api.errors import ApiError
from localcloud.states.language.scope import Json

# How many entries a page has by default.
USUAL = 100


def page(request: dict[str, Json], member: str, entries: Sequence[Json], most: int = 1000) -> Json:
    """Return a page of ``entries`` under ``member``, and the token of the next one.

    Raises
    ------
    ApiError
        InvalidToken: the request's nextToken is none of ours.

    Examples
    --------
    >>> first = page({"maxResults": 1}, "items", ["a", "b"])
    >>> page({"maxResults": 1, "nextToken": first["nextToken"]}, "items", ["a", "b"])
    {'items': ['b']}
    """
    start = _offset(request.get("nextToken"))
    size = min(request.get("maxResults") or USUAL, most)
    answer: dict[str, Json] = {member: list(entries[start : start + size])}
    if start + size < len(entries):
        answer["nextToken"] = base64.b64encode(f"states:{start + size}".encode()).decode()
    return answer


def _offset(token: str | None) -> int:
    if not token:
        return 0
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    prefix, _, number = text.partition(":")
    if prefix != "states" or not number.isdecimal():
        raise ApiError("InvalidToken", f"Invalid Token: '{token}'")
    return int(number)
