"""What AppSync answers when it does not run a request at all.

``RequestError``
 +-- ``MalformedRequest``     400, the body is empty or no GraphQL request
 +-- ``BadRequest``           400, headers or options that cannot be used
 +-- ``Unauthorized``         401, no credential, or one that is not good
 +-- ``SignatureRefused``     403, an IAM signature that does not hold
 +-- ``InternalFailure``      500, a fault of the data plane's own, which is in the log
 +-- ``AuthorizerFailed``     500, a Lambda authorizer that gives no answer
 +-- ``NotLoaded``            503, only here: the API exists but its definition is not served yet
      +-- ``NoSchema``        503, the API has no schema, as AWS lets it be created
"""

from __future__ import annotations


class RequestError(Exception):
    """A request that is refused as a whole: an HTTP status, AppSync's ``errorType`` and a message."""

    status = 400
    error_type = "BadRequestException"

    def __init__(self, message: str, *, error_type: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error_type = error_type or type(self).error_type

    def document(self) -> dict[str, object]:
        """Return the body of the answer."""
        return {"errors": [{"errorType": self.error_type, "message": self.message}]}


class MalformedRequest(RequestError):
    """The body is empty, or holds nothing that can be read as a GraphQL request."""

    error_type = "MalformedHttpRequestException"


class BadRequest(RequestError):
    """The request can be read and cannot be served as it is."""


class Unauthorized(RequestError):
    """There is no credential that this API takes, or it is not good."""

    status = 401
    error_type = "UnauthorizedException"

    def __init__(self, message: str = "You are not authorized to make this call.") -> None:
        super().__init__(message)


class SignatureRefused(RequestError):
    """An IAM signature that does not hold.

    AWS checks signatures before AppSync sees the request, hence 403 and types of their own
    (``UnrecognizedClientException``, ``InvalidSignatureException``), as seen in answers of the service.
    """

    status = 403
    error_type = "InvalidSignatureException"


class InternalFailure(RequestError):
    """The data plane failed; its log says how."""

    status = 500
    error_type = "InternalFailure"

    def __init__(self) -> None:
        super().__init__("Internal failure; see the log.")


class AuthorizerFailed(RequestError):
    """A Lambda authorizer that failed or answered what is no answer; the message is the function's own."""

    status = 500
    error_type = "AuthorizerFailureException"


class NotLoaded(RequestError):
    """The API is known but cannot be served yet; the message says why."""

    status = 503
    error_type = "ServiceUnavailableException"


class NoSchema(NotLoaded):
    """The API has no schema, so there is nothing to serve; others of the stack are served all the same."""
