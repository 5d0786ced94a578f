"""What is answered to requests that a REST API's own rules refuse.

``GatewayRefused``
 +-- ``BodyInvalid``       400, the body is not what the method's model wants
 +-- ``ParametersMissing`` 400, a parameter that the method requires is not there
 +-- ``KeyRefused``        403, no API key, or none of a usage plan of the stage
 +-- ``Throttled``         429, more requests than a limit allows
 +-- ``QuotaExceeded``     429, more requests than the usage plan's quota
"""

from __future__ import annotations

from localcloud.gateway.errors import GatewayRefused


class BodyInvalid(GatewayRefused):
    """The body is not what the method's model wants; ``details`` says what is wrong."""

    response_type = "BAD_REQUEST_BODY"
    status = 400
    error_type = "BadRequestException"
    message = "Invalid request body"

    def __init__(self, details: str = "") -> None:
        super().__init__()
        self.details = details


class ParametersMissing(GatewayRefused):
    """Parameters that the method requires are not there; the message names them."""

    response_type = "BAD_REQUEST_PARAMETERS"
    status = 400
    error_type = "BadRequestException"

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"Missing required request parameters: [{', '.join(names)}]")


class KeyRefused(GatewayRefused):
    """The method takes an API key, and the request has none that the stage's usage plans know."""

    response_type = "INVALID_API_KEY"


class Throttled(GatewayRefused):
    """There are more requests than a stage's, a method's or a usage plan's limit allows."""

    response_type = "THROTTLED"
    status = 429
    error_type = "TooManyRequestsException"
    message = "Too Many Requests"


class QuotaExceeded(GatewayRefused):
    """An API key's quota is used up."""

    response_type = "QUOTA_EXCEEDED"
    status = 429
    error_type = "LimitExceededException"
    message = "Limit Exceeded"
