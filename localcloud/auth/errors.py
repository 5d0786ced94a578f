"""Credentials that do not hold. Each data plane answers them in its own words.

``CredentialRefused``
 +-- ``SignatureInvalid``   a Signature Version 4 that does not hold
 +-- ``TokenInvalid``       a token that is none, or not this pool's
     +-- ``TokenMalformed``     it is no JSON Web Token
     +-- ``TokenExpired``       it was good once
"""

from __future__ import annotations


class CredentialRefused(Exception):
    """A credential that does not hold; ``message`` is AWS's where AWS has one."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class SignatureInvalid(CredentialRefused):
    """A signature that does not hold.

    AWS checks signatures before any service sees the request; ``error_type`` is the answer's
    ``x-amzn-ErrorType`` (``UnrecognizedClientException``, ``InvalidSignatureException``, ...).
    """

    def __init__(self, message: str, *, error_type: str = "InvalidSignatureException") -> None:
        super().__init__(message)
        self.error_type = error_type


class TokenInvalid(CredentialRefused):
    """A token that the user pool did not sign, or not for this."""


class TokenMalformed(TokenInvalid):
    """Text that is no JSON Web Token."""


class TokenExpired(TokenInvalid):
    """A token whose time is over."""
