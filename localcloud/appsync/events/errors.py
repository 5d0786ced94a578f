"""How an Event API refuses, over HTTP and over a WebSocket alike.

``RequestError``
 +-- ``EventsRefused``
     +-- ``NotNamespaced``   401, no namespace has the channel: AWS gives the type and no message
     +-- ``BadEvents``       400, a channel or a list of events that cannot be used
     |   +-- ``TooManyEvents``   more than five; over a WebSocket under another type
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
        """Return the one error of the answer."""
        return {"errorType": self.error_type, **({"message": self.message} if self.message else {})}

    @property
    def frame_error(self) -> dict[str, JSON]:
        """Return the error as a frame has it."""
        return self.error

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


class TooManyEvents(BadEvents):
    """More events than one publish may have; type and words are AWS's, over HTTP and over a WebSocket."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"Input exceeded {limit} event limit")

    @property
    def frame_error(self) -> dict[str, JSON]:
        """Return the error as a frame has it."""
        return {"errorType": "InvalidInputError", "message": self.message[:1].lower() + self.message[1:]}


class HandlerRefused(EventsRefused):
    """A handler refused by ``util.error``; AWS documents the status and the message, not the type."""

    status = 403
    error_type = "HandlerError"


class HandlerDenied(EventsRefused):
    """A handler refused by ``util.unauthorized``; the guide has a shorter type for subscriptions."""

    status = 401
    error_type = "UnauthorizedException"

    def __init__(self, *, subscribing: bool = False) -> None:
        kind = "Unauthorized" if subscribing else None
        super().__init__("You are not authorized to make this call.", error_type=kind)


class HandlerBroken(EventsRefused):
    """A handler that failed; here a person is to find the line."""

    status = 500
    error_type = "Code"


def error_of(problem: RequestError) -> dict[str, JSON]:
    """Return a refusal as an error of a frame."""
    if isinstance(problem, EventsRefused):
        return problem.frame_error
    # Whatever is wrong with a credential, there is one type for it; its message has the details.
    kind = "UnauthorizedException" if problem.status in {401, 403} else problem.error_type
    return {"errorType": kind, "message": problem.message}
