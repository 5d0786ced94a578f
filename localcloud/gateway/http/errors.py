"""What an HTTP API answers by itself.

Its bodies are shorter than a REST API's: ``{"message":"Not Found"}``, and no ``x-amzn-ErrorType``.

``HttpRefused``
 +-- ``NotFound``             404, no such stage or route
 +-- ``Unauthorized``         401, no credential, or one that does not hold
 +-- ``Denied``               403, an authorizer or a signature says no
 +-- ``BadRequest``           400, a parameter of a service's operation is not in the request
 +-- ``Failed``               500, the function or the authorizer failed
 +-- ``Unavailable``          503, nothing answered in time
 +-- ``NotServed``            501, only here: something that the gateway does not do
"""

from __future__ import annotations

import json


class HttpRefused(Exception):
    """A request that the gateway answers itself."""

    status = 500
    message = "Internal Server Error"

    def __init__(self, message: str = "", *, challenge: str | None = None) -> None:
        self.message = message or type(self).message
        self.challenge = challenge
        super().__init__(self.message)

    def body(self) -> bytes:
        """Return the body of the answer."""
        return json.dumps({"message": self.message}, separators=(",", ":")).encode()


class NotFound(HttpRefused):
    """There is no such route."""

    status, message = 404, "Not Found"


class Unauthorized(HttpRefused):
    """There is no credential, or it does not hold. ``challenge`` is the header ``www-authenticate``."""

    status, message = 401, "Unauthorized"


class Denied(HttpRefused):
    """The caller may not."""

    status, message = 403, "Forbidden"


class BadRequest(HttpRefused):
    """The request lacks what an operation needs."""

    status, message = 400, "Bad Request"


class Failed(HttpRefused):
    """What is behind the route failed."""


class Unavailable(HttpRefused):
    """What is behind the route did not answer in time."""

    status, message = 503, "Service Unavailable"


class NotServed(HttpRefused):
    """The gateway does not do this; the message names it."""

    status = 501
