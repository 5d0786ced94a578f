"""How SNS refuses a request, and what is wrong with a policy.

::

    SnsError                        an error of the API: code, message, HTTP status
    ├── InvalidParameter            InvalidParameter, 400
    ├── AuthorizationError          AuthorizationError, 403
    ├── NotFound                    NotFound, 404
    └── FilterPolicyLimitExceeded   FilterPolicyLimitExceeded, 403
    PolicyError                     a policy's text is wrong; the API says so as InvalidParameter
"""

from __future__ import annotations


class SnsError(Exception):
    """An error of SNS's API.

    Attributes
    ----------
    code
        As AWS writes it, such as ``InvalidParameter``.
    message
        The sentence for people.
    status
        The HTTP status.
    """

    code = "InternalError"
    status = 500

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidParameter(SnsError):
    """A parameter has a value that SNS does not take."""

    code, status = "InvalidParameter", 400

    def __init__(self, reason: str) -> None:
        super().__init__(f"Invalid parameter: {reason}")


class InvalidToken(SnsError):
    """A confirmation's token belongs to no subscription, or no longer."""

    code, status = "InvalidParameter", 400

    def __init__(self) -> None:
        super().__init__("Invalid token")


class AuthorizationError(SnsError):
    """The caller may not do this."""

    code, status = "AuthorizationError", 403


class NotFound(SnsError):
    """There is no such topic or subscription."""

    code, status = "NotFound", 404

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} does not exist")


class FilterPolicyLimitExceeded(SnsError):
    """The topic or the account has as many filter policies as it may have."""

    code, status = "FilterPolicyLimitExceeded", 403


class PolicyError(Exception):
    """A policy's text is wrong.

    Attributes
    ----------
    reason
        What AWS says after ``Invalid parameter: ``.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
