"""Sign in with a Cognito user pool and keep a token that is good for the next request.

Cognito's own HTTP API is two headers and a JSON body, so this needs no SDK: a script starts without
loading one, and nothing blocks the event loop. Source of the protocol: Amazon Cognito user pools API
reference, ``InitiateAuth``.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import aiohttp

from clients import reading
from clients.errors import NotSignedIn, Unavailable

_TARGET = "AWSCognitoIdentityProviderService.InitiateAuth"
# How many fresh tokens in a row must be refused before it is the person, and not a token, that is refused.
MAX_REFUSED = 3
_REFUSALS = {
    "NotAuthorizedException",
    "UserNotFoundException",
    "UserNotConfirmedException",
    "PasswordResetRequiredException",
    "ResourceNotFoundException",
    "InvalidParameterException",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs in. The password never appears in a ``repr``."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """What a sign-in gave, and until when it may be used, on the caller's monotonic clock.

    Attributes
    ----------
    value
        The access token: what AppSync is shown.
    identity
        The ID token: what API Gateway's user pool authorizer takes, where no scopes are asked for.
    """

    value: str = field(repr=False)
    expires: float
    identity: str = field(default="", repr=False)


class TokenSource:
    """Tokens for one person: signs in when first asked, renews before expiry, in memory only.

    Parameters
    ----------
    cognito
        Where Cognito answers.
    client_id
        The user pool client; it must allow ``USER_PASSWORD_AUTH``.
    margin
        Renew so many seconds before a token ends, at most half of its life.
    clock
        Seconds that only go forward. Expiry is counted from the answer's ``ExpiresIn``, so a wrong
        wall clock does no harm.
    """

    def __init__(
        self,
        cognito: str,
        client_id: str,
        credentials: Credentials,
        *,
        margin: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cognito = cognito
        self._client_id = client_id
        self._credentials = credentials
        self._margin = margin
        self._clock = clock
        self._token: Token | None = None
        self._refresh_token: str | None = None
        self._lock = asyncio.Lock()

    @property
    def user(self) -> str:
        """The name signed in with."""
        return self._credentials.user

    async def token(self, *, refused: Token | None = None) -> Token:
        """Return a token that is good now.

        Parameters
        ----------
        refused
            A token that the server would not take, though it looked good: it is not returned again.

        Raises
        ------
        NotSignedIn
            Cognito refuses the user, the password or the client.
        Unavailable
            Cognito does not answer.
        """
        async with self._lock:  # many requests, one renewal
            token = self._token
            if token is None or token is refused or self._clock() >= token.expires:
                token = self._token = await self._renew()
            return token

    def remaining(self, token: Token) -> float:
        """Return for how many seconds a token should still be used."""
        return token.expires - self._clock()

    async def _renew(self) -> Token:
        if self._refresh_token is not None:
            try:
                return await self._initiate("REFRESH_TOKEN_AUTH", {"REFRESH_TOKEN": self._refresh_token})
            except NotSignedIn:
                self._refresh_token = None  # it has its own end; the password still works
        return await self._initiate(
            "USER_PASSWORD_AUTH",
            {"USERNAME": self._credentials.user, "PASSWORD": self._credentials.password},
        )

    async def _initiate(self, flow: str, parameters: dict[str, str]) -> Token:
        started = self._clock()
        answer = await _post(
            self._cognito, {"AuthFlow": flow, "ClientId": self._client_id, "AuthParameters": parameters}
        )
        challenge = answer.get("ChallengeName")
        if challenge is not None:
            raise NotSignedIn(f"Cognito asks {self.user} for {challenge}, which this client cannot answer.")
        result = reading.mapping(answer.get("AuthenticationResult"), "AuthenticationResult")
        life = reading.whole(result.get("ExpiresIn"), "ExpiresIn")
        self._refresh_token = reading.optional_text(result.get("RefreshToken"), "RefreshToken") or (
            self._refresh_token
        )
        return Token(
            value=reading.text(result.get("AccessToken"), "AccessToken"),
            expires=started + life - min(self._margin, life / 2),
            identity=reading.text(result.get("IdToken"), "IdToken"),
        )


async def _post(cognito: str, body: dict[str, object]) -> dict[str, object]:
    """Call ``InitiateAuth`` and return its answer.

    The body holds a password, so it is never part of a message or a log line.
    """
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": _TARGET}
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=15)) as session,
            session.post(cognito, data=json.dumps(body), headers=headers) as response,
        ):
            status = response.status
            document: object = json.loads(await response.text())
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unavailable(f"Cognito does not answer at {cognito} ({type(error).__name__}).") from None
    except ValueError:
        raise Unavailable(f"What answers at {cognito} is not Cognito.") from None
    answer = reading.mapping(document, "Cognito's answer")
    if status == 200:
        return answer
    kind = str(answer.get("__type", "")).rpartition("#")[2]
    message = str(answer.get("message", answer.get("Message", "no reason given")))
    if kind in _REFUSALS:
        raise NotSignedIn(f"Cognito refuses the sign-in: {message}")
    raise Unavailable(f"Cognito answers {status} {kind}: {message}")
