"""Ask an authorizer: verify the token's signature where it signs, invoke its function, read the answer."""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Awaitable
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from localcloud.functions.errors import FunctionsError
from localcloud.iot.authorizing.answers import Grant, parse_answer
from localcloud.iot.authorizing.directory import Directory
from localcloud.iot.authorizing.errors import NotAuthorized
from localcloud.iot.authorizing.model import Authorizer
from localcloud.iot.authorizing.presented import NAME, SIGNATURE, Presented
from localcloud.iot.policies.documents import JSON

SECONDS: Final = 5.0
"""How long AWS IoT waits for an authorizer's function."""
log = logging.getLogger(__name__)


class InvocationResult(Protocol):
    """How an invocation ended, as ``LambdaService.invoke`` returns it."""

    @property
    def payload(self) -> bytes:
        """The function's answer, a JSON document."""

    @property
    def function_error(self) -> str | None:
        """None, or ``"Unhandled"`` when the function failed."""


class Invoke(Protocol):
    """How a function is invoked: ``LambdaService.invoke``, or its like."""

    def __call__(
        self, function: str, payload: bytes, *, limit: float | None = None
    ) -> Awaitable[InvocationResult]:
        """Invoke a function by its ARN; after ``limit`` seconds of its own time, raise."""


class Authorizers:
    """Answers who may do what, by asking functions.

    Parameters
    ----------
    shortest_life
        The least seconds that an authorizer may ask for.
    """

    def __init__(self, directory: Directory, invoke: Invoke, *, shortest_life: float = 300) -> None:
        self._directory = directory
        self._invoke = invoke
        self._shortest = shortest_life

    async def authorize(self, presented: Presented, connection_id: str) -> Grant:
        """Return what the holder of this may do.

        Raises
        ------
        NotAuthorized
            There is no such authorizer, it says no, or it does not work.
        """
        authorizer = await self._directory.find(presented.parameter(NAME))
        if not authorizer.active:
            raise NotAuthorized(f"the authorizer {authorizer.name} is not active")
        token = presented.parameter(authorizer.token_key) if authorizer.token_key else None
        if not authorizer.signing_disabled:
            verify_token(authorizer, token, presented.parameter(SIGNATURE))
        event = presented.event(
            connection_id, token=token, signature_verified=not authorizer.signing_disabled
        )
        try:
            payload = json.dumps(event, separators=(",", ":")).encode()
            result = await self._invoke(authorizer.function_arn, payload, limit=SECONDS)
        except FunctionsError as problem:
            raise NotAuthorized(f"the authorizer {authorizer.name} cannot be asked: {problem}") from None
        if result.function_error is not None:
            raise NotAuthorized(f"the function of {authorizer.name} failed")
        return parse_answer(_document(result.payload), shortest=self._shortest)


def _document(payload: bytes) -> JSON:
    try:
        document: JSON = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return document


def verify_token(authorizer: Authorizer, token: str | None, signature: str | None) -> None:
    """Verify that one of the authorizer's keys signed a token (RSA, PKCS #1 v1.5, SHA-256).

    Raises
    ------
    NotAuthorized
        A function is not even asked about an unsigned token.
    """
    if not token or not signature:
        raise NotAuthorized(f"{authorizer.name} wants a signed token; the token or its signature is missing")
    try:
        signed = base64.b64decode(signature.replace(" ", "+"), validate=True)
    except (ValueError, binascii.Error):
        raise NotAuthorized("the token's signature is no base64") from None
    for pem in authorizer.signing_keys.values():
        try:
            key = load_pem_public_key(pem.encode())
            if isinstance(key, RSAPublicKey):
                key.verify(signed, token.encode(), PKCS1v15(), hashes.SHA256())
                return
        except (InvalidSignature, ValueError):
            continue
    raise NotAuthorized("no key of the authorizer signed the token")
