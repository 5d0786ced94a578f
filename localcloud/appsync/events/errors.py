"""How an Event API refuses, over HTTP and over a WebSocket alike.

``RequestError``
 +-- ``EventsRefused``
     +-- ``NotNamespaced``   401, no namespace has the channel: AWS gives the type and no message
     +-- ``BadEvents``       400, a channel or a list of events that cannot be used
     +-- ``HandlerRefused``  403, ``util.error`` or a function that fails: the handler's own words, if any
     +-- ``HandlerDenied``   401, ``util.unauthorized``
     +-- ``HandlerBroken``   500, the handler's code failed
"""

from __future__ import annotations

from localcloud.appsync.definition import JSON
from localcloud.appsync.errors import RequestError


class EventsRefused(RequestError):
    """A publish or subscribe that is refused as a whole."""

    @property
    def error(self) -> dict[str, JSON]:
        """Return the one error of the answer, or of the frame."""
        return {"errorType": self.error_type, **({"message": self.message} if self.message else {})}

    def document(self) -> dict[str, object]:
        """Return the body of the answer."""
        return {"errors": [self.error]}


class NotNamespaced(EventsRefused):
    """No namespace of the API has the channel; seen on AWS, which does not say so."""

    status = 401
    error_type = "UnauthorizedException"

    def __init__(self) -> None:
        super().__init__("")


class BadEvents(EventsRefused):
    """The request can be read and is none that can be served."""


class HandlerRefused(EventsRefused):
    """A handler refused by ``util.error``; AWS documents the status and the message, not the type."""

    status = 403
    error_type = "HandlerError"


class HandlerDenied(EventsRefused):
    """A handler refused by ``util.unauthorized``."""

    status = 401
    error_type = "UnauthorizedException"

    def __init__(self) -> None:
        super().__init__("You are not authorized to make this call.")


class HandlerBroken(EventsRefused):
    """A handler that failed; here a person is to find the line."""

    status = 500
    error_type = "Code"


def error_of(problem: RequestError) -> dict[str, JSON]:
    """Return a refusal as an error of a frame."""
    if isinstance(problem, EventsRefused):
        return problem.error
    return {"errorType": problem.error_type, "message": problem.message}
