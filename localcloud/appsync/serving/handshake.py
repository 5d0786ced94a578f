"""The credential of a WebSocket handshake: in the query, in a subprotocol, or in plain headers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Final

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import BadRequest, RequestError, Unauthorized

_PREFIX: Final = "header-"


def _decoded(text: str) -> dict[str, str]:
    # gql sends standard base64 that is not URL-encoded, so a plus arrives as a blank; others send the
    # URL-safe alphabet, most without padding.
    plain = text.replace(" ", "+").replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
        document: JSON = json.loads(raw)
    except (ValueError, binascii.Error, RecursionError):
        raise BadRequest("Header is malformed: it is not JSON in base64.") from None
    if not isinstance(document, dict):
        raise BadRequest("Header is malformed: it is no JSON object.")
    return {name.lower(): value for name, value in document.items() if isinstance(value, str)}


def handshake_headers(
    query: Mapping[str, str], protocols: Sequence[str], headers: Mapping[str, str]
) -> dict[str, str]:
    """Return the headers that authorize a handshake, names in lower case.

    Parameters
    ----------
    query
        The query's parameters, percent-decoded.
    protocols
        The subprotocols that the client offers.
    headers
        The request's own headers: the third form, for clients that can set them.

    Raises
    ------
    BadRequest
        When the form that is used cannot be read.
    """
    if "header" in query:
        return _decoded(query["header"])
    for protocol in protocols:
        if protocol.startswith(_PREFIX):
            return _decoded(protocol.removeprefix(_PREFIX))
    return {name.lower(): value for name, value in headers.items()}


def as_sent(problem: RequestError) -> RequestError:
    """Return the answer to a handshake that is refused.

    However a credential fails, AppSync reports one that does not hold like this.
    """
    return Unauthorized() if problem.status in {401, 403} else problem
