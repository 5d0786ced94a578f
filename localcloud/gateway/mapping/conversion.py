"""Bodies as text and as bytes, and what ``contentHandling`` makes of them.

Source: "API Gateway API request (and response) content type conversions" in its developer guide.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from localcloud.gateway.errors import BadConfiguration
from localcloud.gateway.mapping.definition import Conversion


@dataclass(frozen=True)
class Payload:
    """A body: what templates and mapped parameters read, and what goes on where no template takes it."""

    text: str
    data: bytes


def request_payload(body: bytes, *, binary: bool, conversion: Conversion | None) -> Payload:
    """Return a request's body as its backend gets it.

    Parameters
    ----------
    binary
        Whether its ``Content-Type`` is one of the API's binary media types.

    Raises
    ------
    BadConfiguration
        Text that is to be made binary is no base64.

    Examples
    --------
    >>> request_payload(b"png", binary=True, conversion="CONVERT_TO_TEXT").text
    'cG5n'
    """
    if binary and conversion == "CONVERT_TO_TEXT":
        return _text(base64.b64encode(body).decode())
    if binary:
        return Payload(body.decode(errors="replace"), body)
    text = body.decode(errors="replace")
    return Payload(text, decoded_base64(text)) if conversion == "CONVERT_TO_BINARY" else _text(text)


def answer_payload(body: bytes, *, binary: bool, accepted: bool, conversion: Conversion | None) -> Payload:
    """Return a backend's answer as its response has it.

    Parameters
    ----------
    binary
        Whether the answer's ``Content-Type`` is one of the API's binary media types.
    accepted
        Whether the first type that the client accepts is one.

    Raises
    ------
    BadConfiguration
        Text that is to be made binary is no base64.
    """
    if binary:
        as_bytes = conversion == "CONVERT_TO_BINARY" or (conversion is None and accepted)
        text = base64.b64encode(body).decode()
        return Payload(body.decode(errors="replace"), body) if as_bytes else _text(text)
    text = body.decode(errors="replace")
    if conversion == "CONVERT_TO_BINARY":
        return Payload(text, decoded_base64(text))
    return _text(text)


def decoded_base64(text: str) -> bytes:
    """Return the bytes of a base64 text.

    Raises
    ------
    BadConfiguration
        It is none.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadConfiguration from None


def _text(text: str) -> Payload:
    return Payload(text, text.encode(errors="replace"))
