"""Who tokens of the user pool speak of: its keys are fetched when one is needed, and kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from orders.tokens import JSON, Person, PublicKey, TokenRefused, key_id_of, read_keys, verified

REFETCH_AFTER = 10.0
"""Seconds: an unknown key id is a new key of the pool, or somebody guessing."""

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
    """Verifies the tokens of one user pool.

    Parameters
    ----------
    issuer, client_id : str
        As tokens carry them.
    keys_url : str
        Where the pool's keys are.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        keys_url: str,
        *,
        load: Callable[[str], JSON] = fetch,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._keys_url = keys_url
        self._load = load
        self._now = now
        self._keys: dict[str, PublicKey] = {}
        self._fetched = float("-inf")

    def person(self, token: str) -> Person:
        """Return who a token speaks of.

        Raises
        ------
        TokenRefused
            It does not hold.
        OSError, ValueError
            The pool's keys cannot be had.
        """
        key = self._key(key_id_of(token))
        if key is None:
            raise TokenRefused("the token was not signed by a key of the pool")
        return verified(token, key, issuer=self._issuer, client_id=self._client_id, now=self._now())

    def _key(self, key_id: str) -> PublicKey | None:
        if key_id not in self._keys and self._now() - self._fetched > REFETCH_AFTER:
            self._keys = read_keys(self._load(self._keys_url))
            self._fetched = self._now()
        return self._keys.get(key_id)
