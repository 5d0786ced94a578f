"""Who tokens of the user pool speak of: its keys are fetched when one is needed, and kept."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import datetime

from orders.caller import Caller
from orders.errors import ConfigurationError, TryAgain
from orders.model import CustomerId
from orders.tokens import JSON, Person, PublicKey, TokenRefused, key_id_of, read_keys, verified

REFETCH_AFTER = 10.0
"""Seconds: an unknown key id is a new key of the pool, or a guess."""

FETCH = 3.0
"""Seconds that the pool may take to answer."""


def fetch(url: str) -> JSON:
    """Return the JSON document at an address.

    Raises
    ------
    OSError, ValueError
    """
    from urllib.request import urlopen  # noqa: PLC0415 - takes 20 ms

    if not url.startswith(("https://", "http://")):
        raise ValueError(f"{url!r} is no http or https URL.")
    with urlopen(url, timeout=FETCH) as answer:  # noqa: S310 - the scheme was looked at
        document: JSON = json.load(answer)
    return document


class PoolTokens:
    """Verifies the tokens of one client of one user pool.

    Parameters
    ----------
    issuer, client_id : str
        As tokens carry them.
    keys_url : str
        Where the pool's keys are.
    load : callable
        Returns the document at an address; raises as :func:`fetch` does.
    clock : callable
        Seconds that never go back: when keys were fetched.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        keys_url: str,
        *,
        load: Callable[[str], JSON] = fetch,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._keys_url = keys_url
        self._load = load
        self._clock = clock
        self._keys: dict[str, PublicKey] = {}
        self._fetched = float("-inf")
        self._lock = threading.Lock()

    def person(self, token: str, at: datetime) -> Person:
        """Return who a token speaks of, at this moment.

        Raises
        ------
        TokenRefused
            It does not hold.
        TryAgain
            The pool's keys cannot be had.
        ConfigurationError
            What is at the keys' address are no keys.
        """
        key = self._key(key_id_of(token))
        if key is None:
            raise TokenRefused("the token was not signed by a key of the pool")
        return verified(token, key, issuer=self._issuer, client_id=self._client_id, now=at.timestamp())

    def caller(self, token: str, at: datetime) -> Caller | None:
        """Return whose token it is at this moment; None when it does not hold, for whatever reason.

        Raises
        ------
        TryAgain, ConfigurationError
            As :meth:`person` does.
        """
        try:
            person = self.person(token, at)
        except TokenRefused:
            return None
        return Caller(CustomerId(person.customer_id), person.is_staff)

    def _key(self, key_id: str) -> PublicKey | None:
        with self._lock:
            if key_id not in self._keys and self._clock() - self._fetched > REFETCH_AFTER:
                self._keys = self._read()
                self._fetched = self._clock()
            return self._keys.get(key_id)

    def _read(self) -> dict[str, PublicKey]:
        try:
            return read_keys(self._load(self._keys_url))
        except OSError as error:
            raise TryAgain("The user pool's keys cannot be fetched.") from error
        except ValueError as error:
            raise ConfigurationError(f"What the user pool answers are no keys: {error}") from error
