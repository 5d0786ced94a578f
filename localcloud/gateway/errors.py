"""What API Gateway answers by itself ("gateway responses"): status, ``x-amzn-ErrorType`` and body.

``GatewayRefused``
 +-- ``MissingToken``           403, no such route, or a signed one without a signature
 +-- ``Forbidden``              403, no such stage
 +-- ``Unauthorized``           401, no credential or one that is not good
 +-- ``TokenHasExpired``        401
 +-- ``AccessDenied``           403, an authorizer's policy says no
 +-- ``SignatureRefused``       403, an IAM signature that does not hold
 +-- ``AuthorizerFailed``       500, the authorizer did not answer a policy
 +-- ``TooLarge``               413
 +-- ``HeadersTooLarge``        431
 +-- ``BodyRefused``            400, a mapping template finds no JSON in the body
 +-- ``localcloud.gateway.rules.errors``: keys, limits, validators
 +-- ``localcloud.gateway.websocket.errors``: handshakes and ``@connections``
 +-- ``MediaTypeRefused``       415, no mapping template takes the body
 +-- ``BadConfiguration``       500, a template fails, or no response is mapped from a service's answer
 +-- ``NotSupported``           501, only here: something that the gateway does not do
 +-- ``IntegrationFailed``      502, the function failed or its answer is malformed
 +-- ``IntegrationUnavailable`` 500, the function cannot be invoked
 +-- ``IntegrationTimedOut``    504
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType


class GatewayRefused(Exception):
    """A request that the gateway answers itself.

    Attributes
    ----------
    response_type
        AWS's name of the gateway response.
    headers
        What the API adds to it.
    details
        What ``$context.error.validationErrorString`` says.
    text
        The body that the API's own gateway response makes; None where it has none.
    """

    details = ""
    text: bytes | None = None

    response_type = "ACCESS_DENIED"
    headers: Mapping[str, str] = MappingProxyType({})
    status = 403
    error_type = "ForbiddenException"
    message: str | None = "Forbidden"

    def __init__(self, message: str | None = None, *, error_type: str | None = None) -> None:
        self.message = message if message is not None else type(self).message
        self.error_type = error_type or type(self).error_type
        super().__init__(self.message)

    def body(self) -> bytes:
        """Return the body of the answer."""
        return json.dumps({"message": self.message}, separators=(",", ":")).encode()


class MissingToken(GatewayRefused):
    """There is no such method or resource; AWS says it as if a signature were missing."""

    response_type = "MISSING_AUTHENTICATION_TOKEN"
    error_type = "MissingAuthenticationTokenException"
    message = "Missing Authentication Token"


class Forbidden(GatewayRefused):
    """There is no such stage."""


class Unauthorized(GatewayRefused):
    """There is no credential where the authorizer looks for it, or it is not good."""

    response_type = "UNAUTHORIZED"
    status = 401
    error_type = "UnauthorizedException"
    message = "Unauthorized"


class TokenHasExpired(Unauthorized):
    """A user pool's token whose time is over."""

    response_type = "EXPIRED_TOKEN"
    message = "The incoming token has expired"


class AccessDenied(GatewayRefused):
    """An authorizer's policy does not allow the request."""

    error_type = "AccessDeniedException"
    message = "User is not authorized to access this resource"

    def body(self) -> bytes:
        """Return the body of the answer: of all of them, only this one writes ``Message``."""
        return json.dumps({"Message": self.message}, separators=(",", ":")).encode()


class SignatureRefused(GatewayRefused):
    """An IAM signature that does not hold."""

    response_type = "INVALID_SIGNATURE"
    error_type = "InvalidSignatureException"


class AuthorizerFailed(GatewayRefused):
    """A Lambda authorizer failed, or answered no policy. AWS's body holds null; the log says what it was."""

    response_type = "AUTHORIZER_CONFIGURATION_ERROR"
    status = 500
    error_type = "AuthorizerConfigurationException"
    message = None


class TooLarge(GatewayRefused):
    """The body is over the limit."""

    response_type = "REQUEST_TOO_LARGE"
    status = 413
    error_type = "RequestEntityTooLargeException"
    message = "Request Too Long"


class HeadersTooLarge(GatewayRefused):
    """The request line and the headers are together over 10,240 bytes."""

    status = 431
    error_type = "BadRequestException"
    message = "HTTP header is larger than 10240 bytes."


class BodyRefused(GatewayRefused):
    """A mapping template looks into a body that is no JSON; the message says where that ends."""

    response_type = "BAD_REQUEST_BODY"
    status = 400
    error_type = "BadRequestException"
    message = "Could not parse request body into json"


class MediaTypeRefused(GatewayRefused):
    """A body of a type that no mapping template takes, and that is not passed through."""

    response_type = "UNSUPPORTED_MEDIA_TYPE"
    status = 415
    error_type = "BadRequestException"
    message = "Unsupported Media Type"


class NotSupported(GatewayRefused):
    """The API asks for something that the gateway does not do; the message names it."""

    status = 501
    error_type = "NotImplementedException"


class _Integration(GatewayRefused):
    response_type = "INTEGRATION_FAILURE"
    status = 502
    error_type = "InternalServerErrorException"
    message = "Internal server error"

    def body(self) -> bytes:
        """Return the body of the answer: with a blank, unlike the others'."""
        return json.dumps({"message": self.message}).encode()


class BadConfiguration(_Integration):
    """A mapping template failed, or no response is mapped from the answer: the log says which."""

    response_type = "API_CONFIGURATION_ERROR"
    status = 500


class IntegrationFailed(_Integration):
    """The function failed, or what it answered is no proxy response.

    Attributes
    ----------
    why
        What is wrong with the answer, for the log alone, as on AWS; empty when the function failed, whose
        own log says it.
    """

    def __init__(self, why: str = "") -> None:
        super().__init__()
        self.why = why


class IntegrationUnavailable(_Integration):
    """The function does not exist, is throttled, or cannot be reached."""

    status = 500


class IntegrationTimedOut(_Integration):
    """The function did not answer in time; it runs on."""

    response_type = "INTEGRATION_TIMEOUT"
    status = 504
    message = "Endpoint request timed out"
